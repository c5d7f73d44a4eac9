"""``perfconsole ctl RUN`` for what is kept of groups, and for what a rendezvous waits for."""

from __future__ import annotations

import json
import time

import click

from perfconsole.cli.complaint import Complaint
from perfconsole.cli.ctl.ctl_group import GROUP, GROUPS, IN_JSON, POINT, ctl
from perfconsole.cli.ctl.ctl_sending import send
from perfconsole.cli.finding import find
from perfconsole.cli.printing import show
from perfconsole.texts import say


@ctl.command(short_help="Keep the next exchanges of a group, or show those that were kept.")
@GROUP
@click.option("--count", type=click.IntRange(1, 1000), help="Keep so many; 20.")
@click.option("--all", "every", is_flag=True, help="Also those that pass.")
@click.option("--off", is_flag=True, help="End the trace; what was kept stays.")
@click.option("--show", "shown", is_flag=True, help="Print what was kept in this run so far.")
@click.pass_obj
def trace(run: str, group: str, count: int | None, every: bool, off: bool, shown: bool) -> int:
    """Keep the next failing exchanges of GROUP, request and answer, secrets masked."""
    from perfconsole.model.command import TraceGroup

    if off + shown + bool(count or every) > 1:
        raise Complaint(say("give either --off, --show, or what to keep"))
    if shown:
        return _show(run, group, as_json=click.get_current_context().meta[IN_JSON])
    if off:
        return send(run, TraceGroup(group=group, count=0))
    return send(run, TraceGroup(group=group, count=count or 20, all=every))


def _show(run: str, group: str, *, as_json: bool) -> int:
    """From the journal: a view has the last few only."""
    from perfconsole.journal.journal_error import JournalError
    from perfconsole.journal.reader import JournalReader
    from perfconsole.model.event import Traced

    try:
        with JournalReader(find(run).journal) as journal:
            traced = [event for event in journal.of_kind(Traced) if event.group == group]
    except JournalError as error:
        raise Complaint(str(error), 3) from None
    if not traced:
        raise Complaint(say("nothing was traced of {group}", group=group), 1)
    kept = [exchange for event in traced for exchange in event.exchanges]
    if as_json:
        rows = [
            {"at": e.at, "vu": e.vu, "key": e.key, "failed": e.failed, "text": e.text} for e in kept
        ]
        show(json.dumps(rows, ensure_ascii=False, indent=2))
        return 0
    for exchange in kept:
        at = time.strftime("%H:%M:%S", time.localtime(exchange.at))
        show(say("{at} VU {vu} {key}", at=at, vu=exchange.vu, key=exchange.key))
        show(exchange.text + "\n")
    left = traced[-1].left
    show(say("{n} kept, {left} to come", n=len(kept), left=left))
    return 0


@ctl.command(short_help="No alarms and no kept exchanges for groups.")
@GROUPS
@click.option("--off", is_flag=True, help="As ever again.")
@click.pass_obj
def mute(run: str, groups: tuple[str, ...], off: bool) -> int:
    """What goes wrong in these groups counts as ever, but raises no alarm and keeps no exchange."""
    from perfconsole.model.command import MuteGroups

    return send(run, MuteGroups(groups=groups, on=not off))


@ctl.command(short_help="What a rendezvous waits for.")
@POINT
@click.argument("wait_for", metavar="[WAIT_FOR]", required=False)
@click.option(
    "--timeout", metavar="TIME", help="Release whoever waits when nobody came for so long."
)
@click.pass_obj
def policy(run: str, point: str, wait_for: str | None, timeout: str | None) -> int:
    """From now on POINT waits for WAIT_FOR: "100% of all", "50% of running", a number of VUs, or
    manual: then only "release" lets them go."""
    from perfconsole.cli.scenarios import seconds
    from perfconsole.model.command import ChangePolicy

    if wait_for is None and timeout is None:
        raise Complaint(say("say what to wait for, or how long with --timeout"))
    timeout_s = seconds("--timeout", timeout)
    return send(run, ChangePolicy(point=point, wait_for=wait_for, timeout=timeout_s))
