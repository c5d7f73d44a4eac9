"""The VUs of a group, of injectors that answer and of one that hangs."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from perfconsole.controller import vu_roll
from perfconsole.controller.fleet import OrderMaker
from perfconsole.controller.vu_roll import VuRoll
from perfconsole.model import wire
from perfconsole.model.states import VuState


@dataclass
class Injectors:
    """Each has two VUs; those that hang answer nothing."""

    living: list[int]
    hanging: set[int] = field(default_factory=set)
    orders: int = 0
    roll: VuRoll | None = None
    answering: set[asyncio.Task[None]] = field(default_factory=set)

    def ask(self, injector: int, make: OrderMaker) -> int:
        self.orders += 1
        order = make(self.orders)
        assert isinstance(order, wire.ListVus)
        if injector not in self.hanging:
            rows = tuple(wire.VuRow(slot, VuState.RUNNING, "", 0, 0, "") for slot in range(2))
            said = wire.VuList(order.order, 2, rows[order.first : order.first + order.count])
            self.answering.add(asyncio.create_task(self.answer(said)))
        return self.orders

    async def answer(self, said: wire.VuList) -> None:
        for _ in range(9):  # turns of the loop that it is on its way
            await asyncio.sleep(0)
        assert self.roll is not None
        self.roll.heard(said)


async def test_an_injector_that_hangs_hides_no_vus_but_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(vu_roll, "ANSWER_WITHIN_S", 0.05)
    injectors = Injectors([0, 1, 2], {1})
    injectors.roll = VuRoll(injectors)  # type: ignore[arg-type]
    page = await injectors.roll.page("browse", 0, 100, None)
    assert [vu.id for vu in page.vus] == ["0.0", "0.1", "2.0", "2.1"]
    assert (page.total, page.missing) == (4, (1,))
