"""Pacing spaces iterations; a group's rules change its think times, also while it runs."""

from __future__ import annotations

import time

import msgspec
import pytest

from perfconsole.model import wire
from perfconsole.model.plan import ThinkPlan, TransactionStep
from perfconsole.model.sketch import ramp
from perfconsole.model.states import StopMode, VuState
from perfconsole.model.wait import parse_pacing

pytestmark = pytest.mark.clock


@pytest.fixture
def paced(here, plan_for, target):
    """One VU of a group that plays `flow` with `pacing`."""

    def paced(flow, pacing, iterations=None):
        whole = plan_for(target.port, iterations=iterations).of(g=flow)
        group = whole.groups[0]
        script = msgspec.structs.replace(group.script, pacing=parse_pacing(pacing))
        group = msgspec.structs.replace(group, script=script)
        played = here(msgspec.structs.replace(whole, groups=(group,)))
        played.vus(1)
        return played

    return paced


async def refuse(_seen, writer):
    writer.write(b"HTTP/1.1 503 no\r\nContent-Length: 0\r\n\r\n")


async def test_after_is_from_the_end_to_the_next_beginning(paced, step, think, until, waits):
    played = paced([step("/"), think(0.1)], "after 1s", iterations=2)
    await until(played.over)
    thought, rest, again = waits
    assert thought == again == 0.1
    assert 0 < rest <= 1
    assert played.engine.recorder.transactions()[0].max_us < 1e6, "it is in nobody's time"


async def test_every_is_from_beginning_to_beginning(paced, step, think, until, waits):
    played = paced([step("/"), think(0.1)], "every 1500ms", iterations=2)
    await until(played.over)
    thought, rest, *_ = waits
    assert thought == 0.1
    assert 0 < rest <= 1.4


async def test_a_longer_iteration_is_followed_at_once(paced, step, think, until, waits):
    played = paced([step("/"), think(0.25)], "every 200ms", iterations=3)
    await until(played.over)
    assert waits == [0.25, 0.25, 0.25]


async def test_after_a_failure_pacing_asks_only_for_what_is_left(
    paced, step, think, target, until, waits
):
    target.script = refuse
    played = paced([step("/"), think(0.3)], "after 200ms", iterations=2)
    await until(played.over)
    assert waits == [0.3, 0.3]
    assert played.iterations() == (2, 2)
    waits.clear()
    played = paced([step("/"), think(0.1)], "after 1s", iterations=2)
    await until(played.over)
    assert waits[0] == waits[2] == 0.1
    assert waits[1] <= 0.91


@pytest.mark.parametrize("pacing", ["after 60s", "every 60s"])
async def test_a_stop_ends_it_and_a_pause_holds_what_comes_after(
    paced, step, target, until, pacing
):
    played = paced([step("/")], pacing)
    await until(lambda: played.iterations() == (1, 0))
    assert played.states() == {VuState.RUNNING: 1}
    played.load.pause(("g",))
    assert played.states() == {VuState.PAUSED: 1}
    played.load.resume(("g",), 0.0)
    played.vus(0, mode=StopMode.AFTER_ITERATION)
    await until(played.over)
    assert played.states() == {VuState.PASSED: 1}
    assert len(target.seen) == 1


async def test_a_paused_vu_goes_on_when_it_is_resumed_and_catches_nothing_up(
    paced, step, target, until, waits
):
    played = paced([step("/")], "every 700ms", iterations=3)
    await until(lambda: len(target.seen) == 1)
    played.load.pause(("g",))
    await until(lambda: None in waits)
    long_s = time.monotonic() + 0.8
    await until(lambda: time.monotonic() > long_s)
    assert len(target.seen) == 1
    played.load.resume(("g",), 0.0)
    await until(played.over)
    before, held, after = waits
    assert held is None
    assert 0 < before <= 0.7
    assert 0 < after <= 0.7


async def test_arrivals_are_not_held_back_by_pacing(here, plan_for, step, target, until):
    """A flow that other groups play with pacing."""
    whole = plan_for(target.port).of(g=[step("/")])
    script = msgspec.structs.replace(whole.groups[0].script, pacing=parse_pacing("every 60s"))
    group = msgspec.structs.replace(whole.groups[0], script=script, arrivals="constant")
    played = here(msgspec.structs.replace(whole, groups=(group,)))
    played.vus(1)
    rate = wire.SetRate(1, "g", 0.0, 0.0, ramp(0.0, 100.0), 0.0, 0, 1)
    played.load.set_rate(rate, lambda: None)
    await until(lambda: len(target.seen) > 5)


# ---------------------------------------------------------------- think rules


@pytest.mark.parametrize(
    ("rules", "waited"),
    [
        (ThinkPlan(), [0.02]),
        (ThinkPlan(factor=2), [0.04]),
        (ThinkPlan(factor=1000, limit_s=0.03), [0.03]),
        (ThinkPlan(factor=0), []),
        (ThinkPlan(ignore=True), []),
    ],
)
async def test_a_groups_rules_change_its_think_times(play, step, think, waits, rules, waited):
    await play([step("/"), think(0.02)], think=rules)
    assert waits == waited


async def test_whoever_thinks_nothing_still_lets_others_play(here, plan_for, think, step, target,
                                                             until):  # fmt: skip
    whole = plan_for(target.port).of(g=[think(60)], h=[step("/")])
    group = msgspec.structs.replace(whole.groups[0], think=ThinkPlan(ignore=True))
    played = here(msgspec.structs.replace(whole, groups=(group, whole.groups[1])))
    played.vus(3)
    played.vus(1, "h")
    await until(lambda: len(target.seen) > 20)


async def test_the_factor_holds_from_the_next_think_time_on(
    target, begin, plan_for, step, think, until
):
    flow = [TransactionStep("t", (step("/"), think(60)))]
    injector = await begin(plan_for(target.port).of(g=flow, h=[step("/h"), think(0.2)]))
    await injector.vus(2)
    await injector.vus(1, "h")
    await until(lambda: target.paths["/"] == 2)
    await injector.act(wire.SetThink, "g", ThinkPlan(0.0001))
    await injector.vus(3)
    await until(lambda: target.paths["/"] > 20)
    assert len({seen.connection for seen in target.seen if seen.path == "/"}) == 3
    await injector.act(wire.SetThink, "g", ThinkPlan(1.0, limit_s=50.0))
    before = target.paths["/"]
    assert await injector.states() == {VuState.RUNNING: 3}
    assert target.paths["/"] <= before + 2
    await injector.finish()
