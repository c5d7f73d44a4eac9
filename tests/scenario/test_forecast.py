"""Requests to expect of a flow, and the planned load over time."""

from __future__ import annotations

import pytest
import yaml

from perfconsole.model.scenario import Scenario
from perfconsole.scenario.forecast import forecast
from perfconsole.scenario.load_graph import load_graph
from perfconsole.scenario.stage_words import stage_lines

TEXT = """\
name: x
target: http://127.0.0.1:8080
groups: {{a: {{{group}}}}}
flows:
  a:
{steps}
  login:
    - request: POST /login
    - think: 1s
"""


def flow(*steps: str, group: str = "vus: 10") -> str:
    return TEXT.format(group=group, steps="\n".join(f"    - {step}" for step in steps))


GET = "request: GET /"


@pytest.mark.parametrize(
    ("steps", "requests", "cycle_s"),
    [
        ((GET, "think: 2s", GET, "think: 1s to 3s"), (2, 2), (4, 4)),
        (("{transaction: t, steps: [{request: GET /}, {think: 1s}]}", "flow: login"),
         (2, 2), (2, 2)),
        (("{repeat: 2 to 4, steps: [{request: GET /}, {think: 500ms}]}",), (3, 3), (1.5, 1.5)),
        (("{if: '${x} == 1', then: [{request: GET /}, {think: 1s}], else: [{think: 5s}]}", GET),
         (1, 2), (5, 1)),
        (("{if: '${x} == 1', then: [{request: GET /}]}",), (0, 1), (0, 0)),
        (("{while: '${x} != 1', limit: 5, steps: [{request: GET /}, {think: 1s}]}", GET),
         (1, 6), (0, 5)),
        (("choose: [{weight: 3, steps: [{request: GET /}, {think: 4s}]}, "
          "{steps: [{think: 8s}]}]",), (0.75, 0.75), (5, 5)),
        (("one_of: [{steps: [{request: GET /}]}, {steps: [{think: 8s}]}]",), (0.5, 0.5), (4, 4)),
        ((GET, "think: 2s", "pacing: after 3s"), (1, 1), (5, 5)),
        ((GET, "think: 2s", "pacing: every 3s"), (1, 1), (3, 3)),
        ((GET, "think: 4s", "pacing: every 2s to 4s"), (1, 1), (4, 4)),
    ],
)  # fmt: skip
def test_an_iteration(loaded, steps, requests, cycle_s) -> None:
    text = flow(*steps).replace("flows:", "variables: {x: 1}\nflows:")
    known = forecast(loaded(text), "a")
    assert known is not None
    assert known.requests == pytest.approx(requests)
    assert known.cycle_s == pytest.approx(cycle_s)
    assert not known.open_ended


@pytest.mark.parametrize(
    ("group", "cycle_s"),
    [
        ("think: {factor: 0.5}", 3),
        ("think: {limit: 1s}", 2),
        ("think: {ignore: true}", 0),
        ("pacing: every 10s", 10),
        ("pacing: after 10s, think: {ignore: true}", 10),
    ],
)
def test_the_groups_own_rules(group: str, cycle_s: float) -> None:
    tree = yaml.safe_load(flow(GET, "think: 4s", "think: 2s", group=group))
    known = forecast(Scenario.model_validate(tree), "a")
    assert known is not None
    assert known.cycle_s == (cycle_s, cycle_s)
    assert known.per_s(30) == ((30 / cycle_s,) * 2 if cycle_s else None)


def test_a_variable_leaves_it_open(loaded) -> None:
    text = flow("{repeat: '${x}', steps: [{request: GET /}]}")
    known = forecast(loaded(text.replace("flows:", "variables: {x: 1}\nflows:")), "a")
    assert known is not None and known.open_ended


def test_the_load_over_time(loaded) -> None:
    scenario = loaded("""\
name: x
target: http://127.0.0.1:8080
groups:
  a: {flow: f, load: [{to: 100, over: 100s}, {hold: 100s}, {to: 0}], start_after: 100s}
  b: {flow: f, vus: 50, duration: 200s}
  c: {flow: f, load: [{to: 10/s}, {hold: 10s}, {spike: 90/s, lasting: 1s}, {to: 0}], after_group: b}
  d: {flow: f, after_group: e}
  e: {flow: f, vus: 1, duration: 100s, after_group: c}
flows: {f: [{request: GET /}]}
""")
    graph = load_graph(scenario, 30)
    assert graph is not None
    assert graph.length_s == pytest.approx(311 * 1.1)
    assert graph.unknown == ()
    at = [graph.vus[int(30 * t / graph.length_s)] for t in (50, 150, 250, 305)]
    assert at == pytest.approx([50, 100, 100, 2], abs=8)
    assert max(graph.rates) == 90


def test_a_load_that_never_changes_has_no_graph(loaded) -> None:
    assert load_graph(loaded(flow(GET)), 10) is None


def test_stages_in_words(loaded) -> None:
    stages = ("{to: 200, over: 2m}, {to: 50, add: 5, every: 15s}, {to: 9}, {hold: 10m}, "
              "{spike: 500, lasting: 30s}, {wave: [50, 200], period: 5m, lasting: 30m}, "
              "{exponential: 500, over: 5m}, {walk: [50, 150], every: 10s, lasting: 10m}, "
              "{curve: [[0, 1], [60, 7.5]]}")  # fmt: skip
    scenario = loaded(flow(GET, group=f"load: [{stages}]"))
    lines = list(stage_lines(scenario.groups["a"].load or (), 60))
    assert all(len(line) <= 60 for line in lines)
    assert " ".join(lines) == (
        "to 200 over 2m, to 50, 5 every 15s, to 9 at once, hold 10m, spike of 500 for 30s, "
        "wave from 50 to 200 every 5m for 30m, exponential to 500 over 5m, "
        "at random from 50 to 150 every 10s for 10m, "
        "recorded curve of 2 points up to 7.5 for 1m"
    )
