"""A recording of a browser (HAR 1.2) → a scenario that asks as the browser did.

Pages become transactions, gaps between requests think times. What belongs to other hosts and what
a cache would have is left out. Values that came in an answer and were sent back later are marked.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from perfconsole.importers.asking import FORM, hoist_headers, host_of, request_step
from perfconsole.importers.correlating import Sighting, sightings
from perfconsole.importers.draft import Draft, ImportFault, Noted
from perfconsole.importers.static_files import is_static
from perfconsole.model.duration import short
from perfconsole.model.steps import METHODS
from perfconsole.texts import say

LEAST_THINK_S = 0.5
"""Shorter gaps are the browser's own work."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One recorded request."""

    at_s: float
    """Unix time at which it began."""
    took_s: float
    page: str
    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: str | None
    form: tuple[tuple[str, str], ...]
    status: int
    answer_type: str
    answer: str
    """Text of the body, "" when it was not kept."""

    @property
    def static(self) -> bool:
        return is_static(urlsplit(self.url).path, self.answer_type)


def from_har(text: str, hosts: Sequence[str] = (), *, static: bool = False) -> Draft:
    """The requests to one host; `hosts` chooses it, else the one most asked for pages.

    `static` keeps images, scripts and the like. Raises ImportFault.
    """
    log = _log(text)
    entries = [entry for n, raw in enumerate(log["entries"]) if (entry := _entry(raw, n))]
    entries.sort(key=lambda entry: entry.at_s)
    target = _target(entries, hosts)
    draft = Draft({"name": (urlsplit(target).netloc)[:80], "target": target}, say("a HAR file"))
    ours = [entry for entry in entries if host_of(entry.url) == target]
    kept = [e for e in ours if (static or not e.static) and e.method in METHODS and e.status != 304]
    _tell_left_out(draft, entries, ours, kept, static=static)
    if not kept:
        raise ImportFault(say("no request of {target} is left to ask", target=target))
    marks = sightings([(e.url, e.headers, e.body or "", e.answer, e.answer_type) for e in kept])
    steps, asked = _steps(draft, kept, _titles(log), marks)
    hoist_headers(draft, asked)
    draft.tree |= {"groups": {"recorded": {"vus": 1}}, "flows": {"recorded": steps}}
    inner = [each for step in steps for each in (step, *_bare(step).get("steps", ()))]
    if not any("think" in _bare(each) for each in inner):
        draft.notes.append(say("there were no pauses in the recording: add think times"))
    return draft


def _log(text: str) -> dict[str, Any]:
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ImportFault(say("this is no JSON, so no HAR file: {why}", why=error)) from None
    log = tree.get("log") if isinstance(tree, dict) else None
    if not isinstance(log, dict) or not isinstance(log.get("entries"), list):
        raise ImportFault(say('this is no HAR file: there is no "log" with "entries" in it'))
    return log


