"""Where a request's time went: each phase on its own, and connections opened and reused."""

from __future__ import annotations

import asyncio
import ssl
from collections import defaultdict

import pytest
import trustme

from perfconsole.model.phase import Phase

pytestmark = pytest.mark.clock

BEFORE_S, BETWEEN_S = 0.08, 0.04


async def slow(_seen, writer):
    await asyncio.sleep(BEFORE_S)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no")
    await asyncio.sleep(BETWEEN_S)
    writer.write(b"k")


def phases(injector) -> dict[Phase, tuple[int, float]]:
    """Count and mean, seconds."""
    sums: dict[Phase, list[float]] = defaultdict(lambda: [0, 0.0])
    for tick in injector.ticks:
        for phase in tick.phases:
            sums[phase.phase][0] += phase.count
            sums[phase.phase][1] += phase.sum_us
    return {phase: (int(n), us / n / 1e6) for phase, (n, us) in sums.items()}


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_phases_are_told_apart(target, begin, plan_for, step, until, scheme) -> None:
    if scheme == "https":
        await target.stop()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trustme.CA().issue_cert("localhost").configure_cert(context)
        await target.start(context)
    target.script = slow
    maker = plan_for(target.port, scheme=scheme, host="localhost", verify=False, iterations=3)
    injector = await begin(maker.of(g=[step("/a"), step("/b", statuses=(404,))]))
    await injector.vus(2)
    await until(lambda: injector.iterations()[0] == 6)
    await injector.finish()
    injector.assert_counts_add_up()
    found = phases(injector)
    assert found[Phase.WAIT][0] == found[Phase.RECEIVE][0] == 12, "failed checks were answered"
    assert BEFORE_S <= found[Phase.WAIT][1] < 3 * BEFORE_S
    assert BETWEEN_S * 0.9 <= found[Phase.RECEIVE][1] < 3 * BETWEEN_S
    assert found[Phase.CONNECT][0] == 2
    assert 1 <= found[Phase.DNS][0] <= 2, "looked up once for all who wait for it"
    assert (Phase.TLS in found) == (scheme == "https")
    assert injector.total("connections_opened") == 2
    assert injector.total("connections_reused") == 10


async def test_requests_by_name(target, begin, plan_for, step, until) -> None:
    async def script(seen, writer):
        if seen.path == "/gone":
            writer.close()
        else:
            await slow(seen, writer)

    target.script = script
    maker = plan_for(target.port, iterations=2)
    injector = await begin(maker.of(g=[step("/a")], h=[step("/gone")]))
    await injector.vus(1, "g")
    await injector.vus(1, "h")
    await until(lambda: injector.iterations("g")[0] == injector.iterations("h")[0] == 2)
    await injector.finish()
    rows: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0, 0, 0, 0.0])
    for tick in injector.ticks:
        for row in tick.by_request:
            wait_us = row.phases_us[list(Phase).index(Phase.WAIT)]
            for place, value in enumerate((row.count, row.failed, row.opened, wait_us)):
                rows[row.group, row.name][place] += value
    assert rows["g", "GET /a"][:3] == [2, 0, 1]
    assert rows["g", "GET /a"][3] >= 2 * BEFORE_S * 1e6
    assert rows["h", "GET /gone"] == [2, 2, 0, 0.0]


async def test_each_vu_looks_up_its_names_when_told(engine_for, plan_for, step) -> None:
    plan = plan_for(1).of(g=[step()])
    shared = engine_for(plan).dialer
    assert shared.names() is shared.names()
    alone = engine_for(plan_for(1, resolve_per_vu=True).of(g=[step()])).dialer
    assert alone.names() is not alone.names()
