"""Targets of vegeta, as text or as JSON lines → a scenario that attacks them in turn."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from perfconsole.importers.asking import hoist_headers, host_of, request_step
from perfconsole.importers.draft import Draft, ImportFault
from perfconsole.texts import say

_FIRST = re.compile(r"^([A-Z]+)\s+(\S+)$")


@dataclass(slots=True)
class Target:
    line: int
    method: str
    url: str
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: str | None = None
    body_file: str | None = None


def from_vegeta(text: str, base: str, rate: str | None = None) -> Draft:
    """Body files are relative to the folder `base`; `rate` is that of ``vegeta attack -rate``.

    Raises ImportFault.
    """
    targets = list(_of_json(text) if text.lstrip()[:1] == "{" else _of_text(text))
    if not targets:
        raise ImportFault(say("there is no target here; one is a line such as GET http://h/path"))
    draft = Draft({"name": "", "target": host_of(targets[0].url)}, say("targets of vegeta"))
    steps = [_step(draft, target, base) for target in targets]
    draft.tree["name"] = urlsplit(draft.tree["target"]).netloc[:80]
    hoist_headers(draft, steps)
    flow: list[dict[str, Any]] = steps
    if len(steps) > 1:
        flow = [{"one_of": [{"steps": [step]} for step in steps]}]
    group: dict[str, Any] = {"rate": rate or "50/s"}
    if rate is None:
        draft.notes.append(say("the rate is vegeta's own default of 50/s: set the one you want"))
    draft.tree |= {"groups": {"attack": group}, "flows": {"attack": flow}}
    return draft


def _of_text(text: str) -> Iterator[Target]:
    """``METHOD URL``, then headers, then ``@body``; an empty line between targets."""
    target: Target | None = None
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        first = _FIRST.match(line)
        if first is not None and host_of(first[2]):
            if target is not None:
                yield target
            target = Target(number, first[1], first[2])
        elif target is not None and line.startswith("@"):
            target.body_file = line[1:]
        elif target is not None and ":" in line and first is None:
            name, _, value = line.partition(":")
            target.headers.append((name.strip(), value.strip()))
        else:
            raise ImportFault(
                say("line {n}: neither METHOD URL, nor a header, nor @body", n=number)
            )
    if target is not None:
        yield target


def _of_json(text: str) -> Iterator[Target]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            headers = row.get("header") or {}
            body = base64.b64decode(row.get("body") or "", validate=True).decode()
            yield Target(
                number, str(row["method"]), str(row["url"]),
                [(str(n), str(v)) for n, values in headers.items() for v in values], body or None,
            )  # fmt: skip
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise ImportFault(
                say("line {n}: not a target as vegeta's JSON format has it", n=number)
            ) from None


def _step(draft: Draft, target: Target, base: str) -> dict[str, Any]:
    if host_of(target.url) != draft.tree["target"]:
        raise ImportFault(
            say("line {n}: a scenario has one target, but this asks {b} and others {a}",
                n=target.line, a=draft.tree["target"], b=host_of(target.url) or target.url[:80])
        )  # fmt: skip
    file = None
    if target.body_file is not None:
        file = (
            target.body_file if target.body_file.startswith("/") else f"{base}/{target.body_file}"
        )
    return request_step(draft, target.method, target.url, target.headers, target.body, file)
