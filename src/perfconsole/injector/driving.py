"""Playing the coroutine of a flow in Python: it may do anything, but it cannot stay for ever.

A VU that is told to leave gets out of its flow by an exception. A flow that catches it, as
``except BaseException`` does, is left where it stands at its next step.
"""

from __future__ import annotations

from collections.abc import Coroutine, Generator
from typing import Any, Protocol


class Leaving(BaseException):
    """Takes a VU out of its flow, past all that handles errors there."""


class _GiveUp:
    """Awaited by a step that the flow may no longer take: it does not come back."""

    def __await__(self) -> Generator[Any, Any, None]:
        yield self


GIVE_UP = _GiveUp()


class Played(Protocol):
    """What is known of the flow that is played."""

    busy: bool
    """It waits in a step of ours."""
    foreign: bool
    """It has waited for something of its own since."""

    @property
    def must_go(self) -> bool:
        """It has been told to leave at once."""


class Driven:
    """Awaits a flow's coroutine. Raises what that does, and Leaving when it is given up."""

    __slots__ = ("_coroutine", "_played")

    def __init__(self, coroutine: Coroutine[Any, Any, object], played: Played) -> None:
        self._coroutine = coroutine
        self._played = played

    def __await__(self) -> Generator[Any, Any, None]:
        coroutine, played = self._coroutine, self._played
        thrown: BaseException | None = None
        while True:
            try:
                awaited = coroutine.send(None) if thrown is None else coroutine.throw(thrown)
            except StopIteration:
                return
            except GeneratorExit as error:
                if thrown is not None:
                    raise
                raise RuntimeError("GeneratorExit") from error  # its own, and no end of anything
            if awaited is GIVE_UP or (thrown is not None and played.must_go):
                raise Leaving
            thrown = None
            if not played.busy:
                played.foreign = True
            try:
                yield awaited
            except BaseException as error:
                thrown = error
