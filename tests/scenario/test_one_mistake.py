"""One mistake in a file of 300 lines is told with its line, its key and the nearest valid name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_origin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfconsole.scenario.assembling import assembled
from perfconsole.scenario.load import scenario_from
from perfconsole.scenario.places import ROOT, Place, bare, inside, members
from perfconsole.scenario.problems import KeyPath, ScenarioError

HEAD = """\
# A shop with a bit of everything.
name: shop
target: http://127.0.0.1:8080
duration: 10m
warmup: 30s
vus: 100
initialize_all: true
seed: 7
on_error: next_iteration
http:
  timeout: 5s
  connect_timeout: 2s
  headers:
    Accept: text/html
  max_redirects: 3
  resolve: run
  insecure: true
before:
  - command: echo begin
    timeout: 5s
after:
  - flow: cleanup
variables:
  greeting: hello
  secret_word:
    value: hush
    secret: true
data:
  numbers:
    generate:
      id: counter from 1000
      color: [red, green]
rendezvous:
  checkout:
    wait_for: 50% of running
    timeout: 10s
servers:
  web1:
    local: true
    every: 5s
    judged: true
    thresholds:
      cpu_percent:
        limit: 80
        breach: 3 of 4
thresholds:
  memory_percent: 85
objectives:
  - metric: p95_ms
    of: order 0
    max: 300
  - metric: server
    of: web1/cpu_percent
    max: 75
groups:
  first:
    flow: shop 0
    vus: 30
    start_after: 5s
    pacing: every 60s
    think:
      factor: 1.5
      limit: 10s
    headers:
      X-Group: first
    variables:
      own: 1
    duration: 5m
  second:
    flow: shop 1
    load:
      - to: 50
        over: 1m
      - hold: 1m
      - spike: 90
        lasting: 10s
      - wave: [10, 20]
        period: 30s
        lasting: 2m
    after_group: first
  third:
    flow: cleanup
    rate: 50/s
    vus: 200
    arrivals: poisson
"""
FLOW = """\
  shop {n}:
    init:
      - request: POST /login
        form:
          user: anna
        extract:
          token:
            json: token
            default: none
    steps:
      - transaction: order {n}
        steps:
          - request: GET /list
            query:
              page: 2
              id: ${{numbers.id}}
            check:
              status: [200, 304]
              body_contains: ${{greeting}}
              max_time: 2s
            headers:
              Authorization: Bearer ${{token}}
          - think: 1s to 3s
      - if: ${{token}} == none
        then:
          - request: GET /again
            name: again
            follow_redirects: false
        else:
          - rendezvous: checkout
      - choose:
          - weight: 3
            steps:
              - request: PUT /a
                json:
                  any: [1, true]
          - weight: 1
            steps:
              - set:
                  greeting: ${{token}}
      - repeat: 2 to 5
        steps:
          - request: GET /next
            timeout: 1s
          - check:
              status: 200
          - extract:
              place:
                regex: a(.)
                pick: last
      - while: ${{token}} is set
        limit: 5
        steps:
          - request: GET /while
      - one_of:
          - steps:
              - request: DELETE /one
          - steps:
              - flow: cleanup
      - pacing: every 5s
    end:
      - request: POST /logout
        body: bye
        on_error: continue
    on_error: stop_vu
