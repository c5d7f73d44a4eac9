"""Rendezvous: VUs gather, are released together or some at a time, and their spread is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from perfconsole.injector import gathering
from perfconsole.model import wire
from perfconsole.model.plan import RendezvousStep, TransactionStep
from perfconsole.model.states import StopMode, VuState


def waiting(injector) -> dict[str, int]:
    return injector.gathered[-1].waiting if injector.gathered else {}


@pytest.mark.clock
async def test_gather_and_release(target, begin, plan_for, step, think, until) -> None:
    flow = [RendezvousStep("p"), step(), think(60)]
    injector = await begin(plan_for(target.port, points=("p",)).of(g=flow, h=flow))
    await injector.vus(30)
    await injector.vus(10, "h")
    await until(lambda: waiting(injector) == {"g": 30, "h": 10})
    assert await injector.states() == {VuState.RENDEZVOUS: 30}
    assert not target.seen
    assert len(injector.gathered) < 20, "arrivals are told of together"
    at = await injector.act(wire.Release, "p", 1, None)
    assert waiting(injector) == {}, "known before the order is acknowledged"
    await until(lambda: injector.spreads)
    spread = injector.spreads[0]
    assert (spread.point, spread.release, spread.vus) == ("p", 1, 40)
    assert at - 1 < spread.first_at <= spread.last_at < spread.first_at + 1
    await until(lambda: len(target.seen) == 40)
    assert await injector.states() == {VuState.RUNNING: 30}


async def test_some_at_a_time_the_longest_waiting_first(
    target, begin, plan_for, step, think, until
) -> None:
    """Also what came through a pause: the gate is after the point."""
    flows = {n: [RendezvousStep("p"), step(f"/{n}"), think(60)] for n in ("a", "b", "c")}
    injector = await begin(plan_for(target.port, points=("p",)).of(**flows))
    for group in flows:
        await injector.vus(2, group)
        await until(lambda group=group: waiting(injector).get(group) == 2)
    await injector.act(wire.Release, "p", 1, 3)
    await until(lambda: len(target.seen) == 3)
    assert dict(target.paths) == {"/a": 2, "/b": 1}
    await injector.act(wire.Pause, ("b",))
    await injector.act(wire.Release, "p", 2, 2)
    await until(lambda: len(target.seen) == 4)
    assert dict(target.paths) == {"/a": 2, "/b": 1, "/c": 1}
    assert (await injector.states("b"))[VuState.PAUSED] == 2
    await injector.act(wire.Resume, ("b",), 0.0)
    await until(lambda: target.paths["/b"] == 2)
    await until(lambda: [s.vus for s in injector.spreads] == [3, 2])
    await injector.act(wire.Release, "p", 3, 99)
    await until(lambda: len(target.seen) == 6)


async def test_the_wait_is_in_no_transaction(target, begin, plan_for, step, until) -> None:
    flow = [TransactionStep("t", (RendezvousStep("p"), step()))]
    injector = await begin(plan_for(target.port, points=("p",), iterations=1).of(g=flow))
    await injector.vus(2)
    await until(lambda: waiting(injector) == {"g": 2})
    await injector.next_tick()
    await injector.next_tick()
    await injector.act(wire.Release, "p", 1, None)
    await until(lambda: injector.transaction("t", "passed") == 2)
    assert injector.transaction("t", "sum_us") < 0.8e6


async def test_off_and_on(target, begin, plan_for, step, think, until) -> None:
    flow = [RendezvousStep("p"), step(), think(0.01)]
    maker = plan_for(target.port, points=("p", "q"), points_off=("p",))
    injector = await begin(maker.of(g=flow))
    await injector.vus(3)
    await until(lambda: len(target.seen) > 20)
    await injector.act(wire.SwitchRendezvous, "p", True)
    await until(lambda: waiting(injector) == {"g": 3})
    seen = len(target.seen)
    await injector.act(wire.SwitchRendezvous, "p", False)
    assert waiting(injector) == {}
    await until(lambda: len(target.seen) > seen + 20)
    assert not injector.spreads


async def test_a_vu_told_to_leave_does_not_wait(target, begin, plan_for, step, until) -> None:
    flow = [step("/a"), TransactionStep("t", (RendezvousStep("p"), step("/never")))]
    injector = await begin(plan_for(target.port, points=("p",)).of(g=flow))
    await injector.vus(6)
    await until(lambda: waiting(injector) == {"g": 6})
    for left, mode in [
        (4, StopMode.AFTER_ITERATION),
        (2, StopMode.AFTER_REQUEST),
        (0, StopMode.NOW),
    ]:
        await injector.vus(left, mode=mode)
        await until(lambda left=left: waiting(injector).get("g", 0) == left)
    assert await injector.states() == {VuState.PASSED: 6}
    await until(lambda: injector.transaction("t", "cut") == 6)
    assert target.paths["/never"] == 0


@pytest.mark.clock
async def test_a_released_vu_may_think_before_its_first_request(
    target, begin, plan_for, step, think, until
) -> None:
    flows = {
        "g": [RendezvousStep("p"), step("/g"), think(60)],
        "h": [RendezvousStep("p"), think(2.5), step("/h"), think(60)],
    }
    injector = await begin(plan_for(target.port, points=("p",)).of(**flows))
    await injector.vus(2)
    await injector.vus(3, "h")
    await until(lambda: waiting(injector) == {"g": 2, "h": 3})
    await injector.act(wire.Release, "p", 1, None)
    await until(lambda: injector.spreads)
    await injector.finish()
    (spread,) = injector.spreads
    assert spread.vus == 5
    assert spread.last_at - spread.first_at > 2.4


async def test_who_comes_to_a_point_again_or_only_thinks_sends_nothing(
    target, begin, plan_for, step, think, until
) -> None:
    flows = {
        "sends": [RendezvousStep("p"), step(), think(60)],
        "again": [RendezvousStep("p")],
        "other": [RendezvousStep("p"), RendezvousStep("q"), step("/never")],
        "leaves": [RendezvousStep("p"), think(60), step("/never")],
    }
    injector = await begin(plan_for(target.port, points=("p", "q")).of(**flows))
    for group in flows:
        await injector.vus(1, group)
    await until(lambda: waiting(injector) == dict.fromkeys(flows, 1))
    await injector.act(wire.Release, "p", 1, None)
    await until(lambda: len(target.seen) == 1)
    await injector.next_tick()
    assert not injector.spreads
    await injector.vus(0, "leaves", mode=StopMode.AFTER_REQUEST)
    await until(lambda: injector.spreads)
    await injector.act(wire.Release, "q", 1, None)
    await until(lambda: len(injector.spreads) == 2)
    assert [(s.point, s.release, s.vus) for s in injector.spreads] == [("p", 1, 1), ("q", 1, 1)]


async def test_an_iteration_without_a_request_is_waited_for_no_more(
    target, begin, plan_for, step, think, until
) -> None:
    """Its next one, a request first, is not of the release."""
    flows = {"g": [step("/g"), RendezvousStep("p")], "h": [RendezvousStep("p"), step("/h")]}
    injector = await begin(plan_for(target.port, points=("p",), iterations=2).of(**flows))
    await injector.vus(1)
    await injector.vus(2, "h")
    await until(lambda: waiting(injector) == {"g": 1, "h": 2})
    await injector.act(wire.Release, "p", 1, None)
    await until(lambda: injector.spreads)
    assert injector.spreads[0].vus == 2


async def test_the_wait_for_a_spread_is_bounded(monkeypatch, until) -> None:
    monkeypatch.setattr(gathering, "SPREAD_WITHIN_S", 0.05)
    told: list[wire.Gathered | wire.Spread] = []
    loop = asyncio.get_running_loop()
    silent = gathering.Volley("p", 1, 2, told.append, loop)
    slow = gathering.Volley("p", 2, 2, told.append, loop)
    slow.sent()
    await until(lambda: told)
    for late in (silent, slow):
        late.sent()
        late.gone()
    assert [(t.release, t.vus) for t in told if isinstance(t, wire.Spread)] == [(2, 1)]


async def test_a_released_vu_that_ends_does_not_hold_the_spread_up(
    target, begin, plan_for, step, think, until
) -> None:
    flows = {"g": [RendezvousStep("p"), step()], "h": [RendezvousStep("p")]}
    injector = await begin(plan_for(target.port, points=("p",), iterations=1).of(**flows))
    await injector.vus(2)
    await injector.vus(2, "h")
    await until(lambda: waiting(injector) == {"g": 2, "h": 2})
    await injector.act(wire.Release, "p", 1, None)
    await until(lambda: injector.spreads, within_s=1.5)
    assert injector.spreads[0].vus == 2


async def test_a_release_sends_in_one_go_what_all_have_ready() -> None:
    """One that comes to nothing meanwhile is waited for no more."""
    told: list[wire.Spread] = []
    loop = asyncio.get_running_loop()
    volley = gathering.Volley("p", 1, 3, told.append, loop)
    order: list[str] = []

    def send(name: str, *, can: bool) -> Callable[[], bool]:
        return lambda: order.append(name) is None and can

    volley.load(send("a", can=True))
    order.append("b gets ready")
    volley.load(send("b", can=False))
    assert order == ["b gets ready"]
    await asyncio.sleep(0)
    assert order == ["b gets ready", "a", "b"]
    assert not told, "one of three is still on its way"
    volley.load(send("c", can=True))
    await asyncio.sleep(0)
    (spread,) = told
    assert spread.vus == 2
    assert spread.first_at <= spread.last_at


async def test_everybody_of_a_release_is_sent_and_counted(
    target, begin, plan_for, step, until
) -> None:
    flow = [RendezvousStep("p"), TransactionStep("t", (step(),))]
    injector = await begin(plan_for(target.port, points=("p",), iterations=2).of(g=flow))
    await injector.vus(200)
    for release in (1, 2):
        await until(lambda: waiting(injector) == {"g": 200})
        await injector.act(wire.Release, "p", release, None)
        await until(lambda n=release: len(injector.spreads) == n)
        assert injector.spreads[-1].vus == 200
    await until(lambda: injector.iterations()[0] == 400)
    await injector.finish()
    injector.assert_counts_add_up()
    assert injector.transaction("t", "passed") == 400
