"""A data set as read: columns and rows, and the share of them that each injector plays."""

from __future__ import annotations

import msgspec


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
