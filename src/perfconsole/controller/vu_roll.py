"""The VUs of a group, asked of the injectors that have them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from perfconsole.controller.fleet import Fleet
from perfconsole.model import wire
from perfconsole.model.states import VuState
from perfconsole.model.vu_page import VuLine, VuPage

ANSWER_WITHIN_S = 1.0
"""An injector that does not answer by then is told as missing; each time when it is asked twice,
for one that hangs must not take the time of the others."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What one injector is asked for: `count` rows from the `first` on, or just some slots."""

    first: int = 0
    count: int = 0
    slots: tuple[int, ...] = ()


@dataclass(slots=True)
class _Asked:
    injector: int
    answer: asyncio.Future[wire.VuList | None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    """None when the injector is gone."""


class VuRoll:
    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._asked: dict[int, _Asked] = {}
        """By the order's number."""

    async def page(self, group: str, first: int, count: int, state: VuState | None) -> VuPage:
        """`count` VUs from the `first` on, of those in `state` when one is given."""
        living = self._fleet.living
        totals = await self._ask(group, dict.fromkeys(living, _Wanted()), state)
        wanted: dict[int, _Wanted] = {}
        passed, left = 0, count
        for injector, answer in totals.items():
            begin = max(0, first - passed)
            here = min(left, max(0, answer.total - begin))
            if here:
                wanted[injector] = _Wanted(begin, here)
            passed, left = passed + answer.total, left - here
        rows = await self._ask(group, wanted, state)
        return VuPage(
            total=passed,
            vus=tuple(
                VuLine(f"{injector}.{row.slot}", *_fields(row))
                for injector, answer in rows.items()
                for row in answer.rows
            ),
            missing=tuple(i for i in living if i not in totals or (i in wanted and i not in rows)),
        )

    async def of_slots(
        self, group: str, slots: Mapping[int, Sequence[int]]
    ) -> dict[int, dict[int, wire.VuRow]]:
        """By injector and slot; injectors that do not answer are left out, and so are slots that
        there are not."""
        wanted = {i: _Wanted(slots=tuple(some)) for i, some in slots.items()}
        answers = await self._ask(group, wanted, None)
        return {i: {row.slot: row for row in answer.rows} for i, answer in answers.items()}

    # ---------------------------------------------------------------- from the injectors

    def heard(self, said: wire.VuList) -> None:
        asked = self._asked.pop(said.order, None)
        if asked is not None and not asked.answer.done():
            asked.answer.set_result(said)

    def lost(self, injector: int) -> None:
        for asked in self._asked.values():
            if asked.injector == injector and not asked.answer.done():
                asked.answer.set_result(None)

    async def _ask(
        self, group: str, wanted: Mapping[int, _Wanted], state: VuState | None
    ) -> dict[int, wire.VuList]:
        """What they answer in time, by injector and in its order."""
        orders: dict[int, _Asked] = {}
        for injector, what in wanted.items():
            order = self._fleet.ask(injector, partial(_listing, group, what, state))
            orders[order] = self._asked[order] = _Asked(injector)
        if orders:
            answers_to_come = [asked.answer for asked in orders.values()]
            await asyncio.wait(answers_to_come, timeout=ANSWER_WITHIN_S)
        answers: dict[int, wire.VuList] = {}
        for order, asked in orders.items():
            self._asked.pop(order, None)
            answer = asked.answer.result() if asked.answer.done() else None
            if answer is not None:
                answers[asked.injector] = answer
        return answers


def _listing(group: str, what: _Wanted, state: VuState | None, order: int) -> wire.Order:
    return wire.ListVus(order, group, what.first, what.count, state, what.slots)


def _fields(row: wire.VuRow) -> tuple[VuState, str, int, int, str]:
    return row.state, row.step, row.iterations, row.failed, row.last_error
