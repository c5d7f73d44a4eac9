"""``perfconsole watch USER@HOST...``: servers, and perhaps one request a second, but no load."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from perfconsole.cli.alarm_option import alarm_option, with_receivers
from perfconsole.cli.complaint import Complaint
from perfconsole.cli.limits_option import limits_option, with_limits
from perfconsole.cli.watched_request import asking, request_options, watched_request
from perfconsole.texts import say


@click.command(short_help="Watch servers without any load.")
@click.argument("hosts", nargs=-1, required=True, metavar="[USER@]HOST[:PORT]...|local")
@click.option("--identity", metavar="FILE", help="Private key to log in with.")
@click.option("--password", metavar="ask|env:NAME", help="Log in with a password, from there.")
@click.option("--known-hosts", metavar="FILE", help="Instead of ~/.ssh/known_hosts.")
@limits_option
@click.option("--transport", type=click.Choice(["paramiko", "openssh"]), help="What speaks SSH.")
@click.option("--duration", metavar="TIME", help="End after this long, e.g. 10m.")
@click.option("--headless", is_flag=True, help="No console; needs --duration.")
@request_options
@alarm_option
@click.option("--summary", type=click.Path(path_type=Path), help="Write the summary JSON here.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder to keep the run in.")
def watch(
    hosts: tuple[str, ...],
    identity: str | None,
    password: str | None,
    known_hosts: str | None,
    limits: str | None,
    transport: str | None,
    duration: str | None,
    headless: bool,
    receivers: tuple[dict[str, str], ...],
    summary: Path | None,
    out: Path | None,
    **asked: Any,
) -> int:
    """Hold CPU, memory and disk of the servers against 75/75/80 %, or the limits named;
    `local` is this machine.

    \b
    perfconsole watch deploy@web1 deploy@db1
    perfconsole watch deploy@web1 local --request https://shop.example/health

    With --request one VU asks it once a second: its time and errors stand beside the servers and
    are recorded with them. The verdict is by the servers.
    """
    from pydantic import ValidationError

    from perfconsole.cli.scenarios import seconds
    from perfconsole.cli.session import SessionOptions, demand_terminal, hold_session
    from perfconsole.cli.starting import HEADLESS_ORPHAN_S, StartOptions, start
    from perfconsole.model.invalid import first_fault
    from perfconsole.model.scenario import Scenario
    from perfconsole.servers.ssh.address import parse_address

    duration_s = seconds("--duration", duration)
    if headless and duration_s is None:
        raise Complaint(say("watch --headless needs an end; add --duration, e.g. --duration 10m"))
    for flag, name in (("--identity", identity), ("--known-hosts", known_hosts)):
        if name and not Path(name).expanduser().is_file():
            raise Complaint(say("{flag}: there is no file {name}", flag=flag, name=name))
    for host in hosts:
        try:
            parse_address(host)
        except ValueError as error:
            raise Complaint(error) from None
    keys = {
        "identity": _absolute(identity), "password": _password(password),
        "known_hosts": _absolute(known_hosts), "transport": transport,
    }  # fmt: skip
    given = {key: value for key, value in keys.items() if value is not None}
    servers = {
        host: {"local": True} if host == "local" else {"ssh": host, **given} for host in hosts
    }
    request = watched_request(asked)
    try:
        scenario = Scenario.model_validate(
            (asking(request) if request else {})
            | {"name": say("watch"), "servers": servers}
            | ({"duration": duration_s} if duration_s else {})
        )
    except ValidationError as error:
        raise Complaint(first_fault(error)) from None
    scenario = with_receivers(with_limits(scenario, limits), receivers)
    if not headless:
        demand_terminal()
    orphan_s = HEADLESS_ORPHAN_S if headless else None
    starting = start(scenario, StartOptions(injectors=1, out=out, orphan_s=orphan_s))
    return hold_session(starting, SessionOptions(headless, False, summary))


def _absolute(file: str | None) -> str | None:
    return None if file is None else str(Path(file).expanduser().absolute())


def _password(source: str | None) -> str | None:
    """As a scenario has it. Never repeats what was given: it may be a secret."""
    if source is None or source == "ask":
        return source
    kind, _, variable = source.partition(":")
    if kind != "env" or not variable:
        raise Complaint(say("--password: write ask, or env:NAME for a variable that holds it"))
    return f"${{env:{variable}}}"
