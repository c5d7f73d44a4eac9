"""Loading scenarios from text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from perfconsole.model.scenario import Scenario
from perfconsole.scenario.load import load
from perfconsole.scenario.problems import ScenarioError

Loaded = Callable[[str], Scenario]
Refused = Callable[[str | bytes], list[str]]


@pytest.fixture
def loaded(tmp_path: Path) -> Loaded:
    """The scenario that a text makes."""

    def load_text(text: str) -> Scenario:
        path = tmp_path / "s.yaml"
        path.write_text(text, encoding="utf-8")
        return load(path)

    return load_text


@pytest.fixture
def refused(tmp_path: Path) -> Refused:
    """The problems of a text, without the file's name: ``LINE: what is wrong``."""

    def problems_of(text: str | bytes) -> list[str]:
        path = tmp_path / "s.yaml"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        with pytest.raises(ScenarioError) as caught:
            load(path)
        lines = str(caught.value).splitlines()
        assert all(line.startswith(f"{path}:") for line in lines)
        assert len(lines) == len(caught.value.problems)
        return [line.removeprefix(f"{path}:").strip() for line in lines]

    return problems_of


@pytest.fixture
def shop(loaded: Loaded) -> Scenario:
    """A small scenario with a bit of everything."""
    return loaded(
        """
name: shop
target: http://127.0.0.1:8080
http: {headers: {accept: text/html, X-Run: "7"}, timeout: 5s}
groups:
  browse: {vus: 6, ramp: 2 every 5s}
  buy: {ramp: to 3 over 10s, start_after: 5s, iterations: 4}
  again: {flow: buy}
flows:
  browse:
    - request: GET /home?a=b c
    - think: 1s to 2s
    - request: GET /list?token=abc
      name: list
      headers: {ACCEPT: "*/*"}
  buy:
    - transaction: order
      steps:
        - request: POST /login
          form: {user: anna, password: hush, pin: 1234}
          check: {status: [200, 201], max_time: 3s}
        - check: {status: 200, body_contains: [Welcome, back]}
        - check: {max_time: 2s}
    - rendezvous: pay
    - request: POST /pay
      json: {amount: 5, card: {token: t-1, kind: [é]}}
      headers: {Authorization: Bearer x, Content-Type: application/vnd.pay+json}
    - rendezvous: side
    - request: PUT /note
      body: "password=a&b=c"
  idle:
    - rendezvous: nobody
    - transaction: never
      steps: [{think: 1s}]
rendezvous:
  pay: {wait_for: 2, on: false}
objectives:
  - {metric: p95_ms, of: order, max: 300}
  - {metric: tps, of: GET /home, min: 1}
""".replace("?a=b c", "?a=b")
    )
