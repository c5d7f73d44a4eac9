"""VUs listed, stopped and paused one by one, in this very process."""

from __future__ import annotations

import asyncio
import time

import msgspec
import pytest

from perfconsole.injector.gathering import Point
from perfconsole.model import wire
from perfconsole.model.plan import RendezvousStep, Script, TransactionStep
from perfconsole.model.sketch import ramp
from perfconsole.model.states import StopMode, VuState

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
GENTLY, REQUEST, NOW = StopMode.AFTER_ITERATION, StopMode.AFTER_REQUEST, StopMode.NOW


@pytest.fixture
def met(here):
    """Plays a plan that has a rendezvous ``p``."""

    def make(plan):
        played = here(plan)
        point = Point("p", True, played.stops.append, played.engine.loop)
        played.engine.points["p"] = point
        return played

    return make


def gathered(played) -> dict[str, int]:
    told = [each for each in played.stops if isinstance(each, wire.Gathered)]
    return told[-1].waiting if told else {}


def hold(played, *slots: int, on: bool = True, group: str = "g") -> None:
    played.load.pause_vus(wire.PauseVus(0, group, slots, on))


def stop(played, *slots: int, mode: StopMode = GENTLY, group: str = "g") -> None:
    played.load.stop_vus(wire.StopVus(0, group, slots, mode))


async def rows(played, first: int = 0, count: int = 1000, group: str = "g", **more) -> wire.VuList:
    return await played.load.vus(wire.ListVus(7, group, first, count, **more))


def state_of(played, slot: int) -> VuState:
    return played.load._groups["g"].slots[slot].state


# ---------------------------------------------------------------- the list


async def test_a_row_tells_what_the_vu_is_at(target, met, plan_for, step, think, until) -> None:
    let_go = asyncio.Event()

    async def script(seen, writer) -> None:
        if seen.path == "/slow":
            await let_go.wait()
        bad = seen.path == "/bad"
        writer.write(b"HTTP/1.1 503 x\r\nContent-Length: 0\r\n\r\n" if bad else OK)

    target.script = script
    pay = TransactionStep("pay", (step("/ok"), step("/slow", name="slow one")))
    wait = TransactionStep("browse", (think(60),))
    plan = plan_for(target.port).of(
        g=[pay],
        thinks=[wait],
        bare=[think(60)],
        meets=[RendezvousStep("p")],
        fails=[step("/bad"), think(60)],
    )
    played = met(plan)
    for group in ("g", "thinks", "bare", "meets", "fails"):
        played.vus(2, group)
    await until(lambda: target.paths["/slow"] == 2 and gathered(played) == {"meets": 2})
    await until(lambda: played.iterations("fails") == (2, 2))
    expected = {
        "g": (VuState.RUNNING, "slow one", 0, 0, ""),
        "thinks": (VuState.RUNNING, "browse", 0, 0, ""),
        "bare": (VuState.RUNNING, "think time", 0, 0, ""),
        "meets": (VuState.RENDEZVOUS, "p", 0, 0, ""),
        "fails": (VuState.RUNNING, "", 1, 1, "GET /bad: HTTP 503"),
    }
    for group, (state, at, iterations, failed, error) in expected.items():
        page = await rows(played, group=group)
        assert (page.order, page.total) == (7, 2)
        assert page.rows == tuple(
            wire.VuRow(slot, state, at, iterations, failed, error) for slot in (0, 1)
        ), group
    let_go.set()
    await until(lambda: played.iterations()[0] > 10)
    assert all(row.iterations > 0 for row in (await rows(played)).rows)
    played.vus(0, mode=NOW)
    await until(played.over)
    assert {(row.state, row.step) for row in (await rows(played)).rows} == {(VuState.PASSED, "")}


