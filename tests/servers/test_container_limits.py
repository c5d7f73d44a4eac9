"""What a container may use: recorded files of both kinds of cgroups, and a real one."""

from __future__ import annotations

import math
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.servers.child import ChildStream
from perfconsole.servers.linux import cgroup
from perfconsole.servers.linux.proc import Counters, parse_pull
from perfconsole.servers.linux.rates import metrics
from perfconsole.servers.pull import PULSE, Loop
from perfconsole.servers.stream import Open

MACHINE = "/proc/uptime:{up} 1\n/proc/stat:cpu 1 2 3 4\n/proc/meminfo:MemTotal: 4000 kB\n"
V2 = """\
/sys/fs/cgroup/cpu.max:50000 100000
/sys/fs/cgroup/cpu.stat:usage_usec {used_us}
/sys/fs/cgroup/cpu.stat:user_usec 1
/sys/fs/cgroup/cpu.stat:nr_periods {periods}
/sys/fs/cgroup/cpu.stat:nr_throttled {throttled}
/sys/fs/cgroup/memory.max:2048000
/sys/fs/cgroup/memory.current:1536000
/sys/fs/cgroup/memory.stat:inactive_file 512000
"""
V1 = """\
/sys/fs/cgroup/cpu/cpu.cfs_quota_us:50000
/sys/fs/cgroup/cpu/cpu.cfs_period_us:100000
/sys/fs/cgroup/cpu/cpu.stat:nr_periods {periods}
/sys/fs/cgroup/cpu/cpu.stat:nr_throttled {throttled}
/sys/fs/cgroup/cpuacct/cpuacct.usage:{used_us}000
/sys/fs/cgroup/memory/memory.limit_in_bytes:2048000
/sys/fs/cgroup/memory/memory.usage_in_bytes:1536000
/sys/fs/cgroup/memory/memory.stat:inactive_file 1
/sys/fs/cgroup/memory/memory.stat:total_inactive_file 512000
"""
KINDS = ("cpu", "cpuacct")
OF_CGROUP = ("cgroup_cpu_percent", "cgroup_throttled_percent", "cgroup_memory_percent")


def between(files: str, **changed: str) -> dict[str, float]:
    def reading(up: int, used_us: int, periods: int, throttled: int) -> str:
        text = (MACHINE + files).format(
            up=up, used_us=used_us, periods=periods, throttled=throttled
        )
        for line, other in changed.items():
            text = text.replace(line, other)
        return text

    before, now = reading(100, 7_000_000, 40, 1), reading(102, 7_500_000, 60, 6)
    found = metrics(parse_pull(before), parse_pull(now))
    return {name: value for name, value in found.items() if name.startswith("cgroup")}


@pytest.mark.parametrize("files", [V2, V1])
def test_of_its_quota_and_its_limit(files):
    assert between(files) == pytest.approx(dict(zip(OF_CGROUP, (50, 25, 50), strict=True)))


@pytest.mark.parametrize("files", [V2, V1])
def test_without_a_limit_there_is_nothing_to_be_a_percent_of(files):
    unlimited = files.replace("50000 100000", "max 100000").replace("quota_us:50000", "quota_us:-1")
    assert list(between(unlimited)) == ["cgroup_memory_percent"]
    for none in ("max", "9223372036854771712"):
        assert "cgroup_memory_percent" not in between(files.replace("2048000", none))
    assert between("") == {}


def test_an_idle_one_is_not_throttled():
    assert between(V2.replace("{periods}", "40").replace("{throttled}", "1"))[OF_CGROUP[1]] == 0


@given(st.lists(st.tuples(st.sampled_from(cgroup.FILES), st.text(max_size=40)), max_size=20))
def test_nonsense_is_passed_over(lines):
    text = MACHINE.format(up=102) + "".join(f"{file}:{line}\n" for file, line in lines)
    found = metrics(parse_pull(MACHINE.format(up=100)), parse_pull(text))
    assert all(math.isfinite(value) for value in found.values())


@pytest.fixture
def throttled() -> Iterator[Open]:
    """Opens commands that see a new cgroup (v1) as their container's, a busy process in it; it may
    use a twentieth of a core."""
    folders = [Path(f"/sys/fs/cgroup/{part}/perfconsole-{os.getpid()}") for part in KINDS]
    try:
        for folder in folders:
            folder.mkdir()
        (folders[0] / "cpu.cfs_quota_us").write_text("5000")
    except OSError as error:
        pytest.skip(f"no cgroup can be made here: {error}")
    with subprocess.Popen(["sh", "-c", "while :; do :; done"]) as busy:
        for folder in folders:
            (folder / "cgroup.procs").write_text(str(busy.pid))
        seen = " && ".join(f"mount --bind {each} {each.parent}" for each in folders)
        yield lambda command: ChildStream(
            ("unshare", "-m", "sh", "-c", f'{seen} && exec sh -c "$1"', "sh", command)
        )
        busy.kill()
    for folder in folders:
        folder.rmdir()


@pytest.mark.clock
def test_a_real_one_that_is_throttled(throttled):
    """A busy process in it gets its twentieth of a core and has to wait in nearly every period."""
    loop = Loop(throttled, PULSE)

    def reading() -> Counters:
        loop.ask()
        return parse_pull(loop.answer(10))

    before = reading()
    time.sleep(2)
    found = metrics(before, reading())
    loop.close()
    assert found["cgroup_cpu_percent"] == pytest.approx(100, abs=10)
    assert found["cgroup_throttled_percent"] > 50
