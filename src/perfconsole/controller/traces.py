"""Exchanges of traced groups: the next so many, whichever injector has them."""

from __future__ import annotations

from perfconsole.controller.fleet import Fleet
from perfconsole.controller.record import Record
from perfconsole.model import event as ev
from perfconsole.model import wire


class Traces:
    """Each injector is asked for all that are still to come: the first ones that arrive are kept,
    and when there are enough of them nobody is asked any more."""

    def __init__(self, fleet: Fleet, record: Record) -> None:
        self._fleet = fleet
        self._record = record
        self._left: dict[str, int] = {}
        self._all: dict[str, bool] = {}

    def is_on(self, group: str) -> bool:
        return bool(self._left.get(group))

    def set(self, group: str, count: int, *, all: bool) -> int:
        """Keep the next `count` exchanges, 0 to end it; returns the order's number."""
        self._left[group], self._all[group] = count, all
        self._record.add(ev.Traced, group=group, exchanges=(), left=count)
        return self._fleet.trace(group, count, all)

    def took(self, injector: int, said: wire.TracedHere) -> None:
        group, left = said.group, self._left.get(said.group, 0)
        kept = said.exchanges[:left]
        if not kept:
            return
        self._left[group] = left = left - len(kept)
        if left:
            self._fleet.trace_left(group, left, self._all[group])
        else:
            self._fleet.trace(group, 0, False)
        self._record.add(
            ev.Traced,
            group=group,
            exchanges=tuple(
                ev.TracedExchange(e.at, f"{injector}.{e.slot}", e.key, e.failed, e.text)
                for e in kept
            ),
            left=left,
        )
