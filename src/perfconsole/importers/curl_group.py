"""A pasted curl command → a group for a running test."""

from __future__ import annotations

from typing import Any

from perfconsole.importers.curl import GROUP, from_curl
from perfconsole.importers.draft import ImportFault, plain
from perfconsole.model.command import AddGroup
from perfconsole.texts import say


def curl_group(
    name: str,
    text: str,
    *,
    vus: int | None = None,
    ramp: str | None = None,
    rate: str | None = None,
    pacing: str | None = None,
) -> AddGroup:
    """The group `name` whose VUs ask what the curl commands in `text` ask, and nothing more.

    `vus`, `ramp` and `rate` are as in a scenario, `pacing` as `load_spec` takes it. How connections
    to the target are made (``--insecure``, ``--cacert``, ``--connect-timeout``, ...) is the run's
    own; secrets go along as they are. Raises ImportFault.
    """
    if not text.strip():
        raise ImportFault(say("paste a curl command, such as curl 'https://shop.example/'"))
    tree = plain(from_curl(text, with_secrets=True).tree)
    http = tree.get("http", {})
    way = {key: http[key] for key in ("version", "proxy") if key in http}
    return AddGroup(
        group=name,
        spec={
            "flow": name,
            **load_spec(vus, ramp, rate, pacing),
            **({"headers": http["headers"]} if "headers" in http else {}),
            **({"http": way} if way else {}),
        },
        flows={name: [_with_its_own_login(step) for step in tree["flows"][GROUP]]},
        target=tree["target"],
    )


def load_spec(
    vus: int | None, ramp: str | None, rate: str | None, pacing: str | None
) -> dict[str, Any]:
    """What a group says of its load; nothing of what is None. `pacing` is a time, from begin to
    begin."""
    every = None if pacing is None else f"every {pacing}"
    load = {"vus": vus, "ramp": ramp, "rate": rate, "pacing": every}
    return {key: value for key, value in load.items() if value is not None}


def _with_its_own_login(step: dict[str, Any]) -> dict[str, Any]:
    """curl sends none but its own; the scenario's stays away."""
    sent = {header.lower() for header in step.get("headers", {})}
    return step if "auth" in step or "authorization" in sent else {**step, "auth": "none"}
