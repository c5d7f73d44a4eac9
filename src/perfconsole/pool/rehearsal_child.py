"""A rehearsal in a process of its own: whatever becomes of it, it ends in time and tells why."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Callable

import msgspec

from perfconsole.model.rehearsing import Over, Rehearsal, StepBegan, Traced
from perfconsole.texts import say

MOST_BYTES = 16 * 1024 * 1024
"""Of one thing told."""
_DECODER: msgspec.json.Decoder[Traced] = msgspec.json.Decoder(Traced)


async def rehearse(rehearsal: Rehearsal, heard: Callable[[Traced], None], timeout_s: float) -> Over:
    """Play it; `heard` gets all that is told as it happens, the `Over` that is returned at last.

    Nothing of it lives on when this is cancelled. Raises OSError when no process can be started.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "perfconsole.injector.rehearsal",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=MOST_BYTES, cwd="/",
    )  # fmt: skip
    at = ""

    def hear(traced: Traced) -> None:
        nonlocal at
        if isinstance(traced, StepBegan):
            at = say(" in step {label}", label=traced.label)
        heard(traced)

    try:
        async with asyncio.timeout(timeout_s):
            over = await _heard_out(process, rehearsal, hear)
    except TimeoutError:
        over = Over(False, say("not over within {s:g} s{at}", s=timeout_s, at=at))
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        status = await process.wait()
        if process.stdin is not None:
            process.stdin.close()
    if over is None:
        over = Over(False, say("it died{at}, with status {status}", at=at, status=status))
    heard(over)
    return over


async def _heard_out(
    process: asyncio.subprocess.Process, rehearsal: Rehearsal, hear: Callable[[Traced], None]
) -> Over | None:
    """Its last word; None when it died without one."""
    assert process.stdin is not None and process.stdout is not None
    with contextlib.suppress(ConnectionError):
        process.stdin.write(msgspec.json.encode(rehearsal) + b"\n")
        await process.stdin.drain()
    while line := await process.stdout.readline():
        try:
            traced = _DECODER.decode(line)
        except msgspec.DecodeError:  # the last line of one that was killed
            continue
        if isinstance(traced, Over):
            return traced
        hear(traced)
    return None
