"""How long a large scenario takes to load: 200 groups, 2,000 steps."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from statistics import median

from rows import Reach, Row, spread

from perfconsole.scenario.load import load

GROUPS, STEPS = 200, 10
ROUNDS = 5
REACH_S = 2.0
STEP = """\
    - request: POST /orders/${id}
      headers: {Accept: application/json}
      json: {item: "${item}", count: 3}
      check: {status: [200, 201], body_contains: ok}
      extract: {id: {json: order.id}}
"""


def scenario_text() -> str:
    groups = "".join(f"  g{n}: {{vus: 5, ramp: 1 every 5s}}\n" for n in range(GROUPS))
    flows = "".join(f"  g{n}:\n{STEP * STEPS}" for n in range(GROUPS))
    head = "name: large\ntarget: http://127.0.0.1:8080\nvariables: {id: 1, item: a}\n"
    return f"{head}groups:\n{groups}flows:\n{flows}"


def measure() -> Row:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.yaml"
        path.write_text(scenario_text())
        taken = [_seconds(path) for _ in range(ROUNDS)]
    what = f"{GROUPS} groups and {GROUPS * STEPS:,} steps, seconds"
    return Row(
        "Loading a large scenario",
        reaches=[Reach(what, median(taken), REACH_S, " s")],
        notes=[f"{spread(taken)} s in {ROUNDS} rounds, from the file to a valid Scenario"],
    )


def _seconds(path: Path) -> float:
    began = time.perf_counter()
    load(path)
    return time.perf_counter() - began
