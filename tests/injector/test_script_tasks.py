"""Tasks that flows in Python begin."""

from __future__ import annotations

import asyncio
import inspect
from dataclasses import dataclass, field

from perfconsole.injector.script_tasks import Tasks, owner, watch_tasks


@dataclass
class Flow:
    busy: bool = False
    tasks: Tasks = field(default_factory=Tasks)

    def hidden(self, text: str) -> str:
        return text


async def test_one_that_is_cancelled_before_it_begins_leaves_nothing_for_python_to_warn_of() -> (
    None
):
    async def later() -> None:
        await asyncio.sleep(60)

    flow, coroutine = Flow(), later()
    loop = asyncio.get_running_loop()
    watch_tasks(loop)
    token = owner.set(flow)
    try:
        task = loop.create_task(coroutine)
        assert await flow.tasks.end() == 0
    finally:
        owner.reset(token)
        loop.set_task_factory(None)
    await asyncio.wait([task])
    assert inspect.getcoroutinestate(coroutine) == inspect.CORO_CLOSED
