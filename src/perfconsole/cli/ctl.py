"""``perfconsole ctl RUN COMMAND ...``: steer a run from a shell."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from perfconsole.cli.complaint import Complaint
from perfconsole.cli.finding import author, find
from perfconsole.texts import say

if TYPE_CHECKING:
    from perfconsole.model.command import Command

_GROUPS = click.argument("groups", nargs=-1, required=True, metavar="GROUP...|all")


@click.group(short_help="Steer a run from a shell.")
@click.argument("run")
@click.option("--yes", is_flag=True, help="Answer questions with yes.")
@click.pass_context
def ctl(ctx: click.Context, run: str, yes: bool) -> None:
    """Steer RUN (an id, the beginning of one, a path, or last) from a shell.

    \b
    perfconsole ctl last status
    perfconsole ctl last vus browse 300 --over 2m
    perfconsole ctl last rate search 150/s --over 30s
    perfconsole ctl last think browse 0.5
    perfconsole ctl last pause all
    perfconsole ctl last vus --help         the flags of one command
    """
    ctx.obj = run


def _send(run: str, command: Command) -> int:
    from perfconsole.client.api import ControllerGone

    try:
        answer = asyncio.run(_ask(run, command))
    except ControllerGone as error:
        raise Complaint(_over(run, error), 3) from None
    if not answer.ok:
        raise Complaint(answer.said)
    click.echo(answer.said)
    return 0


async def _ask(run: str, command: Command | None) -> Any:
    from perfconsole.client.api import RunClient

    client = RunClient(find(run).socket, kind="ctl", by=author())
    try:
        return await (client.send(command) if command else client.status())
    finally:
        await client.close()


def _over(run: str, error: Exception) -> str:
    from perfconsole.cli.finding import alive

    if alive(find(run)):
        return str(error)
    return say("run {run} is over; perfconsole show {run} tells how it ended", run=find(run).run)


@ctl.command(short_help="Start groups.")
@_GROUPS
@click.pass_obj
def start(run: str, groups: tuple[str, ...]) -> int:
    from perfconsole.model.command import StartGroups

    return _send(run, StartGroups(groups=groups))


@ctl.command(short_help="Have groups that do not run play their init and wait for the start.")
@_GROUPS
@click.pass_obj
def initialize(run: str, groups: tuple[str, ...]) -> int:
    """Have the VUs of groups that do not run play their flow's init; then they wait, ready, for
    "start"."""
    from perfconsole.model.command import InitializeGroups

    return _send(run, InitializeGroups(groups=groups))


@ctl.command(short_help="Stop groups, after the iteration unless told otherwise.")
@_GROUPS
@click.option("--after-request", is_flag=True, help="VUs leave when their request is answered.")
@click.option("--now", is_flag=True, help="Requests in flight are cut.")
@click.pass_obj
def stop(run: str, groups: tuple[str, ...], after_request: bool, now: bool) -> int:
    from perfconsole.model.command import StopGroups

    return _send(run, StopGroups(groups=groups, mode=_mode(after_request, now)))


@ctl.command("stop-run", short_help="End the run.")
@click.option("--after-request", is_flag=True, help="VUs leave when their request is answered.")
@click.option("--now", is_flag=True, help="Requests in flight are cut.")
@click.pass_obj
def stop_run(run: str, after_request: bool, now: bool) -> int:
    from perfconsole.model.command import StopRun

    return _send(run, StopRun(mode=_mode(after_request, now)))


def _mode(after_request: bool, now: bool) -> Any:
    from perfconsole.model.states import StopMode

    if after_request and now:
        raise Complaint(say("give either --after-request or --now"))
    if now:
        return StopMode.NOW
    return StopMode.AFTER_REQUEST if after_request else StopMode.AFTER_ITERATION


@ctl.command(short_help="Hold every VU of groups at its next step.")
@_GROUPS
@click.pass_obj
def pause(run: str, groups: tuple[str, ...]) -> int:
    from perfconsole.model.command import PauseGroups

    return _send(run, PauseGroups(groups=groups))


@ctl.command(short_help="Let paused groups go on.")
@_GROUPS
@click.option("--over", metavar="TIME", help="Spread over this time instead of all at once.")
@click.pass_obj
def resume(run: str, groups: tuple[str, ...], over: str | None) -> int:
    from perfconsole.cli.scenarios import seconds
    from perfconsole.model.command import ResumeGroups

    return _send(run, ResumeGroups(groups=groups, over_s=seconds("--over", over) or 0))


@ctl.command(short_help="Freeze ramp and schedule at the present load.")
@_GROUPS
@click.option("--off", is_flag=True, help="Go on with the schedule.")
@click.pass_obj
def hold(run: str, groups: tuple[str, ...], off: bool) -> int:
    from perfconsole.model.command import HoldGroups

    return _send(run, HoldGroups(groups=groups, on=not off))


@ctl.command(
    short_help="VUs of a group to a number, or by +n or -n.",
    context_settings={"ignore_unknown_options": True},
)
@click.argument("group")
@click.argument("count", metavar="N|+N|-N")
@click.option("--over", metavar="TIME", help="Change linearly over this time.")
@click.option("--every", metavar="TIME", help="With --step: so many VUs every time.")
@click.option("--step", type=click.IntRange(1), help="With --every.")
@click.pass_obj
def vus(
    run: str, group: str, count: str, over: str | None, every: str | None, step: int | None
) -> int:
    from pydantic import ValidationError

    from perfconsole.cli.scenarios import seconds
    from perfconsole.model.command import ChangeVus

    try:
        number = int(count)
    except ValueError:
        raise Complaint(
            say("{count!r} is no number of VUs; write 120, +10 or -10", count=count)
        ) from None
    how = {"by": number} if count[0] in "+-" else {"to": number}
    try:
        command = ChangeVus(
            group=group,
            over_s=seconds("--over", over) or 0,
            step=step or 0,
            every_s=seconds("--every", every) or 0,
            **how,
        )
    except ValidationError as error:
        why = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise Complaint(
            say("vus {group} {count}: {why}", group=group, count=count, why=why)
        ) from None
    return _send(run, command)


@ctl.command(short_help="Arrivals of an open group to a rate, e.g. 300/s.")
@click.argument("group")
@click.argument("wanted", metavar="RATE")
@click.option("--over", metavar="TIME", help="Change linearly over this time.")
@click.pass_obj
def rate(run: str, group: str, wanted: str, over: str | None) -> int:
    from perfconsole.cli.scenarios import seconds
    from perfconsole.model.command import ChangeRate
    from perfconsole.model.rate import parse_rate

    try:
        to = parse_rate(wanted)
    except ValueError as error:
        raise Complaint(str(error)) from None
    return _send(run, ChangeRate(group=group, to=to, over_s=seconds("--over", over) or 0))


@ctl.command(short_help="Play edited flows from the next iterations on.")
@click.argument("scenario", type=click.Path(path_type=Path))
@click.argument("flows", nargs=-1, metavar="[FLOW]...")
@click.pass_obj
def load(run: str, scenario: Path, flows: tuple[str, ...]) -> int:
    """Play the flows of SCENARIO, edited meanwhile, from the VUs' next iterations on.

    All of its flows when none is named. Groups, load and data stay as they are: rendezvous and
    data that a flow names must be known to the run already.
    """
    from perfconsole.cli.scenarios import read
    from perfconsole.model.command import LoadFlows

    edited = read(scenario).model_dump(mode="json", by_alias=True, exclude_unset=True)
    return _send(run, LoadFlows(scenario=edited, flows=flows))


@ctl.command(short_help="Think times of groups by a factor, e.g. 0.5.")
@_GROUPS
@click.argument("factor")
@click.pass_obj
def think(run: str, groups: tuple[str, ...], factor: str) -> int:
    """From the next think time on: 0.5 is half of what the scenario says, 0 none, 1 as it says."""
    from pydantic import ValidationError

    from perfconsole.model.command import ChangeThink

    try:
        command = ChangeThink(groups=groups, factor=float(factor))
    except (ValueError, ValidationError):
        raise Complaint(
            say("{factor!r} is no factor; write one from 0 to 1000, such as 0.5", factor=factor)
        ) from None
    return _send(run, command)


@ctl.command(short_help="Let the VUs at a rendezvous go.")
@click.argument("point")
@click.option("--count", type=click.IntRange(1), help="So many only, or at a time with --every.")
@click.option("--every", metavar="TIME", help="Staggered: --count VUs every time.")
@click.pass_obj
def release(run: str, point: str, count: int | None, every: str | None) -> int:
    from perfconsole.cli.scenarios import seconds
    from perfconsole.model.command import ReleasePoint

    if every and count is None:
        raise Complaint(say("--every: say how many at a time with --count"))
    every_s = seconds("--every", every) or 0
    return _send(run, ReleasePoint(point=point, count=count, every_s=every_s))


@ctl.command(short_help="Turn a rendezvous on or off.")
@click.argument("point")
@click.argument("state", type=click.Choice(["on", "off"]))
@click.option("--group", "groups", multiple=True, help="For this group only; again for more.")
@click.pass_obj
def rendezvous(run: str, point: str, state: str, groups: tuple[str, ...]) -> int:
    """VUs walk past a rendezvous that is off, and those who wait there go on."""
    from perfconsole.model.command import SwitchPoint

    return _send(run, SwitchPoint(point=point, on=state == "on", groups=groups))


@ctl.command(short_help="Write a line into the run's events.")
@click.argument("text")
@click.pass_obj
def note(run: str, text: str) -> int:
    from perfconsole.model.command import AddNote

    if not text.strip() or len(text) > 1000:
        raise Complaint(say("a note has 1 to 1,000 characters"))
    return _send(run, AddNote(text=text))


@ctl.command(short_help="How the run stands.")
@click.option("--json", "as_json", is_flag=True, help="All of it, as JSON.")
@click.pass_obj
def status(run: str, as_json: bool) -> int:
    from perfconsole.client.api import ControllerGone
    from perfconsole.model.rate import rate_text

    try:
        found = asyncio.run(_ask(run, None))
    except ControllerGone as error:
        raise Complaint(_over(run, error), 3) from None
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return 0
    click.echo(
        say(
            "{run} {state}  VUs {vus}/{target}  TPS {tps:g}  errors {errors:g}/s",
            run=found["run"],
            state=found["state"],
            vus=found["vus"],
            target=found["target_vus"],
            tps=found["tps"],
            errors=found["errors_per_s"],
        )
    )
    if found["saturated"]:
        click.echo(say("  the load generator is the bottleneck: {why}", why=found["saturated_why"]))
    for name, group in found["groups"].items():
        arrivals = ""
        if "rate" in group:
            arrivals = say(
                "  {offered}/s offered of {rate}, {waiting:,} waiting, {dropped:,} dropped",
                offered=group["offered_per_s"],
                rate=rate_text(group["rate"]),
                waiting=group["waiting"],
                dropped=group["dropped"],
            )
        vus = f"{group['vus']}/{group['target_vus']}"
        click.echo(f"  {name:<20} {group['state']:<10} {vus}{arrivals}")
    return 0
