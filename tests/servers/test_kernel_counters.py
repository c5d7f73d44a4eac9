"""What the kernel counts besides CPU, memory and network: as recorded, and however odd."""

from __future__ import annotations

import dataclasses
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.servers.linux.devices import Device, device_metrics, parse_diskstats
from perfconsole.servers.linux.proc import Counters, parse_pull
from perfconsole.servers.linux.rates import metrics

RECORDED = """\
/proc/uptime:100.00 200.00
/proc/stat:cpu  1000 0 500 8000 300 0 50 150 0 0
/proc/stat:cpu0 800 0 300 4000 100 0 25 75 0 0
/proc/stat:cpu1 200 0 200 4000 200 0 25 75 0 0
/proc/stat:ctxt 1000
/proc/stat:processes 50
/proc/stat:procs_running 3
/proc/stat:procs_blocked 1
/proc/meminfo:SwapTotal: 1000 kB
/proc/meminfo:SwapFree:   250 kB
/proc/vmstat:pswpin 10
/proc/vmstat:pswpout 20
/proc/vmstat:oom_kill 0
/proc/diskstats:   8       0 sda 100 5 2000 400 50 6 1000 600 0 500 1000 0 0 0 0
/proc/diskstats:   8       1 sda1 90 5 1900 380 50 6 1000 600 0 480 980 0 0 0 0
/proc/diskstats:   7       0 loop0 9 0 9 9 0 0 0 0 0 9 9
/proc/net/snmp:Tcp: RtoAlgorithm CurrEstab OutSegs RetransSegs
/proc/net/snmp:Tcp: 1 42 1000 10
/proc/net/netstat:TcpExt: SyncookiesSent ListenOverflows ListenDrops
/proc/net/netstat:TcpExt: 0 7 9
/proc/net/sockstat:TCP: inuse 42 orphan 0 tw 17 alloc 50 mem 3
/proc/sys/fs/file-nr:864\t0\t86400
/proc/pressure/cpu:some avg10=58.05 avg60=15.14 avg300=25.77 total=2000000
/proc/pressure/cpu:full avg10=0.00 avg60=0.00 avg300=0.00 total=0
/proc/pressure/io:some avg10=0.00 avg60=0.00 avg300=0.00 total=500000
"""
LATER = """\
/proc/uptime:102.00 203.00
/proc/stat:cpu  1100 0 550 8030 310 0 50 160 0 0
/proc/stat:cpu0 900 0 300 4000 100 0 25 75 0 0
/proc/stat:cpu1 200 0 250 4030 210 0 25 85 0 0
/proc/stat:ctxt 3000
/proc/stat:processes 54
/proc/stat:procs_running 5
/proc/vmstat:pswpin 10
/proc/vmstat:pswpout 21
/proc/vmstat:oom_kill 0
/proc/diskstats:   8       0 sda 150 5 4048 500 100 6 3048 800 0 1500 2000 0 0 0 0
/proc/net/snmp:Tcp: RtoAlgorithm CurrEstab OutSegs RetransSegs
/proc/net/snmp:Tcp: 1 40 1200 14
/proc/net/netstat:TcpExt: SyncookiesSent ListenOverflows ListenDrops
/proc/net/netstat:TcpExt: 0 8 9
/proc/pressure/cpu:some avg10=58.05 avg60=15.14 avg300=25.77 total=3000000
"""


def test_levels_are_as_they_are_now():
    assert metrics(None, parse_pull(RECORDED)) == {
        "run_queue": 3, "blocked": 1, "swap_percent": 75, "tcp_established": 42,
        "tcp_time_wait": 17, "open_files": 864, "open_files_percent": 1,
    }  # fmt: skip


