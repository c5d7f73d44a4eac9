"""The row of VU lists: pages of a group of 10,000 in two injectors, and what asking costs them.

The VUs of the list think for long; a small group beside them works. What the injectors use is
taken in turn without and with pages being asked for, and the difference is the pages'.
"""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import ours
from machine import cores
from nginx import Target
from processes import BenchError
from rows import Row, figure, percentile

from perfconsole.client.api import RunClient
from perfconsole.model.states import VuState

VUS, WORKING = 10_000, 100
PAGE = 100
ROUNDS, PAGES = 5, 60
"""Of each kind: rounds, and pages in one."""
EVERY_S = 0.05
RAMP_S = 12.0
WITHIN_S = 30.0


@dataclass(slots=True)
class Asked:
    took_ms: list[float] = field(default_factory=list)
    cost_ms: list[float] = field(default_factory=list)
    """CPU of both injectors for a page, of each round."""


def measure(target: Target) -> Row:
    _, core, _ = cores()
    with ours.running(_scenario(target), [core, core]) as run:
        kinds = asyncio.run(_listed(run))
        run.stop()
        run.finish(60)
    row = Row(f"VU list of a group of {VUS:,} in two injectors, pages of {PAGE}")
    row.head = ("page", "times", "p50 ms", "p99 ms", "most ms", "injectors' CPU ms a page")
    for name, asked in kinds.items():
        times = asked.took_ms
        row.table.append(
            (
                name, f"{len(times)}", figure(percentile(times, 0.5)),
                figure(percentile(times, 0.99)), figure(max(times)),
                figure(median(asked.cost_ms)),
            )
        )  # fmt: skip
    row.notes.append("the cost is that of both injectors together, the median of the rounds")
    return row


async def _listed(run: ours.Run) -> dict[str, Asked]:
    kinds: dict[str, VuState | None] = {"of all": None, "of those running": VuState.RUNNING}
    asked = {name: Asked() for name in kinds}
    client = RunClient(run.folder.socket, kind="bench", by="bench")
    chance = random.Random(1)
    try:
        await _until_all_think(client)
        for _ in range(ROUNDS):
            for name, state in kinds.items():
                idle_s = await _used(run, PAGES * EVERY_S)
                used_s, began = run.used_s(), time.monotonic()
                for number in range(PAGES):
                    first = chance.randrange(0, VUS - PAGE, PAGE)
                    sent = time.perf_counter()
                    page = await client.vus("crowd", first, PAGE, state)
                    asked[name].took_ms.append(1000 * (time.perf_counter() - sent))
                    if len(page.vus) != PAGE or page.missing:
                        raise BenchError(f"a page of {len(page.vus)}, missing {page.missing}")
                    due = began + (number + 1) * EVERY_S
                    await asyncio.sleep(max(0.0, due - time.monotonic()))
                used_s, took_s = run.used_s() - used_s, time.monotonic() - began
                asked[name].cost_ms.append(1000 * (used_s - idle_s * took_s) / PAGES)
    finally:
        await client.close()
    return asked


async def _until_all_think(client: RunClient) -> None:
    until = time.monotonic() + RAMP_S + WITHIN_S
    while (await client.vus("crowd", 0, 1, VuState.RUNNING)).total < VUS:
        if time.monotonic() > until:
            raise BenchError(f"{VUS:,} VUs did not come to run")
        await asyncio.sleep(0.5)
    await asyncio.sleep(2)


async def _used(run: ours.Run, seconds: float) -> float:
    """CPU seconds a second of both injectors."""
    began, used_s = time.monotonic(), run.used_s()
    await asyncio.sleep(seconds)
    return (run.used_s() - used_s) / (time.monotonic() - began)


def _scenario(target: Target) -> dict[str, Any]:
    ask = {"request": "GET /", "check": {"status": 200}}
    return {
        "name": "listing",
        "target": target.url(),
        "duration": "10m",
        "groups": {
            "crowd": {"ramp": f"to {VUS} over {RAMP_S:g}s"},
            "working": {"vus": WORKING},
        },
        "flows": {
            "crowd": [ask, {"think": "30m"}],
            "working": [ask, {"think": "50ms to 150ms"}],
        },
    }
