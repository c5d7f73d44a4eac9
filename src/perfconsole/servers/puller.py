"""The thread that serves one server: connect, pull, and connect again when that fails.

Whatever reaches a server blocks, so it lives here; the loop only gets `Outcome`s and only ever says
`want` and `stop`, neither of which waits.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NoReturn

from perfconsole.model.credentials import Credentials
from perfconsole.model.server_news import ServerNews
from perfconsole.model.server_spec import ServerSpec
from perfconsole.servers.backoff import Backoff
from perfconsole.servers.beside import side_jobs
from perfconsole.servers.board import Board
from perfconsole.servers.connect_limit import ConnectLimit
from perfconsole.servers.faults import Retry, ServerFault, Stopped, not_supported
from perfconsole.servers.lifeline import Lifeline
from perfconsole.servers.linux.proc import Counters, NoProc, parse_pull
from perfconsole.servers.linux.rates import metrics
from perfconsole.servers.logs.followed import followed
from perfconsole.servers.probes.ask import Ask
from perfconsole.servers.probes.said import Said
from perfconsole.servers.pull import PULSE, Loop
from perfconsole.servers.side_jobs import SideJobs
from perfconsole.servers.snapshots.snapshot_requests import SnapshotRequests
from perfconsole.servers.transports.connecting import connected
from perfconsole.texts import say

FIRST_GAP_S = 0.5
"""Between the first two readings after a connect: a sample with rates needs two."""
SLOWLY_S = 60.0
"""Between attempts when nothing is likely to have changed."""
REFUSALS = 3
"""Refusals in a row that a login which worked before may meet, a server that is starting up has
some, before it counts as refused for good: more of them would lock the address. A password has
none of them, few of which lock the account."""
SHELL_START_S = 15.0
"""For the first answer: login scripts run before it, on a machine that may be loaded."""
LEAST_PATIENCE_S, MOST_PATIENCE_S = 5.0, 60.0
"""Bounds of how long an answer may take, else twice the interval, before the connection is dead."""


@dataclass(frozen=True, slots=True)
class Answer:
    metrics: dict[str, float]
    held: tuple[str, ...] = ()
    """Of the metrics, those that were in an answer before and have not been measured since."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something for a person to read; the puller goes on by itself."""

    detail: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The thread is over; `bug` is what it stumbled on, if it was not told to stop."""

    bug: Exception | None = None


Outcome = Answer | Trouble | Said | ServerNews | Ended


class Puller:
    """Thread of one server. `tell` is called in it."""

    def __init__(
        self,
        name: str,
        spec: ServerSpec,
        limit: ConnectLimit,
        credentials: Credentials,
        tell: Callable[[Outcome], None],
        asks: Mapping[int, Ask],
        snapshots: SnapshotRequests,
    ) -> None:
        """`asks` are the commands of its probes, by their numbers."""
        self._name = name
        self._spec = spec
        self._credentials = credentials
        self._asks = asks
        self._snapshots = snapshots
        self._logs = followed(spec.logs, spec.every)
        self._board = Board()
        self._limit = limit
        self._tell = tell
        self._life = Lifeline()
        self._wanted = threading.Event()
        self._backoff = Backoff()
        self._refusals_left = 0
        """How often a refused login is tried again."""
        self._patience_s = min(max(LEAST_PATIENCE_S, 2 * spec.every), MOST_PATIENCE_S)
        # A daemon: resolving a name cannot be interrupted, and must not hold up the exit.
        self._thread = threading.Thread(target=self._run, name=f"server {name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def want(self) -> None:
        """A sample is due."""
        self._wanted.set()

    def stop(self) -> None:
        """End the thread soon; `tell` gets `Ended`."""
        self._life.cut()
        self._wanted.set()

    def _run(self) -> None:
        try:
            while True:
                self._life.check()
                self._pause(self._serve())
        except Stopped:
            self._tell(Ended())
        except Exception as bug:
            self._tell(Ended(bug))

    def _serve(self) -> float | None:
        """Connect and pull until something fails; seconds to wait then, None for ever."""
        way = connected(self._name, self._spec, self._credentials, self._life)
        try:
            with contextlib.ExitStack() as stack:
                with self._limit.place(self._life.stopped):
                    start = stack.enter_context(way)
                    pulse = Loop(start, PULSE)
                    first = self._read(pulse, SHELL_START_S)
                beside = SideJobs(
                    side_jobs(
                        self._name, self._spec, start, self._board, self._asks, self._snapshots,
                        self._logs, self._tell,
                    )
                )  # fmt: skip
                stack.callback(beside.close)
                return self._pull(pulse, first, beside)
        except (ServerFault, OSError) as problem:
            self._life.check()
            fault = problem if isinstance(problem, ServerFault) else _of_this_machine(problem)
            wait_s = self._wait_after(fault.retry)
            given_up = say("{why}; not tried again", why=fault)
            self._tell(Trouble(given_up if wait_s is None else str(fault)))
            return wait_s

    def _pull(self, pulse: Loop, before: Counters, beside: SideJobs) -> NoReturn:
        """Answer each `want` with a sample, until a fault."""
        beside.turn_until(self._life.stopped, time.monotonic() + FIRST_GAP_S)
        self._refusals_left = 0 if self._name in self._credentials.passwords else REFUSALS
        self._backoff.reset()
        while True:
            now = self._read(pulse, self._patience_s)
            # If a sample fell due while this answer was late, this is the one.
            self._wanted.clear()
            beside.turn(time.monotonic())
            known, held = self._board.take(time.monotonic())
            found = metrics(before, now, self._board.links) | known
            self._tell(Answer(found, held))
            before = now
            self._life.check()
            beside.turn_until(self._wanted)
            self._life.check()

    def _read(self, pulse: Loop, patience_s: float) -> Counters:
        pulse.ask()
        text = pulse.answer(patience_s)
        try:
            return parse_pull(text)
        except NoProc as system:
            raise ServerFault(_why_not(str(system)), Retry.SLOWLY) from None

    def _pause(self, seconds: float | None) -> None:
        """Wait; raises Stopped when told to stop meanwhile."""
        self._life.stopped.wait(seconds)
        self._life.check()

    def _wait_after(self, retry: Retry) -> float | None:
        match retry:
            case Retry.SOON:
                return self._backoff.next_s()
            case Retry.SLOWLY:
                return SLOWLY_S
            case Retry.NEVER:
                self._refusals_left -= 1
                return None if self._refusals_left < 0 else SLOWLY_S


def _of_this_machine(error: OSError) -> ServerFault:
    """What no way to a server has expected: there are no descriptors left, or no processes."""
    why = error.strerror or type(error).__name__
    return ServerFault(say("this machine cannot connect to it: {why}", why=why))


def _why_not(system: str) -> str:
    """Of an answer without figures; `system` as uname has it."""
    if system.startswith("Linux"):
        return say(
            "{system} shows this login no /proc; is it mounted, and is there a grep?",
            system=system,
        )
    return not_supported(system or say("it named no system"))
