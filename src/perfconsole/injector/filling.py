"""Texts that values go into as they are: of conditions, of ``set`` and of ``repeat``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from perfconsole.model import plan
from perfconsole.model.holes import MARK

_MARK = re.compile(MARK.pattern.decode())


@dataclass(frozen=True, slots=True)
class Filling:
    """Compiled once: stretches of text and names of values, in turn."""

    pieces: tuple[str, ...]
    """What stands before, between and after the values: one more than there are `names`."""
    names: tuple[str, ...]

    @classmethod
    def of(cls, text: plan.Text) -> Filling:
        parts = _MARK.split(text.marked)
        return cls(tuple(parts[::2]), tuple(text.holes[int(n)].name for n in parts[1::2]))

    @property
    def shown(self) -> str:
        """As it was written."""
        return self._joined([f"${{{name}}}" for name in self.names])

    def filled(self, values: Mapping[str, str]) -> str:
        """Raises KeyError when one of them is not there."""
        names = self.names
        if not names:
            return self.pieces[0]
        if len(names) == 1:
            before, after = self.pieces
            return f"{before}{values[names[0]]}{after}"
        return self._joined([values[name] for name in names])

    def _joined(self, given: list[str]) -> str:
        pairs = zip(self.pieces, [*given, ""], strict=True)
        return "".join(piece + value for piece, value in pairs)
