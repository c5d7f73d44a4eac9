"""A run whose load is made up, with a real journal and its real API on a port of this machine."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from perfconsole.controller import daemon
from perfconsole.controller.api.tcp_api import TcpApi, listen
from perfconsole.controller.run import Run
from perfconsole.journal.folder import RunFolder
from perfconsole.journal.writer import JournalWriter
from perfconsole.model import wire
from perfconsole.model.listen import ListenAt
from perfconsole.model.plan import InjectorPlan
from perfconsole.model.start import StartSpec
from perfconsole.scenario.load import scenario_from

SCENARIO = """\
name: made up
target: http://127.0.0.1:9
groups: {browse: {vus: 10}, meet: {vus: 6}, search: {vus: 5, rate: 20/s}}
flows:
  browse: [{request: GET /}]
  meet: [{rendezvous: gate}, {request: GET /}]
  search: [{request: GET /search}]
servers: {web1: {ssh: nobody@web1.invalid}}
"""


class IdlePool:
    """Injectors that take orders and never say a word."""

    async def start(self, plans: Sequence[InjectorPlan]) -> dict[int, int]:
        return {plan.injector: 1000 + plan.injector for plan in plans}

    def send(self, injector: int, order: wire.Order) -> None:
        pass

    def kill(self, injector: int) -> None:
        pass

    async def stop(self) -> None:
        pass


@dataclass
class Served:
    run: Run
    folder: RunFolder
    tcp: TcpApi
    _loop: asyncio.AbstractEventLoop

    @property
    def url(self) -> str:
        return f"http://{self.tcp.at.text}"

    @property
    def operator(self) -> dict[str, str]:
        """What opens the door."""
        return {"Authorization": f"Bearer {self.tcp.tokens.operator}"}

    @property
    def viewer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tcp.tokens.viewer}"}

    def do(self, what: Callable[[], Any]) -> Any:
        """On the run's own loop."""
        done: Future[Any] = Future()
        self._loop.call_soon_threadsafe(lambda: done.set_result(what()))
        return done.result(10)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Its clock stands: nothing happens but what the API is asked for."""
    folder = RunFolder(tmp_path_factory.mktemp("run"))
    ready: Future[Served] = Future()
    over = threading.Event()

    async def serve() -> None:
        run = Run(
            StartSpec(str(folder.path), {}, "http://127.0.0.1:9", 2, 7, None),
            scenario_from(SCENARIO, "made-up.yaml", Path.cwd()),
            JournalWriter(folder.journal),
            lambda _: IdlePool(),
        )
        await run.open()
        tcp = listen(ListenAt("127.0.0.1", 0), folder)
        async with daemon._api(run, daemon.bind(folder.socket), tcp):
            ready.set_result(Served(run, folder, tcp, asyncio.get_running_loop()))
            await asyncio.to_thread(over.wait)
        await run._servers.stop()
        run.record.journal.close()

    thread = threading.Thread(target=_told, args=(serve, ready), daemon=True)
    thread.start()
    yield ready.result(20)
    over.set()
    thread.join(20)


def _told(serve: Callable[[], Any], ready: Future[Served]) -> None:
    try:
        asyncio.run(serve())
    except BaseException as error:
        with contextlib.suppress(Exception):
            ready.set_exception(error)
        raise
