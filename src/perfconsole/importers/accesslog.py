"""An access log → the mix of what was asked, the rate of its busiest hour, and its curve.

Only what can be asked again without knowing more is taken: GET and HEAD that were answered below
400, without static files. Numbers and other ids in paths become one name with a list of the ids.
"""

from __future__ import annotations

import gzip
import io
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from perfconsole.importers.draft import Draft, ImportFault
from perfconsole.importers.log_lines import Hit, hits
from perfconsole.importers.static_files import is_static
from perfconsole.model.duration import short
from perfconsole.scenario.interpolation import literal
from perfconsole.texts import say

SLICE_S = 300
"""The curve has a point for so many seconds."""
MOST_POINTS = 600
HOUR_S = 3600
MOST_WAYS = 40
MOST_IDS = 100
_ID = re.compile(
    r"^(?:\d+|[0-9a-f]{8,}|[0-9a-f]{8}-[0-9a-f-]{27}|(?=[\w-]*\d)[\w-]{16,})$", re.IGNORECASE
)


@dataclass(slots=True)
class Route:
    """Requests that differ in their ids and queries only."""

    name: str
    count: int = 0
    ids: list[Counter[str]] = field(default_factory=list)
    """Of each place in the path that has one."""
    queries: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Traffic:
    first_s: float = 0.0
    last_s: float = 0.0
    taken: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    routes: dict[str, Route] = field(default_factory=dict)
    minutes: Counter[int] = field(default_factory=Counter)
    """Requests by minute of Unix time."""


def lines_of(paths: Iterable[Path]) -> Iterator[str]:
    """Of all files, packed ones unpacked; ``-`` is what is piped. Raises ImportFault."""
    for path in paths:
        if str(path) == "-":
            yield from io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", errors="replace")
            continue
        try:
            opener = gzip.open if path.suffix == ".gz" else open
            with opener(path, "rt", encoding="utf-8", errors="replace") as file:
                yield from file
        except (OSError, EOFError) as error:
            why = (getattr(error, "strerror", None) or str(error)).lower()
            raise ImportFault(say("{path}: cannot be read: {why}", path=path, why=why)) from None


def from_accesslog(lines: Iterable[str], target: str) -> Draft:
    """`target` is where the load is to go: a log does not say it. Raises ImportFault."""
    unread: list[int] = []
    traffic = counted(hits(lines, unread))
    if not traffic.taken:
        seen = say("; none of {n} lines could be read", n=len(unread)) if unread else ""
        raise ImportFault(say("there is no GET answered below 400 in this log{seen}", seen=seen))
    draft = Draft({"name": say("traffic of an access log"), "target": target}, say("an access log"))
    _tell(draft, traffic, unread)
    rate, since_s = busiest_hour(traffic)
    points = curve(traffic)
    load: dict[str, Any] = {"arrivals": "poisson"}
    if len(points) > 2:
        shape = [[short(at) if at else "0s", f"{per_s:.3g}/s"] for at, per_s in points]
        load["load"] = [{"curve": shape}, {"to": "0/s"}]
        draft.notes.append(
            say("the curve is the log's own, {span} long: lasting: 1h plays it in an hour, "
                "peak: 50/s scales it, rate: {rate:g}/s instead of load is its busiest hour",
                span=short(points[-1][0]), rate=rate)
        )  # fmt: skip
    else:
        load["rate"] = f"{rate:g}/s"
    draft.notes.append(
        say("the busiest hour began at {at}: {rate:g} requests a second",
            at=_clock(since_s), rate=rate)
    )  # fmt: skip
    data: dict[str, Any] = {}
    ways = [_way(route, data) for route in _most(traffic)]
    for route in _most(traffic):
        if route.queries and _query(route) is None:
            draft.notes.append(
                say("left out: what stands behind the ? of {name}, which has {n:,} forms",
                    name=route.name, n=len(route.queries))
            )  # fmt: skip
    if data:
        draft.tree["data"] = data
    draft.tree |= {
        "groups": {"visitors": load},
        "flows": {"visitors": [{"choose": ways}] if len(ways) > 1 else ways[0]["steps"]},
    }
    return draft


