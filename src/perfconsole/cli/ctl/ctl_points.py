"""``ctl``: rendezvous."""

from __future__ import annotations

import click

from perfconsole.cli.complaint import Complaint
from perfconsole.cli.ctl.ctl_group import POINT, ctl
from perfconsole.cli.ctl.ctl_sending import send
from perfconsole.texts import say


@ctl.command(short_help="Let the VUs at a rendezvous go.")
@POINT
@click.option("--count", type=click.IntRange(1), help="So many only, or at a time with --every.")
@click.option("--every", metavar="TIME", help="Staggered: --count VUs every time.")
@click.pass_obj
def release(run: str, point: str, count: int | None, every: str | None) -> int:
    from perfconsole.cli.scenarios import seconds
    from perfconsole.model.command import ReleasePoint

    if every and count is None:
        raise Complaint(say("--every: say how many at a time with --count"))
    every_s = seconds("--every", every) or 0
    return send(run, ReleasePoint(point=point, count=count, every_s=every_s))


@ctl.command(short_help="Turn a rendezvous on or off.")
@POINT
@click.argument("state", type=click.Choice(["on", "off"]))
@click.option("--group", "groups", multiple=True, help="For this group only; again for more.")
@click.pass_obj
def rendezvous(run: str, point: str, state: str, groups: tuple[str, ...]) -> int:
    """VUs walk past a rendezvous that is off, and those who wait there go on."""
    from perfconsole.model.command import SwitchPoint

    return send(run, SwitchPoint(point=point, on=state == "on", groups=groups))
