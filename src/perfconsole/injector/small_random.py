"""Randomness of each VU's own, so that what is drawn does not depend on who came first.

Python's own generator keeps 2.5 KB; that is much for each of thousands of VUs.
"""

from __future__ import annotations

from hashlib import blake2b
from random import Random
from typing import TYPE_CHECKING

_WORD = (1 << 64) - 1
_STEP = 0x9E3779B97F4A7C15
_FIRST, _SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB

if TYPE_CHECKING:
    _Distributions = Random
else:
    # All that `random.Random` draws it makes of these two methods: `random` and `getrandbits`.
    _STATEFUL = ("seed", "getstate", "setstate")
    _Distributions = type("_Distributions", (), {"__slots__": ("gauss_next",)} | {
        name: value for name, value in vars(Random).items()
        if callable(value) and not name.startswith("__") and name not in _STATEFUL
    })  # fmt: skip


class SmallRandom(_Distributions):
    """SplitMix64 (Steele, Lea, Flood 2014) with the distributions of `random.Random`."""

    __slots__ = ("_state",)

    def __init__(self, seed: str) -> None:
        """The same draws for the same text."""
        self._state = int.from_bytes(blake2b(seed.encode(), digest_size=8).digest(), "little")
        self.gauss_next = None

    def random(self) -> float:
        """Evenly in [0, 1), in steps of 2⁻⁵³."""
        return (self._next() >> 11) * 2.0**-53

    def getrandbits(self, bits: int, /) -> int:
        drawn, have = 0, 0
        while have < bits:
            drawn |= self._next() << have
            have += 64
        return drawn >> (have - bits)

    def _next(self) -> int:
        self._state = mixed = (self._state + _STEP) & _WORD
        mixed = ((mixed ^ (mixed >> 30)) * _FIRST) & _WORD
        mixed = ((mixed ^ (mixed >> 27)) * _SECOND) & _WORD
        return mixed ^ (mixed >> 31)
