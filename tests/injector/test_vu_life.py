"""A VU's life: init, waiting for the start, iterations, end."""

import asyncio

import msgspec
import pytest

from perfconsole.model import plan as planned
from perfconsole.model import wire
from perfconsole.model.holes import Hole, mark
from perfconsole.model.states import StopMode


@pytest.fixture
def scripted():
    def with_script(plan, **script):
        """`plan`, its only group with this script."""
        group = msgspec.structs.replace(plan.groups[0], script=planned.Script(**script))
        return msgspec.structs.replace(plan, groups=(group,))

    return with_script


@pytest.fixture
def around(target, plan_for, step, scripted):
    """A plan with one request each for init, iteration and end."""

    def make(iterations=None, **plan):
        return scripted(
            plan_for(target.port, iterations=iterations, **plan).of(g=[]),
            steps=(step("/a"),), init=(step("/in"),), end=(step("/out"),),
        )  # fmt: skip

    return make


async def test_init_is_played_once_before_and_end_once_after_all_iterations(target, begin, around):
    injector = await begin(around(iterations=3))
    await injector.vus(2)
    await injector.until_states(passed=2)
    await injector.finish()
    for connection in (1, 2):
        paths = [seen.path for seen in target.seen if seen.connection == connection]
        assert paths == ["/in", "/a", "/a", "/a", "/out"]
    assert injector.iterations() == (6, 0)
    assert injector.transaction("GET /in", "passed") == 2
    assert injector.transaction("GET /out", "passed") == 2
    injector.assert_counts_add_up()


async def test_what_init_extracts_is_the_base_of_every_iteration_and_of_the_end(
    target, begin, plan_for, step, scripted
):
    async def token(seen, writer):
        body = b"it is %s" % (b"first" if seen.path == "/in" else b"other")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))

    def extracting(path):
        extract = planned.Extract("token", "regex", r"is (\w+)")
        return msgspec.structs.replace(step(path), extracts=(extract,))

    target.script = token
    use = msgspec.structs.replace(
        step(f"/use/{mark(0)}", name="use"), holes=(Hole("token", "path"),)
    )
    plan = scripted(
        plan_for(target.port, iterations=2).of(g=[]),
        steps=(use, extracting("/change"), use), init=(extracting("/in"),), end=(use,),
    )  # fmt: skip
    injector = await begin(plan)
    await injector.vus(1)
    await injector.until_states(passed=1)
    await injector.finish()
    iteration = ["/use/first", "/change", "/use/other"]
    assert [seen.path for seen in target.seen] == ["/in", *iteration, *iteration, "/use/first"]


async def test_a_vu_whose_init_fails_tries_no_iteration_and_is_out_for_good(target, begin, around):
    async def refuse(seen, writer):
        ok = seen.path != "/in"
        writer.write(b"HTTP/1.1 %d x\r\nContent-Length: 0\r\n\r\n" % (200 if ok else 403))

    target.script = refuse
    injector = await begin(around())
    await injector.vus(3)
    await injector.until_states(failed=3)
    await injector.vus(2)
    await injector.vus(3)
    await injector.until_states(failed=3)
    assert injector.ticks[-1].groups[0].retired == 3
    assert target.paths == {"/in": 3}
    await injector.vus(0)
    await injector.vus(1)
    await injector.until_states(failed=3)
    await injector.finish()
    assert target.paths == {"/in": 4}
    assert injector.iterations() == (0, 0)
    assert len(injector.troubles) == 1


@pytest.mark.parametrize(
    ("mode", "ends"), [("after_iteration", 2), ("after_request", 0), ("now", 0)]
)
async def test_the_end_is_played_only_after_a_stop_after_the_iteration(
    target, begin, around, until, mode, ends
):
    injector = await begin(around())
    await injector.vus(2)
    await until(lambda: target.paths["/a"] > 4)
    await injector.vus(0, mode=StopMode(mode), by_hand=True)
    await injector.until_states(stopped=2)
    await injector.finish()
    assert target.paths["/out"] == ends
    injector.assert_counts_add_up()


