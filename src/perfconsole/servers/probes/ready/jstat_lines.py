"""What jstat writes of a JVM's heap, line by line, as metrics.

Columns differ by collector and by version: they are read by their names, and ``-`` is unknown.
Sizes are KiB. ZGC and Shenandoah have no young generation: their columns of it are ``-``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from perfconsole.servers.probes.ask import Reading, Unreadable
from perfconsole.servers.probes.ready.interval import Interval, ratio
from perfconsole.servers.probes.ready.named_values import refused
from perfconsole.texts import say

KIB = 1024.0
_COUNTERS = ("Timestamp", "YGC", "YGCT", "FGC", "FGCT", "CGC", "GCT")
_YOUNG = ("EU", "S0U", "S1U")
_ROUNDING_S = 0.15
"""jstat writes seconds with one digit behind the point."""


class JstatLines:
    """Reads ``jstat -gccapacity PID`` and, behind it, ``jstat -gc -t PID EVERY``.

    jstat repeats the last numbers of a JVM that is held up or gone and not yet waited for.
    """

    def __init__(self, every_s: float) -> None:
        self._every_s = every_s
        self._columns: list[str] = []
        self._most: float | None = None
        self._begin()

    def _begin(self) -> None:
        """Another JVM, or the same once more."""
        self._counters = Interval()
        self._old: float | None = None
        self._after: float | None = None

    def __call__(self, line: str) -> Reading:
        """Empty for headings. Raises Unreadable with what jstat said instead of numbers."""
        words = line.split()
        if "OGCMX" in words or "OU" in words:
            self._columns = words
            self._begin()
            return Reading()
        row = _row(self._columns, words)
        if row is None:
            if line.startswith("Picked up "):  # options of the environment, told by every program
                return Reading()
            raise refused("jstat", line)
        if "OGCMX" in self._columns:
            self._most = most_heap(row)
            return Reading()
        return Reading(dict(self._metrics(row)))

    def _metrics(self, row: Mapping[str, float]) -> Iterator[tuple[str, float]]:
        steps = self._counters.steps({name: row[name] for name in _COUNTERS if name in row})
        if steps.get("Timestamp") == 0:
            raise Unreadable(say("the JVM stands still: its own clock does not go on"))
        if "OU" in row:
            self._collected(row, steps)
            yield from self._sizes("heap_used", "heap", used(row))
        if self._after is not None:
            yield from self._sizes("heap_after_gc", "heap_after_gc", self._after)
        if "MU" in row:
            yield "metaspace_used_bytes", KIB * row["MU"]
        if "Timestamp" in steps and abs(steps["Timestamp"] - self._every_s) <= _ROUNDING_S:
            steps["Timestamp"] = self._every_s
        yield from _collections(row, steps)

    def _collected(self, row: Mapping[str, float], steps: Mapping[str, float]) -> None:
        """Keep what a collection of the old generation left: one is known by its count, or by what
        it gave back, for a mixed one has no count of its own. With one generation what was made
        since is among it."""
        counts = ("FGC",) if "EU" in row else ("FGC", "CGC")
        freed = self._old is not None and row["OU"] < self._old
        if freed or any(steps.get(name, 0) > 0 for name in counts):
            self._after = used(row) - row.get("EU", 0.0)
        self._old = row["OU"]

    def _sizes(self, size: str, share: str, kib: float) -> Iterator[tuple[str, float]]:
        yield f"{size}_bytes", KIB * kib
        if self._most:
            yield f"{share}_percent", 100 * kib / self._most


def _row(columns: list[str], words: list[str]) -> dict[str, float] | None:
    """Numbers by column; those that are unknown are left out. None: this is no row."""
    if not columns or len(words) != len(columns):
        return None
    pairs = zip(columns, words, strict=True)
    try:
        return {name: float(word.replace(",", ".")) for name, word in pairs if word != "-"}
    except ValueError:
        return None


def used(row: Mapping[str, float]) -> float:
    """KiB in all parts of the heap."""
    return row["OU"] + sum(row.get(part, 0.0) for part in _YOUNG)


def most_heap(row: Mapping[str, float]) -> float | None:
    """KiB that the heap may grow to, of a row of ``-gccapacity``.

    G1 gives the whole for each of its generations, and is told by a first survivor space of 0; so
    do those that have one generation.
    """
    old, young = row.get("OGCMX"), row.get("NGCMX", 0.0)
    if old is None:
        return None
    return old if row.get("S0C", 0.0) == 0 else old + young


def _collections(
    row: Mapping[str, float], steps: Mapping[str, float]
) -> Iterator[tuple[str, float]]:
    """Young and full ones only where there are generations: others count their pauses there."""
    for name, percent in ratio("gc_time_percent", steps, "GCT", "Timestamp", 100.0):
        yield name, min(100.0, percent)
    if "EU" in row:
        yield from ratio("young_collections_s", steps, "YGC", "Timestamp")
        yield from ratio("full_collections_s", steps, "FGC", "Timestamp")
        yield from ratio("young_collection_ms", steps, "YGCT", "YGC", 1000.0)
        yield from ratio("full_collection_ms", steps, "FGCT", "FGC", 1000.0)
        if "FGC" in row:
            yield "full_collections", row["FGC"]
