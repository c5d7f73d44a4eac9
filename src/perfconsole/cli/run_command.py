"""``perfconsole run SCENARIO`` or ``run URL``."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from perfconsole.cli.alarm_option import alarm_option, with_receivers
from perfconsole.cli.complaint import Complaint
from perfconsole.cli.limits_option import limits_option, with_limits
from perfconsole.cli.var_option import var_option
from perfconsole.texts import say

_URL_ONLY = {
    "method": "-X",
    "header": "-H",
    "data": "-d",
    "data_binary": "--data-binary",
    "user": "-u",
    "cacert": "--cacert",
    "cert": "--cert",
    "key": "--key",
    "insecure": "-k",
    "http2": "--http2",
    "proxy": "-x",
}


class TakesCurl(click.Command):
    """Takes a curl command as it was pasted, without quotes around it: from "curl" on."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if "curl" in args:
            begin = args.index("curl")
            args = [*args[:begin], shlex.join(args[begin:])]
        return super().parse_args(ctx, args)


@click.command(cls=TakesCurl, short_help="Start a run and open the console on it.")
@click.argument("what", metavar="SCENARIO|URL|CURL")
@click.option("--headless", is_flag=True, help="No console; needs an end, such as --duration.")
@click.option("--detach", is_flag=True, help="Start it, print its id and leave it running.")
@click.option("--duration", metavar="TIME", help="End this long after the first VU, e.g. 30s.")
@click.option(
    "--vus", type=click.IntRange(1, 1_000_000), help="VUs in all groups together; 1 for a URL."
)
@click.option("--rate", metavar="RATE", help="Iterations begun a second, e.g. 200 or 600/min.")
@click.option("--seed", type=click.IntRange(0), help="Draw what that run drew, to repeat it.")
@click.option("--injectors", type=click.IntRange(1, 64), help="Load processes; cores - 1 if unset.")
@click.option("--dead-man", metavar="TIME", help="Pause when no hand touched it so long, e.g. 30m.")
@var_option
@limits_option
@alarm_option
@click.option("--summary", type=click.Path(path_type=Path), help="Write the summary JSON here.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder to keep the run in.")
@click.option(
    "--listen", metavar="HOST:PORT", help="The API on TCP too, behind a token: 127.0.0.1:8300."
)
@click.option("--yes", is_flag=True, help="Answer questions with yes.")
@click.option("-X", "--request", "method", metavar="METHOD", help="URL only: GET, or POST with -d.")
@click.option("-H", "--header", multiple=True, metavar="LINE", help='URL only: "Name: value".')
@click.option("-d", "--data", multiple=True, metavar="DATA", help="URL only: a body, or @file.")
@click.option("--data-binary", multiple=True, metavar="DATA", help="URL only: sent as it is.")
@click.option("-u", "--user", metavar="USER:PASSWORD", help="URL only: basic login.")
@click.option("--cacert", metavar="FILE", help="URL only: CA to trust.")
@click.option("--cert", metavar="FILE", help="URL only: client certificate.")
@click.option("--key", metavar="FILE", help="URL only: its private key.")
@click.option("-k", "--insecure", is_flag=True, help="URL only: verify no certificate.")
@click.option("--http2", is_flag=True, help="URL only: HTTP/2, by the second engine.")
@click.option("-x", "--proxy", metavar="URL", help="URL only: by the second engine, too.")
def run(what: str, **flags: Any) -> int:
    """Start a run of SCENARIO (a YAML file), of one request to URL, or of what a curl command asks,
    and open the console on it.

    \b
    perfconsole run shop.yaml
    perfconsole run shop.yaml --headless --duration 10m --summary out.json
    perfconsole run https://shop.example/ --vus 20 --duration 1m
    perfconsole run https://shop.example/ --rate 200 --vus 50 --duration 1m
    perfconsole run https://shop.example/orders -d @order.json \\
        -H "Content-Type: application/json" -u anna:demo
    perfconsole run --vus 20 --duration 1m curl 'https://shop.example/' -H 'Accept: text/html'

    All that stands behind the word curl is curl's. "-" instead reads a pasted command, or a
    scenario, from standard input.

    With --vus alone each VU asks again when it is answered. With --rate requests begin so many a
    second, whatever became of earlier ones, and the VUs are how many may be under way at once.

    Exit status: 0 passed, 1 failed, 2 bad input, 3 aborted or could not start, 4 not proven,
    130 interrupted.
    """
    from perfconsole.cli.scenarios import rate, read, seconds
    from perfconsole.cli.session import SessionOptions, demand_terminal, hold_session
    from perfconsole.cli.starting import (
        CONSOLE_ORPHAN_S,
        HEADLESS_ORPHAN_S,
        StartOptions,
        start,
    )
    from perfconsole.scenario.http_outline import unverified

    duration_s = seconds("--duration", flags["duration"])
    dead_man_s = seconds("--dead-man", flags["dead_man"])
    per_s = rate("--rate", flags["rate"])
    text = pasted(what)
    is_url = "://" in what or text is not None
    if is_url and (text is None or is_curl(text)):
        _refuse_variables(flags)
    if text is not None:
        _refuse_url_flags(flags)
        scenario = from_text(text, flags["vus"], duration_s, per_s, flags["given"])
    elif is_url:
        scenario = _from_url(what, duration_s, per_s, flags)
    else:
        _refuse_url_flags(flags)
        _refuse_bare_host(what)
        scenario = read(
            Path(what), vus=flags["vus"], duration_s=duration_s, per_s=per_s, given=flags["given"]
        )
    if flags["seed"] is not None:
        scenario = scenario.model_copy(update={"seed": flags["seed"]})
    scenario = with_limits(scenario, flags["limits"])
    scenario = with_receivers(scenario, flags["receivers"], flags["given"])
    _refuse_endless(what, scenario, flags)
    listen = _listen(flags["listen"])
    if not flags["yes"]:
        _ask_about_host(scenario)
    headless, detach = flags["headless"], flags["detach"]
    orphan_s = CONSOLE_ORPHAN_S if is_url else None
    if headless:
        orphan_s = HEADLESS_ORPHAN_S
    if detach:
        orphan_s = None
    if not (headless or detach):
        demand_terminal()
    if detach and (warning := unverified(scenario.http)):  # else an event of the run tells it
        click.echo(warning, err=True)
    if detach and listen is not None and (warning := listen.warning()):
        click.echo(warning, err=True)
    starting = start(
        scenario,
        StartOptions(
            flags["injectors"],
            flags["out"],
            orphan_s,
            base=Path() if is_url else Path(what).parent,
            keepable=is_url and not headless,
            given=flags["given"],
            listen=listen,
            dead_man_s=dead_man_s,
        ),
    )
    options = SessionOptions(headless, detach, flags["summary"], orphan_s, keepable=is_url)
    return hold_session(starting, options)


