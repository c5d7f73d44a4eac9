"""Tasks that flows in Python begin: none outlives its iteration, and none can end the injector."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from contextvars import ContextVar
from typing import Any, Protocol
from weakref import WeakSet

LEAVE_WITHIN_S = 1.0
"""So long a task may take to end when it is cancelled."""


class Owner(Protocol):
    """The VU whose flow begins tasks."""

    busy: bool
    """It is in a step of perfconsole's own, whose tasks are no flow's."""
    tasks: Tasks

    def hidden(self, text: str) -> str:
        """`text` with a mask for every secret value of the iteration."""


owner: ContextVar[Owner | None] = ContextVar("owner", default=None)
"""Whose flow runs; tasks have that of the task which began them."""

_AnyCoroutine = Coroutine[Any, Any, Any] | Generator[Any, Any, Any]


class Tasks:
    """Those that the flow of one VU has begun in this iteration."""

    __slots__ = ("_failed", "_running")

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()
        self._failed: list[asyncio.Task[Any]] = []

    def add(self, task: asyncio.Task[Any]) -> None:
        self._running.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled() and _is_unheard(task):
            self._failed.append(task)

    def __bool__(self) -> bool:
        return bool(self._running or self._failed)

    async def end(self) -> int:
        """Cancel those that still run; how many of them do not end in time."""
        self.cancel()
        left: set[asyncio.Task[Any]] = set()
        if self._running:
            _, left = await asyncio.wait(set(self._running), timeout=LEAVE_WITHIN_S)
        self._running -= left
        return len(left)

    def cancel(self) -> None:
        for task in self._running:
            task.cancel()

    def unheard(self) -> list[BaseException]:
        """Errors in tasks that nobody has waited for, each told once."""
        failed, self._failed = self._failed, []
        errors = [task.exception() for task in failed if _is_unheard(task)]
        return [error for error in errors if error is not None]


def _is_unheard(task: asyncio.Task[Any]) -> bool:
    """It failed and nobody has asked how; asking would make it heard."""
    return bool(getattr(task, "_log_traceback", False))


of_flows: WeakSet[asyncio.Task[Any]] = WeakSet()
"""All that flows have begun."""


def watch_tasks(loop: asyncio.AbstractEventLoop) -> None:
    """From now on know which tasks of `loop` are a flow's."""

    def make(
        loop: asyncio.AbstractEventLoop, coroutine: _AnyCoroutine, **named: Any
    ) -> asyncio.Future[Any]:
        mine = owner.get()
        if mine is None or mine.busy:
            return asyncio.Task(coroutine, loop=loop, **named)
        task: asyncio.Task[Any] = asyncio.Task(_guarded(coroutine), loop=loop, **named)
        # Cancelled before its first turn it would never be awaited, and Python would warn of it.
        task.add_done_callback(lambda _: coroutine.close())
        of_flows.add(task)
        mine.tasks.add(task)
        return task

    loop.set_task_factory(make)


async def _guarded(coroutine: _AnyCoroutine) -> Any:
    """What would end the process is an error like any other."""
    try:
        return await coroutine  # type: ignore[misc]  # a generator is one of old
    except (SystemExit, KeyboardInterrupt) as error:
        raise RuntimeError(f"{type(error).__name__}: {error}") from None
