"""Numbers and names that no kernel would write are passed over; they end no sampler."""

from __future__ import annotations

import time

import pytest

from perfconsole.model.sample import told
from perfconsole.servers.linux.devices import parse_diskstats
from perfconsole.servers.linux.disks import parse_df
from perfconsole.servers.linux.proc import parse_pull
from perfconsole.servers.linux.processes import parse_processes
from perfconsole.servers.linux.rates import metrics
from perfconsole.servers.linux.seldom import link_speeds, parse_interfaces, parse_tcp_states
from perfconsole.servers.snapshots.largest import largest

RECORDED = """\
uname:Linux 6.1
/proc/uptime:100.5 5
/proc/stat:cpu  1 2 3 4 5 6 7 8
/proc/meminfo:MemTotal: 1000 kB
/proc/meminfo:SwapTotal: 10 kB
"""
LATER = RECORDED.replace("100.5", "102.5").replace("cpu  1 2", "cpu  3 4")
HUGE = "9" * 5000
"""Python itself makes no int of so many digits."""


@pytest.mark.parametrize(
    "line",
    [
        "/proc/net/snmp:Tcp: CurrEstab\n/proc/net/snmp:Tcp: --5",
        f"/proc/sys/fs/file-nr:{HUGE} 0 9",
        f"/proc/sys/fs/file-nr:{HUGE[:400]} 0 9",
        f"/proc/stat:cpu0 {HUGE} 1 1 1 1",
        f"/proc/pressure/cpu:some total={HUGE}",
        f"/sys/fs/cgroup/cpu.max:{HUGE} 100000",
        f"/sys/fs/cgroup/cpu.stat:usage_usec {HUGE}",
    ],
    ids=lambda line: line[:20],
)
def test_a_number_that_is_none_takes_nothing_else_with_it(line: str):
    found = metrics(parse_pull(RECORDED), parse_pull(f"{LATER}{line}\n"))
    assert found == metrics(parse_pull(RECORDED), parse_pull(LATER))


def test_a_clock_of_no_end_is_no_clock():
    found = metrics(parse_pull(RECORDED), parse_pull(LATER.replace("102.5", HUGE)))
    assert all(abs(value) <= 100 for value in told(found).values())


def test_more_free_swap_than_there_is_is_none_used():
    swap = "/proc/meminfo:SwapFree: 9000 kB\n"
    assert metrics(None, parse_pull(RECORDED + swap))["swap_percent"] == 0


def test_a_line_ends_where_the_kernel_ends_it():
    """A name may hold what Python takes for the end of a line."""
    forged = "/proc/net/dev: x\x1c/proc/meminfo:MemAvailable: 1 kB\n"
    assert "memory_percent" not in metrics(None, parse_pull(RECORDED + forged))


@pytest.mark.parametrize("figures", ["{} 5 5", "5 {0} {0}"])
def test_no_disk_is_as_large(figures: str):
    assert parse_df([f"/dev/a {figures.format(HUGE)} 5% /"]) is None


def test_links_and_connections():
    (link,) = parse_interfaces([f"net eth0 real {HUGE}"])
    assert link.mbps is None
    assert told(parse_tcp_states(["tcp", f"tcp 08 {HUGE}"])).get("tcp_close_wait") is None


def test_thousands_of_links_are_not_all_told_of():
    found = parse_interfaces(f"net veth{n} virtual 10000" for n in range(1000))
    assert len(link_speeds(found, 1000.0)) == 64


@pytest.mark.parametrize(
    "head",
    ["nan\n\n100\n4096", "inf\n\n100\n4096", "1e99\n\n100\n4096", "5\n\n0\n4096",
     "5\n\n100\n-1"],
)  # fmt: skip
def test_processes_need_a_clock_and_a_page(head: str):
    assert parse_processes(f"{head}\n1 (a) S {'1 ' * 30}") is None


def test_processes_of_odd_numbers_are_shown():
    stat = f"1 (a) S {'1 ' * 30}"
    now = parse_processes(f"5\nMemTotal: {HUGE} kB\n100\n4096\n{stat}\n{stat.replace('1 ', HUGE)}")
    assert now is not None
    assert "1 processes" in largest(now, now)


def test_thousands_of_devices_take_no_time():
    lines = [f"8 0 sd{n}x 1 0 0 0 1 0 0 0 0 0 0" for n in range(10_000)]
    begun = time.process_time()
    assert parse_diskstats(lines)
    assert time.process_time() - begun < 1
