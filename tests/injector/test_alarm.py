"""The alarm rings once, not before its time, and only as it was last set."""

from __future__ import annotations

import asyncio
import math
import sys
from time import perf_counter

import pytest

from perfconsole.injector.alarm import Alarm

pytestmark = pytest.mark.clock


@pytest.fixture(params=["linux", "darwin"])
async def alarm(request, monkeypatch):
    monkeypatch.setattr(sys, "platform", request.param)
    rings: list[float] = []
    made = Alarm(asyncio.get_running_loop(), lambda: rings.append(perf_counter()))
    monkeypatch.undo()
    yield made, rings
    made.close()


async def test_it_rings_once_and_not_early(alarm) -> None:
    made, rings = alarm
    for after_s in (0.0, 0.0004, 0.02):
        rings.clear()
        began = perf_counter()
        made.set(after_s)
        await asyncio.sleep(0.1)
        assert len(rings) == 1
        assert rings[0] - began >= after_s


async def test_set_anew_it_forgets_what_was(alarm) -> None:
    made, rings = alarm
    made.set(0.005)
    made.set(10)
    await asyncio.sleep(0.05)
    made.set(0.001)
    made.set(math.inf)
    await asyncio.sleep(0.05)
    assert rings == []