def _listen(text: str | None) -> Any:
    from perfconsole.model.listen import parse_listen

    try:
        return None if text is None else parse_listen(text)
    except ValueError as error:
        raise Complaint(f"--listen: {error}") from None


def is_curl(text: str) -> bool:
    """Whether a text is a curl command, with or without a shell's prompt."""
    return text.lstrip("$ \t\r\n").startswith("curl")


def pasted(what: str) -> str | None:
    """A curl command, or what was piped or pasted; None for a file and for a URL."""
    if what == "-":
        if sys.stdin.isatty():
            click.echo(say("Paste a curl command or a scenario, then press ctrl+d."), err=True)
        text = sys.stdin.read()
        with contextlib.suppress(OSError):  # the console needs the keyboard, which was not piped
            os.dup2(os.open("/dev/tty", os.O_RDWR), 0)
        return text
    return what if what.lstrip("$ \t\r\n").startswith("curl ") else None


def from_text(
    text: str,
    vus: int | None = None,
    duration_s: float | None = None,
    per_s: float | None = None,
    given: Mapping[str, str] | None = None,
) -> Any:
    """The scenario that a text is, or that a curl command makes. Raises Complaint."""
    from perfconsole.cli.scenarios import reshaped, runnable
    from perfconsole.importers.curl import from_curl
    from perfconsole.importers.draft import ImportFault, plain
    from perfconsole.scenario.load import scenario_from
    from perfconsole.scenario.problems import ScenarioError
    from perfconsole.scenario.url import checked

    here = say("standard input")
    try:
        if is_curl(text):
            here = "curl"
            scenario = checked(plain(from_curl(text, with_secrets=True).tree))
        else:
            scenario = scenario_from(text, here, Path.cwd(), given)
        shaped = reshaped(scenario, vus=vus, duration_s=duration_s, per_s=per_s)
        return runnable(shaped, here, given)
    except ImportFault as fault:
        raise Complaint(f"{here}: {fault}") from None
    except ScenarioError as error:
        raise Complaint(error) from None


