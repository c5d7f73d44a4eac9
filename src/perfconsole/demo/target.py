"""Serving the built-in target: one process, one socket, gone within a second of being told."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
import uvloop

from perfconsole.demo.control import target_app
from perfconsole.demo.knobs import Knobs
from perfconsole.demo.site import Site
from perfconsole.texts import say

_BACKLOG = 4096
_GRACE_S = 0.4
"""What answers under way may take after the target was told to end."""


class TargetError(Exception):
    """The target cannot be started; str() is one line for a person."""


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """uvicorn would raise a signal anew after its end; here it is a normal end."""
        yield

    def end(self) -> None:
        self.should_exit = True
        asyncio.get_running_loop().call_later(_GRACE_S, setattr, self, "force_exit", True)


def run_target(
    host: str,
    port: int,
    knobs: Knobs,
    announce: Callable[[str, int], None],
    until_eof_fd: int | None = None,
) -> int:
    """Serve until SIGTERM, SIGINT or the end of what `until_eof_fd` reads; returns 0.

    `port` 0 takes a free one. `announce` is called with host and port as soon as connections are
    accepted. Raises TargetError when the address cannot be had.
    """
    _raise_descriptor_limit()
    with _listening(host, port) as listener:
        announce(host, listener.getsockname()[1])
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(listener, knobs, until_eof_fd))
    return 0


def _listening(host: str, port: int) -> socket.socket:
    if not 0 <= port < 65536:  # getaddrinfo would take it modulo 65536
        raise TargetError(say("{port} is no port; use one from 0 to 65535", port=port))
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind)
    except (OSError, UnicodeError) as error:
        raise TargetError(_refusal(host, port, error)) from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise TargetError(_refusal(host, port, error)) from None
    return listener


def _refusal(host: str, port: int, error: Exception) -> str:
    if isinstance(error, socket.gaierror | UnicodeError):
        reason = say("the name does not resolve; use an address of this machine")
    elif isinstance(error, PermissionError):
        reason = say("ports below 1024 are for root; use another, such as --port 8080")
    else:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        reason = say("{reason}; use another, such as --port 8081", reason=reason)
    return say("the target cannot listen on {host}:{port}: {reason}",
               host=host, port=port, reason=reason)  # fmt: skip


async def _serve(listener: socket.socket, knobs: Knobs, until_eof_fd: int | None) -> None:
    config = uvicorn.Config(
        target_app(Site(knobs)),
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        backlog=_BACKLOG,
        timeout_keep_alive=75,
    )
    server = _Server(config)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.end)
    if until_eof_fd is not None:
        loop.add_reader(until_eof_fd, _end_at_eof, until_eof_fd, server)
    await server.serve(sockets=[listener])


def _end_at_eof(fd: int, server: _Server) -> None:
    if not os.read(fd, 4096):
        asyncio.get_running_loop().remove_reader(fd)
        server.end()


def _raise_descriptor_limit() -> None:
    """Each VU of a load is a connection."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (OSError, ValueError):
        return  # macOS names no limit but has one
