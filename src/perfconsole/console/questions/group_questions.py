"""The dialog that gives a running test one more group."""

from __future__ import annotations

import re
from typing import Any

from perfconsole.console.orders import Choice, ReadCurl, Wish
from perfconsole.console.screens.dialogs import Dialog, FormDialog
from perfconsole.metrics.view import RunView
from perfconsole.model.command import AddGroup
from perfconsole.model.duration import DURATION_PATTERN
from perfconsole.model.rate import RATE_PATTERN
from perfconsole.texts import say

LOAD_FORMS = '"20", "20 over 2m", "20 pacing 1s" or "50/s at most 20"'
_VUS = re.compile(
    rf"\s*(?P<vus>\d+)(?:\s+(?P<ramp>over\s+{DURATION_PATTERN}))?"
    rf"(?:\s+pacing\s+(?P<pacing>{DURATION_PATTERN}))?\s*$"
)
_RATE = re.compile(rf"\s*(?P<rate>{RATE_PATTERN})\s+at\s+most\s+(?P<vus>\d+)\s*$")
_MOST_FLOWS = 8
"""That are named."""


def ask_group(choice: Choice) -> Dialog[Any]:
    view, read_curl = choice.view, choice.read_curl
    flows = list(dict.fromkeys(group.flow for group in view.groups.values()))[:_MOST_FLOWS]
    plays = say("What it plays: a flow of the scenario ({flows}), or a pasted curl command",
                flows=", ".join(flows))  # fmt: skip

    def parse(typed: tuple[str, ...]) -> Wish:
        return Wish((added_group(typed, view, read_curl),))

    fields = (
        (say("Name of the group"), ""),
        (plays, flows[0] if flows else ""),
        (say("Its load: {forms}", forms=LOAD_FORMS), "1"),
    )
    return FormDialog[Wish](say("Add a group"), fields, parse)


def added_group(typed: tuple[str, ...], view: RunView, read_curl: ReadCurl | None) -> AddGroup:
    """From name, flow or curl command, and load. Raises ValueError with what would be right."""
    name, plays, load = (text.strip() for text in typed)
    if not name:
        raise ValueError(say("give the group a name"))
    if name in view.groups:
        raise ValueError(say("there is a group {name!r} already", name=name))
    match = _VUS.match(load) or _RATE.match(load)
    if match is None or not int(match["vus"]):
        raise ValueError(say("write the load as {forms}", forms=LOAD_FORMS))
    given = {"vus": int(match["vus"])} | {
        key: value for key, value in match.groupdict().items() if value and key != "vus"
    }
    if not plays:
        raise ValueError(say("name a flow, or paste a curl command"))
    if plays.split()[0] != "curl":
        if "pacing" in given:
            given["pacing"] = f"every {given['pacing']}"
        return AddGroup(group=name, spec={"flow": plays, **given})
    if read_curl is None:
        raise ValueError(say("curl commands cannot be read here; name a flow"))
    return read_curl(name, plays, **given)
