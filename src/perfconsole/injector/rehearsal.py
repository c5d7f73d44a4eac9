"""``python -m perfconsole.injector.rehearsal``: one VU plays a flow once and tells of everything.

On stdin comes a line of JSON, the `Rehearsal`, and nothing more: when stdin ends, whoever asked is
gone, and so is this process. On stdout go lines of JSON, one for each thing told, `Over` at last.
What a flow in Python prints goes to stderr.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from typing import BinaryIO, Literal

import msgspec

from perfconsole.injector.answer import keep_beginnings
from perfconsole.injector.engine import Engine
from perfconsole.injector.failure import Unusable
from perfconsole.injector.lease import leave_at_once
from perfconsole.injector.process import die_with_controller, ignore_terminal_signals, new_loop
from perfconsole.injector.service import Service
from perfconsole.injector.traced_browser import HEAD_BYTES
from perfconsole.injector.tracer import Tracer
from perfconsole.injector.tracing_recorder import TracingRecorder
from perfconsole.injector.workload import Load
from perfconsole.model.plan import InjectorPlan
from perfconsole.model.rehearsing import Over, Rehearsal, Traced
from perfconsole.model.states import ENDED, StopMode, VuState
from perfconsole.model.wire import SetVus
from perfconsole.scenario.secret_mark import equals_told

LOOK_EVERY_S = 0.01
COUNTER_BYTES = 8


def main() -> int:
    """The exit status is 0 when all was told, whatever became of the flow."""
    die_with_controller()
    ignore_terminal_signals()
    logging.disable(logging.CRITICAL)
    telling = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    line = sys.stdin.buffer.readline()
    if not line:
        return 1
    rehearsal = msgspec.json.decode(line, type=Rehearsal)
    loop = new_loop()
    asyncio.set_event_loop(loop)
    loop.add_reader(0, leave_at_once)
    try:
        return loop.run_until_complete(_told(rehearsal, telling))
    finally:
        loop.close()


async def _told(rehearsal: Rehearsal, telling: BinaryIO) -> int:
    encode = msgspec.json.Encoder().encode

    def tell(traced: Traced) -> None:
        telling.write(encode(traced) + b"\n")
        telling.flush()

    await rehearsed(rehearsal, tell)
    return 0


async def rehearsed(rehearsal: Rehearsal, tell: Callable[[Traced], None]) -> None:
    """Play it in this process; the last thing told is `Over`."""
    keep_beginnings(HEAD_BYTES)
    with equals_told(), tempfile.TemporaryFile() as counter:
        counter.truncate(COUNTER_BYTES * (rehearsal.plan.injector + 1))
        tracer = Tracer(rehearsal, tell)
        stage = _Stage(asyncio.get_running_loop(), counter.fileno(), tracer)
        try:
            load = Load(rehearsal.plan, stage.engine(rehearsal.plan))
        except Unusable as error:
            tell(Over(passed=False, why=tracer.shown(str(error))))
            return
        passed = await _played(load, rehearsal.plan.groups[0].name)
        await load.cut()
        tell(tracer.over(passed=passed))


class _Stage(Service):
    """An injector that no controller is connected to: the tracer hears what is of interest."""

    def __init__(self, loop: asyncio.AbstractEventLoop, counter_fd: int, tracer: Tracer) -> None:
        super().__init__(loop, counter_fd)
        self._tracer = tracer

    def engine(self, plan: InjectorPlan) -> Engine:
        """Raises Unusable."""
        made = self._engine_for(plan)
        return replace(made, recorder=TracingRecorder(self._tracer), tracer=self._tracer)

    def _trouble(self, text: str, level: Literal["warning", "error"] = "error") -> None:
        self._tracer.trouble(text)

    def _printed(self, text: str) -> None:
        self._loop.call_soon_threadsafe(self._tracer.trouble, text)


async def _played(load: Load, group: str) -> bool:
    """Whether the one VU passed."""
    load.set_vus(SetVus(0, group, 1, StopMode.AFTER_ITERATION), lambda: None)
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        (counts,) = load.counts()
        ended = {state for state, count in counts.states.items() if count}
        if ended and ended <= ENDED:
            return ended == {VuState.PASSED}


if __name__ == "__main__":
    sys.exit(main())
