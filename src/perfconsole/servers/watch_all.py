"""All servers of a run, each with a sampler of its own; none can bring down another."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping

from perfconsole.model.credentials import Credentials
from perfconsole.model.sample import ServerSample
from perfconsole.model.server_news import ServerNews
from perfconsole.model.server_spec import ServerSpec
from perfconsole.servers.backoff import Backoff
from perfconsole.servers.connect_limit import ConnectLimit
from perfconsole.servers.own_jobs import Errands, nobody
from perfconsole.servers.sampler import sample_server
from perfconsole.servers.snapshots.snapshot_requests import SnapshotRequest
from perfconsole.texts import say

_log = logging.getLogger(__name__)


class Servers:
    """`emit` is called in the loop with every sample of every server, `tell_news` with what else
    they have to tell."""

    def __init__(
        self,
        specs: Mapping[str, ServerSpec],
        emit: Callable[[ServerSample], None],
        credentials: Credentials | None = None,
        tell_news: Callable[[ServerNews], None] = nobody,
    ) -> None:
        self._specs = specs
        self._emit = emit
        self._credentials = credentials
        self._errands = {name: Errands(tell_news) for name in specs}
        self._limit = ConnectLimit()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._tasks = [
            asyncio.create_task(self._keep(name, spec), name=f"sampler of {name}")
            for name, spec in self._specs.items()
        ]

    def take_snapshot(self, server: str, request: SnapshotRequest) -> None:
        """Never waits: it comes as news, or not at all."""
        self._errands[server].snapshots.put(request)

    async def stop(self) -> None:
        """End all samplers, together within about a second."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def _keep(self, name: str, spec: ServerSpec) -> None:
        """A sampler that fails by a fault of ours says so and starts again."""
        backoff = Backoff()
        while True:
            try:
                errands = self._errands[name]
                await sample_server(name, spec, self._emit, self._limit, self._credentials, errands)
            except Exception as bug:
                _log.exception("the sampler of %s failed", name)
                detail = say("the sampler failed ({kind}), starting again", kind=type(bug).__name__)
                self._emit(ServerSample(name, False, {}, detail, spec.every))
            await asyncio.sleep(backoff.next_s())
