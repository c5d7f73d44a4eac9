"""The process around one run: its socket, its API server, its signals, its last words."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Literal

import msgspec
import uvicorn
from starlette.types import ASGIApp

from perfconsole.controller.api.door import Door
from perfconsole.controller.api.http_api import make_app
from perfconsole.controller.api.tcp_api import TcpApi, listen
from perfconsole.controller.api.tokens import forget
from perfconsole.controller.preflight import CannotStart, preflight
from perfconsole.controller.run import Run
from perfconsole.journal.folder import FolderError, RunFolder
from perfconsole.journal.writer import JournalError, JournalWriter
from perfconsole.model.listen import hint
from perfconsole.model.scenario import Scenario
from perfconsole.model.start import Handshake, Refused, Serving, StartSpec
from perfconsole.pool.local import LocalPool
from perfconsole.pool.port import PoolError
from perfconsole.texts import say

LINGER_S = 30.0
"""How long the API answers after the run's end while somebody looks on."""
FAREWELL_S = 2.0
"""Without a question for this long, everybody has had the last event."""
MOST_CONNECTIONS = 256
"""On TCP, where anybody may come; the files of the run need descriptors too."""


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: the daemon has its own."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(spec: StartSpec, handshake: BinaryIO) -> int:
    """Play the run that `spec` asks for; returns the exit status. Speaks once on `handshake`."""
    folder = RunFolder(Path(spec.folder))
    scenario = Scenario.model_validate(spec.scenario)
    loop = asyncio.get_running_loop()
    try:
        tcp = listen(spec.listen, folder) if spec.listen else None
        await preflight(scenario, spec.target, spec.injectors, spec.variables)
        listening = bind(folder.socket)
        journal = JournalWriter(
            folder.journal,
            lambda error: _from_thread(loop, lambda: run.abort(str(error))),
        )
        run = Run(
            spec,
            scenario,
            journal,
            lambda listener: LocalPool(folder.begun, sys.stderr.buffer, listener),
        )
        await run.open()
        if tcp is not None:
            _tell(run, tcp)
        await journal.committed()
    except (CannotStart, FolderError, JournalError, PoolError, OSError) as error:
        _say(handshake, Refused(3, str(error)))
        return 3
    told_to_end = asyncio.Event()
    _signals(loop, run, told_to_end)
    async with _api(run, listening, tcp):
        _say(handshake, Serving(os.getpid()))
        verdict = await run.play()
        with contextlib.suppress(JournalError):
            await journal.committed()
        await _linger(run, told_to_end)
    with contextlib.suppress(OSError):
        folder.socket.unlink()
    forget(folder)
    await asyncio.to_thread(journal.close)
    return verdict.exit_status


def bind(path: Path) -> socket.socket:
    """A listening unix socket that only its owner can open; never wider, not even for a moment.

    Raises CannotStart when somebody listens there already.
    """
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listening.connect(str(path))
    except OSError:
        path.unlink(missing_ok=True)  # nobody: left behind by one that was killed
    else:
        listening.close()
        raise CannotStart(say("a controller serves {path} already", path=path))
    before = os.umask(0o077)
    try:
        listening.bind(str(path))
    finally:
        os.umask(before)
    listening.listen(128)
    listening.setblocking(False)
    return listening


@contextlib.asynccontextmanager
async def _api(run: Run, listening: socket.socket, tcp: TcpApi | None) -> AsyncIterator[None]:
    app = make_app(run)
    async with contextlib.AsyncExitStack() as serving:
        await serving.enter_async_context(_served(app, listening))
        if tcp is not None:
            door = Door(app, tcp.tokens, loopback=tcp.at.loopback)
            # h11 bounds the heads that it takes in; whoever comes here need not be a friend
            open_to_all = _served(door, tcp.listening, http="h11", limit=MOST_CONNECTIONS)
            await serving.enter_async_context(open_to_all)
        yield


@contextlib.asynccontextmanager
async def _served(
    app: ASGIApp,
    listening: socket.socket,
    *,
    http: Literal["auto", "h11"] = "auto",
    limit: int | None = None,
) -> AsyncIterator[None]:
    config = uvicorn.Config(
        app,
        http=http,
        limit_concurrency=limit,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="off",
        ws="none",
        timeout_keep_alive=60,
        timeout_graceful_shutdown=1,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield
    finally:
        server.should_exit = True
        await serving


def _tell(run: Run, tcp: TcpApi) -> None:
    """Where the API is to be had, among the run's events."""
    run.note("info", "api", hint(f"http://{tcp.at.text}", run.record.view.run))
    if warning := tcp.at.warning():
        run.note("warning", "api", warning)


async def _linger(run: Run, told_to_end: asyncio.Event) -> None:
    """Until every front end has had the last event, or for 30 s."""
    loop = asyncio.get_running_loop()
    until_s = loop.time() + LINGER_S
    while loop.time() < until_s and not told_to_end.is_set():
        if run.attendance.unwatched_s(loop.time()) > FAREWELL_S:
            return
        await asyncio.sleep(0.1)


def _signals(loop: asyncio.AbstractEventLoop, run: Run, told_to_end: asyncio.Event) -> None:
    def end() -> None:
        told_to_end.set()
        run.abort(say("the controller was told to end"))

    loop.add_signal_handler(signal.SIGTERM, end)
    for ignored in (signal.SIGHUP, signal.SIGINT):
        signal.signal(ignored, signal.SIG_IGN)


def _from_thread(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    with contextlib.suppress(RuntimeError):  # the loop may be closed already
        loop.call_soon_threadsafe(call)


def _say(handshake: BinaryIO, words: Handshake) -> None:
    with contextlib.suppress(BrokenPipeError):
        handshake.write(msgspec.json.encode(words) + b"\n")
        handshake.flush()
    handshake.close()
