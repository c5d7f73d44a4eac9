"""The open model in a real injector: arrivals when they are due, whatever the target does."""

from __future__ import annotations

import asyncio
import time
from collections import Counter

import msgspec
import numpy as np
import pytest

from perfconsole.metrics.totals import Totals
from perfconsole.model import wire
from perfconsole.model.plan import TransactionStep
from perfconsole.model.profile import Profile
from perfconsole.model.sketch import ramp
from perfconsole.model.states import StopMode, VuState

pytestmark = pytest.mark.clock

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Load:
    """An injector with one open group, and what its ticks say of it."""

    def __init__(self, injector, started_at: float, share: int, of: int) -> None:
        self.injector, self.started_at, self.share, self.of = injector, started_at, share, of

    async def rate(self, law: Profile, *, first: float = 0.0, at_s: float | None = None) -> float:
        """Run second from which on it holds."""
        at_s = time.time() - self.started_at + 0.02 if at_s is None else at_s
        await self.injector.act(wire.SetRate, "g", at_s, first, law, 0.0, self.share, self.of)
        return at_s

    def total(self, figure: str) -> int:
        return sum(getattr(g, figure) for tick in self.injector.ticks for g in tick.groups)

    def offered_all(self, target) -> bool:
        """But for those that waited at the stop, on a busy machine."""
        due, offered = self.total("due"), self.total("offered")
        return offered == len(target.seen) and 0.97 * due <= offered <= due

    @property
    def waiting(self) -> int:
        return self.injector.ticks[-1].groups[0].waiting

    def sums(self, name: str = "GET /"):
        totals = Totals.of(row for tick in self.injector.ticks for row in tick.transactions)
        return totals.by_name()[name]


@pytest.fixture
def open_load(target, begin, plan_for, step):
    async def make(flow=None, kind="constant", vus=20, share=0, of=1, **how) -> Load:
        maker = plan_for(target.port, **how)
        plan = maker.of(g=flow or [step()])
        groups = tuple(msgspec.structs.replace(g, arrivals=kind) for g in plan.groups)
        started = await begin(msgspec.structs.replace(plan, groups=groups))
        await started.vus(vus)
        return Load(started, maker.started_at, share, of)

    return make


async def settle(load: Load) -> None:
    await load.injector.vus(0)
    await load.injector.finish()
    load.injector.assert_counts_add_up()


async def test_all_that_is_due_is_offered(target, open_load) -> None:
    load = await open_load()
    at_s = await load.rate(ramp(0, 400))
    await asyncio.sleep(1.2)
    before_s = time.time() - load.started_at - at_s
    await load.injector.vus(0)
    after_s = time.time() - load.started_at - at_s
    await load.injector.finish()
    assert load.offered_all(target)
    assert 400 * before_s * 0.995 - 2 <= load.total("due") <= 400 * after_s + 2
    assert target.connections < 20
    sums = load.sums()
    assert sums.service is not None
    assert sums.service.histogram.total == sums.passed == len(target.seen)
    assert sums.service.sum_us <= sums.sum_us


async def test_poisson_arrivals_come_at_random(target, open_load) -> None:
    load = await open_load(kind="poisson", vus=50)
    await load.rate(ramp(0, 300))
    await asyncio.sleep(1.4)
    await settle(load)
    assert load.offered_all(target)
    gaps = np.diff([seen.at for seen in target.seen])
    assert 300 < len(target.seen) < 560
    assert 0.6 < gaps.std() / gaps.mean() < 1.6


async def test_constant_arrivals_of_two_injectors_interleave(target, open_load) -> None:
    started_at = time.time()
    loads = [
        await open_load(injector=k, share=k, of=2, started_at=started_at, vus=5) for k in (0, 1)
    ]
    at_s = time.time() - started_at + 0.1
    await asyncio.gather(*(load.rate(ramp(0, 100), at_s=at_s) for load in loads))
    await asyncio.sleep(1.0)
    await asyncio.gather(*map(settle, loads))
    first, second = loads
    assert abs(first.total("due") - second.total("due")) <= 3
    gaps = np.diff([seen.at for seen in target.seen])
    assert np.median(gaps) == pytest.approx(0.01, abs=0.002)


async def test_a_new_rate_goes_on_with_the_count(target, open_load) -> None:
    """Late orders double no arrival and leave none out."""
    load = await open_load()
    at_s = await load.rate(ramp(0, 200))
    await asyncio.sleep(0.5)
    then_s = time.time() - load.started_at - 0.1
    first = 200 * (then_s - at_s)
    await load.rate(ramp(200, 50), first=first, at_s=then_s)
    await asyncio.sleep(1)
    now_s = time.time() - load.started_at
    await settle(load)
    assert load.total("due") == pytest.approx(first + 50 * (now_s - then_s), abs=4)


async def test_what_finds_no_vu_waits_with_its_time_running(target, open_load, until) -> None:
    async def slow(_seen, writer) -> None:
        await asyncio.sleep(0.1)
        writer.write(OK)

    target.script = slow
    load = await open_load(vus=2)
    await load.rate(ramp(0, 100))
    await until(lambda: load.injector.ticks and load.waiting > 60)
    await load.injector.vus(0)
    await load.injector.finish()
    sums = load.sums()
    assert sums.service is not None
    assert sums.service.max_us < 250_000
    assert sums.max_us > 600_000
    assert load.total("due") > load.total("offered") == len(target.seen)
    assert load.total("dropped") == 0
    assert target.connections == 2


