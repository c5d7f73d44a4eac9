"""Ordering a running injector about: VUs, pause, resume, stop; counts exact all along."""

from __future__ import annotations

import asyncio
import time

import pytest

from perfconsole.model import wire
from perfconsole.model.plan import RendezvousStep, TransactionStep
from perfconsole.model.states import StopMode, VuState

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
NOW, REQUEST, ITERATION = StopMode.NOW, StopMode.AFTER_REQUEST, StopMode.AFTER_ITERATION


def slow(seconds: float):
    async def script(_seen, writer):
        await asyncio.sleep(seconds)
        writer.write(OK)

    return script


async def unavailable(_seen, writer) -> None:
    writer.write(b"HTTP/1.1 503 x\r\nContent-Length: 0\r\n\r\n")


async def no_answer(_seen, _writer) -> None:
    await asyncio.sleep(60)


async def test_counts_are_exact_over_pause_ramp_down_and_stop(
    target, begin, plan_for, step, think, until
) -> None:
    target.script = slow(0.003)
    flow = [
        step("/a"),
        TransactionStep("t", (step("/b"), think(0.001, 0.01), step("/c", "POST", body=b"x"))),
    ]
    injector = await begin(plan_for(target.port).of(g=flow, h=[step("/h")]))
    await injector.vus(20)
    await injector.vus(5, "h")
    await until(lambda: len(target.seen) > 500)
    await injector.act(wire.Pause, ("g",))
    await injector.vus(7)
    await until(lambda: target.paths["/h"] > 300)
    await injector.act(wire.Resume, ("g",), 0.2)
    await injector.vus(12)
    await injector.vus(3, mode=REQUEST)
    await until(lambda: target.paths["/h"] > 600)
    await injector.vus(0, "h", mode=ITERATION, by_hand=True)
    await injector.vus(0, mode=REQUEST, by_hand=True)
    await until(lambda: target.open == 0)
    await injector.finish()
    injector.assert_counts_add_up()
    assert injector.total("cut") == 0
    assert injector.total("requests") == len(target.seen) == injector.begun
    assert not injector.errors
    assert injector.transaction("GET /a", "passed") == target.paths["/a"]
    ended = [injector.transaction("t", f) for f in ("passed", "failed", "cut")]
    assert ended[1] == 0
    assert target.paths["/c"] == ended[0]
    assert target.paths["/b"] <= ended[0] + ended[2]


async def test_stop_now_is_exact_within_cut(target, begin, plan_for, step, until) -> None:
    target.script = slow(0.02)
    injector = await begin(plan_for(target.port).of(g=[step()]))
    await injector.vus(50)
    await until(lambda: len(target.seen) > 300)
    await injector.vus(0, mode=NOW)
    await injector.finish()
    injector.assert_counts_add_up()
    cut = injector.total("cut")
    assert 0 < cut <= 50
    assert injector.transaction("GET /", "cut") == cut
    assert abs(len(target.seen) - injector.total("requests")) <= cut


async def test_finish_cuts_what_runs(target, begin, plan_for, step, until) -> None:
    target.script = no_answer
    injector = await begin(plan_for(target.port).of(g=[step()]))
    await injector.vus(10)
    await until(lambda: len(target.seen) == 10)
    await injector.finish()
    injector.assert_counts_add_up()
    assert (injector.total("requests"), injector.total("cut")) == (0, 10)
    assert injector.ticks[-1].groups[0].states == {VuState.PASSED: 10}


async def test_after_a_pause_no_request_starts(target, begin, plan_for, step, think, until) -> None:
    """Not even one whose connection was being opened, and no redirect of one in flight."""

    async def script(seen, writer):
        await asyncio.sleep(0.03)
        if seen.path == "/again":
            writer.write(b"HTTP/1.1 302 x\r\nLocation: /\r\nContent-Length: 0\r\n\r\n")
        else:
            writer.write(
                b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
                if seen.path == "/close" else OK
            )  # fmt: skip

    target.script = script
    flow = [step("/again"), step("/close"), think(0.001, 0.02)]
    injector = await begin(plan_for(target.port).of(g=flow))
    await injector.vus(100)
    for _ in range(4):
        have = len(target.seen)
        await until(lambda have=have: len(target.seen) > have + 300)
        acted_at = await injector.act(wire.Pause, ("g",))
        await injector.until_states(paused=100)
        late = [seen for seen in target.seen if seen.at > acted_at + 0.1]
        assert not late
        await injector.act(wire.Resume, ("g",), 0.0)
    await injector.vus(0)
    await until(lambda: target.open == 0)
    await injector.finish()
    injector.assert_counts_add_up()
    assert not injector.errors
    assert len(target.seen) == injector.total("requests")


