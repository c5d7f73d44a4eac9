"""What a step and the VU that plays it know of each other."""

from __future__ import annotations

from collections.abc import Coroutine, Iterable, Iterator
from random import Random
from typing import Any, Protocol

from perfconsole.injector.failure import Failure
from perfconsole.injector.gate import Gate
from perfconsole.injector.request import Request
from perfconsole.injector.values import Values
from perfconsole.model.states import StopMode
from perfconsole.model.wait import Wait


class Player(Protocol):
    """What a step needs of the VU that plays it."""

    gate: Gate
    leaving: StopMode | None
    excluded_s: float
    now: float
    """`perf_counter` when its last request or wait was over."""
    late_us: float | None
    """Open model: how long after its arrival was due its iteration began, until a transaction has
    taken that on. None: closed model."""
    skipped: list[Iterator[Wait]]
    """Think times after the step that failed, inner ones first: they are waited all the same."""
    values: Values
    """Of its present iteration."""
    tolerated: int
    """Failed steps so far after which it went on with the next one."""

    @property
    def group(self) -> str: ...
    @property
    def random(self) -> Random: ...
    async def border(self) -> None: ...
    def fetch(self, request: Request) -> Coroutine[Any, Any, bool]: ...
    async def think(self, wait: Wait) -> None: ...
    async def gather(self, point: str) -> None: ...
    async def fail(self, name: str, failure: Failure) -> bool:
        """A step that sent nothing has failed: it is counted as an error. Resolves to False."""

    async def tolerate(self) -> None:
        """A step has failed, and the next one is played all the same."""

    def give_up(self, whole_group: bool, why: str) -> None:
        """End for good after this iteration, and have the `whole_group` do so."""


class Step(Protocol):
    def play(self, vu: Player) -> Coroutine[Any, Any, bool]:
        """Resolves to whether it passed. Few frames deep: each VU keeps them all while it waits."""

    def thinks(self, vu: Player) -> Iterable[Wait]:
        """The think times it would have, were it played now; no more values are taken for it."""


def thinks_of(steps: Iterable[Step], vu: Player) -> Iterator[Wait]:
    """What `vu` would think in all of `steps`."""
    for step in steps:
        yield from step.thinks(vu)


def as_they_stand(vu: Player) -> dict[str, str]:
    """Its values without what is taken only when somebody asks, such as a data row."""
    return dict(vu.values)
