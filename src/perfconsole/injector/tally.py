"""The present second of requests: how many of each name, and where their time went."""

from __future__ import annotations

from array import array
from collections import Counter

import numpy as np

from perfconsole.injector.moments import Times, of_one
from perfconsole.model.phase import Phase
from perfconsole.model.wire import PhaseCounts, RequestCounts

_OPENING = (Phase.DNS, Phase.CONNECT, Phase.TLS)
_ANSWERING = (Phase.WAIT, Phase.RECEIVE)
_ORDER = tuple(Phase)


class Tally:
    """Since the last `reset`. Times are microseconds."""

    def __init__(self) -> None:
        self._names: list[tuple[str, str]] = []
        self._numbers: dict[tuple[str, str], int] = {}
        self.reset()

    def reset(self) -> None:
        """A new second begins."""
        self._answered = array("I")
        self._wait_us = array("d")
        self._receive_us = array("d")
        self._opened: list[tuple[int, float, float, float]] = []
        self._sent: list[tuple[int, float]] = []
        self.failed: Counter[int] = Counter()
        """By number, with or without an answer."""
        self.unanswered: Counter[int] = Counter()
        """By number, among the failed ones."""

    def number(self, group: str, request: str) -> int:
        """The number under which a request of a group is noted."""
        name = (group, request)
        if name not in self._numbers:
            self._numbers[name] = len(self._names)
            self._names.append(name)
        return self._numbers[name]

    def answered(self, number: int, wait_us: float, receive_us: float) -> None:
        self._answered.append(number)
        self._wait_us.append(wait_us)
        self._receive_us.append(receive_us)

    def opened(self, number: int, dns_us: float, connect_us: float, tls_us: float) -> None:
        """One that was answered had to open a connection."""
        self._opened.append((number, dns_us, connect_us, tls_us))

    def sent(self, number: int, send_us: float) -> None:
        """One that was answered had a body to stream."""
        self._sent.append((number, send_us))

    # ------------------------------------------------------------ summing up

    @property
    def finished(self) -> int:
        return len(self._answered) + self.unanswered.total()

    @property
    def reused(self) -> int:
        """How many were answered on a connection that was open already."""
        return len(self._answered) - len(self._opened)

    def phases(self) -> tuple[PhaseCounts, ...]:
        """Of all requests together; phases that none of them had are left out."""
        times: dict[Phase, Times] = {
            Phase.WAIT: np.frombuffer(self._wait_us),
            Phase.RECEIVE: np.frombuffer(self._receive_us),
            Phase.SEND: np.array([send_us for _, send_us in self._sent], np.float64),
        }
        for place, phase in enumerate(_OPENING, 1):
            had = [row[place] for row in self._opened if row[place] > 0.0]
            times[phase] = np.array(had, np.float64)
        return tuple(
            PhaseCounts(phase, m.count, m.sum_us, m.max_us, m.buckets, m.counts)
            for phase in _ORDER
            if times[phase].size
            for m in (of_one(times[phase]),)
        )

    def rows(self) -> tuple[RequestCounts, ...]:
        """By name, those of which one was finished."""
        size = len(self._names)
        sums = {phase: [0.0] * size for phase in _ORDER}
        answered = [0] * size
        if self._answered:
            numbers = np.frombuffer(self._answered, np.uint32)
            answered = np.bincount(numbers, minlength=size).tolist()
            for phase, times in zip(_ANSWERING, (self._wait_us, self._receive_us), strict=True):
                sums[phase] = np.bincount(numbers, np.frombuffer(times), size).tolist()
        opened = [0] * size
        for number, *opening in self._opened:
            opened[number] += 1
            for phase, took_us in zip(_OPENING, opening, strict=True):
                sums[phase][number] += took_us
        for number, send_us in self._sent:
            sums[Phase.SEND][number] += send_us
        return tuple(
            RequestCounts(
                *self._names[number], count, self.failed[number], opened[number],
                tuple(sums[phase][number] for phase in _ORDER), answered[number],
            )
            for number in range(size)
            if (count := answered[number] + self.unanswered[number])
        )  # fmt: skip
