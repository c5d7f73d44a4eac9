"""``ctl``: the run as a whole."""

from __future__ import annotations

import click

from perfconsole.cli.complaint import Complaint
from perfconsole.cli.ctl.ctl_group import ctl
from perfconsole.cli.ctl.ctl_sending import send
from perfconsole.cli.ctl.stop_mode import mode_of
from perfconsole.texts import say


@ctl.command("stop-run", short_help="End the run.")
@click.option("--after-request", is_flag=True, help="VUs leave when their request is answered.")
@click.option("--now", is_flag=True, help="Requests in flight are cut.")
@click.pass_obj
def stop_run(run: str, after_request: bool, now: bool) -> int:
    from perfconsole.model.command import StopRun

    return send(run, StopRun(mode=mode_of(after_request, now)))


@ctl.command(short_help="Write a line into the run's events.")
@click.argument("text")
@click.pass_obj
def note(run: str, text: str) -> int:
    from perfconsole.model.command import AddNote

    if not text.strip() or len(text) > 1000:
        raise Complaint(say("a note has 1 to 1,000 characters"))
    return send(run, AddNote(text=text))


@ctl.command(short_help="Take back the last change that can be taken back.")
@click.pass_obj
def undo(run: str) -> int:
    """Take back the last change of anybody; once more takes back the one before.

    Loads, schedules, pauses, stops, think times, rendezvous, limits and the run's duration can be
    taken back. Releases, stops --now, edited flows, added groups, traces and notes are passed over.
    """
    from perfconsole.model.command import Undo

    return send(run, Undo())
