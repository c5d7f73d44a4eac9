"""Iterations that a group's VUs do together, and VUs that end for good."""

import asyncio

import msgspec
import pytest

from perfconsole.injector.vu import Vu
from perfconsole.model.states import StopMode


@pytest.fixture
def sampled(target, plan_for, step):
    def make(samples, iterations=None):
        plan = plan_for(target.port, iterations=iterations).of(g=[step("/a")])
        group = msgspec.structs.replace(plan.groups[0], samples=samples)
        return msgspec.structs.replace(plan, groups=(group,))

    return make


async def test_vus_do_exactly_so_many_iterations_together(target, begin, sampled):
    injector = await begin(sampled(25))
    await injector.vus(4)
    await injector.until_states(passed=4)
    last = injector.ticks[-1].groups[0]
    assert (last.samples_left, last.retired) == (0, 4)
    await injector.finish()
    assert target.paths == {"/a": 25}
    assert injector.iterations() == (25, 0)


async def test_a_share_of_none_ends_at_once_and_vus_that_come_too_late_do_too(
    target, begin, sampled
):
    injector = await begin(sampled(0))
    await injector.vus(2)
    await injector.until_states(passed=2)
    await injector.vus(3)
    await injector.until_states(passed=3)
    await injector.finish()
    assert not target.seen


async def test_of_samples_and_iterations_the_first_to_be_done_ends_a_vu(target, begin, sampled):
    injector = await begin(sampled(100, iterations=2))
    await injector.vus(3)
    await injector.until_states(passed=3)
    assert injector.ticks[-1].groups[0].samples_left == 94
    await injector.finish()
    assert target.paths == {"/a": 6}


async def test_an_iteration_cut_short_is_done_by_another_vu(target, begin, sampled, until):
    let_go = asyncio.Event()

    async def hang(seen, writer):
        if seen.connection == 2:
            await let_go.wait()
        else:
            await asyncio.sleep(0.1)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    target.script = hang
    injector = await begin(sampled(20))
    await injector.vus(2)
    await until(lambda: {seen.connection for seen in target.seen} == {1, 2})
    await injector.vus(1, mode=StopMode.NOW, by_hand=True)
    await until(lambda: injector.iterations()[0] == 20 or injector.eof.is_set())
    let_go.set()
    await injector.finish()
    injector.assert_counts_add_up()


async def test_a_new_start_begins_with_all_samples_again(target, begin, sampled):
    injector = await begin(sampled(5))
    await injector.vus(2)
    await injector.until_states(passed=2)
    await injector.vus(0)
    await injector.vus(2)
    await injector.until_states(passed=2)
    await injector.next_tick()
    await injector.finish()
    assert target.paths == {"/a": 10}


async def test_a_vu_that_gives_up_ends_for_good_and_the_group_is_told_of_once(
    target, engine_for, plan_for, step, until
):
    from perfconsole.injector.workload import Load
    from perfconsole.model import wire

    said = []
    plan = plan_for(target.port).of(g=[step("/a")])
    engine = engine_for(plan)
    object.__setattr__(engine, "send", said.append)
    load = Load(plan, engine)
    load.set_vus(wire.SetVus(1, "g", 3, StopMode.AFTER_ITERATION), lambda: None)
    vus: list[Vu] = load._groups["g"].slots
    await until(lambda: len(target.seen) > 5)
    for vu in vus:
        vu.give_up(whole_group=vu is not vus[0], why="GET /a: HTTP 500 password=hunter2")
    await until(lambda: all(vu.ended for vu in vus))
    assert [(stop.group, "hunter2" in stop.why) for stop in said] == [("g", False)]
    before = len(target.seen)
    load.set_vus(wire.SetVus(2, "g", 2, StopMode.AFTER_ITERATION), lambda: None)
    load.set_vus(wire.SetVus(3, "g", 3, StopMode.AFTER_ITERATION), lambda: None)
    assert len(load._groups["g"].slots) == 3
    assert load.counts()[0].retired == 3
    assert len(target.seen) == before
    await load.cut()