async def test_a_page_is_a_page_and_states_can_be_asked_for(
    target, here, plan_for, think, until
) -> None:
    played = here(plan_for(target.port).of(g=[think(60)]))
    played.vus(2500)
    await until(lambda: played.states() == {VuState.RUNNING: 2500})
    page = await rows(played, 1234, 1000)
    assert (page.total, len(page.rows)) == (2500, 1000)
    assert [row.slot for row in page.rows] == list(range(1234, 2234))
    assert [row.slot for row in (await rows(played, 2499, 9)).rows] == [2499]
    assert (await rows(played, 2500, 9)).rows == ()
    assert (await rows(played, count=0)).total == 2500
    hold(played, 3, 2400)
    held = await rows(played, 1, 10, state=VuState.PAUSED)
    assert (held.total, [row.slot for row in held.rows]) == (2, [2400])
    some = await rows(played, slots=(9, 2600, 4, 9))
    assert [row.slot for row in some.rows] == [4, 9]


async def test_a_long_list_lets_others_have_their_turn(target, here, plan_for, think) -> None:
    played = here(plan_for(target.port).of(g=[think(60)]))
    played.vus(1000)
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(others())
    await rows(played)
    task.cancel()
    assert turns >= 9


# ---------------------------------------------------------------- stopped


@pytest.mark.parametrize("mode", StopMode)
async def test_a_stopped_vu_leaves_and_nobody_takes_its_place(
    target, here, plan_for, step, until, mode
) -> None:
    played = here(plan_for(target.port).of(g=[step(), step("/b")]))
    played.vus(4)
    await until(lambda: len(target.seen) > 20)
    stop(played, 1, 3, 99, mode=mode)
    await until(lambda: state_of(played, 1) is state_of(played, 3) is VuState.STOPPED)
    assert played.states()[VuState.RUNNING] == 2
    played.vus(2)
    assert sum(played.states().values()) == 4
    assert played.states()[VuState.RUNNING] == 2
    played.vus(3)
    await until(lambda: state_of(played, 1) is VuState.RUNNING)
    assert state_of(played, 3) is VuState.STOPPED


async def test_one_that_waits_at_a_point_leaves_it(met, target, plan_for, step, until) -> None:
    flow = [TransactionStep("t", (RendezvousStep("p"), step("/never")))]
    played = met(plan_for(target.port, points=("p",)).of(g=flow))
    played.vus(3)
    await until(lambda: gathered(played) == {"g": 3})
    stop(played, 1)
    await until(lambda: gathered(played) == {"g": 2})
    await until(lambda: played.states() == {VuState.RENDEZVOUS: 2, VuState.STOPPED: 1})
    assert played.transaction("t") == (0, 0, 1)
    assert not target.seen


@pytest.mark.parametrize("mode", StopMode)
async def test_one_that_is_paused_leaves_and_its_end_is_played(
    target, here, plan_for, step, think, until, mode
) -> None:
    plan = plan_for(target.port).of(g=[])
    script = Script((step("/a"), think(0.01)), (), (step("/out"),))
    group = msgspec.structs.replace(plan.groups[0], script=script)
    played = here(msgspec.structs.replace(plan, groups=(group,)))
    played.vus(2)
    await until(lambda: target.paths["/a"] > 4)
    hold(played, 0)
    await until(lambda: state_of(played, 0) is VuState.PAUSED)
    assert played.counts().held == 1
    stop(played, 0, mode=mode)
    assert played.counts().held == 0
    await until(lambda: state_of(played, 0) is VuState.STOPPED)
    assert target.paths["/out"] == (mode is GENTLY)


# ---------------------------------------------------------------- paused


async def test_one_is_held_at_its_next_step_and_no_other(
    target, here, plan_for, step, think, until
) -> None:
    """Also inside a transaction, whose time does not grow by it."""
    flow = [TransactionStep("t", (step("/a"), think(0.01), step("/b")))]
    played = here(plan_for(target.port).of(g=flow))
    played.vus(2)
    await until(lambda: played.iterations()[0] > 4)
    hold(played, 0)
    await until(lambda: played.states() == {VuState.PAUSED: 1, VuState.RUNNING: 1})
    assert played.counts().held == 1
    before = {row.slot: row.iterations for row in (await rows(played)).rows}
    began = time.monotonic()
    await until(lambda: played.iterations()[0] > 200)
    after = {row.slot: row.iterations for row in (await rows(played)).rows}
    assert after[0] == before[0]
    assert after[1] > before[1]
    held_s = time.monotonic() - began
    assert held_s > 1
    hold(played, 0, on=False)
    await until(lambda: state_of(played, 0) is VuState.RUNNING)
    (row,) = [r for r in played.engine.recorder.transactions() if r.name == "t"]
    assert row.max_us < held_s * 1e6 / 2
    assert played.counts().held == 0


