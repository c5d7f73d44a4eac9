"""Pacing spaces iterations; a group's rules change its think times, also while it runs."""

from __future__ import annotations

import time
from itertools import pairwise

import msgspec
import pytest

from perfconsole.model import wire
from perfconsole.model.plan import ThinkPlan, TransactionStep
from perfconsole.model.states import StopMode, VuState
from perfconsole.model.wait import parse_pacing


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


def gaps(target) -> list[float]:
    at = [seen.at for seen in target.seen]
    return [later - before for before, later in pairwise(at)]


async def test_after_is_from_the_end_to_the_next_beginning(paced, step, think, target, until):
    began = time.monotonic()
    played = paced([step("/"), think(0.1)], "after 150ms", iterations=4)
    await until(played.over)
    assert time.monotonic() - began > 0.84
    passed = played.engine.recorder.transactions()[0]
    assert passed.max_us < 0.15e6, "pacing is in nobody's time"


async def test_every_is_from_beginning_to_beginning(paced, step, think, target, until):
    began = time.monotonic()
    played = paced([step("/"), think(0.1)], "every 200ms", iterations=4)
    await until(played.over)
    assert 0.59 < time.monotonic() - began < 0.6 + 5
    assert len(target.seen) == 4


async def test_a_longer_iteration_is_followed_at_once(paced, step, think, target, until):
    began = time.monotonic()
    played = paced([step("/"), think(0.25)], "every 200ms", iterations=3)
    await until(played.over)
    assert time.monotonic() - began > 0.74


async def test_nothing_is_waited_after_the_last_iteration(paced, step, until):
    began = time.monotonic()
    played = paced([step("/")], "after 60s", iterations=1)
    await until(played.over)
    assert time.monotonic() - began < 20


async def test_after_a_failure_pacing_asks_only_for_what_is_left(paced, step, think, target, until):
    async def refuse(_seen, writer):
        writer.write(b"HTTP/1.1 503 no\r\nContent-Length: 0\r\n\r\n")

    target.script = refuse
    began = time.monotonic()
    played = paced([step("/"), think(0.3)], "after 200ms", iterations=3)
    await until(played.over)
    assert 0.89 < time.monotonic() - began < 0.9 + 3
    assert played.iterations() == (3, 3)


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


async def test_a_paused_vu_goes_on_when_it_is_resumed(paced, step, target, until):
    played = paced([step("/")], "every 200ms")
    await until(lambda: len(target.seen) == 1)
    played.load.pause(("g",))
    until_s = time.monotonic() + 0.4
    await until(lambda: time.monotonic() > until_s)
    assert len(target.seen) == 1
    played.load.resume(("g",), 0.0)
    await until(lambda: len(target.seen) == 3)
    assert gaps(target)[0] > 0.35
    assert gaps(target)[1] > 0.1, "nothing is caught up"


# ---------------------------------------------------------------- think rules


@pytest.mark.parametrize(
    ("rules", "least_s", "most_s"),
    [
        (ThinkPlan(), 0.2, 5),
        (ThinkPlan(factor=2), 0.4, 5),
        (ThinkPlan(factor=1000, limit_s=0.3), 0.3, 5),
        (ThinkPlan(factor=0), 0, 5),
        (ThinkPlan(ignore=True), 0, 5),
    ],
)
async def test_a_groups_rules_change_its_think_times(play, step, think, rules, least_s, most_s):
    seconds = 0.2 if rules.thinks else 60
    began = time.monotonic()
    await play([step("/"), think(seconds)], think=rules)
    assert least_s <= time.monotonic() - began < least_s + most_s


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
