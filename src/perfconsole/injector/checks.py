"""Whether an answer is what its step expects."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from perfconsole.injector.answer import Answer
from perfconsole.injector.asks import Ask, HeaderHas, asks_of
from perfconsole.injector.failure import Failure
from perfconsole.injector.page import BODY_ROOM, BodyError, Page, sample_of
from perfconsole.model.duration import short
from perfconsole.model.plan import Check
from perfconsole.texts import say


@dataclass(frozen=True, slots=True)
class Expectation:
    """A `Check` made ready."""

    statuses: frozenset[int]
    asks: tuple[Ask, ...]
    """What else is asked of a page; most checks ask nothing."""
    max_s: float | None
    room: int
    """Bytes of body to keep for it."""

    @classmethod
    def of(cls, check: Check, *, keeps_body: bool = False) -> Expectation:
        """`keeps_body` for others that look at it, besides the check."""
        asks = tuple(asks_of(check))
        looks = keeps_body or any(not isinstance(ask, HeaderHas) for ask in asks)
        return cls(frozenset(check.statuses), asks, check.max_s, BODY_ROOM if looks else 0)

    def failure(self, answer: Answer, took_s: float, page: Page | None = None) -> Failure | None:
        """What is wrong with a whole answer that took `took_s`; None when it is as it should be.

        `page` is the answer as those look at it that ask for more.
        """
        status = answer.status
        if not (status in self.statuses if self.statuses else status < 400):
            return Failure(say("HTTP {status}", status=answer.status), partial(sample_of, answer))
        if page is not None and (wrong := self._wrong(page)):
            return wrong
        if self.max_s is not None and took_s > self.max_s:
            return Failure(
                say("check failed: slower than {limit}", limit=short(self.max_s)),
                say("took {ms:.0f} ms", ms=took_s * 1000),
            )
        return None

    def _wrong(self, page: Page) -> Failure | None:
        try:
            for ask in self.asks:
                if (wrong := ask.failure(page)) is not None:
                    return wrong
        except BodyError as error:
            return Failure(say("check failed: body cannot be decoded"), str(error))
        return None