async def test_more_than_may_wait_is_dropped(target, open_load, until) -> None:
    async def never(_seen, _writer) -> None:
        await asyncio.sleep(60)

    target.script = never
    load = await open_load(vus=1)
    await load.rate(ramp(0, 2000))
    await until(lambda: load.injector.ticks and load.waiting > 1000)
    assert load.total("dropped") == 0
    await load.rate(ramp(0, 40), first=float(load.total("due")))
    await until(lambda: load.total("dropped") > 0)
    assert load.waiting >= 1000
    assert load.total("due") == 1 + load.waiting + load.total("dropped")
    await load.injector.vus(0, mode=StopMode.NOW)
    await load.injector.finish()
    assert load.injector.total("cut") == 1


async def test_a_stall_is_in_the_response_times(target, open_load) -> None:
    """Percentiles are those that the schedule and the target's own log come to."""
    answered: list[float] = []
    stall: list[float] = []

    async def stalling(_seen, writer) -> None:
        wait_s = stall[1] - time.time() if stall and time.time() >= stall[0] else 0.0
        await asyncio.sleep(max(0.002, wait_s))
        answered.append(time.time())
        writer.write(OK)

    target.script = stalling
    load = await open_load(vus=5)
    at_s = await load.rate(ramp(0, 100))
    began = load.started_at + at_s
    stall += [began + 1.0, began + 1.6]
    await asyncio.sleep(3 + began - time.time())
    await settle(load)
    due = began + np.arange(len(answered)) / 100
    truth_ms = 1000 * np.sort(np.sort(answered) - due)
    p99_ms = truth_ms[int(np.ceil(0.99 * len(truth_ms))) - 1]
    times = load.sums().times()
    assert times.p99_ms == pytest.approx(p99_ms, rel=0.05)
    assert times.max_ms == pytest.approx(truth_ms[-1], rel=0.05)
    assert load.sums().service.times().p95_ms < 100 < times.p95_ms


async def test_a_pause_is_in_no_time_and_no_arrival_is_due_in_it(target, open_load, until) -> None:
    async def slow(_seen, writer) -> None:
        await asyncio.sleep(0.05)
        writer.write(OK)

    target.script = slow
    load = await open_load(vus=2)
    at_s = await load.rate(ramp(0, 80))
    await until(lambda: load.injector.ticks and load.waiting > 10)
    await load.injector.act(wire.Pause, ("g",))
    paused_s = time.time() - load.started_at
    await asyncio.sleep(0.2)
    asked = len(target.seen)
    await asyncio.sleep(2.0)
    assert len(target.seen) == asked
    tick = await load.injector.next_tick()
    assert tick.groups[0].due == 0
    waiting = tick.groups[0].waiting
    assert waiting > 10
    assert load.injector.ticks[-1].groups[0].states[VuState.READY] == 2
    await load.injector.act(wire.Resume, ("g",), 0.0)
    await load.rate(ramp(0, 5), first=80 * (paused_s - at_s))
    await until(lambda: load.waiting == 0)
    await settle(load)
    assert load.offered_all(target)
    assert load.sums().max_us < 1e6 * (0.9 + 1.2 * waiting / 40)


async def test_a_failed_iteration_does_not_keep_its_vu(target, open_load, step, think) -> None:
    async def failing(_seen, writer) -> None:
        writer.write(b"HTTP/1.1 500 x\r\nContent-Length: 0\r\n\r\n")

    target.script = failing
    load = await open_load([step(), think(30)], vus=2)
    await load.rate(ramp(0, 50))
    await asyncio.sleep(1)
    await settle(load)
    assert 40 <= load.total("offered") == len(target.seen) == load.sums().failed


async def test_lateness_is_the_first_transactions(target, open_load, step) -> None:
    async def slow(_seen, writer) -> None:
        await asyncio.sleep(0.05)
        writer.write(OK)

    target.script = slow
    flow = [TransactionStep("first", (step("/a"),)), TransactionStep("second", (step("/b"),))]
    load = await open_load(flow, vus=1)
    await load.rate(ramp(0, 40))
    await asyncio.sleep(1.5)
    await settle(load)
    first, second = load.sums("first"), load.sums("second")
    assert first.max_us > 500_000
    assert first.service.max_us < 200_000
    assert second.sum_us == pytest.approx(second.service.sum_us)
    assert second.max_us < 200_000


async def test_fewer_vus_leave_the_arrivals_to_the_others(target, open_load) -> None:
    load = await open_load(vus=30)
    await load.rate(ramp(0, 300))
    for vus in (3, 30, 1, 10):
        await asyncio.sleep(0.3)
        await load.injector.vus(vus)
    states = await load.injector.states()
    assert states[VuState.READY] + states.get(VuState.RUNNING, 0) == 10
    assert sum(states.values()) == 30
    await settle(load)
    assert load.offered_all(target)
    assert Counter(seen.method for seen in target.seen) == {"GET": len(target.seen)}
