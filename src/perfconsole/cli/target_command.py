"""``perfconsole target``."""

from __future__ import annotations

import sys

import click

from perfconsole.cli.complaint import Complaint
from perfconsole.texts import say


@click.command(short_help="The demo target alone, with knobs.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True,
              help="0 takes a free one.")  # fmt: skip
@click.option("--workers", type=int, help="Requests served at the same time; more wait in line.")
@click.option("--service-factor", type=float, help="Times the service time of each page.")
@click.option("--delay-ms", type=float, help="Added to every answer; holds no worker.")
@click.option("--error-percent", type=float, help="Share of answers that are a 500.")
@click.option("--leak-kb-per-request", type=float, help="Memory that each request leaves behind.")
@click.option("--until-eof", is_flag=True, help="End when standard input does.")
def target(host: str, port: int, until_eof: bool, **knobs: float | None) -> int:
    """Pages of a small marketplace and a registration office behind a real capacity limit.

    GET and POST /-/knobs show and turn the same knobs while it runs; GET /-/stats counts what was
    asked.
    """
    from perfconsole.demo.knobs import KnobError, Knobs
    from perfconsole.demo.target import TargetError, run_target

    given = {name: value for name, value in knobs.items() if value is not None}
    try:
        chosen = Knobs().changed(given)
        return run_target(host, port, chosen, _announce, sys.stdin.fileno() if until_eof else None)
    except KnobError as error:
        raise Complaint(error) from None
    except TargetError as error:
        raise Complaint(error, 3) from None


def _announce(host: str, port: int) -> None:
    shown = f"[{host}]" if ":" in host else host
    click.echo(say("listening on {url}", url=f"http://{shown}:{port}"))
