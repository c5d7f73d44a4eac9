"""``ctl``: what only looks: the status, waiting, the way to the API."""

from __future__ import annotations

import asyncio
import json

import click

from perfconsole.cli.complaint import Complaint
from perfconsole.cli.ctl.ctl_group import ctl, found
from perfconsole.cli.ctl.ctl_sending import ask, over_text, told
from perfconsole.texts import say


@ctl.command(short_help="How the run stands.")
@click.option("--json", "as_json", is_flag=True, help="All of it, as JSON.")
@click.pass_obj
def status(run: str, as_json: bool) -> int:
    from perfconsole.cli.ctl.status_lines import status_lines
    from perfconsole.client.api import ControllerGone

    try:
        found = asyncio.run(ask(run, None))
    except ControllerGone as error:
        raise Complaint(over_text(run, error), 3) from None
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return 0
    for line in status_lines(found):
        click.echo(line)
    return 0


@ctl.command(short_help="Wait until something is so.")
@click.option("--until", required=True, metavar="CONDITION", help="Such as 'vus>=200'.")
@click.option("--timeout", metavar="TIME", help="Give up after this long.")
@click.pass_obj
def wait(run: str, until: str, timeout: str | None) -> int:
    """Wait until CONDITION holds: comparisons of what "status --json" tells, joined by "and" alone
    or by "or" alone.

    \b
    perfconsole ctl last wait --until 'vus>=200'
    perfconsole ctl last wait --until 'state==running and p95_ms<500' --timeout 5m
    perfconsole ctl last wait --until 'groups.browse.state==paused'
    perfconsole ctl last wait --until 'servers.web1.cpu_percent>75 or error_percent>1'
    perfconsole ctl last wait --until 'state==ended'

    What is not known yet compares to nothing. Exit status: 0 it is so; 1 not within --timeout;
    2 this is no condition; 3 the run ended first, or cannot be reached.
    """
    from perfconsole.cli.scenarios import seconds
    from perfconsole.cli.waiting import wait_until

    status, said, seq = asyncio.run(wait_until(found(run), until, seconds("--timeout", timeout)))
    return told(said, status, seq=seq)


@ctl.command(short_help="How to use the run's API.")
@click.option("--token", is_flag=True, help="Print the token of the API on TCP, and only that.")
@click.option("--viewer", is_flag=True, help="With --token: of those who only look on.")
@click.option("--json", "as_json", is_flag=True, help="Where everything is, as JSON.")
@click.pass_obj
def api(run: str, token: bool, viewer: bool, as_json: bool) -> int:
    """Print how to reach the API of RUN with curl: on its socket, and on TCP if the run was started
    with --listen. The token itself is printed with --token only."""
    from perfconsole.cli.finding import alive
    from perfconsole.cli.reaching import how_to, places, token_of

    if viewer and not token:
        raise Complaint(say("--viewer: only with --token"))
    folder = found(run)
    if not alive(folder):
        raise Complaint(over_text(run, RuntimeError()), 3)
    if token:
        click.echo(token_of(folder, viewer))
    elif as_json:
        click.echo(json.dumps(places(folder), ensure_ascii=False, indent=2))
    else:
        click.echo(how_to(folder))
    return 0
