"""A sampler against a real sshd: figures that are right, and nothing left behind."""

from __future__ import annotations

import asyncio
import threading
import time

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
    assert full.interval_s == 0.5


@pytest.mark.clock
async def test_cpu_under_load_agrees_with_psutil(sshd, samples, watch):
    stop = threading.Event()

    def burn() -> None:
        while not stop.is_set():
            sum(range(1000))

    watch(sshd.spec(every=1))
    await samples.first(is_ok)
    burner = threading.Thread(target=burn)
    burner.start()
    try:
        begun = len(samples.all)
        before = psutil.cpu_times()
        await samples.first(is_ok, after=begun)
        await samples.first(is_ok, after=begun + 1)
        await samples.first(is_ok, after=begun + 2)
        now = psutil.cpu_times()
    finally:
        stop.set()
        burner.join()
    steps = [b - a for a, b in zip(before[:8], now[:8], strict=True)]
    expected = 100 * (1 - (steps[3] + steps[4]) / sum(steps))
    measured = [s.metrics["cpu_percent"] for s in samples.all[begun + 1 : begun + 3]]
    assert sum(measured) / len(measured) == pytest.approx(expected, abs=20)


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
    watch(sshd.spec(disks=("/", "/tmp", "/no/such place", "--help")))
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


async def test_noise_of_login_scripts_is_passed_over(make_sshd, samples, watch):
    server = make_sshd(
        "ForceCommand echo 'cpu 1 2 3 4'; seq 5000; printf 'no end' >&2; "
        'eval "$SSH_ORIGINAL_COMMAND"'
    )
    watch(server.spec())
    sample = await samples.first(lambda s: "disk_percent:/" in s.metrics)
    assert sample.metrics["memory_percent"] > 0
    assert all(s.ok for s in samples.all)


async def test_a_hung_df_takes_only_the_disks_with_it(make_sshd, samples, watch, tmp_path):
    df = tmp_path / "bin" / "df"
    df.parent.mkdir()
    df.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/df.pid\nexec sleep 60\n")
    df.chmod(0o755)
    server = make_sshd(f"SetEnv PATH={df.parent}:/usr/bin:/bin")
    watch(server.spec())
    await samples.first(is_ok)
    await samples.first(is_ok, after=3)
    assert all(s.ok and "disk_percent:/" not in s.metrics for s in samples.all)
    psutil.Process(int((tmp_path / "df.pid").read_text())).kill()


async def test_one_session_only_costs_only_the_disks(make_sshd, samples, watch):
    server = make_sshd("MaxSessions 1")
    watch(server.spec())
    await samples.first(is_ok)
    await samples.first(is_ok, after=3)
    assert all(s.ok and "disk_percent:/" not in s.metrics for s in samples.all)


async def test_a_system_without_proc_says_so(make_sshd, samples, watch, tmp_path):
    (tmp_path / "bin").mkdir()
    for name, script in {"grep": "exit 2", "uname": "echo FreeBSD 14.1-RELEASE"}.items():
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / "bin" / name).chmod(0o755)
    server = make_sshd(f"SetEnv PATH={tmp_path}/bin:/usr/bin:/bin")
    watch(server.spec())
    sample = await samples.first(is_bad)
    assert sample.detail == "not supported over SSH; use an exporter (FreeBSD 14.1-RELEASE)"
    assert sample.metrics == {}


async def test_a_login_without_a_shell_says_what_it_said(make_sshd, samples, watch):
    server = make_sshd("ForceCommand echo This account is currently not available.; exit 1")
    watch(server.spec())
    sample = await samples.first(is_bad)
    assert "no shell" in sample.detail
    assert "This account is currently not available." in sample.detail


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
