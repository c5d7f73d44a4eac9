"""``ctl``: groups started, stopped, paused and held."""

from __future__ import annotations

import click

from perfconsole.cli.ctl.ctl_group import GROUPS, ctl
from perfconsole.cli.ctl.ctl_sending import send
from perfconsole.cli.ctl.stop_mode import mode_of


@ctl.command(short_help="Start groups.")
@GROUPS
@click.pass_obj
def start(run: str, groups: tuple[str, ...]) -> int:
    from perfconsole.model.command import StartGroups

    return send(run, StartGroups(groups=groups))


@ctl.command(short_help="Have groups that do not run play their init and wait for the start.")
@GROUPS
@click.pass_obj
def initialize(run: str, groups: tuple[str, ...]) -> int:
    """Have the VUs of groups that do not run play their flow's init; then they wait, ready, for
    "start"."""
    from perfconsole.model.command import InitializeGroups

    return send(run, InitializeGroups(groups=groups))


@ctl.command(short_help="Stop groups, after the iteration unless told otherwise.")
@GROUPS
@click.option("--after-request", is_flag=True, help="VUs leave when their request is answered.")
@click.option("--now", is_flag=True, help="Requests in flight are cut.")
@click.pass_obj
def stop(run: str, groups: tuple[str, ...], after_request: bool, now: bool) -> int:
    from perfconsole.model.command import StopGroups

    return send(run, StopGroups(groups=groups, mode=mode_of(after_request, now)))


@ctl.command(short_help="Hold every VU of groups at its next step.")
@GROUPS
@click.pass_obj
def pause(run: str, groups: tuple[str, ...]) -> int:
    from perfconsole.model.command import PauseGroups

    return send(run, PauseGroups(groups=groups))


@ctl.command(short_help="Let paused groups go on.")
@GROUPS
@click.option("--over", metavar="TIME", help="Spread over this time instead of all at once.")
@click.pass_obj
def resume(run: str, groups: tuple[str, ...], over: str | None) -> int:
    from perfconsole.cli.scenarios import seconds
    from perfconsole.model.command import ResumeGroups

    return send(run, ResumeGroups(groups=groups, over_s=seconds("--over", over) or 0))


@ctl.command(short_help="Freeze ramp and schedule at the present load.")
@GROUPS
@click.option("--off", is_flag=True, help="Go on with the schedule.")
@click.pass_obj
def hold(run: str, groups: tuple[str, ...], off: bool) -> int:
    from perfconsole.model.command import HoldGroups

    return send(run, HoldGroups(groups=groups, on=not off))
