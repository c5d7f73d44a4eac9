"""A terminal for the tests: the program in a pseudo-terminal, its screen read by an emulator."""

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
import termios
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pyte
import pytest


class _Screen(pyte.Screen):
    """Ignores what pyte does not know of a modern terminal's private modes."""

    def report_device_status(self, mode: int, **_: object) -> None:
        pass

    def select_graphic_rendition(self, *attrs: int, **_: object) -> None:
        super().select_graphic_rendition(*attrs)


@dataclass
class Terminal:
    process: subprocess.Popen[bytes]
    master: int
    columns: int
    rows: int
    screen: _Screen = field(init=False)
    output: bytes = b""

    def __post_init__(self) -> None:
        self.screen = _Screen(self.columns, self.rows)
        self._stream = pyte.ByteStream(self.screen)

    def press(self, *keys: str) -> None:
        for key in keys:
            os.write(self.master, key.encode())

    def read(self, within_s: float = 0.1) -> None:
        """Take in what the program has drawn."""
        ready, _, _ = select.select([self.master], [], [], within_s)
        if ready:
            with contextlib.suppress(OSError):  # the other end is closed
                data = os.read(self.master, 65536)
                self.output += data
                self._stream.feed(data)

    @property
    def text(self) -> str:
        return "\n".join(self.screen.display)

    def wait_for(self, *words: str, within_s: float = 30.0) -> str:
        """Until all `words` stand on the screen; the screen."""
        until = time.monotonic() + within_s
        while not all(word in self.text for word in words):
            assert time.monotonic() < until, f"no {words} on the screen:\n{self.text}"
            self.read()
        return self.text

    def wait_until_gone(self, word: str, within_s: float = 30.0) -> None:
        until = time.monotonic() + within_s
        while word in self.text:
            assert time.monotonic() < until, f"{word!r} is still on the screen:\n{self.text}"
            self.read()

    def end(self, within_s: float = 30.0) -> tuple[int, str]:
        """Until the program ends; its exit status and what it printed last."""
        until = time.monotonic() + within_s
        while self.process.poll() is None:
            assert time.monotonic() < until, f"it does not end:\n{self.text}"
            self.read()
        while select.select([self.master], [], [], 0)[0]:
            before = len(self.output)
            self.read()
            if len(self.output) == before:
                break
        return self.process.returncode, self.output.decode(errors="replace")

    def is_over(self) -> bool:
        """Whether the program has ended; what it still draws is read, or it could not."""
        if self.master >= 0:
            self.read(0.0)
        return self.process.poll() is not None

    def hang_up(self) -> None:
        """The terminal vanishes."""
        os.close(self.master)
        self.master = -1


def _terminal_env(env: dict[str, str]) -> dict[str, str]:
    """The size is the terminal's own, whatever the test runner thinks of its."""
    kept = {name: value for name, value in env.items() if name not in ("COLUMNS", "LINES")}
    return {**kept, "TERM": "xterm-256color", "LANG": "C.UTF-8"}


@pytest.fixture
def terminal(program) -> Iterator[Callable[..., Terminal]]:
    opened: list[Terminal] = []

    def open_terminal(*args: object, columns: int = 160, rows: int = 45) -> Terminal:
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        process = subprocess.Popen(
            [sys.executable, "-m", "perfconsole", *map(str, args)],
            stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            env=_terminal_env(program.env),
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - no threads here
        )  # fmt: skip
        os.close(slave)
        opened.append(Terminal(process, master, columns, rows))
        return opened[-1]

    yield open_terminal
    for terminal in opened:
        if terminal.process.poll() is None:
            terminal.process.send_signal(signal.SIGKILL)
        terminal.process.wait()
        if terminal.master >= 0:
            os.close(terminal.master)
