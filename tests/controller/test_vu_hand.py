"""Single VUs by hand: what is ordered, what is refused, and what the list tells."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from perfconsole.controller import vu_roll
from perfconsole.controller.fleet import Fleet
from perfconsole.controller.hands.dispatch import Dispatch
from perfconsole.controller.hands.roster import Roster
from perfconsole.controller.hands.vu_hand import VuHand
from perfconsole.controller.load.schedule import GroupSchedule
from perfconsole.controller.refusal import Refusal
from perfconsole.controller.single_pauses import SinglePauses
from perfconsole.controller.vu_roll import VuRoll
from perfconsole.model import command as cmd
from perfconsole.model import wire
from perfconsole.model.plan import InjectorPlan
from perfconsole.model.sketch import ramp
from perfconsole.model.states import StopMode, VuState
from perfconsole.pool.port import InjectorLost

RUNNING, READY = VuState.RUNNING, VuState.READY


class ListingPool:
    """Injectors that have VUs in given states, and keep what they are ordered."""

    def __init__(self) -> None:
        self.vus: dict[int, list[VuState]] = {}
        self.silent: set[int] = set()
        self.sent: list[tuple[int, wire.Order]] = []
        self.roll: VuRoll

    async def start(self, plans: Sequence[InjectorPlan]) -> dict[int, int]:
        return {}

    def send(self, injector: int, order: wire.Order) -> None:
        if not isinstance(order, wire.ListVus):
            self.sent.append((injector, order))
        elif injector not in self.silent:
            answer = self._answer(self.vus[injector], order)
            asyncio.get_running_loop().call_soon(self.roll.heard, answer)

    def _answer(self, vus: list[VuState], order: wire.ListVus) -> wire.VuList:
        slots = [s for s, state in enumerate(vus) if order.state in (None, state)]
        asked = slots[order.first : order.first + order.count]
        if order.slots:
            asked = [slot for slot in order.slots if slot < len(vus)]
        rows = tuple(wire.VuRow(slot, vus[slot], "GET /", 7, 1, "e") for slot in asked)
        return wire.VuList(order.order, len(slots), rows)

    def kill(self, injector: int) -> None:
        self.sent.clear()

    async def stop(self) -> None:
        self.sent.clear()

    def take(self) -> list[tuple[int, wire.Order]]:
        sent, self.sent = self.sent, []
        return sent


class Desk:
    """One group of ten VUs in two injectors, and the hand."""

    def __init__(self) -> None:
        self.pool = ListingPool()
        self.group = GroupSchedule("browse", ramp(0, 10))
        self.fleet = Fleet(self.pool, {"browse": self.group}, lambda _: None)
        self.roll = self.pool.roll = VuRoll(self.fleet)
        self.pauses = SinglePauses()
        roster = Roster({"browse": self.group})
        hand = VuHand(roster, self.fleet, self.roll, self.pauses, self.spread)
        self.dispatch = Dispatch(hand.deeds, looks=hand.looks)
        self.fleet.joined({0: 100, 1: 101})
        self.pool.vus = {0: [RUNNING] * 5, 1: [RUNNING] * 5}

    def spread(self, group: GroupSchedule) -> list[int]:
        wanted = group.target, group.ready
        if self.fleet.wanted(group.name) == wanted:
            return []
        return [self.fleet.want(group.name, wanted[0], StopMode.AFTER_ITERATION, ready=wanted[1])]

    async def do(self, command: cmd.StopVus | cmd.PauseVus) -> str:
        await self.dispatch.look(command)
        return self.dispatch.apply(command).said


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.group.start()
    desk.spread(desk.group)
    desk.pool.take()
    return desk


def vus(orders: list[tuple[int, wire.Order]]) -> list[tuple[int, int]]:
    return [(n, order.count) for n, order in orders if isinstance(order, wire.SetVus)]


# ---------------------------------------------------------------- stopped


async def test_a_stop_lowers_the_group_by_hand_and_tells_only_the_injector_that_has_the_vu(
    desk: Desk,
) -> None:
    said = await desk.do(cmd.StopVus(group="browse", vus=("0.3", "0.1", "0.3")))
    assert said == "stopped VUs 0.3, 0.1 of browse after the iteration: VUs 10 → 8"
    assert (desk.group.target, desk.group.by_hand) == (8, True)
    [(injector, order)] = desk.pool.take()
    assert (injector, order.slots, order.mode) == (0, (3, 1), StopMode.AFTER_ITERATION)
    assert desk.spread(desk.group) == []
    desk.group.change(7)
    desk.spread(desk.group)
    assert vus(desk.pool.take()) == [(1, 4)]
    desk.group.change(9)
    desk.spread(desk.group)
    assert vus(desk.pool.take()) == [(0, 5)]


async def test_a_ramp_that_has_gone_on_since_the_last_beat_replaces_nobody(desk: Desk) -> None:
    desk.group.change(20, over_s=10)
    desk.group.advance(3)
    await desk.do(cmd.StopVus(group="browse", vus=("1.4",), mode=StopMode.NOW))
    assert desk.group.target == 12
    orders = desk.pool.take()
    assert sorted(vus(orders)) == [(0, 7), (1, 6)]
    assert isinstance(orders[-1][1], wire.StopVus)
    assert desk.spread(desk.group) == []


async def test_one_that_leaves_already_lowers_nothing(desk: Desk) -> None:
    desk.pool.vus[0][2] = VuState.GRADUAL_EXITING
    said = await desk.do(cmd.StopVus(group="browse", vus=("0.2",), mode=StopMode.NOW))
    assert said == "stopped VU 0.2 of browse now"
    assert (desk.group.target, desk.group.by_hand) == (10, False)
    assert isinstance(desk.pool.take()[0][1], wire.StopVus)


async def test_one_that_waits_for_the_start_lowers_those_that_will_play() -> None:
    desk = Desk()
    desk.group.initialize()
    desk.spread(desk.group)
    assert [(n, o.count, o.ready) for n, o in desk.pool.take()] == [(0, 0, 5), (1, 0, 5)]
    desk.pool.vus = {0: [READY] * 5, 1: [READY, VuState.INITIALIZING]}
    await desk.do(cmd.StopVus(group="browse", vus=("0.0", "1.1")))
    assert (desk.group.target, desk.group.ready, desk.group.by_hand) == (0, 8, False)
    assert desk.group.initializing
    assert {type(order) for _, order in desk.pool.take()} == {wire.StopVus}
    assert desk.spread(desk.group) == []


async def test_the_last_vu_of_a_group_can_be_stopped(desk: Desk) -> None:
    every = tuple(f"{n}.{slot}" for n in (0, 1) for slot in range(5))
    said = await desk.do(cmd.StopVus(group="browse", vus=every))
    assert said == (
        "stopped VUs 0.0, 0.1, 0.2 and 7 more of browse after the iteration: VUs 10 → 0"
    )
    assert desk.group.target == 0
    assert desk.spread(desk.group) == []


# ---------------------------------------------------------------- paused


async def test_pausing_and_resuming_tells_those_that_it_changes(desk: Desk) -> None:
    desk.pool.vus[1][0] = VuState.EXITING
    said = await desk.do(cmd.PauseVus(group="browse", vus=("0.1", "1.0", "1.2")))
    assert said == "paused VUs 0.1, 1.2 of browse"
    assert [(n, o.slots, o.on) for n, o in desk.pool.take()] == [(0, (1,), True), (1, (2,), True)]
    assert desk.pauses.any_in("browse")
    assert await desk.do(cmd.PauseVus(group="browse", vus=("0.1", "0.4"))) == (
        "paused VUs 0.1, 0.4 of browse"
    )
    desk.pool.take()
    said = await desk.do(cmd.PauseVus(group="browse", vus=("0.1", "0.0"), on=False))
    assert said == "resumed VU 0.1 of browse"
    assert [(n, o.slots, o.on) for n, o in desk.pool.take()] == [(0, (1,), False)]


async def test_a_pause_can_be_taken_back_without_a_look(desk: Desk) -> None:
    paused = cmd.PauseVus(group="browse", vus=("0.1",))
    await desk.do(paused)
    desk.pool.take()
    back = paused.model_copy(update={"on": False})
    assert desk.dispatch.apply(back).said == "resumed VU 0.1 of browse"
    assert desk.dispatch.apply(cmd.PauseVus(group="browse", vus=("0.1",))).said == (
        "paused VU 0.1 of browse"
    )
    assert [(n, o.slots, o.on) for n, o in desk.pool.take()] == [(0, (1,), False), (0, (1,), True)]


# ---------------------------------------------------------------- refused


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (cmd.StopVus(group="nope", vus=("0.1",)), "there is no group 'nope'; there are: browse"),
        (cmd.StopVus(group="browse", vus=("0.1", "0.5")), "browse has no VU 0.5"),
        (cmd.PauseVus(group="browse", vus=("7.0",)), "browse has no VU 7.0"),
        (cmd.StopVus(group="browse", vus=("1.4",)), "VU 1.4 of browse has ended: failed"),
        (cmd.PauseVus(group="browse", vus=("1.3",)), "nothing to pause in browse"),
        (cmd.PauseVus(group="browse", vus=("0.1",), on=False),
         "no such VU of browse is paused alone"),
    ],
)  # fmt: skip
async def test_what_cannot_be_done_is_one_line_and_changes_nothing(
    desk: Desk, command: cmd.StopVus | cmd.PauseVus, says: str
) -> None:
    desk.pool.vus[1][3:] = [VuState.GRADUAL_EXITING, VuState.FAILED]
    with pytest.raises(Refusal) as refused:
        await desk.do(command)
    assert str(refused.value) == says
    assert (desk.group.target, desk.pool.take()) == (10, [])


async def test_an_injector_that_does_not_answer_is_told(desk: Desk, monkeypatch) -> None:
    monkeypatch.setattr(vu_roll, "ANSWER_WITHIN_S", 0.05)
    desk.pool.silent = {1}
    with pytest.raises(Refusal, match="load generator 1 does not answer"):
        await desk.do(cmd.StopVus(group="browse", vus=("0.1", "1.1")))
    assert await desk.do(cmd.StopVus(group="browse", vus=("0.1",)))


# ---------------------------------------------------------------- the list


async def test_a_page_goes_over_all_injectors(desk: Desk) -> None:
    desk.pool.vus = {0: [RUNNING] * 3, 1: [RUNNING, READY, RUNNING]}
    page = await desk.roll.page("browse", 0, 100, None)
    ids = ["0.0", "0.1", "0.2", "1.0", "1.1", "1.2"]
    assert ([vu.id for vu in page.vus], page.total, page.missing) == (ids, 6, ())
    assert (page.vus[0].step, page.vus[0].iterations, page.vus[0].last_error) == ("GET /", 7, "e")
    for first in range(8):
        for count in range(1, 8):
            page = await desk.roll.page("browse", first, count, None)
            assert [vu.id for vu in page.vus] == ids[first : first + count]
    page = await desk.roll.page("browse", 3, 2, RUNNING)
    assert ([vu.id for vu in page.vus], page.total) == (["1.0", "1.2"], 5)


async def test_what_does_not_answer_is_missing_in_the_page(desk: Desk, monkeypatch) -> None:
    monkeypatch.setattr(vu_roll, "ANSWER_WITHIN_S", 0.05)
    desk.pool.silent = {0}
    page = await desk.roll.page("browse", 2, 2, None)
    assert ([vu.id for vu in page.vus], page.total, page.missing) == (["1.2", "1.3"], 5, (0,))


async def test_one_that_dies_meanwhile_is_not_waited_for(desk: Desk) -> None:
    desk.pool.silent = {0}
    asking = asyncio.create_task(desk.roll.page("browse", 0, 9, None))
    await asyncio.sleep(0)
    desk.fleet.lost(InjectorLost(0, 100, 0, "killed"))
    desk.roll.lost(0)
    page = await asking
    assert (len(page.vus), page.missing) == (5, (0,))
