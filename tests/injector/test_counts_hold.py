"""Whatever a target does and a hand orders: each request begun is once answered, failed or cut."""

from __future__ import annotations

import asyncio
import random
import socket
import ssl
import struct
import time
from collections import Counter

import pytest
import trustme
from msgspec.structs import replace

from perfconsole.model import wire
from perfconsole.model.plan import Extract, FilePart, TransactionStep
from perfconsole.model.sketch import ramp
from perfconsole.model.states import StopMode

OK = b"HTTP/1.1 200 OK\r\nX-Id: 7\r\nContent-Length: 2\r\n\r\nok"
LASTING = [
    OK,
    OK,
    OK,
    b"HTTP/1.1 100 Continue\r\n\r\n" + OK,
    OK + OK,
    OK[:20],
    b"no HTTP\r\n\r\n",
    b"HTTP/1.1 307 On\r\nLocation: /on\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 302 On\r\nSet-Cookie: a=1\r\nLocation: ELSEWHERE\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 503 No\r\nContent-Length: 2\r\n\r\nno",
]
CLOSING = [
    b"",
    OK,
    b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\n\r\nto the end",
]


def moody(chance: random.Random, elsewhere: str):
    """What a target does with each request."""

    async def answer(_seen, writer) -> None:
        mood = chance.random()
        if mood < 0.8:
            data = chance.choice(LASTING).replace(b"ELSEWHERE", elsewhere.encode())
            await asyncio.sleep(chance.choice([0, 0, 0, 0.01]))
            writer.write(data)
        elif mood < 0.95:
            writer.write(chance.choice(CLOSING))
            writer.close()
        else:
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            writer.transport.abort()

    return answer


async def put_on_tls(target, folder) -> str:
    """By the name of its address; the file with its authority."""
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(folder / "ca.pem")
    await target.stop()
    await target.start(context)
    return str(folder / "ca.pem")


@pytest.fixture
def play(begin, step, think, tmp_path):
    """Two groups, steered by chance for two seconds; the injector after its end."""
    (tmp_path / "big").write_bytes(b"x" * 200_000)

    async def run(maker, elsewhere: str, chance: random.Random, *, arrivals: str | None = None):
        soon = {"timeout_s": 0.2}
        upload = replace(step("/up", "PUT", **soon), pieces=(FilePart(str(tmp_path / "big")),))
        extracting = replace(step("/id", **soon), extracts=(Extract("id", "header", "X-Id"),))
        shop = TransactionStep("shop", (step("/a", **soon), step("/b", "POST", body=b"b", **soon)))
        plan = maker.of(**{group: [shop, upload, think(0.002), extracting] for group in "ab"})
        target = replace(plan.target, allowed_hosts=(elsewhere,), resume_tls=True)
        groups = tuple(replace(group, arrivals=arrivals) for group in plan.groups)
        injector = await begin(replace(plan, target=target, groups=groups))

        async def at_rate(group: str) -> None:
            if arrivals:
                at_s = time.time() - plan.started_at + 0.01
                order = (group, at_s, 0.0, ramp(0.0, 200.0), 0.0, 0, 1)
                await injector.act(wire.SetRate, *order)

        for group in "ab":
            await injector.vus(12, group)
            await at_rate(group)
        for _ in range(10):
            await asyncio.sleep(0.2)
            group, mode = chance.choice("ab"), chance.choice([None, *StopMode])
            if mode is None:
                await injector.act(wire.Pause, (group,))
                await asyncio.sleep(0.1)
                await injector.act(wire.Resume, (group,), chance.choice([0.0, 0.1]))
            else:
                await injector.vus(chance.choice([0, 3, 15]), group, mode)
            await at_rate(group)
        await injector.finish()
        return injector

    return run


def add_up(injector) -> None:
    injector.assert_counts_add_up()
    rows = Counter()
    for row in (row for tick in injector.ticks for row in tick.by_request):
        rows.update(count=row.count, failed=row.failed, answered=row.answered, opened=row.opened)
    assert rows["count"] == injector.total("requests") > 0
    assert rows["failed"] == injector.total("requests_failed") == sum(injector.errors.values())
    assert rows["answered"] - rows["opened"] == injector.total("connections_reused")
    assert not injector.troubles


@pytest.mark.parametrize("way", ["plain", "tls", "second engine", "arrivals"])
async def test_each_request_counts_once(target, plan_for, play, tmp_path, way) -> None:
    chance = random.Random(way)
    other, how = type(target)(), {}
    await other.start()
    if way == "tls":
        how = {"scheme": "https", "ca_file": await put_on_tls(target, tmp_path)}
    elif way == "second engine":
        how = {"proxy": f"http://127.0.0.1:{target.port}"}
    elsewhere = f"127.0.0.1:{other.port}"
    target.script = other.script = moody(chance, f"http://{elsewhere}/x")
    arrivals = "poisson" if way == "arrivals" else None
    try:
        add_up(await play(plan_for(target.port, **how), elsewhere, chance, arrivals=arrivals))
    finally:
        await other.stop()
