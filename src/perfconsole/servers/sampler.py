"""One sampler per server: every sample that is due is emitted once, come or not.

A hung or slow server cannot delay anything here: its thread does the waiting, this loop only
keeps time and takes what has come.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from perfconsole.model.sample import ServerSample
from perfconsole.model.server_spec import ServerSpec
from perfconsole.servers.connect_limit import ConnectLimit
from perfconsole.servers.describe import describe
from perfconsole.servers.own_jobs import Errands, TellNews
from perfconsole.servers.puller import Answer, Ended, News, Outcome, Puller, Trouble
from perfconsole.servers.this_machine import sample_local
from perfconsole.texts import say

Emit = Callable[[ServerSample], None]

FIRST_S = 5.0
"""Connecting and the first two readings may take this long before a sample counts as missed."""
CLOSING_S = 1.0


async def sample_server(
    name: str,
    spec: ServerSpec,
    emit: Emit,
    limit: ConnectLimit | None = None,
    errands: Errands | None = None,
) -> None:
    """Emit a sample every `spec.every` seconds until cancelled; not ok for each that was missed.

    No fault of a server raises. When cancelled, connection and thread are gone within about a
    second. `limit` is shared by the samplers of a run, `errands` is the server's own.
    """
    errands = errands or Errands()
    if spec.local:
        await sample_local(name, spec, emit, errands)
        return
    loop = asyncio.get_running_loop()
    outcomes: asyncio.Queue[Outcome] = asyncio.Queue()

    def tell(outcome: Outcome) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens any more
            loop.call_soon_threadsafe(outcomes.put_nowait, outcome)

    puller = Puller(name, spec, limit or ConnectLimit(), tell, errands.snapshots)
    puller.start()
    try:
        await _Beat(name, spec, emit, puller.want, errands.tell).keep(outcomes)
    finally:
        puller.stop()
        await _gone(outcomes)


async def _gone(outcomes: asyncio.Queue[Outcome]) -> None:
    # Resolving a name cannot be interrupted: such a thread ends by itself, later.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(CLOSING_S):
            while not isinstance(await outcomes.get(), Ended):
                pass


class _Beat:
    """Samples fall due one `every` after another; each is emitted once, when its answer comes.

    Trouble is emitted at once for the sample due; an answer that still comes after it is not held
    back, it begins a new beat.
    """

    def __init__(
        self,
        name: str,
        spec: ServerSpec,
        emit: Emit,
        want: Callable[[], None],
        tell_news: TellNews,
    ) -> None:
        self._name = name
        self._every = spec.every
        self._emit = emit
        self._want = want
        self._tell_news = tell_news
        self._loop = asyncio.get_running_loop()
        self._due = self._loop.time() + max(self._every, FIRST_S)
        self._emitted = False
        self._answered = False
        self._first = True
        self._detail = say("connecting to {where}", where=describe(spec))

    async def keep(self, outcomes: asyncio.Queue[Outcome]) -> None:
        """Runs until cancelled; raises what the puller stumbled on."""
        while True:
            try:
                async with asyncio.timeout_at(self._due):
                    outcome = await outcomes.get()
            except TimeoutError:
                self._next()
                continue
            match outcome:
                case Answer():
                    self._answer(outcome.metrics)
                case Trouble():
                    self._trouble(outcome.detail)
                case News():
                    self._tell_news(outcome.news)
                case Ended(bug=Exception() as bug):
                    raise bug
                case Ended():
                    return

    def _next(self) -> None:
        """The sample now due has come, or never will; ask for the next."""
        if not self._emitted:
            self._miss()
        self._emitted = self._answered = self._first = False
        # After this machine slept, the beat starts anew instead of catching up in a burst.
        self._due = max(self._due, self._loop.time() - self._every) + self._every
        self._want()

    def _answer(self, metrics: dict[str, float]) -> None:
        if self._answered:
            return
        if self._emitted or self._first:
            self._restart()
        self._emitted = self._answered = True
        self._detail = say("no answer in time")
        self._emit(ServerSample(self._name, True, metrics, interval_s=self._every))

    def _trouble(self, detail: str) -> None:
        if self._first:
            self._restart()
        self._detail = detail
        if not self._emitted:
            self._miss()

    def _restart(self) -> None:
        self._first = False
        self._due = self._loop.time() + self._every

    def _miss(self) -> None:
        self._emitted = True
        self._emit(ServerSample(self._name, False, {}, self._detail, self._every))
