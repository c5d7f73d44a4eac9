"""LocalPool: injectors as child processes of the controller, one socketpair each."""

from __future__ import annotations

import asyncio
import contextlib
import mmap
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from perfconsole.injector.frames import frame, report_frames
from perfconsole.injector.watchdog import MOST_BYTES, last_words
from perfconsole.model import wire
from perfconsole.model.plan import InjectorPlan
from perfconsole.pool.port import InjectorLost, Listener, PoolError
from perfconsole.texts import say

READY_WITHIN_S = 20.0
MOST_INJECTORS = 512
"""Over the whole run, replacements included: the size of the file of begun requests."""


@dataclass(slots=True)
class _Child:
    number: int
    process: subprocess.Popen[bytes]
    transport: asyncio.WriteTransport
    ready: asyncio.Future[int]
    words: BinaryIO
    """What it may not live to tell."""
    said_bye: bool = False
    trouble: str = ""
    """The first it told of."""


class _Line(asyncio.Protocol):
    """The controller's end of one injector's socket."""

    def __init__(self, pool: LocalPool, number: int) -> None:
        self._pool = pool
        self._number = number
        self._frames = report_frames()

    def data_received(self, data: bytes) -> None:
        for report in self._frames.feed(data):
            self._pool.heard(self._number, report)

    def connection_lost(self, exc: Exception | None) -> None:
        self._pool.hung_up(self._number)


class LocalPool:
    """`begun` is the file that counts the requests each injector has begun (see RunFolder)."""

    def __init__(self, begun: Path, log: BinaryIO, listener: Listener) -> None:
        self._listener = listener
        self._log = log
        self._children: dict[int, _Child] = {}
        self._closing = False
        with begun.open("wb") as file:
            file.truncate(8 * MOST_INJECTORS)
        self._begun_file = begun.open("r+b")
        self._begun_map = mmap.mmap(self._begun_file.fileno(), 8 * MOST_INJECTORS)
        self._begun = memoryview(self._begun_map).cast("Q")

    async def start(self, plans: Sequence[InjectorPlan]) -> dict[int, int]:
        """Start one injector for each plan; returns the process id of each.

        Raises PoolError when one does not come up within 20 s.
        """
        children = [await self._spawn(plan) for plan in plans]
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                for child in children:
                    await child.ready
        except TimeoutError:
            raise PoolError(
                say("a load generator did not start within {limit:.0f} s", limit=READY_WITHIN_S)
            ) from None
        return {child.number: child.process.pid for child in children}

    async def _spawn(self, plan: InjectorPlan) -> _Child:
        if plan.injector >= MOST_INJECTORS:
            raise PoolError(say("over {most} load generators in one run", most=MOST_INJECTORS))
        ours, theirs = socket.socketpair()
        words = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the child is gone
        fds = (theirs.fileno(), self._begun_file.fileno(), words.fileno())
        try:
            process = subprocess.Popen(  # noqa: ASYNC220 - a spawn takes a millisecond
                [sys.executable, "-m", "perfconsole.injector", *map(str, fds)],
                pass_fds=fds,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._log,
            )
        except OSError as error:
            ours.close()
            words.close()
            raise PoolError(
                say("cannot start a load generator: {why}", why=error.strerror or error)
            ) from None
        finally:
            theirs.close()
        ours.setblocking(False)
        loop = asyncio.get_running_loop()
        number = plan.injector
        transport, _ = await loop.create_connection(lambda: _Line(self, number), sock=ours)
        child = _Child(number, process, transport, loop.create_future(), words)
        self._children[number] = child
        transport.write(frame(wire.Begin(plan)))
        return child

    def send(self, injector: int, order: wire.Order) -> None:
        child = self._children.get(injector)
        if child is not None and not child.transport.is_closing():
            child.transport.write(frame(order))

    def kill(self, injector: int) -> None:
        if child := self._children.get(injector):
            child.process.kill()

    def heard(self, number: int, report: wire.Report) -> None:
        child = self._children[number]
        match report:
            case wire.Ready():
                if not child.ready.done():
                    child.ready.set_result(report.pid)
            case wire.Bye():
                child.said_bye = True
            case wire.Trouble():
                child.trouble = child.trouble or report.text
        self._listener(number, report)

    def hung_up(self, number: int) -> None:
        """The injector's socket closed: it ended, or it was killed."""
        child = self._children.pop(number, None)
        if child is None:
            return
        if not child.ready.done():
            why = say("a load generator ended while starting")
            child.ready.set_exception(
                PoolError(f"{why}: {child.trouble}" if child.trouble else why)
            )
            child.ready.exception()  # the run may be past waiting for it
        status = _reap(child.process)
        words = _words_of(child)
        if not child.said_bye and not self._closing:
            why = say("it ended with status {status}", status=status)
            if words:
                why = f"{why}; {words}"
            self._listener(
                number, InjectorLost(number, child.process.pid, self._begun[number], why)
            )

    async def stop(self) -> None:
        self._closing = True
        for child in list(self._children.values()):
            child.transport.abort()
            with contextlib.suppress(ProcessLookupError):
                child.process.kill()
            _reap(child.process)
            child.words.close()
        self._children.clear()
        self._begun.release()
        self._begun_map.close()
        self._begun_file.close()


def _words_of(child: _Child) -> str:
    """What held a child that is gone, if anything did."""
    with child.words as file, contextlib.suppress(OSError):
        return last_words(os.pread(file.fileno(), MOST_BYTES, 0))
    return ""


def _reap(process: subprocess.Popen[bytes]) -> int:
    """The exit status of a child whose socket is closed: gone already, or about to be killed."""
    try:
        return process.wait(0.2)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
