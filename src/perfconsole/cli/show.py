"""``perfconsole show RUN`` and ``perfconsole report RUN``: after the run, or while it goes."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import click

from perfconsole.cli.complaint import Complaint
from perfconsole.cli.completing import run_ids
from perfconsole.cli.finding import alive, find
from perfconsole.journal.folder import RunFolder

if TYPE_CHECKING:
    from perfconsole.metrics.view import RunView
    from perfconsole.model.summary import Summary


@click.command(short_help="A run's summary with its graphs.")
@click.argument("run", default="last", shell_complete=run_ids)
def show(run: str) -> int:
    """Print the summary and the graphs of RUN (an id, the beginning of one, a path, or last)."""
    click.echo(page(*read(find(run))))
    return 0


@click.command(short_help="A run's report in one format.")
@click.argument("run", default="last", shell_complete=run_ids)
@click.option("--format", "form", type=click.Choice(["json", "text"]), default="text")
def report(run: str, form: str) -> int:
    """Print the report of RUN (an id, the beginning of one, a path, or last)."""
    from perfconsole.report.json_text import to_json

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


def page(summary: Summary, view: RunView) -> str:
    """The summary with its graphs, as wide as the terminal."""
    from perfconsole.report.text import terminal_text

    width = max(60, min(160, shutil.get_terminal_size((100, 40)).columns))
    return terminal_text(summary, view, width, colour=sys.stdout.isatty())
