"""``perfconsole try SCENARIO [FLOW]``: one VU plays a flow once, and every exchange is shown."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from perfconsole.cli.complaint import Complaint
from perfconsole.cli.run_command import TakesCurl, from_text, is_curl, pasted
from perfconsole.cli.var_option import var_option
from perfconsole.texts import say

if TYPE_CHECKING:
    from perfconsole.model.rehearsing import Over, Traced
    from perfconsole.model.scenario import Scenario

NARROWEST, WIDEST = 60, 160


@click.command("try", cls=TakesCurl, short_help="Play a flow once and show every exchange.")
@click.argument("what", metavar="SCENARIO|URL|CURL")
@click.argument("flow", required=False)
@var_option
@click.option("--full", is_flag=True, help="Whole headers and bodies.")
@click.option("--think", is_flag=True, help="Wait the think times.")
@click.option("--timeout", default="60s", metavar="TIME", help="Of the whole, 60s if unset.")
@click.option("--json", "as_json", is_flag=True, help="A line of JSON for each thing that happens.")
@click.option("-k", "--insecure", is_flag=True, help="Verify no certificate.")
@click.option("-X", "--request", "method", metavar="METHOD", help="URL only: GET, or POST with -d.")
@click.option("-H", "--header", multiple=True, metavar="LINE", help='URL only: "Name: value".')
@click.option("-d", "--data", multiple=True, metavar="DATA", help="URL only: a body, or @file.")
def try_(what: str, flow: str | None, **flags: Any) -> int:
    """Play FLOW of SCENARIO once, by one VU, and show every exchange, check and value.

    FLOW is a flow's name, a group's, or file.py:function; it may be left out where there is one.
    A group's VUs have its headers and variables. Rendezvous are walked past, think times are not
    waited. Secrets are shown as ***#3fa2: equal letters are equal secrets. "-" reads a pasted curl
    command, or a scenario, from standard input.

    \b
    perfconsole try shop.yaml checkout
    perfconsole try shop.yaml --full --var user=anna
    perfconsole try https://shop.example/
    perfconsole try curl https://shop.example/cart -H "Accept: application/json"

    Exit status: 0 passed, 1 failed, 2 bad input, 3 the target was not reached, 130 interrupted.
    """
    from perfconsole.cli.printing import show
    from perfconsole.cli.scenarios import seconds, tables_of, values_for
    from perfconsole.cli.starting import demo_target
    from perfconsole.client.launch import StartRefused
    from perfconsole.pool.rehearsal_child import rehearse
    from perfconsole.scenario.rehearsals import NoSuchFlow, rehearsal_of

    timeout_s = seconds("--timeout", flags["timeout"]) or 0.0
    scenario = _scenario(what, flags)
    named = what if Path(what).exists() else scenario.name  # a URL may have a password in it
    chosen = flow or _only_flow(named, scenario)
    values = values_for(scenario, flags["given"])
    tables = tables_of(scenario, values)
    try:
        with demo_target(scenario) as (url, _):
            rehearsal = rehearsal_of(
                scenario, url, chosen, seed=random.getrandbits(32), timeout_s=timeout_s,
                think=flags["think"], tables=tables, values=values,
            )  # fmt: skip
            if not flags["as_json"]:
                show(say('{name}: "{flow}" against {url}', name=named, flow=chosen, url=url))
            over = _interruptible(rehearse(rehearsal, _teller(flags), timeout_s))
    except NoSuchFlow as error:
        raise Complaint(f"{named}: {error}") from None
    except StartRefused as refusal:
        raise Complaint(refusal, refusal.exit_status) from None
    if over.passed:
        return 0
    return 3 if over.unreachable else 1


def _interruptible(playing: Coroutine[Any, Any, Over]) -> Over:
    """Raises KeyboardInterrupt at ctrl+c. On its own asyncio's loop sleeps on when the system hands
    the signal to another thread, such as the one that waits for a child process."""

    async def play() -> Over:
        task = asyncio.current_task()
        assert task is not None
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, task.cancel)
        return await playing

    try:
        return asyncio.run(play())
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


def _scenario(what: str, flags: dict[str, Any]) -> Scenario:
    from perfconsole.cli.scenarios import read

    if (text := pasted(what)) is not None:
        if not is_curl(text):
            _refuse_url_flags(flags)
            piped: Scenario = from_text(text, given=flags["given"])
            return _insecure(piped, flags)
        scenario: Scenario = from_text(text)
    elif "://" in what:
        scenario = _from_url(what, flags)
    else:
        _refuse_url_flags(flags)
        return _insecure(read(Path(what), given=flags["given"]), flags)
    if flags["given"]:
        raise Complaint(say("--var: only for a scenario; a URL has no variables"))
    return _insecure(scenario, flags)


def _refuse_url_flags(flags: dict[str, Any]) -> None:
    if any(flags[name] for name in ("method", "header", "data")):
        raise Complaint(say("-X, -H, -d: only for a URL; a scenario says it itself"))


def _insecure(scenario: Scenario, flags: dict[str, Any]) -> Scenario:
    if flags["insecure"]:
        http = scenario.http.model_copy(update={"insecure": True})
        scenario = scenario.model_copy(update={"http": http})
    return scenario


def _from_url(url: str, flags: dict[str, Any]) -> Scenario:
    from perfconsole.scenario.problems import ScenarioError
    from perfconsole.scenario.url import from_url

    try:
        return from_url(
            url, method=flags["method"], headers=flags["header"], body=flags["data"],
            insecure=flags["insecure"],
        )  # fmt: skip
    except ScenarioError as error:
        raise Complaint(error) from None


def _only_flow(what: str, scenario: Scenario) -> str:
    """Raises Complaint where there are several, or none."""
    from perfconsole.scenario.rehearsals import playable

    run = dict.fromkeys(scenario.flow_of(group) for group in scenario.groups)
    if len(run) == 1:
        return next(iter(run))
    names = playable(scenario)
    if not names:
        raise Complaint(say("{what}: there is no flow in it to try", what=what))
    raise Complaint(
        say("{what}: say which flow to try, one of: {names}", what=what, names=", ".join(names))
    )


def _teller(flags: dict[str, Any]) -> Callable[[Traced], None]:
    """What prints each thing as it happens."""
    import msgspec

    from perfconsole.cli.printing import show
    from perfconsole.cli.telling import Telling
    from perfconsole.report.ink import Ink

    if flags["as_json"]:
        return lambda traced: show(msgspec.json.encode(traced).decode())
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    width = max(NARROWEST, min(WIDEST, shutil.get_terminal_size((100, 40)).columns))
    telling = Telling(
        Ink(colour), width, full=flags["full"],
        glyphs=(sys.stdout.encoding or "").lower().replace("-", "") == "utf8",
    )  # fmt: skip

    def tell(traced: Traced) -> None:
        for line in telling.lines(traced):
            show(line)

    return tell