"""
TEXT = (
    HEAD
    + "flows:\n"
    + "".join(FLOW.format(n=n) for n in range(4))
    + "  cleanup:\n    - request: GET /clean\n      name: clean\n"
)
LINES = TEXT.splitlines()


@dataclass(frozen=True)
class Spot:
    """Something written in the file, and what the models say of it."""

    path: KeyPath
    line: int
    place: Place
    value: Any

    @property
    def key(self) -> str:
        return str(self.path[-1])


def spots() -> Iterator[Spot]:
    root = assembled(TEXT, "s.yaml", Path()).root

    def within(value: Any, place: Place, path: KeyPath) -> Iterator[Spot]:
        parts = value.items() if isinstance(value, dict) else enumerate(value)
        for part, each in parts:
            there, at = inside(place, value, part), (*path, part)
            yield Spot(at, root.place_of(at)[1], there, each)
            if isinstance(each, dict | list):
                yield from within(each, there, at)

    yield from within(root.plain(), ROOT, ())


ALL = list(spots())
KEYS = [spot for spot in ALL if spot.place.key == spot.key and "json" not in spot.path[:-1]]
"""Where a key of a model stands, and none that a person made up."""
CHOICES = [
    spot for spot in KEYS
    if isinstance(spot.value, str)
    and any(get_origin(kind) is Literal for kind in (bare(spot.place.hint),
                                                     *map(bare, members(bare(spot.place.hint)))))
]  # fmt: skip
NAMES = [spot for spot in KEYS if spot.key in ("flow", "after_group")]
REFERENCES = [
    spot for spot in ALL if isinstance(spot.value, str) and re.search(r"\$\{\w", spot.value)
]


def with_line(number: int, wrong: str, right: str) -> str:
    lines = list(LINES)
    assert right in lines[number - 1]
    lines[number - 1] = lines[number - 1].replace(right, wrong, 1)
    return "\n".join(lines) + "\n"


def the_problem(text: str, line: int) -> str:
    """The only one, which is of that line."""
    with pytest.raises(ScenarioError) as caught:
        scenario_from(text, "s.yaml", Path())
    (problem,) = caught.value.problems
    assert problem.line == line
    return problem.text


def misspelt(data: st.DataObject, name: str) -> str:
    """With one of its letters twice."""
    at = data.draw(st.sampled_from([n for n, c in enumerate(name) if c.isalpha()]))
    return name[: at + 1] + name[at:]


def test_it_is_valid_and_long_enough():
    assert len(LINES) >= 300
    assert scenario_from(TEXT, "s.yaml", Path()).name == "shop"
    assert len({spot.key for spot in KEYS}) > 70


@settings(max_examples=40)
@given(st.data())
def test_a_misspelt_key(data):
    spot = data.draw(st.sampled_from(KEYS))
    wrong = misspelt(data, spot.key)
    told = the_problem(with_line(spot.line, f"{wrong}:", f"{spot.key}:"), spot.line)
    assert f'did you mean "{spot.key}"?' in told
    assert f'"{wrong}"' in told or "a step is one of" in told or "a stage is one of" in told


@settings(max_examples=15)
@given(st.data())
def test_a_misspelt_choice(data):
    spot = data.draw(st.sampled_from(CHOICES))
    wrong = misspelt(data, spot.value)
    told = the_problem(with_line(spot.line, f": {wrong}", f": {spot.value}"), spot.line)
    assert spot.key in told
    assert f'"{wrong}"' in told
    assert spot.value in told


@settings(max_examples=15)
@given(st.data())
def test_a_misspelt_flow_or_group(data):
    spot = data.draw(st.sampled_from(NAMES))
    wrong = misspelt(data, spot.value)
    told = the_problem(with_line(spot.line, f": {wrong}", f": {spot.value}"), spot.line)
    assert f'"{wrong}"; did you mean "{spot.value}"?' in told


@settings(max_examples=15)
@given(st.data())
def test_a_misspelt_variable(data):
    spot = data.draw(st.sampled_from(REFERENCES))
    name = re.search(r"\$\{([\w.]+)\}", spot.value)[1]
    wrong = misspelt(data, name.partition(".")[2] or name)
    if "." in name:
        wrong = f"{name.partition('.')[0]}.{wrong}"
    told = the_problem(with_line(spot.line, f"${{{wrong}}}", f"${{{name}}}"), spot.line)
    assert f'did you mean "{name}"?' in told


@settings(max_examples=30)
@given(st.data())
def test_a_value_of_the_wrong_kind(data):
    scalars = [spot for spot in KEYS if not isinstance(spot.value, dict | list | str)]
    spot = data.draw(st.sampled_from(scalars))
    shown = str(spot.value).lower() if isinstance(spot.value, bool) else str(spot.value)
    told = the_problem(with_line(spot.line, ": zzz", f": {shown}"), spot.line)
    assert spot.key in told
