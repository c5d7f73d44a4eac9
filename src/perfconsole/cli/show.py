"""``perfconsole show RUN`` and ``perfconsole report RUN``: after the run, or while it goes."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from perfconsole.cli.complaint import Complaint
from perfconsole.cli.completing import run_ids
from perfconsole.cli.finding import alive, find
from perfconsole.journal.folder import RunFolder
from perfconsole.texts import say

if TYPE_CHECKING:
    from perfconsole.metrics.view import RunView
    from perfconsole.model.event import RunEvent
    from perfconsole.model.summary import Summary


@click.command(short_help="A run's summary with its graphs.")
@click.argument("run", default="last", shell_complete=run_ids)
def show(run: str) -> int:
    """Print the summary and the graphs of RUN (an id, the beginning of one, a path, or last)."""
    click.echo(page(*read(find(run))))
    return 0


@click.command(short_help="A run's report in one format.")
@click.argument("run", default="last", shell_complete=run_ids)
@click.option("--format", "form", type=click.Choice(["json", "text", "scenario"]), default="text")
@click.option("--snapshot", type=int, metavar="N", help="Only snapshot N of a server, whole.")
def report(run: str, form: str, snapshot: int | None) -> int:
    """Print the report of RUN (an id, the beginning of one, a path, or last).

    The format scenario is the run as it was driven, as a scenario that repeats it without hands.
    """
    from perfconsole.report.json_text import to_json

    if snapshot is not None:
        click.echo(snapshot_of(find(run), snapshot, as_json=form == "json"))
        return 0

    if form == "scenario":
        click.echo(scenario_of(find(run)), nl=False)
        return 0

    summary, view = read(find(run))
    click.echo(to_json(summary) if form == "json" else page(summary, view))
    return 0


def read(folder: RunFolder, *, over: bool = False) -> tuple[Summary, RunView]:
    """What the run came to, so far if it still goes (never when `over`). Raises Complaint."""
    from perfconsole.journal.journal_error import JournalError
    from perfconsole.report.summarize import read_run, summary_of

    running = not over and alive(folder)
    try:
        record = read_run(folder.path, running)
    except JournalError as error:
        raise Complaint(error) from None
    return summary_of(record, running), record.view


def scenario_of(folder: RunFolder) -> str:
    """The scenario that repeats the run. Raises Complaint."""
    from perfconsole.journal.journal_error import JournalError
    from perfconsole.journal.reader import JournalReader
    from perfconsole.report.drive import NothingDriven

    try:
        with JournalReader(folder.journal) as journal:
            return text_of(journal.events())
    except (JournalError, NothingDriven) as error:
        raise Complaint(error) from None


def snapshot_of(folder: RunFolder, number: int, *, as_json: bool) -> str:
    """One snapshot of a server. Raises Complaint."""
    from perfconsole.journal.journal_error import JournalError
    from perfconsole.journal.reader import JournalReader
    from perfconsole.metrics.snapshot_words import snapshot_text
    from perfconsole.model.event import SnapshotTaken
    from perfconsole.report.json_text import to_json

    known = []
    try:
        with JournalReader(folder.journal) as journal:
            for taken in journal.of_kind(SnapshotTaken):
                if taken.number == number:
                    return to_json(taken) if as_json else snapshot_text(taken)
                known.append(str(taken.number))
    except JournalError as error:
        raise Complaint(error) from None
    raise Complaint(say("there is no snapshot {n} in this run; there are: {known}",
                        n=number, known=", ".join(known) or say("none")))  # fmt: skip


def text_of(events: Iterable[RunEvent]) -> str:
    """The scenario that repeats the run with these events. Raises NothingDriven."""
    from perfconsole.importers.draft import Draft
    from perfconsole.importers.writing import scenario_text
    from perfconsole.report.driven import driven_scenario

    made = driven_scenario(events)
    day = time.strftime("%Y-%m-%d %H:%M", time.localtime(made.started_at))
    source = say("run {run} as it was driven on {day}", run=made.run, day=day)
    return scenario_text(Draft(made.tree, source, made.notes, made.environment))


def page(summary: Summary, view: RunView) -> str:
    """The summary with its graphs, as wide as the terminal."""
    from perfconsole.report.text import terminal_text

    width = max(60, min(160, shutil.get_terminal_size((100, 40)).columns))
    return terminal_text(summary, view, width, colour=sys.stdout.isatty())
