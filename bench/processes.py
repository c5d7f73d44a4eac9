"""Children on a given core, their cost as the kernel knows it, and none of them left behind."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

_LIBC = ctypes.CDLL(None)
_PR_SET_CHILD_SUBREAPER = 36


class BenchError(Exception):
    """Something did not work as it must for a number to mean anything."""


@dataclass(slots=True)
class Child:
    """A process that the bench started; what it prints goes into a file, or is heard live."""

    name: str
    process: subprocess.Popen[bytes]
    _output: IO[bytes]

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def ended(self) -> bool:
        """Whether it has; it is still there to be waited for."""
        how = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PID, self.pid, how) is not None

    def finish(self, within_s: float, good: Sequence[int] = (0,)) -> tuple[str, float]:
        """Wait for its end; what it printed, and its CPU in seconds (user + system, `wait4`).

        Raises BenchError when its exit status is not in `good` or it takes over `within_s`.
        """
        until = time.monotonic() + within_s
        while True:
            pid, status, usage = os.wait4(self.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() > until:
                raise BenchError(f"{self.name}: no end within {within_s:.0f} s")
            time.sleep(0.02)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        self._output.seek(0)
        said = self._output.read().decode(errors="replace")
        if self.process.returncode not in good:
            raise BenchError(f"{self.name}: status {self.process.returncode}\n{said}")
        return said, usage.ru_utime + usage.ru_stime

    def tell(self, line: str) -> None:
        """A line to the stdin of one that `talks`."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n".encode())
        self.process.stdin.flush()

    def hear(self) -> str:
        """The next line from one that `talks`. Raises BenchError when it has ended."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            self._output.seek(0)
            said = self._output.read().decode(errors="replace")
            raise BenchError(f"{self.name}: it ended\n{said}")
        return line.decode().strip()


@contextlib.contextmanager
def child(
    argv: Sequence[str | Path],
    on: set[int],
    env: Mapping[str, str] | None = None,
    *,
    talks: bool = False,
) -> Iterator[Child]:
    """Start `argv` on the cores `on`; killed with the block, and with the bench itself."""

    where = ",".join(map(str, sorted(on)))
    placed = ["taskset", "-c", where, "setpriv", "--pdeathsig", "KILL", *map(str, argv)]
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            placed, stdin=subprocess.PIPE if talks else subprocess.DEVNULL,
            stdout=subprocess.PIPE if talks else output, stderr=output,
            env={**os.environ, **(env or {})},
        )  # fmt: skip
        try:
            yield Child(Path(argv[0]).name, process, output)
        finally:
            if process.returncode is None:
                process.kill()
                process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(BrokenPipeError):
                        pipe.close()


@contextlib.contextmanager
def nothing_left_behind() -> Iterator[None]:
    """Whatever happens inside, no process that was started there outlives it.

    Orphans (a controller whose front end was killed) become our children and are killed too.
    """
    _LIBC.prctl(_PR_SET_CHILD_SUBREAPER, 1)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        for process in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, 0)[0]:
                pass


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def cpu_s(pid: int) -> float:
    """CPU that a process has used so far, all threads, user + system, by its own clock."""
    return time.clock_gettime((~pid << 3) | 2)  # how Linux numbers a process's CPU clock


def waited_s(pid: int) -> float:
    """How long a process's main thread has waited for a core so far."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9


def memory_kb(pid: int, field: str = "VmRSS") -> int:
    """``VmRSS``: resident now; ``VmHWM``: the most so far.

    Not rusage's maximum: that of a child starts with what its parent had when it forked.
    """
    found = re.search(rf"{field}:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    if found is None:
        raise BenchError(f"process {pid} has no {field}")
    return int(found[1])


def pin(pid: int, core: int) -> None:
    """Move a running process, all its threads, to one core."""
    for thread in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(thread.name), {core})
