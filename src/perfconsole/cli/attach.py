"""``perfconsole attach [RUN]``."""

from __future__ import annotations

import click

from perfconsole.cli.completing import run_ids
from perfconsole.cli.finding import find_living, has_ended
from perfconsole.texts import say


@click.command(short_help="Come back to a run.")
@click.argument("run", default="last", shell_complete=run_ids)
@click.option("--view", is_flag=True, help="Only look on: this console can steer nothing.")
def attach(run: str, view: bool) -> int:
    """Open the console on RUN (an id, the beginning of one, a path, or last)."""
    from perfconsole.cli.session import SessionOptions, look_on, tell

    folder = find_living(run)
    if has_ended(folder):
        click.echo(say("run {run} is over", run=folder.run), err=True)
        return tell(folder, SessionOptions())
    return look_on(folder, SessionOptions(viewer=view))
