"""The request that `watch` may ask beside its servers: one VU at a slow, steady pace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click

from perfconsole.cli.complaint import Complaint
from perfconsole.texts import say

TIMEOUT_S = 10.0
"""A look at a target wants to know soon that it hangs."""
LEAST_EVERY_S = 0.2
_FLAGS = ("method", "header", "data", "user", "insecure", "cacert")


@dataclass(frozen=True, slots=True)
class WatchedRequest:
    """What is asked, and how, in the words of `run URL`."""

    url: str
    """Or a curl command."""
    every_s: float
    flags: dict[str, Any]


def request_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options about the request, with values named `request`, `request_every` and `_FLAGS`."""
    for option in (  # the last one stands first in the help
        click.option("-k", "--insecure", is_flag=True, help="Verify no certificate."),
        click.option("--cacert", metavar="FILE", help="CA to trust."),
        click.option("-u", "--user", metavar="USER:PASSWORD", help="Basic login."),
        click.option("-d", "--data", multiple=True, metavar="DATA", help="A body, or @file."),
        click.option("-H", "--header", multiple=True, metavar="LINE", help='"Name: value".'),
        click.option("-X", "--method", metavar="METHOD", help="Of the request; GET if left out."),
        click.option("--request-every", metavar="TIME", help="How often; 1s if left out."),
        click.option("--request", metavar="URL", help="Ask this too: its time and errors."),
    ):
        command = option(command)
    return command


def watched_request(flags: dict[str, Any]) -> WatchedRequest | None:
    """What the options come to; None where nothing is to be asked. Raises Complaint."""
    from perfconsole.cli.scenarios import seconds

    url, given = flags["request"], {name: flags[name] for name in _FLAGS}
    every_s = seconds("--request-every", flags["request_every"])
    if url is None:
        if every_s is not None or any(given.values()):
            raise Complaint(say("there is no request they could be for; add --request URL"))
        return None
    if every_s is not None and every_s < LEAST_EVERY_S:
        raise Complaint(
            say("--request-every: at least 200ms; for load there is perfconsole run {url}", url=url)
        )
    return WatchedRequest(url, every_s or 1.0, given)


def asking(request: WatchedRequest) -> dict[str, Any]:
    """The keys of a scenario that asks it: one group of one VU. Raises Complaint."""
    from perfconsole.cli.run_command import from_text, is_curl
    from perfconsole.scenario.problems import ScenarioError
    from perfconsole.scenario.url import from_url

    flags = request.flags
    if is_curl(request.url):
        if any(flags.values()):
            raise Complaint(say("--request: a curl command says the rest itself"))
        scenario = from_text(request.url, 1)
    else:
        try:
            scenario = from_url(
                request.url, vus=1, method=flags["method"], headers=flags["header"],
                body=flags["data"], user=flags["user"], ca=flags["cacert"],
                insecure=flags["insecure"],
            )  # fmt: skip
        except ScenarioError as error:
            raise Complaint(error) from None
    tree: dict[str, Any] = scenario.model_dump(mode="json", by_alias=True, exclude_unset=True)
    pacing = f"every {request.every_s:g}s"
    return tree | {
        "watch": True,
        "max_vus": 1,
        "http": {"timeout": TIMEOUT_S} | tree.get("http", {}),
        "groups": {name: group | {"pacing": pacing} for name, group in tree["groups"].items()},
    }
