"""Finding the target's addresses, and finding them anew when none of them answers."""

from __future__ import annotations

import asyncio
import socket

import pytest

from perfconsole.injector import dialer
from perfconsole.injector import names as names_module
from perfconsole.injector.connection import Connection
from perfconsole.injector.failure import Failure
from perfconsole.injector.recorder import Recorder
from perfconsole.injector.request import Origin

NOBODY, TARGET = "127.0.0.2", "127.0.0.1"


@pytest.fixture
async def names(monkeypatch):
    """What the name of the target leads to, and how often that was asked."""

    class Names:
        asked = 0
        address: str | None = NOBODY

        async def getaddrinfo(self, _host: str, port: int, **_how: object) -> list[object]:
            self.asked += 1
            await asyncio.sleep(0)
            if self.address is None:
                raise socket.gaierror("no such name")
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (self.address, port))]

    it = Names()
    loop = asyncio.get_running_loop()
    ask = loop.getaddrinfo

    async def getaddrinfo(host: str, port: int, **how: object) -> list[object]:
        known = it.getaddrinfo if host == "shop.example" else ask
        return await known(host, port, **how)

    monkeypatch.setattr(loop, "getaddrinfo", getaddrinfo)
    return it


@pytest.fixture
async def dial(target, plan_for, step):
    plan = plan_for(target.port, host="shop.example").of(g=[step()])
    dialers: list[dialer.Dialer] = []

    async def many(count: int) -> list[str]:
        """Kinds of failure, or "ok", of as many connections opened at once."""
        if not dialers:
            loop = asyncio.get_running_loop()
            dialers.append(dialer.Dialer(plan.target, loop, Recorder(), lambda _: None))
        (it,) = dialers
        origin = Origin.of(plan.target)
        opened = await asyncio.gather(*(it.open(5.0, origin) for _ in range(count)))
        for connection in opened:
            if isinstance(connection, Connection):
                connection.abort()
        return [each.kind if isinstance(each, Failure) else "ok" for each in opened]

    return many


async def test_a_target_that_has_moved_is_found(names, dial, monkeypatch) -> None:
    assert await dial(20) == ["connect refused"] * 20
    names.address = TARGET
    assert await dial(20) == ["connect refused"] * 20
    assert names.asked == 1, "not again so soon"
    monkeypatch.setattr(names_module, "RESOLVE_EVERY_S", 0.0)
    assert await dial(20) == ["ok"] * 20
    assert await dial(20) == ["ok"] * 20
    assert names.asked == 2, "once for all, and not while it is well"


async def test_a_name_that_comes_to_resolve(names, dial, monkeypatch) -> None:
    names.address = None
    assert await dial(20) == ["name does not resolve"] * 20
    names.address = TARGET
    assert await dial(20) == ["name does not resolve"] * 20
    assert names.asked == 1
    monkeypatch.setattr(names_module, "RESOLVE_EVERY_S", 0.0)
    assert await dial(20) == ["ok"] * 20
    assert names.asked == 2
