"""``with vu.transaction("pay"):`` — a stretch of a flow in Python that is measured as one."""

from __future__ import annotations

from time import perf_counter
from types import TracebackType
from typing import Protocol

from perfconsole.injector.recorder import Recorder


class Clocked(Protocol):
    """A VU as its transactions see it."""

    excluded_s: float
    now: float
    late_us: float | None


class Doer(Protocol):
    """The VU's side of a flow in Python."""

    recorder: Recorder
    foreign: bool
    """It has waited for something of its own since its last step."""
    failures: int
    """Steps of this iteration that failed."""
    under_way: list[Transaction]

    @property
    def user(self) -> Clocked: ...
    def is_cut(self, error: BaseException) -> bool:
        """Whether `error` takes the VU out of its flow."""


class Transaction:
    """Measured from here to its end, less think time, rendezvous and pause.

    It ends with its last answer or wait, as in a flow of steps: what the flow computes after that
    is the load generator's time. Where the flow has waited for something of its own, such as a
    database, it ends where it is left. Failed when an exception leaves it, or a step in it failed.
    """

    __slots__ = ("_began", "_doer", "_excluded_s", "_failures", "_late_us", "alone", "number")

    def __init__(self, doer: Doer, number: int, *, alone: bool = False) -> None:
        self._doer = doer
        self.number = number
        self.alone = alone
        """It is one request: no other that is under way at the same time is in it."""

    def __enter__(self) -> None:
        doer, user = self._doer, self._doer.user
        self._failures = doer.failures
        self._late_us = late_us = user.late_us
        if late_us:
            user.late_us = 0.0
        doer.under_way.append(self)
        self._excluded_s = user.excluded_s
        self._began = perf_counter()
        doer.foreign = False

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        doer = self._doer
        if self not in doer.under_way:
            return  # it was cut already
        doer.under_way.remove(self)
        if error is not None and doer.is_cut(error):
            doer.recorder.transaction_cut(self.number)
            return
        self._end(error is None and doer.failures == self._failures)

    def answered(self, *, passed: bool) -> None:
        """The one request that it is has come to its end."""
        if self in self._doer.under_way:
            self._doer.under_way.remove(self)
            self._end(passed)

    def _end(self, passed: bool) -> None:
        user = self._doer.user
        ended = perf_counter() if self._doer.foreign else user.now
        took_s = ended - self._began - (user.excluded_s - self._excluded_s)
        self._note(passed, max(0.0, took_s * 1e6))

    async def __aenter__(self) -> None:
        self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, trace)

    def cut(self) -> None:
        """The VU is out of its flow and it has not ended."""
        self._doer.under_way.remove(self)
        self._doer.recorder.transaction_cut(self.number)

    def _note(self, passed: bool, took_us: float) -> None:
        recorder, late_us = self._doer.recorder, self._late_us
        if late_us is None:
            if passed:
                recorder.transaction_passed(self.number, took_us)
            else:
                recorder.transaction_failed(self.number, took_us)
        elif passed:
            recorder.arrival_passed(self.number, took_us, late_us)
        else:
            recorder.transaction_failed(self.number, took_us + late_us)