async def test_pause_is_in_no_transactions_time(
    target, begin, plan_for, step, think, until
) -> None:
    flow = [TransactionStep("t", (step("/a"), think(0.05), step("/b", max_s=0.5)))]
    injector = await begin(plan_for(target.port).of(g=flow))
    await injector.vus(5)
    await until(lambda: target.paths["/b"] > 20)
    await injector.act(wire.Pause, ("g",))
    await asyncio.sleep(1.0)
    await injector.act(wire.Resume, ("g",), 0.3)
    have = target.paths["/b"]
    await until(lambda: target.paths["/b"] > have + 20)
    await injector.finish()
    assert not injector.errors
    longest = max(r.max_us for tick in injector.ticks for r in tick.transactions if r.passed)
    assert longest < 0.5e6


async def test_states_while_paused(target, begin, plan_for, step, think, until) -> None:
    """In flight: running. Thinking: paused already. New: ready, held before its first step."""
    target.script = no_answer
    flows = {"g": [step("/g")], "thinks": [think(60)], "new": [step("/new")]}
    injector = await begin(plan_for(target.port).of(**flows))
    await injector.vus(2)
    await injector.vus(3, "thinks")
    await until(lambda: len(target.seen) == 2)
    assert await injector.states("thinks") == {VuState.RUNNING: 3}
    await injector.act(wire.Pause, ("g", "thinks", "new"))
    await injector.vus(4, "new")
    tick = await injector.next_tick()
    assert {g.name: g.states for g in tick.groups} == {
        "g": {VuState.RUNNING: 2}, "thinks": {VuState.PAUSED: 3}, "new": {VuState.READY: 4},
    }  # fmt: skip
    assert target.paths["/new"] == 0


async def test_resume_spread_over_a_time(target, begin, plan_for, step, think, until) -> None:
    injector = await begin(plan_for(target.port).of(g=[step(), think(60)]))
    await injector.act(wire.Pause, ("g",))
    await injector.vus(20)
    assert await injector.states() == {VuState.READY: 20}
    at = await injector.act(wire.Resume, ("g",), 1.0)
    await until(lambda: len(target.seen) == 20)
    gaps = [
        seen.at - (at + k / 20) for k, seen in enumerate(sorted(target.seen, key=lambda s: s.at))
    ]
    assert all(-0.1 < gap < 0.3 for gap in gaps), gaps


async def test_a_pause_during_a_slow_resume_holds_the_rest(
    target, begin, plan_for, step, think, until
) -> None:
    injector = await begin(plan_for(target.port).of(g=[step(), think(60)]))
    await injector.act(wire.Pause, ("g",))
    await injector.vus(20)
    await injector.act(wire.Resume, ("g",), 4.0)
    await until(lambda: len(target.seen) >= 4)
    await injector.act(wire.Pause, ("g",))
    held = len(target.seen)
    states = await injector.states()
    assert set(states) == {VuState.PAUSED, VuState.READY}
    assert sum(states.values()) == 20
    assert len(target.seen) <= held + 1 < 20
    await injector.act(wire.Resume, ("g",), 0.0)
    await until(lambda: len(target.seen) == 20)


async def test_after_iteration(target, begin, plan_for, step, think, until) -> None:
    flow = [step("/a"), think(1.0), step("/b")]
    injector = await begin(plan_for(target.port).of(g=flow))
    await injector.vus(4)
    await until(lambda: target.paths["/a"] == 4)
    await injector.vus(1, by_hand=True)
    states = await injector.states()
    assert states.get(VuState.GRADUAL_EXITING, 0) + states.get(VuState.STOPPED, 0) == 3
    await until(lambda: target.paths["/b"] >= 4)
    states = await injector.states()
    assert states == {VuState.RUNNING: 1, VuState.STOPPED: 3}
    await injector.vus(3)
    assert await injector.states() == {VuState.RUNNING: 3, VuState.STOPPED: 1}, "slots are reused"


