"""An order that does not jump: who has changed for good moves, noise moves nobody."""

from __future__ import annotations

from collections.abc import Mapping

from perfconsole.console.present.server_standing import Standing

HOLD_S = 5.0
"""How long somebody must stand differently before it moves them."""
SAME = 0.05
"""Shares of a limit that are not worth a move."""


class SteadyOrder:
    """Worst first, each by a standing that follows the true one with a delay."""

    def __init__(self) -> None:
        self._held: dict[str, Standing] = {}
        self._other_since: dict[str, float] = {}
        """Run second from which on a server has stood differently from what is held."""

    def arrange(self, standings: Mapping[str, Standing], now_s: float) -> list[str]:
        """The names, those alike in the order in which they were given."""
        self._held = {name: self._held.get(name, now) for name, now in standings.items()}
        for name, now in standings.items():
            if _alike(now, self._held[name]):
                self._other_since.pop(name, None)
            elif now_s - self._other_since.setdefault(name, now_s) >= HOLD_S:
                self._held[name] = now
                del self._other_since[name]
        return sorted(standings, key=lambda name: self._held[name], reverse=True)


def _alike(one: Standing, other: Standing) -> bool:
    return one.rank is other.rank and abs(one.pressure - other.pressure) <= SAME
