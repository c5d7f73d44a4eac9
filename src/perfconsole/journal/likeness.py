"""Events that are like an earlier one are kept as what they differ in from it.

Most of a long journal are seconds and samples: the same names in the same order, many of the same
values. zlib with the earlier one (the base, which is kept whole) as its dictionary takes them to a
third or less, and each can still be read without those in between.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass

LEAST_BYTES = 256
"""Shorter ones are kept whole."""
RENEWED_AFTER = 500
"""Events of a kind after which a new base is taken: what is in them changes over a run."""
LONGER = 1.2
"""An event that is so many times the base's length says more, and becomes the base."""
MOST_BYTES = 1 << 28
"""Of one event, when it is read."""
_RAW = -zlib.MAX_WBITS
"""Without a header: the base's number stands beside it."""
_KNOWN_BASES = 16


@dataclass(slots=True)
class _Base:
    seq: int
    body: bytes
    used: int = 0


class Shortener:
    """For one writer: it remembers a base for each kind of events."""

    def __init__(self) -> None:
        self._bases: dict[str, _Base] = {}

    def shortened(self, seq: int, kind: str, body: bytes) -> tuple[bytes, int | None]:
        """What to keep of event `seq`, and its base's seq; None: it is kept whole."""
        if len(body) < LEAST_BYTES:
            return body, None
        base = self._bases.get(kind)
        if base is None or base.used >= RENEWED_AFTER or len(body) > LONGER * len(base.body):
            self._bases[kind] = _Base(seq, body)
            return body, None
        base.used += 1
        packer = zlib.compressobj(wbits=_RAW, zdict=base.body)
        return packer.compress(body) + packer.flush(), base.seq


class Restorer:
    """For one reader. `base_of` gives the body of a base by its seq."""

    def __init__(self, base_of: Callable[[int], bytes]) -> None:
        self._base_of = base_of
        self._bases: dict[int, bytes] = {}

    def restored(self, body: bytes, base: int | None) -> bytes:
        """Raises ValueError for what no `Shortener` has made."""
        if base is None:
            return body
        if base not in self._bases:
            if len(self._bases) >= _KNOWN_BASES:
                del self._bases[next(iter(self._bases))]
            self._bases[base] = self._base_of(base)
        unpacker = zlib.decompressobj(wbits=_RAW, zdict=self._bases[base])
        try:
            whole = unpacker.decompress(body, MOST_BYTES)
        except zlib.error as error:
            raise ValueError(str(error)) from None
        if not unpacker.eof:
            raise ValueError("cut short")
        return whole
