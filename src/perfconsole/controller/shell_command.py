"""A command of the scenario, run in a shell: bounded in time, its last words kept, nothing left."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass

KEPT_BYTES = 4096
"""Of what it writes, the last."""
KIND_S = 2.0
"""From being asked to end to being killed."""
LAST_WORDS_S = 0.5
"""Its output is waited for so long when it has ended: what it left running may still hold it."""


@dataclass(frozen=True, slots=True)
class Ended:
    status: int | None
    """None: its time was up."""
    output: str
    """Its last 4 KB, both streams."""


async def shell(
    command: str, folder: str, environment: Mapping[str, str], timeout_s: float
) -> Ended:
    """Run it in `folder`; its whole process group is ended when this is cancelled.

    What it starts in the background and leaves running when it succeeds is left alone. Raises
    OSError when no process can be started.
    """
    reading_end, writing_end = os.pipe()
    kept = _Kept()
    # A pipe of our own: a process that has its output from asyncio is not over for as long as
    # something that it left running holds that.
    output, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: kept, os.fdopen(reading_end, "rb", buffering=0)
    )
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "perfconsole.controller.guarding", command, folder,
            stdin=asyncio.subprocess.PIPE, stdout=writing_end, stderr=writing_end,
            start_new_session=True, cwd="/", env={**os.environ, **environment},
        )  # fmt: skip
    except BaseException:
        output.close()
        raise
    finally:
        os.close(writing_end)
    status: int | None = None
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                status = await process.wait()
    finally:
        if status != 0:
            await _end_all(process)
        await asyncio.wait([kept.closed], timeout=LAST_WORDS_S)
        output.close()
        if process.stdin is not None:
            process.stdin.close()
    return Ended(status, kept.data.decode(errors="replace"))


class _Kept(asyncio.Protocol):
    """The last of what comes."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes) -> None:
        self.data += data
        del self.data[:-KEPT_BYTES]

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.closed.done():
            self.closed.set_result(None)


async def _end_all(process: asyncio.subprocess.Process) -> None:
    """Its whole group: asked first, then killed."""
    if process.returncode is None:
        _signal(process.pid, signal.SIGTERM)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(KIND_S):
                await process.wait()
    _signal(process.pid, signal.SIGKILL)
    await process.wait()


def _signal(group: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