async def test_a_stop_while_init_runs_ends_with_the_end_and_no_iteration(
    target, begin, around, until
):
    let_go = asyncio.Event()

    async def slow_login(seen, writer):
        if seen.path == "/in":
            await let_go.wait()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    target.script = slow_login
    injector = await begin(around())
    await injector.vus(2)
    await until(lambda: target.paths["/in"] == 2)
    await injector.until_states(initializing=2)
    await injector.vus(0, by_hand=True)
    await injector.until_states(gradual_exiting=2)
    let_go.set()
    await injector.until_states(stopped=2)
    await injector.finish()
    assert target.paths == {"/in": 2, "/out": 2}


async def test_vus_wait_as_ready_and_begin_from_the_lowest_slot_on(target, begin, around, until):
    injector = await begin(around(iterations=1))
    await injector.vus(0, ready=4)
    await injector.until_states(ready=4)
    assert target.paths == {"/in": 4}
    await injector.vus(1, ready=4)
    await injector.until_states(ready=3, passed=1)
    await injector.vus(3, ready=4)
    await injector.until_states(ready=1, passed=3)
    await injector.vus(4)
    await injector.until_states(passed=4)
    await injector.finish()
    assert target.paths == {"/in": 4, "/a": 4, "/out": 4}


async def test_ready_vus_nobody_wants_any_more_play_their_end(target, begin, around):
    injector = await begin(around())
    await injector.vus(0, ready=3)
    await injector.until_states(ready=3)
    await injector.vus(0, ready=1)
    await injector.until_states(ready=1, passed=2)
    await injector.vus(0)
    await injector.until_states(passed=3)
    await injector.finish()
    assert target.paths == {"/in": 3, "/out": 3}


async def test_those_that_failed_in_init_hold_nobody_back_who_is_ready(target, begin, around):
    async def refuse_one(seen, writer):
        ok = seen.path != "/in" or seen.connection != 1
        writer.write(b"HTTP/1.1 %d x\r\nContent-Length: 0\r\n\r\n" % (200 if ok else 403))

    target.script = refuse_one
    injector = await begin(around(iterations=1))
    await injector.vus(0, ready=3)
    await injector.until_states(ready=2, failed=1)
    await injector.vus(2, ready=3)
    await injector.next_tick()
    await injector.vus(3)
    await injector.until_states(passed=2, failed=1)
    await injector.finish()
    assert target.paths == {"/in": 3, "/a": 2, "/out": 2}


async def test_a_paused_group_is_initializing_until_it_is_resumed_and_its_end_waits_too(
    target, begin, around, until
):
    injector = await begin(around())
    await injector.act(wire.Pause, ("g",))
    await injector.vus(2)
    await injector.until_states(initializing=2)
    await injector.act(wire.Resume, ("g",), 0.0)
    await until(lambda: target.paths["/a"] > 4)
    await injector.act(wire.Pause, ("g",))
    await injector.vus(0, by_hand=True)
    await injector.until_states(gradual_exiting=2)
    assert target.paths["/out"] == 0
    await injector.act(wire.Resume, ("g",), 0.0)
    await injector.until_states(stopped=2)
    await injector.finish()
    assert target.paths["/out"] == 2
    injector.assert_counts_add_up()


async def test_vus_of_an_open_model_play_init_before_they_take_arrivals(
    target, begin, around, until
):
    from perfconsole.model.sketch import ramp

    plan = around()
    group = msgspec.structs.replace(plan.groups[0], arrivals="constant")
    injector = await begin(msgspec.structs.replace(plan, groups=(group,)))
    await injector.vus(0, ready=3)
    await injector.until_states(ready=3)
    assert target.paths == {"/in": 3}
    await injector.vus(3)
    await injector.act(wire.SetRate, "g", 0.0, 0.0, ramp(0.0, 100.0), 0.0, 0, 1)
    await until(lambda: target.paths["/a"] > 50)
    await injector.vus(0)
    await injector.until_states(passed=3)
    await injector.finish()
    assert (target.paths["/in"], target.paths["/out"]) == (3, 3)
    injector.assert_counts_add_up()
