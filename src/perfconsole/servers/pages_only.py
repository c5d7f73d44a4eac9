"""A server that is only known by its pages: no login, such as network gear, or Windows with an
exporter."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping

from perfconsole.model.sample import ServerSample
from perfconsole.model.server_spec import ServerSpec
from perfconsole.servers.probes.page_ask import PageAsk
from perfconsole.servers.probes.probe_desk import ProbeDesk
from perfconsole.servers.probes.said import Said
from perfconsole.texts import say

FIRST_S = 5.0
"""Connecting and the first two readings may take this long before a sample counts as missed."""


@contextlib.asynccontextmanager
async def page_task(
    pages: Mapping[int, PageAsk], hear: Callable[[Said], None]
) -> AsyncIterator[None]:
    """While inside, the pages are asked for; what that stumbles on ends the inside too."""
    if not pages:
        yield
        return
    # httpx takes its time to import, and few servers have pages.
    from perfconsole.servers.probes.page_asking import ask_pages

    async with asyncio.TaskGroup() as group:
        task = group.create_task(ask_pages(pages, hear))
        try:
            yield
        finally:
            task.cancel()


async def sample_pages(
    name: str, spec: ServerSpec, emit: Callable[[ServerSample], None], desk: ProbeDesk
) -> None:
    """Emit a sample every `spec.every` seconds until cancelled; ok while a page is known."""
    loop = asyncio.get_running_loop()
    due = loop.time() + max(spec.every, FIRST_S)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout_at(due):
            await desk.heard.wait()
    due = loop.time()
    while True:
        sample = desk.into(ServerSample(name, True, {}, interval_s=spec.every))
        if not sample.metrics:
            detail = say("none of its pages can be read")
            sample = ServerSample(name, False, {}, detail, spec.every)
        emit(sample)
        due = max(due, loop.time() - spec.every) + spec.every
        await asyncio.sleep(due - loop.time())
