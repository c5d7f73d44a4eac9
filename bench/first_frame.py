"""How long from the command to the console's first frame, and what it keeps in memory."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from statistics import median

import psutil

ROUNDS = 5
WATCHED_S = 120


def _console(home: str) -> tuple[subprocess.Popen[bytes], int]:
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 45, 160, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "perfconsole", "demo"], stdin=slave, stdout=slave, stderr=slave,
        start_new_session=True,
        env={**os.environ, "PERFCONSOLE_HOME": home, "TERM": "xterm-256color"},
    )  # fmt: skip
    os.close(slave)
    return process, master


def _read(master: int, within_s: float) -> bytes:
    ready, _, _ = select.select([master], [], [], within_s)
    with contextlib.suppress(OSError):
        return os.read(master, 65536) if ready else b""
    return b""


def _end(process: subprocess.Popen[bytes], master: int, home: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "perfconsole", "ctl", "last", "stop-run", "--now", "--yes"],
        capture_output=True, check=False, env={**os.environ, "PERFCONSOLE_HOME": home},
    )  # fmt: skip
    process.send_signal(signal.SIGTERM)
    while process.poll() is None:
        _read(master, 0.1)
    os.close(master)


def first_frame_s() -> float:
    """Seconds until a chart's title stands on the screen."""
    with tempfile.TemporaryDirectory() as home:
        began = time.monotonic()
        process, master = _console(home)
        seen = b""
        while b"1 TPS" not in seen:
            seen += _read(master, 1.0)
        took = time.monotonic() - began
        until = time.monotonic() + 3
        while time.monotonic() < until:
            _read(master, 0.1)
        _end(process, master, home)
    return took


def growth_mb() -> tuple[float, float]:
    """Resident memory of the console 20 s after its start, and `WATCHED_S` later, MB."""
    with tempfile.TemporaryDirectory() as home:
        process, master = _console(home)
        sizes = []
        for wait_s in (20, WATCHED_S):
            until = time.monotonic() + wait_s
            while time.monotonic() < until:
                _read(master, 0.1)
            sizes.append(psutil.Process(process.pid).memory_info().rss / 1e6)
        _end(process, master, home)
    return sizes[0], sizes[1]


def measure() -> list[str]:
    first_frame_s()  # warms the caches
    frames = [first_frame_s() for _ in range(ROUNDS)]
    early, late = growth_mb()
    return [
        f"first frame of `perfconsole demo`, warm: median {median(frames):.2f} s, "
        f"slowest {max(frames):.2f} s of {ROUNDS}",
        f"console memory: {early:.0f} MB after 20 s, {late:.0f} MB {WATCHED_S} s later",
    ]
