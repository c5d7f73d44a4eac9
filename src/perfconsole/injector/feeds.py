"""Where rows of data sets come from: one feed for each set, shared by all VUs of an injector."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Protocol

from perfconsole.injector.made_up import Maker, maker_of
from perfconsole.model import plan
from perfconsole.model.data import AtEnd
from perfconsole.texts import say

Row = dict[str, str]
"""Values under their full names, ``users.name``."""
Kept = dict[str, Row]
"""The rows that a VU keeps, by data set."""


class DataEnded(Exception):
    """There is no row left for the VU that asks. A normal end, and no failure of anything."""

    def __init__(self, name: str, end: AtEnd) -> None:
        super().__init__(name)
        self.name, self.end = name, end

    @property
    def whole_group(self) -> bool:
        """Whether the VU's group ends with it."""
        return self.end == "stop_group"

    def why(self, group: str, *, whole_group: bool) -> str:
        """For people; the same for all VUs of a group."""
        if whole_group:
            return say("{data} has no more rows: {group} ends", data=self.name, group=group)
        return say("{data} has no more rows: VUs of {group} end", data=self.name, group=group)


class Taker(Protocol):
    """Who asks for rows: a VU."""

    kept: Kept

    @property
    def random(self) -> Random:
        """Draws its rows and values, so that they do not depend on when others ask."""


class Feed(Protocol):
    def row(self, taker: Taker) -> Row:
        """A row for an iteration of `taker`. Raises DataEnded."""


def feed_of(name: str, data: plan.DataPlan) -> Feed:
    """Raises Unusable."""
    if data.generated:
        return Generated(name, data.generated)
    if data.order == "random":
        return Drawn(name, data)
    if data.order == "unique_per_vu":
        return KeptRows(name, data)
    return Once(name, data) if data.at_end != "recycle" else Round(name, data)


class _Rows:
    __slots__ = ("_at_end", "_name", "_names", "_next", "_rows")

    def __init__(self, name: str, data: plan.DataPlan) -> None:
        self._name = name
        self._names = tuple(f"{name}.{column}" for column in data.table.columns)
        self._rows: Sequence[tuple[str, ...]] = data.table.rows
        self._at_end = data.at_end
        self._next = 0

    def _named(self, row: tuple[str, ...]) -> Row:
        return dict(zip(self._names, row, strict=True))


class Round(_Rows):
    """One after the other, and after the last one the first."""

    __slots__ = ()

    def row(self, taker: Taker) -> Row:
        row = self._rows[self._next]
        self._next = (self._next + 1) % len(self._rows)
        return self._named(row)


class Drawn(_Rows):
    """Any."""

    __slots__ = ()

    def row(self, taker: Taker) -> Row:
        return self._named(taker.random.choice(self._rows))


class Once(_Rows):
    """One after the other, and none a second time."""

    __slots__ = ()

    def row(self, taker: Taker) -> Row:
        if self._next == len(self._rows):
            raise DataEnded(self._name, self._at_end)
        row = self._rows[self._next]
        self._next += 1
        return self._named(row)


class KeptRows(Once):
    """To each VU one, which it keeps."""

    __slots__ = ()

    def row(self, taker: Taker) -> Row:
        row = taker.kept.get(self._name)
        if row is None:
            row = taker.kept[self._name] = super().row(taker)
        return row


class Generated:
    """Made anew each time."""

    __slots__ = ("_makers",)

    def __init__(self, name: str, columns: Sequence[plan.GeneratedColumn]) -> None:
        self._makers: tuple[tuple[str, Maker], ...] = tuple(
            (f"{name}.{column.name}", maker_of(column)) for column in columns
        )

    def row(self, taker: Taker) -> Row:
        random = taker.random
        return {name: make(random) for name, make in self._makers}
