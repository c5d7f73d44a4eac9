"""A terminal that vanishes is a detach: signals, and what Textual's driver does not notice.

When the other side of the terminal is gone, Textual's output thread dies with its first write
and the next ones block the whole program, while its input thread spins on end-of-file. So the
hang-up itself is waited for, apart from both, and ends the process: nobody is left to read.
"""

from __future__ import annotations

import asyncio
import os
import select
import signal
import stat
import sys
import threading
from collections.abc import Callable

HUNG_UP = 128 + signal.SIGHUP
"""Exit status, as if ended by SIGHUP."""


def watch(on_signal: Callable[[], None]) -> None:
    """Call `on_signal` on SIGTERM and SIGHUP; end the process when the terminal hangs up.

    To be called in the running event loop.
    """
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, on_signal)
    stdin = sys.__stdin__
    # A terminal that is gone already is none by isatty, but still its device.
    if stdin is not None and stat.S_ISCHR(os.fstat(stdin.fileno()).st_mode):
        threading.Thread(
            target=_end_on_hangup, args=(stdin.fileno(),), name="terminal-watch", daemon=True
        ).start()


def _end_on_hangup(fd: int) -> None:
    """Sleep until the terminal behind `fd` is hung up."""
    poll = select.poll()
    poll.register(fd, 0)
    while True:
        for _, what in poll.poll():
            if what & (select.POLLHUP | select.POLLERR):
                os._exit(HUNG_UP)
            if what & select.POLLNVAL:
                return