async def test_after_request(target, begin, plan_for, step, think, until) -> None:
    """A thinking VU leaves at once; one with a request in flight when that is over."""
    release = asyncio.Event()

    async def script(_seen, writer):
        await release.wait()
        writer.write(OK)

    target.script = script
    flows = {
        "thinks": [TransactionStep("think", (think(60), step("/never")))],
        "last": [TransactionStep("last", (step("/last"),)), step("/never")],
        "first": [TransactionStep("first", (step("/first"), step("/never")))],
    }
    injector = await begin(plan_for(target.port).of(**flows))
    for group in flows:
        await injector.vus(1, group)
    await until(lambda: len(target.seen) == 2)
    for group in flows:
        await injector.vus(0, group, mode=REQUEST)
    tick = await injector.next_tick()
    assert [g.states for g in tick.groups] == [
        {VuState.PASSED: 1}, {VuState.EXITING: 1}, {VuState.EXITING: 1},
    ]  # fmt: skip
    release.set()
    await until(lambda: target.open == 0)
    await injector.finish()
    injector.assert_counts_add_up()
    assert target.paths["/never"] == 0
    assert injector.transaction("think", "cut") == 1
    assert injector.transaction("last", "passed") == 1, "the request completed it"
    assert injector.transaction("first", "cut") == 1
    assert (injector.total("requests"), injector.total("cut")) == (2, 0)


@pytest.mark.parametrize("mode", [ITERATION, REQUEST, NOW])
async def test_a_paused_vu_leaves_at_once(target, begin, plan_for, step, think, until, mode):
    injector = await begin(plan_for(target.port).of(g=[step(), think(60)], h=[step("/h")]))
    await injector.vus(2)
    await until(lambda: len(target.seen) == 2)
    await injector.act(wire.Pause, ("g", "h"))
    await injector.vus(3, "h")
    await injector.vus(0, mode=mode)
    await injector.vus(0, "h", mode=mode, by_hand=True)
    tick = await injector.next_tick()
    assert [g.states for g in tick.groups] == [{VuState.PASSED: 2}, {VuState.STOPPED: 3}]


async def test_a_harsher_order_reaches_those_already_leaving(
    target, begin, plan_for, step, until
) -> None:
    target.script = no_answer
    injector = await begin(plan_for(target.port).of(g=[step()]))
    await injector.vus(3)
    await until(lambda: len(target.seen) == 3)
    await injector.vus(0)
    assert await injector.states() == {VuState.GRADUAL_EXITING: 3}
    await injector.vus(2)
    await until(lambda: len(target.seen) == 5)
    assert await injector.states() == {VuState.GRADUAL_EXITING: 3, VuState.RUNNING: 2}
    await injector.vus(0, mode=REQUEST)
    assert await injector.states() == {VuState.EXITING: 5}
    await injector.vus(0, mode=NOW, by_hand=True)
    assert await injector.states() == {VuState.STOPPED: 5}


async def test_iterations_end_vus(target, begin, plan_for, step, until) -> None:
    async def script(seen, writer):
        bad = seen.path == "/bad"
        writer.write(b"HTTP/1.1 500 x\r\nContent-Length: 0\r\n\r\n" if bad else OK)

    target.script = script
    flows = {"good": [step("/ok")], "bad": [step("/bad"), step("/never")]}
    injector = await begin(plan_for(target.port, iterations=3).of(**flows))
    await injector.vus(2, "good")
    await injector.vus(2, "bad")
    await until(lambda: injector.iterations("bad")[0] == 6)
    await until(lambda: injector.iterations("good")[0] == 6)
    tick = await injector.next_tick()
    assert [g.states for g in tick.groups] == [{VuState.PASSED: 2}, {VuState.FAILED: 2}]
    assert injector.iterations("bad") == (6, 6)
    assert dict(target.paths) == {"/ok": 6, "/bad": 6}
    await injector.vus(0, "good")
    await injector.vus(1, "good")
    await until(lambda: target.paths["/ok"] == 9)


async def test_a_ramp_starts_none_anew_that_has_done_its_iterations(
    target, begin, plan_for, step, until
) -> None:
    async def script(seen, writer):
        writer.write(OK)

    target.script = script
    injector = await begin(plan_for(target.port, iterations=2).of(g=[step("/ok")]))
    for count in (1, 2, 4):
        await injector.vus(count)
        await until(lambda count=count: injector.iterations()[0] == 2 * count)
    await injector.vus(3)
    tick = await injector.next_tick()
    assert [g.states for g in tick.groups] == [{VuState.PASSED: 4}]
    assert target.paths["/ok"] == 8