def test_counters_are_rates_between_two_readings():
    found = metrics(parse_pull(RECORDED), parse_pull(LATER))
    wanted = {
        "cpu_percent": 80, "cpu_user_percent": 50, "cpu_system_percent": 25,
        "cpu_iowait_percent": 5, "cpu_steal_percent": 5, "cpu_hottest_percent": 100,
        "context_switches_s": 1000, "forks_s": 2, "swap_in_bytes_s": 0, "swap_out_bytes_s": 2048,
        "oom_kills_s": 0, "listen_overflows_s": 0.5, "tcp_retransmit_percent": 2,
        "pressure_cpu_percent": 50, "disk_busy_percent:sda": 50, "disk_iops:sda": 50,
        "disk_read_bytes_s:sda": 512 * 1024, "disk_write_bytes_s:sda": 512 * 1024,
        "disk_await_ms:sda": 3, "run_queue": 5, "tcp_established": 40,
    }  # fmt: skip
    assert found == pytest.approx(wanted)


def test_swap_traffic_is_of_the_machine_s_own_pages():
    page = "page:65536\n"
    found = metrics(parse_pull(page + RECORDED), parse_pull(page + LATER))
    assert found["swap_out_bytes_s"] == 32768
    assert metrics(parse_pull("page:\n" + RECORDED), parse_pull(LATER))["swap_out_bytes_s"] == 2048


@pytest.mark.parametrize("file", ["vmstat", "diskstats", "net/snmp", "net/netstat", "pressure/cpu"])
def test_what_is_not_there_is_unknown_and_never_0(file: str):
    def without(text: str) -> Counters:
        lines = (line for line in text.splitlines() if not line.startswith(f"/proc/{file}:"))
        return parse_pull("\n".join(lines))

    whole = metrics(parse_pull(RECORDED), parse_pull(LATER)).keys()
    assert metrics(without(RECORDED), without(LATER)).keys() < whole


def test_a_counter_that_fell_is_a_gap():
    before, now = parse_pull(RECORDED), parse_pull(LATER)
    fallen = dataclasses.replace(
        before, counts=before.counts | {"context_switches": 9e9},
        devices={"sda": before.devices["sda"]._replace(reads=9e9)}, stalled_s={"cpu": 9e9},
    )  # fmt: skip
    found = metrics(fallen, now)
    assert "context_switches_s" not in found and "pressure_cpu_percent" not in found
    assert not [name for name in found if name.endswith(":sda")]


def test_devices_are_whole_ones():
    names = ["sda", "sda1", "sda12", "sdb", "nvme0n1", "nvme0n1p1", "nvme0n12", "md1", "md12",
             "dm-1", "dm-10", "mmcblk0", "mmcblk0p2", "vda", "ram0", "sr0", "xvda1"]  # fmt: skip
    lines = [f"8 0 {name} 1 0 2 3 4 0 5 6 0 7 8" for name in names]
    assert list(parse_diskstats(lines)) == [
        "sda", "sdb", "nvme0n1", "nvme0n12", "md1", "md12", "dm-1", "dm-10", "mmcblk0", "vda",
        "xvda1",
    ]  # fmt: skip


counts = st.floats(0, 1e15)
devices = st.builds(Device, *[counts] * 7)


@given(devices, devices, st.floats(-1, 100).filter(lambda s: s <= 0 or s >= 0.01))
def test_whatever_a_device_counts_its_metrics_are_possible(
    before: Device, now: Device, passed_s: float
):
    found = dict(device_metrics({"sda": before}, {"sda": now}, passed_s))
    assert all(math.isfinite(value) and value >= 0 for value in found.values())
    assert found.get("disk_busy_percent:sda", 0) <= 100


@given(st.lists(st.text(max_size=60), max_size=20))
def test_nonsense_in_any_file_is_passed_over(lines: list[str]):
    text = RECORDED + "".join(
        f"{file}:{line}\n"
        for line in lines
        for file in ("/proc/vmstat", "/proc/diskstats", "/proc/net/snmp", "/proc/sys/fs/file-nr",
                     "/proc/pressure/io", "/proc/net/sockstat", "/proc/stat")
    )  # fmt: skip
    found = metrics(parse_pull(RECORDED), parse_pull(text))
    assert all(math.isfinite(value) for value in found.values())
