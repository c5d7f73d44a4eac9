"""What `check` prints of the load to come: its course, its stages, the requests to expect."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from perfconsole.metrics.figures import three_digits
from perfconsole.model.duration import short
from perfconsole.model.rate import rate_text
from perfconsole.model.scenario import Scenario
from perfconsole.report.bars import bars
from perfconsole.scenario.forecast import Forecast, forecast
from perfconsole.scenario.load_graph import load_graph
from perfconsole.scenario.stage_words import stage_lines
from perfconsole.texts import say, some_vus

WIDTH = 60
HEIGHT = 8
TEXT_WIDTH = 74


def planned_load(scenario: Scenario) -> Iterator[str]:
    """No line for a scenario without groups."""
    if scenario.groups:
        yield from _pictures(scenario)
        yield from _expected(scenario)


def _pictures(scenario: Scenario) -> Iterator[str]:
    graph = load_graph(scenario, WIDTH)
    if graph is None:
        return
    pictures: tuple[tuple[str, Sequence[float]], ...] = (
        (say("VUs over time"), graph.vus),
        (say("arrivals a second over time"), graph.rates),
    )
    ascii_only = not (sys.stdout.encoding or "").lower().startswith("utf")
    for title, values in pictures:
        if any(values):
            yield title
            for line in bars(values, graph.length_s, HEIGHT, ascii_only=ascii_only):
                yield f"  {line}"
    if graph.unknown:
        yield say("  not in it, for nobody knows when they start: {groups}",
                  groups=", ".join(graph.unknown))  # fmt: skip
    if scenario.steering:
        yield say("  as planned, before it is steered")


def _expected(scenario: Scenario) -> Iterator[str]:
    yield say("load to expect")
    for name, group in scenario.groups.items():
        yield f"  {name}: {_requests(scenario, name)}"
        if group.load is not None:
            yield from (f"    {line}" for line in stage_lines(group.load, TEXT_WIDTH))


def _requests(scenario: Scenario, name: str) -> str:
    """Of the group at its highest load."""
    known, group = forecast(scenario, name), scenario.groups[name]
    if known is None:
        return say("a flow in Python, whose requests nobody knows before")
    each = _range(*known.requests) + ("+" if known.open_ended else "")
    text = (
        say("{n} requests an iteration", n=each) if each != "1" else say("1 request an iteration")
    )
    if group.open:
        least, most = (n * group.most_per_s for n in known.requests)
        return say("{each}: {rate} requests/s at {arrivals} arrivals", each=text,
                   rate=_range(least, most), arrivals=rate_text(group.most_per_s))  # fmt: skip
    vus = scenario.most_vus_of(name)
    at = some_vus(vus)
    per_s = known.per_s(vus)
    if per_s is None:
        return say("{each}, no wait in it: as fast as {vus} are answered", each=text, vus=at)
    return say("{each}, one every {time}: at most about {rate} requests/s of {vus}", each=text,
               time=_cycle(known), rate=_range(*per_s), vus=at)  # fmt: skip


def _cycle(known: Forecast) -> str:
    least, most = (short(round(s, 1)) for s in sorted(known.cycle_s))
    return least if least == most else say("{least} to {most}", least=least, most=most)


def _range(least: float, most: float) -> str:
    low, high = three_digits(least), three_digits(most)
    return low if low == high else say("{low} to {high}", low=low, high=high)
