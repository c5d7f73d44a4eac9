"""A sampler against a real sshd: figures that are right, and nothing left behind."""

from __future__ import annotations

import asyncio
import subprocess
import threading
import time
from statistics import fmean

import psutil
import pytest

from perfconsole.model.server_spec import ServerSpec
from perfconsole.servers.connect_limit import ConnectLimit
from perfconsole.servers.watch_all import Servers

pytestmark = pytest.mark.sshd


def is_ok(sample):
    return sample.ok


def is_bad(sample):
    return not sample.ok


async def test_first_sample_is_complete_and_agrees_with_psutil(sshd, samples, watch):
    watch(sshd.spec())
    sample = await samples.first(is_ok)
    assert samples.all[0] is sample, "connecting does not count as a missed sample"
    assert set(sample.metrics) >= {
        "cpu_percent", "memory_percent", "load_1m", "net_rx_bytes_s", "net_tx_bytes_s",
    }  # fmt: skip
    memory = psutil.virtual_memory()
    used = 100 * (memory.total - memory.available) / memory.total
    assert sample.metrics["memory_percent"] == pytest.approx(used, abs=3)
    assert sample.metrics["load_1m"] == pytest.approx(psutil.getloadavg()[0], abs=2)
    assert 0 <= sample.metrics["cpu_percent"] <= 100
    full = await samples.first(lambda s: "disk_percent:/" in s.metrics)
    usage = psutil.disk_usage("/")
    expected = 100 * usage.used / (usage.used + usage.free)
    assert full.metrics["disk_percent:/"] == pytest.approx(expected, abs=1)
    assert 0 < full.metrics["inode_percent:/"] <= 100
    states = await samples.first(lambda s: "tcp_close_wait" in s.metrics)
    assert states.metrics["tcp_listen"] >= 1
    assert full.interval_s == 0.5


@pytest.mark.clock
async def test_under_load_it_agrees_with_psutil(sshd, samples, watch):
    """The bench holds them against each other for a minute, and within one point."""
    watch(sshd.spec(every=1))
    await samples.first(is_ok)
    with subprocess.Popen(["sh", "-c", "while :; do :; done"]) as busy:
        begun = len(samples.all)
        await samples.first(is_ok, after=begun)
        before, memory = psutil.cpu_times(), []
        for number in range(begun + 1, begun + 6):
            await samples.first(is_ok, after=number)
            now = psutil.cpu_times()
            told = psutil.virtual_memory()
            memory.append(100 * (told.total - told.available) / told.total)
        busy.kill()
    steps = [later - earlier for earlier, later in zip(before[:8], now[:8], strict=True)]
    cpu = 100 * (1 - (steps[3] + steps[4]) / sum(steps))
    seen = [sample.metrics for sample in samples.all[begun + 1 : begun + 6]]
    assert fmean(each["cpu_percent"] for each in seen) == pytest.approx(cpu, abs=4)
    assert fmean(each["memory_percent"] for each in seen) == pytest.approx(fmean(memory), abs=2)
    usage = psutil.disk_usage("/")
    assert seen[-1]["disk_percent:/"] == pytest.approx(usage.percent, abs=1)


@pytest.mark.clock
async def test_samples_come_at_their_interval(sshd, samples, watch):
    watch(sshd.spec())
    await samples.first(is_ok)
    begun = time.monotonic()
    await asyncio.sleep(3)
    came = len(samples.all) - 1
    assert came == pytest.approx((time.monotonic() - begun) / 0.5, abs=2)
    assert all(sample.ok for sample in samples.all)


async def test_chosen_disks_only(sshd, samples, watch):
    watch(sshd.spec(disks=("/", "/tmp", "/no/such place", "/$(id)")))
    sample = await samples.first(lambda s: "disk_percent:/" in s.metrics)
    disks = {name for name in sample.metrics if name.startswith("disk_percent")}
    assert disks == {"disk_percent:/", "disk_percent:/tmp"}


@pytest.mark.clock
async def test_nothing_is_left_on_the_server(sshd, samples, watch, eventually):
    task = watch(sshd.spec())
    await samples.first(lambda s: "disk_percent:/" in s.metrics)
    left = sshd.processes()
    assert len(sshd.loops()) >= 2, "a fast and a slow loop run there"
    begun = time.monotonic()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert time.monotonic() - begun < 1.5
    await asyncio.to_thread(eventually, lambda: not any(p.is_running() for p in left), 3)


async def test_use_of_the_network_is_told_where_a_person_says_what_it_carries(sshd, samples, watch):
    watch(sshd.spec(link_mbps=1000))
    sample = await samples.first(lambda s: any(m.startswith("network_percent:") for m in s.metrics))
    assert "network_percent:lo" not in sample.metrics


async def test_many_reconnects_leave_no_thread(sshd, samples, watch, eventually):
    before = threading.active_count()
    for _ in range(5):
        begun = len(samples.all)
        task = watch(sshd.spec())
        await samples.first(is_ok, after=begun)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await asyncio.to_thread(eventually, lambda: threading.active_count() <= before + 1, 3)


@pytest.mark.clock
async def test_a_hung_server_delays_no_other(make_sshd, samples):
    good, hung = make_sshd(), make_sshd()
    specs = {f"hung{n}": hung.spec() for n in range(10)} | {"good": good.spec()}
    hung.process.send_signal(19)
    servers = Servers(specs, samples.emit)
    begun = time.monotonic()
    servers.start()
    try:
        await samples.first(lambda s: s.server == "good" and s.ok, within_s=8)
        bad = await samples.first(lambda s: s.server == "hung3" and not s.ok, within_s=8)
        assert bad.detail
        late = await samples.first(lambda s: "no SSH greeting" in s.detail, within_s=20)
        assert late.server.startswith("hung")
    finally:
        stopping = time.monotonic()
        await servers.stop()
        assert time.monotonic() - stopping < 1.8
        hung.process.send_signal(18)
    good_ones = [s for s in samples.all if s.server == "good"]
    assert all(s.ok for s in good_ones), time.monotonic() - begun


async def test_a_sampler_that_breaks_is_said_and_started_again(samples, monkeypatch):
    calls = []

    async def broken(name, *_):
        calls.append(name)
        raise ZeroDivisionError("secret words")

    monkeypatch.setattr("perfconsole.servers.watch_all.sample_server", broken)
    servers = Servers({"web1": ServerSpec(ssh="web1")}, samples.emit)
    servers.start()
    await samples.first(lambda s: "ZeroDivisionError" in s.detail)
    await samples.first(lambda s: "ZeroDivisionError" in s.detail, after=1)
    await servers.stop()
    assert len(calls) == 2
    assert "secret" not in samples.all[0].detail


def test_at_most_eight_connect_at_once_but_the_stuck_do_not_count():
    limit = ConnectLimit(most=8, patience_s=0.3)
    stopped = threading.Event()
    inside, peak, gate = [0], [0], threading.Event()

    def connect() -> None:
        with limit.place(stopped):
            inside[0] += 1
            peak[0] = max(peak[0], inside[0])
            gate.wait(5)
            inside[0] -= 1

    threads = [threading.Thread(target=connect) for _ in range(12)]
    for thread in threads:
        thread.start()
    time.sleep(0.15)
    assert inside[0] == 8
    time.sleep(0.5)
    assert inside[0] == 12
    gate.set()
    for thread in threads:
        thread.join()
