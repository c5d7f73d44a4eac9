"""Lines to a server that are slow, lose packets, or lose them all: late or unknown, never wrong."""

from __future__ import annotations

import asyncio
import time

import psutil
import pytest

from perfconsole.servers import puller
from perfconsole.servers.backoff import Backoff
from perfconsole.servers.ssh import dial

pytestmark = pytest.mark.sshd


def assert_plausible(samples):
    for sample in samples:
        assert bool(sample.metrics) == sample.ok
        if sample.ok:
            assert 0 < sample.metrics["memory_percent"] < 100
            assert sample.metrics["load_1m"] >= 0


async def test_a_slow_line_is_one_outage_and_no_flood(make_sshd, relay, over, watched, samples):
    """An answer takes longer than its interval: some come, and nobody is told each time."""
    server = make_sshd()
    line = await relay(server.port)
    run = watched(web1=over(line, server))
    await samples.first(lambda s: s.ok)
    line.pause_s, line.piece = 0.12, 1024
    at = len(samples.all)
    missed = await samples.first(lambda s: not s.ok, after=at)
    assert missed.detail == "no answer in time"
    assert run.row()["state"] == "unknown"
    for _ in range(3):
        late = await samples.first(lambda s: s.ok, after=samples.all.index(missed))
        missed = await samples.first(lambda s: not s.ok, after=samples.all.index(late))
    assert_plausible(samples.all)
    assert server.logged("Accepted publickey") == 1, "slow is not dead"
    _, lines = await run.kept()
    assert lines == ["web1: no answer in time"]
    assert run.judged().verdict.value == "not_proven"


async def test_packets_lost_silently_then_healed(wire, make_sshd, watched, samples, monkeypatch):
    """Nobody closes anything: the same connection goes on when it heals in time."""
    server = make_sshd(address=wire.address, within=wire.within)
    run = watched(web1=server.spec())
    await samples.first(lambda s: "disk_percent:/" in s.metrics)
    wire.drop()
    missed = await samples.first(lambda s: not s.ok)
    assert missed.detail == "no answer in time"
    row = run.row()
    assert row["why"].endswith(missed.detail)
    assert not {"cpu", "memory", "disk"} & row.keys()
    wire.heal()
    await samples.first(lambda s: s.ok, after=samples.all.index(missed))
    assert server.logged("Accepted publickey") == 1


async def test_packets_lost_for_long_are_a_new_connection(
    wire, make_sshd, watched, samples, monkeypatch
):
    monkeypatch.setattr(puller, "LEAST_PATIENCE_S", 1.0)
    monkeypatch.setattr(dial, "CONNECT_S", 1.0)
    monkeypatch.setattr(puller, "Backoff", lambda: Backoff(first_s=0.2))
    server = make_sshd(address=wire.address, within=wire.within)
    run = watched(web1=server.spec())
    await samples.first(lambda s: s.ok)
    wire.drop()
    gone = await samples.first(lambda s: "gave no answer within 1 s" in s.detail)
    assert run.row()["why"].endswith(gone.detail)
    wire.heal()
    back = await samples.first(lambda s: s.ok, after=samples.all.index(gone))
    assert back.metrics["memory_percent"] > 0
    _, lines = await run.kept()
    assert lines[:2] == ["web1: no answer in time", "web1: no answer within 1 s"]
    assert lines.count(f"web1: {gone.detail}") == 1


async def test_a_fifth_of_the_packets_lost(wire, make_sshd, watched, samples):
    server = make_sshd(address=wire.address, within=wire.within)
    wire.drop("-m", "statistic", "--mode", "random", "--probability", "0.2")
    run = watched(web1=server.spec())
    begun, ok = time.monotonic(), 0
    while ok < 8:
        await samples.first(lambda s: True, after=len(samples.all), within_s=30)
        ok = sum(sample.ok for sample in samples.all)
        assert time.monotonic() - begun < 90
    assert_plausible(samples.all)
    assert all(sample.detail for sample in samples.all if not sample.ok)
    _, lines = await run.kept()
    assert len(lines) <= 6


@pytest.mark.clock
async def test_neither_a_hung_nor_a_slow_server_delays_another(
    make_sshd, relay, over, full_port, samples, watched
):
    """Its samples keep their interval, and the loop that everything else lives in is free."""
    good, hung = make_sshd(), make_sshd()
    slow = await relay(good.port, pause_s=0.05, piece=512)
    run = watched(
        good=good.spec(),
        hung=hung.spec(),
        slow=over(slow, good),
        nowhere=good.spec(ssh=f"nobody@127.0.0.1:{full_port}"),
    )
    await samples.first(lambda s: s.server == "hung" and s.ok)
    await samples.first(lambda s: s.server == "good" and s.ok)
    for process in (psutil.Process(hung.process.pid), *hung.sessions()):
        process.suspend()
    await samples.first(lambda s: s.server == "hung" and not s.ok)
    await samples.first(lambda s: s.server == "nowhere")
    at, begun, late = len(samples.all), time.monotonic(), 0.0
    while (now := time.monotonic()) < begun + 4:
        await asyncio.sleep(0.01)
        late = max(late, time.monotonic() - now - 0.01)
    came = [s for s in samples.all[at:] if s.server == "good"]
    assert all(sample.ok for sample in came)
    assert len(came) == pytest.approx(4 / 0.5, abs=1)
    assert late < 0.5, "seconds that nothing else was done in; a server is waited for longer"
    assert any(s.server == "slow" for s in samples.all[at:])
    assert run.row("good")["state"] != "unknown"
    assert {run.row(name)["state"] for name in ("hung", "nowhere")} == {"unknown"}
