"""A data set as read: columns and rows, and the share of them that each injector plays."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import msgspec

from perfconsole.model.shares import shares


class Table(msgspec.Struct, frozen=True):
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    """At least one; each as long as `columns`."""

    def share(self, number: int, of: int) -> Table:
        """The rows of injector `number`, one of `of`: every `of`-th, so that no two have the same.

        With fewer rows than injectors some have one in common. A replacement for a lost injector
        has a higher number and plays the share of number modulo `of` from its beginning.
        """
        rows = self.rows[number % of :: of]
        return Table(self.columns, rows or (self.rows[number % len(self.rows)],))

    def share_once(self, number: int, of: int) -> Table:
        """The same where no row may be played twice: some may have none.

        A replacement has none at all: nobody knows which rows a lost injector had come to.
        """
        return Table(self.columns, self.rows[number::of] if number < of else ())

    def share_of_vus(self, number: int, vus: Sequence[int]) -> Table:
        """The same where each VU keeps a row: each injector has rows for its VUs first.

        `vus` are those planned for each of the first injectors. Where rows are too few, all lack
        some; those that are left over are spread evenly.
        """
        if number >= len(vus):
            return Table(self.columns, ())
        ends = _ends(len(self.rows), vus)
        return Table(self.columns, self.rows[ends[number] : ends[number + 1]])


def _ends(rows: int, vus: Sequence[int]) -> list[int]:
    """Where the stretches of the injectors meet, from 0 to `rows`."""
    wanted = sum(vus)
    if wanted and rows < wanted:
        return [rows * before // wanted for before in accumulate(vus, initial=0)]
    spare = shares(rows - wanted, range(len(vus)), 0)
    return list(accumulate((n + spare[i] for i, n in enumerate(vus)), initial=0))