def counted(found: Iterable[Hit]) -> Traffic:
    """What was asked, by name and by minute."""
    traffic = Traffic()
    for hit in found:
        path, _, query = hit.path.partition("?")
        if why := _unfit(hit, path):
            traffic.left_out[why] += 1
            continue
        traffic.first_s = min(traffic.first_s or hit.at_s, hit.at_s)
        traffic.last_s = max(traffic.last_s, hit.at_s)
        traffic.taken += 1
        traffic.minutes[int(hit.at_s // 60)] += 1
        _add(traffic, f"{hit.method} ", path, query)
    return traffic


def _unfit(hit: Hit, path: str) -> str:
    if hit.method not in ("GET", "HEAD"):
        return say("{method} (what was sent is in no log)", method=hit.method)
    if hit.status >= 400:
        return say("answered with an error")
    return say("static files") if is_static(path) else ""


def _add(traffic: Traffic, method: str, path: str, query: str) -> None:
    segments = path.split("/")
    places = [n for n, segment in enumerate(segments) if _ID.match(segment)]
    name = method + "/".join("{id}" if n in places else s for n, s in enumerate(segments))
    route = traffic.routes.get(name)
    if route is None:
        route = traffic.routes[name] = Route(name, ids=[Counter() for _ in places])
    route.count += 1
    for counter, n in zip(route.ids, places, strict=True):
        counter[segments[n]] += 1
    if query:
        route.queries[query] += 1


def busiest_hour(traffic: Traffic) -> tuple[float, float]:
    """Requests a second of the hour with the most (of the whole log when it is shorter), and the
    Unix time at which it begins."""
    minutes = sorted(traffic.minutes)
    first, last = minutes[0], minutes[-1]
    span = max(1.0, min(HOUR_S, traffic.last_s - traffic.first_s))
    if last - first < HOUR_S // 60:
        return _three(traffic.taken / span), traffic.first_s
    sums, best, since = 0, 0, first
    for minute in range(first, last + 1):
        sums += traffic.minutes[minute] - traffic.minutes[minute - HOUR_S // 60]
        if sums > best:
            best, since = sums, minute - HOUR_S // 60 + 1
    return _three(best / HOUR_S), max(since, first) * 60.0


def curve(traffic: Traffic) -> list[tuple[int, float]]:
    """Seconds from the beginning, and requests a second there."""
    first, last = min(traffic.minutes), max(traffic.minutes)
    step = max(SLICE_S, (last - first) * 60 // MOST_POINTS // 60 * 60) // 60
    slices: dict[int, int] = defaultdict(int)
    for minute, count in traffic.minutes.items():
        slices[(minute - first) // step] += count
    whole = (last - first) // step + 1
    return [(n * step * 60, slices[n] / (step * 60)) for n in range(whole)]


def _most(traffic: Traffic) -> list[Route]:
    routes = sorted(traffic.routes.values(), key=lambda route: -route.count)
    return routes[:MOST_WAYS]


def _tell(draft: Draft, traffic: Traffic, unread: list[int]) -> None:
    for why, count in traffic.left_out.most_common():
        draft.notes.append(say("left out: {count:,} × {why}", count=count, why=why))
    rare = sum(r.count for r in traffic.routes.values()) - sum(r.count for r in _most(traffic))
    if rare:
        draft.notes.append(
            say("left out: {count:,} requests of {n} rare paths",
                count=rare, n=len(traffic.routes) - MOST_WAYS)
        )  # fmt: skip
    if unread:
        draft.notes.append(
            say("{count:,} lines could not be read, the first is line {line}",
                count=len(unread), line=unread[0])
        )  # fmt: skip


def _way(route: Route, data: dict[str, Any]) -> dict[str, Any]:
    """A path by its share; with ids a list of those most asked for."""
    method, path = route.name.split(" ", 1)
    for number, ids in enumerate(route.ids, 1):
        known = [one for one, _ in ids.most_common(MOST_IDS)]
        given = literal(known[0])
        if len(known) > 1:
            name = _data_name(path, number, data)
            data[name] = {"generate": {"id": known}}
            given = f"${{{name}.id}}"
        path = path.replace("{id}", given, 1)
    query = _query(route)
    if query is not None:
        path += "?" + literal(query)
    step: dict[str, Any] = {"request": f"{method} {path}"}
    if "${" in path or len(route.name) > 80:
        step["name"] = route.name[:80]
    return {"weight": route.count, "steps": [step]}


def _query(route: Route) -> str | None:
    """That of more than half of its requests."""
    most = route.queries.most_common(1)
    return most[0][0] if most and most[0][1] * 2 > route.count else None


def _data_name(path: str, number: int, data: dict[str, Any]) -> str:
    before = path.split("{id}", maxsplit=1)[0].strip("/").rsplit("/", 1)[-1]
    base = re.sub(r"\W+", "_", before).strip("_") or "ids"
    base = base if base[0].isalpha() else f"ids_{base}"
    name = base[:40]
    while name in data:
        number += 1
        name = f"{base[:40]}_{number}"
    return name


def _three(value: float) -> float:
    """Three significant digits, never 0."""
    return float(f"{max(value, 1e-3):.3g}")


def _clock(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%d %H:%M UTC")