def _refuse_endless(what: str, scenario: Any, flags: dict[str, Any]) -> None:
    """Without a console somebody or something must end the run, and wait for its summary."""
    from perfconsole.scenario.advice import has_end

    if (flags["headless"] or flags["detach"]) and not has_end(scenario):
        raise Complaint(
            say(
                "{what}: this would never end without a console; "
                "give it --duration, e.g. --duration 30s",
                what=what,
            )
        )
    if flags["detach"] and flags["summary"]:
        raise Complaint(
            say(
                "--summary: nobody waits for the end with --detach; "
                "perfconsole report RUN --format json has it later"
            )
        )


def _ask_about_host(scenario: Any) -> None:
    """Load goes to hosts of the scenario's list, where it has one, or somebody says so."""
    from perfconsole.model.host_list import is_this_machine, on_list
    from perfconsole.model.http_spec import DEMO_TARGET

    target = scenario.target
    if not scenario.hosts or target in (None, DEMO_TARGET):
        return
    if is_this_machine(target) or on_list(target, scenario.hosts):
        return
    question = say("load {target}, which is not on the scenario's list of hosts?", target=target)
    if not sys.stdin.isatty():
        raise Complaint(say("{question} Nothing was started; --yes answers with yes",
                            question=question))  # fmt: skip
    click.confirm(question, default=False, abort=True)


def _from_url(
    url: str, duration_s: float | None, per_s: float | None, flags: dict[str, Any]
) -> Any:
    from perfconsole.cli.scenarios import runnable
    from perfconsole.scenario.problems import ScenarioError
    from perfconsole.scenario.url import from_url

    try:
        scenario = from_url(
            url,
            vus=flags["vus"],
            rate=per_s,
            duration_s=duration_s,
            method=flags["method"],
            headers=flags["header"],
            body=flags["data"],
            raw_body=flags["data_binary"],
            user=flags["user"],
            ca=flags["cacert"],
            cert=flags["cert"],
            key=flags["key"],
            insecure=flags["insecure"],
            http2=flags["http2"],
            proxy=flags["proxy"],
        )
    except ScenarioError as error:
        raise Complaint(error) from None
    return runnable(scenario, url)


def _refuse_bare_host(what: str) -> None:
    """``127.0.0.1:8080/path`` is no scenario, but nearly a URL."""
    if not Path(what).exists() and re.match(r"(?:localhost|[\w-]+(?:\.[\w-]+)+)(?::\d+|/|$)", what):
        if Path(what).suffix in (".yaml", ".yml"):
            return
        raise Complaint(
            say("{what}: there is no such file; for a URL write http://{what}", what=what)
        )


def _refuse_variables(flags: dict[str, Any]) -> None:
    if flags["given"]:
        raise Complaint(say("--var: only for a scenario; a URL has no variables"))


def _refuse_url_flags(flags: dict[str, Any]) -> None:
    given = [flag for name, flag in _URL_ONLY.items() if flags[name]]
    if given:
        raise Complaint(
            say("{flags}: only for a URL; a scenario says it itself", flags=", ".join(given))
        )