async def test_one_waits_for_its_groups_pause_as_well(
    target, here, plan_for, step, think, until
) -> None:
    played = here(plan_for(target.port).of(g=[step(), think(0.01)]))
    played.vus(3)
    await until(lambda: len(target.seen) > 9)
    hold(played, 0)
    played.load.pause(("g",))
    await until(lambda: played.states() == {VuState.PAUSED: 3})
    hold(played, 0, on=False)
    hold(played, 1)
    hold(played, 1)
    await asyncio.sleep(0.05)
    assert played.states() == {VuState.PAUSED: 3}
    assert played.counts().held == 1
    played.load.resume(("g",), 0.0)
    await until(lambda: played.states() == {VuState.RUNNING: 3})
    assert played.counts().held == 0
    hold(played, 0, 1, 2, 9)
    await until(lambda: played.states() == {VuState.PAUSED: 3})
    played.load.resume(("g",), 0.05)
    await until(lambda: played.states() == {VuState.RUNNING: 3})


async def test_one_at_a_point_is_released_with_the_others_and_held_behind_it(
    met, target, plan_for, step, think, until
) -> None:
    flow = [RendezvousStep("p"), step("/after"), think(60)]
    played = met(plan_for(target.port, points=("p",)).of(g=flow))
    played.vus(3)
    await until(lambda: gathered(played) == {"g": 3})
    hold(played, 1)
    assert state_of(played, 1) is VuState.RENDEZVOUS
    played.engine.points["p"].release(1, None)
    await until(lambda: len(target.seen) == 2)
    assert state_of(played, 1) is VuState.PAUSED
    hold(played, 1, on=False)
    await until(lambda: len(target.seen) == 3)
    spreads = [each.vus for each in played.stops if isinstance(each, wire.Spread)]
    assert spreads == [3]


async def test_an_idle_one_of_an_open_group_takes_no_arrival(
    target, here, plan_for, step, until
) -> None:
    plan = plan_for(target.port).of(g=[step()])
    group = msgspec.structs.replace(plan.groups[0], arrivals="constant")
    played = here(msgspec.structs.replace(plan, groups=(group,)))
    played.vus(2)
    await until(lambda: played.states() == {VuState.READY: 2})
    hold(played, 0, 1)
    hold(played, 1, on=False)
    law = ramp(0.0, 200.0)
    played.load.set_rate(wire.SetRate(0, "g", 0.0, 0.0, law, 0.0, 0, 1), lambda: None)
    await until(lambda: played.iterations()[0] > 20)
    assert [row.iterations > 0 for row in (await rows(played)).rows] == [False, True]
    hold(played, 0, on=False)
    hold(played, 1)
    await until(lambda: (played.load._groups["g"].slots[0].iterations) > 5)
    stop(played, 0, 1)
    await until(played.over)


async def test_steps_of_a_flow_in_python_are_told(target, here, planned, until) -> None:
    let_go = asyncio.Event()

    async def script(_seen, writer) -> None:
        await let_go.wait()
        writer.write(OK)

    target.script = script
    played = here(
        planned(
            """
            import asyncio

            async def checkout(vu):
                if vu.number == 0:
                    await vu.get("/a", name="one")
                if vu.number == 1:
                    await vu.httpx.get("/b", extensions={"name": "two"})
                with vu.transaction("pay"):
                    await vu.think(60)
            """
        )
    )
    played.vus(3)
    await until(lambda: len(target.seen) == 2)
    assert [row.step for row in (await rows(played)).rows] == ["one", "two", "pay"]
    let_go.set()
    await until(lambda: played.states() == {VuState.RUNNING: 3})
    played.vus(0, mode=NOW)
    await until(played.over)
