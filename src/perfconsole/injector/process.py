"""Start-up of a load process: limits, memory, signals, event loop."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import logging
import os
import resource
import signal
import socket
import sys

from perfconsole.injector.lease import leave_at_once
from perfconsole.injector.service import Service
from perfconsole.texts import say

MIB = 1024 * 1024
_MALLOPT = {-3: 32 * MIB, -1: 256 * MIB, -2: MIB}
"""glibc's M_MMAP_THRESHOLD, M_TRIM_THRESHOLD and M_TOP_PAD. Receive buffers of 256 KB otherwise
go through mmap and munmap on every read; this halves the cost of TLS."""
_PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> int:
    """Play one injector, given the descriptors of the controller's socket and the counter file.

    And of a file for last words, if anybody reads them.
    """
    try:
        fd, counter_fd, *more = (int(argument) for argument in arguments)
        controller = socket.socket(fileno=fd)
    except (ValueError, OSError):
        sys.stderr.write(
            say("an injector is started by perfconsole itself, with two descriptors") + "\n"
        )
        return 2
    die_with_controller()
    tune_malloc()
    raise_descriptor_limit()
    ignore_terminal_signals()
    logging.disable(logging.CRITICAL)
    loop = new_loop()
    asyncio.set_event_loop(loop)
    calm_collector()
    words_fd = more[0] if more else None
    serving = loop.create_task(Service(loop, counter_fd, words_fd).run(controller))
    try:
        return run_to_end(loop, serving)
    finally:
        loop.close()


def run_to_end(loop: asyncio.AbstractEventLoop, serving: asyncio.Task[int]) -> int:
    """Whatever a flow in Python does to the loop, such as stop it, or exit in a callback."""
    while True:
        try:
            return loop.run_until_complete(serving)
        except (RuntimeError, SystemExit, KeyboardInterrupt):
            if serving.done() or loop.is_closed():
                raise


def die_with_controller() -> None:
    """Have the kernel kill this process with its parent, even while it is stopped; Linux only."""
    if sys.platform != "linux":
        return
    parent = os.getppid()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        leave_at_once()


def tune_malloc() -> None:
    """Keep freed memory for the next read; nothing where there is no glibc."""
    with contextlib.suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        for option, value in _MALLOPT.items():
            mallopt(option, value)


def calm_collector() -> None:
    """Keep the garbage collector off what lives long, and off the swing of thousands of VUs.

    Every one of them makes and drops a few dozen objects per request without a cycle among them;
    at the usual thresholds looking through them takes a third of the time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 20, 20)


def raise_descriptor_limit() -> None:
    """A VU needs a descriptor: take as many as allowed."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def ignore_terminal_signals() -> None:
    """ctrl+c and a vanished terminal are the controller's business."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def new_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
