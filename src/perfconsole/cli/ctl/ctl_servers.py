"""``ctl``: what is asked of servers."""

from __future__ import annotations

import click

from perfconsole.cli.ctl.ctl_group import ctl
from perfconsole.cli.ctl.ctl_sending import send


@ctl.command(short_help="Keep what runs on the servers now.")
@click.argument("server", required=False)
@click.pass_obj
def snapshot(run: str, server: str | None) -> int:
    """Run the snapshot commands of SERVER, or of all servers, and keep what they write, with the
    largest processes by CPU and memory. "perfconsole report RUN --snapshot N" shows it."""
    from perfconsole.model.command import TakeSnapshot

    return send(run, TakeSnapshot(server=server))