async def test_a_failed_step_fails_all_around_it(target, begin, plan_for, step, until) -> None:
    async def script(seen, writer):
        bad = seen.path == "/bad"
        writer.write(b"HTTP/1.1 500 x\r\nContent-Length: 0\r\n\r\n" if bad else OK)

    target.script = script
    inner = TransactionStep("inner", (step("/bad"), step("/never")))
    flow = [TransactionStep("outer", (step("/ok"), inner, step("/never"))), step("/never")]
    injector = await begin(plan_for(target.port, iterations=2).of(g=flow))
    await injector.vus(1)
    await until(lambda: injector.iterations() == (2, 2))
    assert dict(target.paths) == {"/ok": 2, "/bad": 2}
    for name in ("inner", "outer"):
        assert injector.transaction(name, "failed") == 2
        assert injector.transaction(name, "passed") == 0
        assert injector.transaction(name, "failed_max_us") > 0


async def test_a_failed_iteration_keeps_the_pace(
    target, begin, plan_for, step, think, until
) -> None:
    """Think times after the failed step are waited, in no transaction's time; the rest is not."""
    target.script = unavailable
    inner = TransactionStep("inner", (step("/bad", "POST"), think(0.2), step("/never")))
    outer = TransactionStep("outer", (inner, RendezvousStep("p"), think(0.2)))
    flow = [think(0.01), outer, step("/never"), TransactionStep("rest", (think(0.2),))]
    injector = await begin(plan_for(target.port, iterations=4, points=("p",)).of(g=flow))
    began = time.monotonic()
    await injector.vus(1)
    await until(lambda: any(VuState.FAILED in t.groups[0].states for t in injector.ticks))
    assert 2.4 < time.monotonic() - began < 6
    await injector.finish()
    assert injector.iterations() == (4, 4)
    assert dict(target.paths) == {"/bad": 4}
    assert not any(gathered.waiting for gathered in injector.gathered)
    for name in ("inner", "outer"):
        assert injector.transaction(name, "failed") == 4
        assert injector.transaction(name, "failed_max_us") < 0.2e6
    assert injector.transaction("rest", "passed") == 0


async def test_waiting_after_a_failure_is_thinking(
    target, begin, plan_for, step, think, until
) -> None:
    """A pause holds it, a stop after the request ends it; its transactions have failed by then."""
    target.script = unavailable
    flow = [TransactionStep("t", (step("/bad"), think(60)))]
    injector = await begin(plan_for(target.port).of(g=flow))
    await injector.vus(3)
    await until(lambda: injector.iterations() == (3, 3))
    assert await injector.states() == {VuState.RUNNING: 3}
    assert injector.transaction("t", "failed") == 3
    await injector.act(wire.Pause, ("g",))
    assert await injector.states() == {VuState.PAUSED: 3}
    await injector.act(wire.Resume, ("g",), 0.0)
    await injector.vus(0, mode=REQUEST, by_hand=True)
    assert await injector.states() == {VuState.STOPPED: 3}
    await injector.finish()
    assert injector.transaction("t", "cut") == 0
    assert len(target.seen) == 3


@pytest.mark.clock
async def test_a_thousand_vus_start_without_losing_sight_of_orders(
    target, begin, plan_for, think, until
) -> None:
    """Flows without a request: neither starting them nor a flow that never waits starves orders."""
    flows = {"g": [think(0.05)], "busy": [TransactionStep("nothing", ())]}
    injector = await begin(plan_for(target.port).of(**flows))
    await injector.vus(20, "busy")
    start = asyncio.create_task(injector.vus(1500))
    took = []
    while not start.done():
        at = time.monotonic()
        await injector.act(wire.Resume, ("busy",), 0.0)
        took.append(time.monotonic() - at)
    await start
    assert max(took) < 0.5
    assert (await injector.states())[VuState.RUNNING] == 1500


async def test_every_second_has_its_tick(target, begin, plan_for, step, think, until) -> None:
    injector = await begin(plan_for(target.port, started_at=time.time() - 100).of(g=[think(0.1)]))
    await until(lambda: len(injector.ticks) >= 3)
    await injector.finish()
    seconds = [tick.second for tick in injector.ticks]
    assert seconds == list(range(seconds[0], seconds[0] + len(seconds)))
    assert 100 <= seconds[0] <= 120
    assert [tick.last for tick in injector.ticks] == [False] * (len(seconds) - 1) + [True]
    assert all(tick.cpu_s > 0 and tick.rss_mb > 5 for tick in injector.ticks)