def _entry(raw: Any, number: int) -> Entry | None:
    """None for what is no request over HTTP, such as a websocket or data in the URL."""
    try:
        request, response = raw["request"], raw.get("response") or {}
        url = str(request["url"])
        if not host_of(url) or response.get("status") == 101:
            return None
        post = request.get("postData") or {}
        content = response.get("content") or {}
        coded = content.get("encoding") == "base64"
        return Entry(
            at_s=datetime.fromisoformat(str(raw["startedDateTime"])).timestamp(),
            took_s=max(0.0, float(raw.get("time") or 0)) / 1000,
            page=str(raw.get("pageref") or ""),
            method=str(request["method"]).upper(),
            url=url,
            headers=_pairs(request.get("headers")),
            body=post.get("text") or None,
            form=_pairs(post.get("params")),
            status=int(response.get("status") or 0),
            answer_type=str(content.get("mimeType") or "").lower(),
            answer="" if coded else str(content.get("text") or ""),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise ImportFault(
            say("entry {n} of the HAR file is not as HAR 1.2 has it", n=number + 1)
        ) from None


def _pairs(raw: Any) -> tuple[tuple[str, str], ...]:
    rows = raw if isinstance(raw, list) else []
    return tuple((str(row["name"]), str(row.get("value") or "")) for row in rows)


def _target(entries: Sequence[Entry], hosts: Sequence[str]) -> str:
    found = Counter(host_of(entry.url) for entry in entries)
    if not found:
        raise ImportFault(say("there is no request in this HAR file"))
    if hosts:
        wanted = {host.lower() for host in hosts}
        fitting = [t for t, _ in found.most_common() if urlsplit(t).netloc.lower() in wanted]
        if not fitting:
            known = ", ".join(urlsplit(target).netloc for target, _ in found.most_common(8))
            raise ImportFault(
                say("--host {host}: not in the recording; there are: {known}",
                    host=", ".join(hosts), known=known)
            )  # fmt: skip
        return fitting[0]
    pages = Counter(host_of(e.url) for e in entries if e.answer_type.startswith("text/html"))
    return (pages or found).most_common(1)[0][0]


def _titles(log: dict[str, Any]) -> dict[str, str]:
    pages = log.get("pages")
    rows = pages if isinstance(pages, list) else []
    return {
        str(page.get("id")): str(page.get("title") or "") for page in rows if isinstance(page, dict)
    }


def _tell_left_out(
    draft: Draft,
    entries: Sequence[Entry],
    ours: Sequence[Entry],
    kept: Sequence[Entry],
    *,
    static: bool,
) -> None:
    own = host_of(ours[0].url) if ours else ""
    hosts = (host_of(entry.url) for entry in entries)
    others = Counter(urlsplit(host).netloc for host in hosts if host != own)
    if others:
        named = ", ".join(f"{host} ({count})" for host, count in others.most_common(8))
        draft.notes.append(say("left out, of other hosts: {named}", named=named))
    files = sum(entry.static for entry in ours)
    if files and not static:
        draft.notes.append(say("left out: {n} static files (--static keeps them)", n=files))
    odd = [entry for entry in ours if entry.method not in METHODS]
    if odd:
        names = ", ".join(sorted({entry.method for entry in odd}))
        draft.notes.append(say("left out: requests with the method {names}", names=names))


def _steps(
    draft: Draft,
    entries: Sequence[Entry],
    titles: dict[str, str],
    marks: dict[int, list[Sighting]],
) -> tuple[list[Any], list[dict[str, Any]]]:
    """The flow's steps, and the requests among them."""
    steps: list[Any] = []
    asked: list[dict[str, Any]] = []
    page: str | None = None
    inside: list[Any] = steps
    ended_s = entries[0].at_s
    for n, entry in enumerate(entries):
        gap_s = round(entry.at_s - ended_s, 1)
        new_page = bool(entry.page) and entry.page != page
        if new_page:
            page, inside = entry.page, []
        if gap_s >= LEAST_THINK_S:
            (steps if new_page else inside).append({"think": short(gap_s)})
        if new_page:
            name = _transaction_name(titles.get(entry.page, ""), entry, steps)
            steps.append({"transaction": name, "steps": inside})
        step = request_step(draft, entry.method, entry.url, entry.headers, _body_of(entry))
        if entry.status >= 400:
            step["check"] = {"status": entry.status}
        asked.append(step)
        comments = tuple(mark.text for mark in marks.get(n, ()))
        inside.append(Noted(step, comments) if comments else step)
        ended_s = max(ended_s, entry.at_s + entry.took_s)
    return steps, asked


def _transaction_name(title: str, entry: Entry, steps: Sequence[Any]) -> str:
    """A page's title, or its path when it has none or only its URL."""
    plain = " ".join(title.split())
    if not plain or "://" in plain:
        plain = urlsplit(entry.url).path or "/"
    taken = {_bare(step).get("transaction") for step in steps}
    name = plain[:74]
    for number in range(2, 1000):
        if name not in taken:
            break
        name = f"{plain[:74]} {number}"
    return name


def _body_of(entry: Entry) -> str | None:
    if entry.body is not None or not entry.form:
        return entry.body
    content_type = {n.lower(): v for n, v in entry.headers}.get("content-type", "")
    if not content_type.startswith(FORM):
        return None
    return urlencode(entry.form)


def _bare(step: Any) -> dict[str, Any]:
    bare: dict[str, Any] = step.step if isinstance(step, Noted) else step
    return bare
