"""The VUs of a group, listed for whoever asks; orders and requests get their turns meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from perfconsole.injector.recorder import Recorder
from perfconsole.injector.vu import Vu
from perfconsole.injector.whereabouts import step_of
from perfconsole.model.wire import ListVus, VuList, VuRow

ROWS_A_TURN = 100


async def listed(slots: Sequence[Vu], order: ListVus, recorder: Recorder) -> VuList:
    """What `order` asks for, of the VUs in `slots`."""
    picked = _picked(slots, order)
    asked = picked[order.first : order.first + order.count] if not order.slots else picked
    rows: list[VuRow] = []
    for begin in range(0, len(asked), ROWS_A_TURN):
        if begin:
            await asyncio.sleep(0)
        some = asked[begin : begin + ROWS_A_TURN]
        rows += (_row(slot, slots[slot], recorder) for slot in some)
    return VuList(order.order, len(picked), tuple(rows))


def _picked(slots: Sequence[Vu], order: ListVus) -> Sequence[int]:
    if order.slots:
        return [slot for slot in sorted(set(order.slots)) if slot < len(slots)]
    if order.state is None:
        return range(len(slots))
    return [slot for slot, vu in enumerate(slots) if vu.state is order.state]


def _row(slot: int, vu: Vu, recorder: Recorder) -> VuRow:
    step = step_of(vu, recorder)
    return VuRow(
        slot, vu.state, step, vu.iterations, vu.iterations_failed, vu.last_error, vu.paused
    )
