"""Injectors as real child processes: started, heard, lost, ended."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path

import msgspec
import psutil
import pytest

from perfconsole.model import plan as plan_types
from perfconsole.model import wire
from perfconsole.model.plan import FilePart
from perfconsole.model.scenario import Scenario
from perfconsole.pool.local import LocalPool
from perfconsole.pool.port import InjectorLost, PoolError, PoolEvent
from perfconsole.scenario.planning import plan_for

SCENARIO = Scenario.model_validate(
    {
        "name": "pool",
        "target": "http://127.0.0.1:1",
        "groups": {"a": {"vus": 1}},
        "flows": {"a": [{"request": "GET /"}]},
    }
)


def steps_of(whole: plan_types.InjectorPlan, group: str) -> tuple[plan_types.Step, ...]:
    return next(each.script.steps for each in whole.groups if each.name == group)


class Heard:
    def __init__(self) -> None:
        self.events: list[tuple[int, PoolEvent]] = []
        self._news = asyncio.Event()

    def __call__(self, injector: int, event: PoolEvent) -> None:
        self.events.append((injector, event))
        self._news.set()

    async def first(self, kind: type, within_s: float = 20.0) -> tuple[int, PoolEvent]:
        async with asyncio.timeout(within_s):
            while True:
                for injector, event in self.events:
                    if isinstance(event, kind):
                        return injector, event
                self._news.clear()
                await self._news.wait()


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
async def pool(tmp_path: Path, heard: Heard):
    with (tmp_path / "log").open("wb") as log:
        pool = LocalPool(tmp_path / "begun", log, heard)
        yield pool
        await pool.stop()


def plans(*numbers: int, lease_s: float = 60.0):
    return [
        plan_for(
            SCENARIO, "http://127.0.0.1:1", injector=number, started_at=time.time(), seed=1,
            lease_s=lease_s,
        )
        for number in numbers
    ]  # fmt: skip


async def test_injectors_start_tick_and_end_when_told(pool: LocalPool, heard: Heard) -> None:
    pids = await pool.start(plans(0, 1))
    assert set(pids) == {0, 1}
    _, tick = await heard.first(wire.InjectorTick)
    assert isinstance(tick, wire.InjectorTick)
    assert tick.requests == 0
    pool.send(0, wire.Finish())
    injector, _ = await heard.first(wire.Bye)
    assert injector == 0
    assert not [event for _, event in heard.events if isinstance(event, InjectorLost)]


async def test_a_killed_injector_is_told_at_once_with_what_it_had_begun(
    pool: LocalPool, heard: Heard
) -> None:
    pids = await pool.start(plans(0))
    pool.send(0, wire.SetVus(1, "a", 1, wire.StopMode.NOW))
    await heard.first(wire.Acted)
    while not (tick := heard.events[-1][1]) or not getattr(tick, "requests", 0):
        heard.events.clear()
        await heard.first(wire.InjectorTick)
    os.kill(pids[0], signal.SIGKILL)
    _, lost = await heard.first(InjectorLost)
    assert isinstance(lost, InjectorLost)
    assert lost.pid == pids[0]
    assert lost.begun >= tick.requests > 0  # the target refuses: begun and failed
    pool.send(0, wire.Lease())  # to nobody: silently nothing


async def test_stopping_the_pool_leaves_no_process(tmp_path: Path, heard: Heard) -> None:
    with (tmp_path / "log").open("wb") as log:
        pool = LocalPool(tmp_path / "begun", log, heard)
        pids = await pool.start(plans(0, 1))
        await pool.stop()
    assert not any(psutil.pid_exists(pid) for pid in pids.values())
    assert not [event for _, event in heard.events if isinstance(event, InjectorLost)]


async def test_an_injector_that_dies_while_starting_is_a_pool_error(
    pool: LocalPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    with pytest.raises(PoolError, match="while starting"):
        await pool.start(plans(0))


async def test_an_injector_whose_lease_runs_out_ends(pool: LocalPool, heard: Heard) -> None:
    pids = await pool.start(plans(0, lease_s=0.5))
    _, lost = await heard.first(InjectorLost, within_s=10)
    assert isinstance(lost, InjectorLost)
    assert lost.pid == pids[0]


async def test_why_an_injector_would_not_start_is_told(pool: LocalPool, tmp_path: Path) -> None:
    (plan,) = plans(0)
    (step,) = steps_of(plan, "a")
    missing = str(tmp_path / "gone.bin")
    step = msgspec.structs.replace(step, pieces=(FilePart(missing),))
    (group,) = plan.groups
    group = msgspec.structs.replace(group, script=plan_types.Script((step,)))
    plan = msgspec.structs.replace(plan, groups=(group,))
    with pytest.raises(PoolError, match=r"gone\.bin: cannot be sent: no such file or directory"):
        await pool.start([plan])
