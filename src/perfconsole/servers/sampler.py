"""One sampler per server: every sample that is due is emitted once, come or not.

A hung or slow server cannot delay anything here: its thread does the waiting, this loop only
keeps time and takes what has come.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import TypeVar

from perfconsole.model.credentials import Credentials
from perfconsole.model.sample import ServerSample, told, told_name
from perfconsole.model.server_news import ServerNews
from perfconsole.model.server_spec import ServerSpec
from perfconsole.scenario.server_place import describe
from perfconsole.servers.beat import next_due
from perfconsole.servers.beside import side_jobs
from perfconsole.servers.board import Board
from perfconsole.servers.child import shell
from perfconsole.servers.connect_limit import ConnectLimit
from perfconsole.servers.local_jobs import local_jobs
from perfconsole.servers.logs.followed import followed
from perfconsole.servers.own_jobs import Errands
from perfconsole.servers.pages_only import FIRST_S, page_task, sample_pages
from perfconsole.servers.plain import one_line
from perfconsole.servers.probes.probe_desk import ProbeDesk
from perfconsole.servers.probes.said import Said
from perfconsole.servers.puller import Answer, Ended, Outcome, Puller, Trouble
from perfconsole.servers.side_jobs import SideJobs
from perfconsole.servers.this_machine import sample_local
from perfconsole.texts import say

Emit = Callable[[ServerSample], None]
T = TypeVar("T")

CLOSING_S = 1.0
MOST_DETAIL = 1000
"""Characters."""


async def sample_server(
    name: str,
    spec: ServerSpec,
    emit: Emit,
    limit: ConnectLimit | None = None,
    credentials: Credentials | None = None,
    errands: Errands | None = None,
) -> None:
    """Emit a sample every `spec.every` seconds until cancelled; not ok for each that was missed.

    No fault of a server raises. When cancelled, connection and thread are gone within about a
    second. `limit` is shared by the samplers of a run, `errands` is the server's own.
    """
    errands = errands or Errands()
    desk = ProbeDesk(name, spec.probes, errands.tell)

    def emit_with_probes(sample: ServerSample) -> None:
        emit(desk.into(sample))

    def hear(outcome: Said | ServerNews) -> None:
        if isinstance(outcome, Said):
            desk.hear(outcome)
        else:
            errands.tell(outcome)

    async with page_task(desk.pages, desk.hear):
        if spec.local:
            board = Board()
            jobs = side_jobs(
                name, spec, shell, board, desk.asks, errands.snapshots,
                followed(spec.logs, spec.every), _in_loop(hear),
            )  # fmt: skip
            await sample_local(name, spec, emit_with_probes, board, local_jobs(SideJobs(jobs)))
        elif spec.only_pages:
            await sample_pages(name, spec, emit, desk)
        else:
            outcomes: asyncio.Queue[Outcome] = asyncio.Queue()
            puller = Puller(
                name, spec, limit or ConnectLimit(), credentials or Credentials(),
                _in_loop(outcomes.put_nowait), desk.asks, errands.snapshots,
            )  # fmt: skip
            await _sample_over_connection(name, spec, emit_with_probes, puller, outcomes, hear)


def _in_loop(hear: Callable[[T], None]) -> Callable[[T], None]:
    """The same for any thread to call: done in this loop."""
    loop = asyncio.get_running_loop()

    def told(said: T) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens any more
            loop.call_soon_threadsafe(hear, said)

    return told


async def _sample_over_connection(
    name: str,
    spec: ServerSpec,
    emit: Emit,
    puller: Puller,
    outcomes: asyncio.Queue[Outcome],
    hear: Callable[[Said | ServerNews], None],
) -> None:
    puller.start()
    try:
        await _Beat(name, spec, emit, puller.want, hear).keep(outcomes)
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
        hear: Callable[[Said | ServerNews], None],
    ) -> None:
        self._name = name
        self._every = spec.every
        self._emit = emit
        self._want = want
        self._hear = hear
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
                    self._answer(outcome)
                case Trouble():
                    self._trouble(outcome.detail)
                case Ended(bug=Exception() as bug):
                    raise bug
                case Ended():
                    return
                case _:
                    self._hear(outcome)

    def _next(self) -> None:
        """The sample now due has come, or never will; ask for the next."""
        if not self._emitted:
            self._miss()
        self._emitted = self._answered = self._first = False
        self._due = next_due(self._due, self._loop.time(), self._every)
        self._want()

    def _answer(self, answer: Answer) -> None:
        if self._answered:
            return
        if self._emitted or self._first:
            self._restart()
        self._emitted = self._answered = True
        self._detail = say("no answer in time")
        found, held = told(answer.metrics), tuple(map(told_name, answer.held))
        sample = ServerSample(self._name, True, found, interval_s=self._every, held=held)
        self._emit(sample)

    def _trouble(self, detail: str) -> None:
        if self._first:
            self._restart()
        # Whatever way to the server says it, some of it may be the server's own words.
        self._detail = one_line(detail, MOST_DETAIL)
        if not self._emitted:
            self._miss()

    def _restart(self) -> None:
        self._first = False
        self._due = self._loop.time() + self._every

    def _miss(self) -> None:
        self._emitted = True
        self._emit(ServerSample(self._name, False, {}, self._detail, self._every))
