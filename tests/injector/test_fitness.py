"""What a load process says of its own fitness: how late it is, what held it, what it has left."""

from __future__ import annotations

import asyncio
import gc
import os
import resource
import time
from collections.abc import Iterator

import pytest
import uvloop

from perfconsole.injector.fitness import (
    CollectorWatch,
    LagProbe,
    MemoryGauge,
    SocketCount,
)


def lag_with(loop: asyncio.AbstractEventLoop, *holds_s: float) -> float:
    """p99 over 0.8 s, ms, of a loop that was held so long, now and then."""

    async def watched() -> float:
        probe = LagProbe(asyncio.get_running_loop())
        for hold_s in holds_s:
            await asyncio.sleep(0.05)
            time.sleep(hold_s)  # what is measured here is just this
        await asyncio.sleep(0.8 - 0.05 * len(holds_s) - sum(holds_s))
        probe.stop()
        return probe.take_p99_ms()

    return loop.run_until_complete(watched())


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def loop(request: pytest.FixtureRequest) -> Iterator[asyncio.AbstractEventLoop]:
    loop = request.param()
    yield loop
    loop.close()


@pytest.mark.clock
def test_a_loop_held_once_is_late_for_all_that_fell_due_meanwhile(loop) -> None:
    """One timer that is late among 150 would not move the 99th percentile."""
    assert 80 < lag_with(loop, 0.1) < 130


@pytest.mark.clock
def test_the_lag_is_what_waiting_was_not_how_often_the_loop_was_held(loop) -> None:
    assert 22 < lag_with(loop, *[0.03] * 10) < 70


async def test_a_second_that_nobody_probed_has_no_lag() -> None:
    probe = LagProbe(asyncio.get_running_loop())
    await asyncio.sleep(0.02)
    probe.take_p99_ms()
    assert probe.take_p99_ms() == 0.0
    probe.stop()


def test_the_collectors_longest_pause_is_told_once() -> None:
    watch = CollectorWatch()
    gc.disable()  # it comes when called
    try:
        rings = [[] for _ in range(50_000)]
        for ring in rings:
            ring.append(ring)
        began = time.perf_counter()
        gc.collect()
        took_ms = (time.perf_counter() - began) * 1000
        assert 0 < watch.take_ms() <= took_ms
        assert watch.take_ms() == 0.0
        for ring in rings:
            ring.clear()
    finally:
        watch.stop()
        gc.enable()
    gc.collect()
    assert watch.take_ms() == 0.0


@pytest.fixture
def few_descriptors() -> Iterator[int]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, hard))
    yield 512
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("counted_by_the_kernel", [True, False])
def test_sockets_left_are_what_the_limit_leaves(
    few_descriptors: int, counted_by_the_kernel: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not counted_by_the_kernel:
        monkeypatch.setattr("perfconsole.injector.fitness.sys.platform", "other")
    before = SocketCount().left()
    assert 0 < before < few_descriptors
    pipes = [os.pipe() for _ in range(20)]
    try:
        assert SocketCount().left() == before - 40
    finally:
        for end in (end for pipe in pipes for end in pipe):
            os.close(end)


def test_memory_is_of_this_process() -> None:
    gauge = MemoryGauge()
    before = gauge.mb()
    ballast = b"x" * 50_000_000
    assert gauge.mb() - before > 40
    gauge.close()
    del ballast


async def test_ticks_carry_it(target, begin, plan_for, step, think, until) -> None:
    injector = await begin(plan_for(target.port).of(g=[step(), think(0.2)]), descriptors=200)
    empty = await injector.next_tick()
    assert empty.sockets_left is not None
    assert 100 < empty.sockets_left < 200
    await injector.vus(50)
    await until(lambda: target.open == 50)
    await injector.next_tick()
    loaded = await injector.next_tick()
    assert loaded.sockets_left == empty.sockets_left - 50
    assert loaded.memory_mb is not None
    assert 10 < loaded.memory_mb <= loaded.rss_mb + 1
    assert loaded.lag_p99_ms > 0
    await injector.finish()
