"""``ctl``: how many VUs and arrivals, how long they think, and what they play."""

from __future__ import annotations

from pathlib import Path

import click

from perfconsole.cli.complaint import Complaint
from perfconsole.cli.ctl.ctl_group import GROUP, GROUPS, ctl
from perfconsole.cli.ctl.ctl_sending import send
from perfconsole.texts import say


@ctl.command(
    short_help="VUs of a group, or of all, to a number, or by +n or -n.",
    context_settings={"ignore_unknown_options": True},
)
@GROUP
@click.argument("count", metavar="N|+N|-N")
@click.option("--over", metavar="TIME", help="Change linearly over this time.")
@click.option("--every", metavar="TIME", help="With --step: so many VUs every time.")
@click.option("--step", type=click.IntRange(1), help="With --every.")
@click.pass_obj
def vus(
    run: str, group: str, count: str, over: str | None, every: str | None, step: int | None
) -> int:
    """At once, --over a time, or in steps. For all, the number is their sum, which the groups
    under way share by their percents of the scenario's VUs, or as planned."""
    from pydantic import ValidationError

    from perfconsole.cli.scenarios import seconds
    from perfconsole.model.command import ChangeVus
    from perfconsole.model.invalid import first_fault

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
        why = first_fault(error)
        raise Complaint(
            say("vus {group} {count}: {why}", group=group, count=count, why=why)
        ) from None
    return send(run, command)


@ctl.command(short_help="Arrivals of an open group to a rate, e.g. 300/s.")
@GROUP
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
    return send(run, ChangeRate(group=group, to=to, over_s=seconds("--over", over) or 0))


@ctl.command(short_help="Other stages for the rest of a group's schedule.")
@GROUP
@click.argument("stages", nargs=-1, required=True, metavar="STAGES")
@click.pass_obj
def schedule(run: str, group: str, stages: tuple[str, ...]) -> int:
    """Replace what remains of GROUP's schedule by STAGES, from its present load on.

    \b
    perfconsole ctl last schedule browse 'to 500 over 5m, hold 10m, to 0 over 1m'
    perfconsole ctl last schedule search 'to 300/s by 50/s every 30s'
    perfconsole ctl last schedule browse '[{wave: [50, 200], period: 5m, lasting: 30m}]'

    In words, or as under "load" in a scenario.
    """
    from pydantic import ValidationError
    from yaml import YAMLError, safe_load

    from perfconsole.model.command import EditSchedule
    from perfconsole.model.invalid import first_fault
    from perfconsole.model.stage_text import parse_stages

    text = " ".join(stages)
    try:
        load = safe_load(text) if text.lstrip().startswith("[") else parse_stages(text)
        command = EditSchedule.model_validate({"group": group, "load": load})
    except YAMLError:
        right = "[{to: 200, over: 2m}, {hold: 10m}]"
        raise Complaint(say("schedule {group}: a list is written {right}",
                            group=group, right=right)) from None  # fmt: skip
    except ValidationError as error:
        raise Complaint(f"schedule {group}: {first_fault(error)}") from None
    except ValueError as error:
        raise Complaint(f"schedule {group}: {error}") from None
    return send(run, command)


@ctl.command(short_help="Think times of groups by a factor, e.g. 0.5.")
@GROUPS
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
    return send(run, command)


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
    return send(run, LoadFlows(scenario=edited, flows=flows))
