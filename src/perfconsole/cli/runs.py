"""``perfconsole runs``."""

from __future__ import annotations

import json
import time
from typing import Any

import click

from perfconsole.cli.finding import alive
from perfconsole.journal.folder import RunFolder, all_folders
from perfconsole.texts import say


@click.command(short_help="List the runs, newest first.")
@click.option("--json", "as_json", is_flag=True, help="One JSON list.")
@click.option("-n", "most", type=click.IntRange(1), default=20, show_default=True)
def runs(as_json: bool, most: int) -> int:
    """List the runs kept on this machine, newest first."""
    rows = [_row(folder) for folder in reversed(all_folders()[-most:])]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return 0
    if not rows:
        click.echo(say("no runs yet; start one with perfconsole demo"))
    for row in rows:
        started = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(row["started_at"] or 0))
        click.echo(
            f"{row['run']:<22} {row['state']:<11} {started if row['started_at'] else '–':<20} "
            f"{row['name']}"
        )
    return 0


def _row(folder: RunFolder) -> dict[str, Any]:
    from perfconsole.journal.journal_error import JournalError
    from perfconsole.journal.reader import JournalReader

    row: dict[str, Any] = {"run": folder.run, "state": "unreadable", "started_at": None, "name": ""}
    try:
        with JournalReader(folder.journal) as journal:
            started, ended = journal.started(), journal.ended()
    except JournalError:
        return row
    if started:
        row |= {"started_at": started.at, "name": started.name}
    if ended:
        row["state"] = ended.verdict.value
    else:
        row["state"] = "running" if alive(folder) else "aborted"
    return row
