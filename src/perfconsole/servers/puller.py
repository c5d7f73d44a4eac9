"""The thread that serves one server: connect, pull, and connect again when that fails.

paramiko blocks, so it lives here; the loop only gets `Outcome`s and only ever says `want` and
`stop`, neither of which waits.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from perfconsole.model.server_spec import ServerSpec
from perfconsole.servers.backoff import Backoff
from perfconsole.servers.board import Board
from perfconsole.servers.connect_limit import ConnectLimit
from perfconsole.servers.disk_loop import DiskLoop
from perfconsole.servers.faults import Retry, ServerFault, Stopped, not_supported
from perfconsole.servers.kernel_loop import KernelLoop
from perfconsole.servers.lifeline import Lifeline
from perfconsole.servers.linux.proc import Counters, NoProc, parse_pull
from perfconsole.servers.linux.rates import metrics
from perfconsole.servers.pull import PULSE, Loop
from perfconsole.servers.side_jobs import SideJobs
from perfconsole.servers.ssh.address import parse_address
from perfconsole.servers.ssh.hostconfig import HostConfig, host_config
from perfconsole.servers.stream import Open
from perfconsole.texts import say

FIRST_GAP_S = 0.5
"""Between the first two readings after a connect: a sample with rates needs two."""
SLOWLY_S = 60.0
"""Between attempts when nothing is likely to have changed."""
REFUSALS = 3
"""Refusals in a row that a login which worked before may meet, a server that is starting up has
some, before it counts as refused for good: more of them would lock the account or the address."""
SHELL_START_S = 15.0
"""For the first answer: login scripts run before it, on a machine that may be loaded."""
LEAST_PATIENCE_S, MOST_PATIENCE_S = 5.0, 60.0
"""Bounds of how long an answer may take, else twice the interval, before the connection is dead."""


@dataclass(frozen=True, slots=True)
class Answer:
    metrics: dict[str, float]


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something for a person to read; the puller goes on by itself."""

    detail: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The thread is over; `bug` is what it stumbled on, if it was not told to stop."""

    bug: Exception | None = None


Outcome = Answer | Trouble | Ended


class Puller:
    """Thread of one server. `tell` is called in it."""

    def __init__(
        self, name: str, spec: ServerSpec, limit: ConnectLimit, tell: Callable[[Outcome], None]
    ) -> None:
        self._spec = spec
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
        # paramiko takes 0.2 s to import: not in the loop, and not for a run without SSH.
        from perfconsole.servers.ssh.ssh_link import linked

        try:
            with contextlib.ExitStack() as stack:
                with self._limit.place(self._life.stopped):
                    link = stack.enter_context(linked(self._config(), self._life))
                    pulse = Loop(link.open, PULSE)
                    first = self._read(pulse, SHELL_START_S)
                side_jobs = self._side_jobs(link.open)
                stack.callback(side_jobs.close)
                return self._pull(pulse, first, side_jobs)
        except ServerFault as fault:
            self._life.check()
            wait_s = self._wait_after(fault.retry)
            given_up = say("{why}; not tried again", why=fault)
            self._tell(Trouble(given_up if wait_s is None else str(fault)))
            return wait_s

    def _config(self) -> HostConfig:
        spec = self._spec
        try:
            address = parse_address(spec.ssh or "")
        except ValueError as error:
            raise ServerFault(str(error), Retry.NEVER) from None
        agent = os.environ.get("SSH_AUTH_SOCK")
        return host_config(address, spec.identity, spec.known_hosts, environ_agent=agent)

    def _side_jobs(self, start: Open) -> SideJobs:
        return SideJobs(
            [
                DiskLoop(start, self._spec.disks, self._board),
                KernelLoop(start, self._spec.link_mbps, self._board),
            ]
        )

    def _pull(self, pulse: Loop, before: Counters, side_jobs: SideJobs) -> NoReturn:
        """Answer each `want` with a sample, until a fault."""
        side_jobs.turn_until(self._life.stopped, time.monotonic() + FIRST_GAP_S)
        self._refusals_left = REFUSALS
        self._backoff.reset()
        while True:
            now = self._read(pulse, self._patience_s)
            # If a sample fell due while this answer was late, this is the one.
            self._wanted.clear()
            side_jobs.turn(time.monotonic())
            found = metrics(before, now, self._board.links)
            self._tell(Answer(found | self._board.current(time.monotonic())))
            before = now
            self._life.check()
            side_jobs.turn_until(self._wanted)
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


def _why_not(system: str) -> str:
    """Of an answer without figures; `system` as uname has it."""
    if system.startswith("Linux"):
        return say(
            "its /proc cannot be read; is it mounted, and is there a grep? ({system})",
            system=system,
        )
    return not_supported(system or say("it named no system"))
