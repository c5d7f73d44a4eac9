"""The text of one pull of /proc, as counters. Pure.

Each line is ``/proc/file:its line``, as grep prints many files at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from perfconsole.servers.linux import cgroup
from perfconsole.servers.linux import proc_kernel as kernel
from perfconsole.servers.linux.devices import Device, parse_diskstats

SYSTEM = "uname"
"""What stands before its colon in place of a file: the name of the system."""
PAGE = "page"
"""Likewise: the bytes of a page of memory, which some files count in."""
UPTIME = "/proc/uptime"
BOOT_ID = "/proc/sys/kernel/random/boot_id"
STAT = "/proc/stat"
MEMINFO = "/proc/meminfo"
LOADAVG = "/proc/loadavg"
NET_DEV = "/proc/net/dev"
VMSTAT = "/proc/vmstat"
DISKSTATS = "/proc/diskstats"
SNMP = "/proc/net/snmp"
NETSTAT = "/proc/net/netstat"
SOCKSTAT = "/proc/net/sockstat"
FILE_NR = "/proc/sys/fs/file-nr"
PRESSURE = {kind: f"/proc/pressure/{kind}" for kind in ("cpu", "memory", "io")}
FILES = (
    UPTIME, BOOT_ID, STAT, MEMINFO, LOADAVG, NET_DEV, VMSTAT, DISKSTATS, SNMP, NETSTAT, SOCKSTAT,
    FILE_NR,
    *PRESSURE.values(), *cgroup.FILES,
)  # fmt: skip
KEPT = (
    "cpu|ctxt|processes|procs_|Mem|Swap|Buffers|Cached|pswp|oom_kill|some|full|Tcp|TCP"
    f"|[0-9a-f]{{8}}-|[0-9]|[[:space:]]|[a-z][^[:space:]]*:|{cgroup.KEPT}"
)
"""What the lines that are looked at begin with, as grep -E has it. Before the name of an interface
there is white space only when it has less than six letters."""
_TOO_LONG = re.compile(r"\d{21}")
"""The kernel counts in 64 bits, which are 20 digits at most."""


@dataclass(frozen=True, slots=True)
class Counters:
    """One reading of one server. What could not be read is None or empty."""

    cpu: tuple[float, ...]
    """Time since boot in user (guest in it), nice, system, idle, iowait, irq, softirq, steal."""
    uptime_s: float | None = None
    """The server's own clock for rates; a wall clock may jump."""
    boot_id: str = ""
    memory_total: float | None = None
    """Bytes."""
    memory_available: float | None = None
    """Bytes that can be had without swapping."""
    load_1m: float | None = None
    net: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Bytes received and sent, by interface; empty when unknown."""
    cores: dict[str, tuple[float, ...]] = field(default_factory=dict)
    """As `cpu`, of each of them."""
    swap_total: float | None = None
    """Bytes."""
    swap_free: float | None = None
    devices: dict[str, Device] = field(default_factory=dict)
    counts: dict[str, float] = field(default_factory=dict)
    """Other counters since boot, as `proc_kernel` names them."""
    levels: dict[str, float] = field(default_factory=dict)
    """Metrics of one reading, by their names."""
    cpu_quota: float | None = None
    """Cores that the container may use; None when it is none, or has no limit."""
    stalled_s: dict[str, float] = field(default_factory=dict)
    """Seconds since boot in which some task waited for ``cpu``, ``memory`` or ``io``."""


class NoProc(ValueError):
    """This is no Linux, or its /proc/stat cannot be read; the text is what it called itself."""


def parse_pull(text: str) -> Counters:
    """Raises NoProc when this is no Linux; odd and missing lines are passed over."""
    files: dict[str, list[str]] = {name: [] for name in (SYSTEM, PAGE, *FILES)}
    for line in text.split("\n"):
        name, _, content = line.partition(":")
        if name in files and not _TOO_LONG.search(content):
            files[name].append(content)
    cpu = _cpu(files[STAT])
    system = " ".join(files[SYSTEM]).strip()
    if cpu is None or (system and not system.startswith("Linux")):
        raise NoProc(system)
    memory = dict(_kilobytes(files[MEMINFO]))
    page_bytes = _first_number(files[PAGE]) or kernel.PAGE_BYTES
    return Counters(
        cpu=cpu,
        uptime_s=_first_number(files[UPTIME]),
        boot_id=files[BOOT_ID][0].strip() if files[BOOT_ID] else "",
        memory_total=memory.get("MemTotal"),
        memory_available=_available(memory),
        load_1m=_first_number(files[LOADAVG]),
        net=dict(_interfaces(files[NET_DEV])),
        cores=dict(_cores(files[STAT])),
        swap_total=memory.get("SwapTotal"),
        swap_free=memory.get("SwapFree"),
        devices=parse_diskstats(files[DISKSTATS]),
        counts={
            **dict(kernel.counters_of_stat(files[STAT])),
            **dict(kernel.counters_of_vmstat(files[VMSTAT], page_bytes)),
            **dict(kernel.counters_of_tcp([*files[SNMP], *files[NETSTAT]])),
            **dict(cgroup.counters_of_cpu(files)),
        },
        levels={
            **dict(kernel.levels_of_stat(files[STAT])),
            **dict(kernel.levels_of_tcp(files[SNMP], files[SOCKSTAT])),
            **dict(kernel.levels_of_files(files[FILE_NR])),
            **_cgroup_levels(files, memory.get("MemTotal")),
        },
        cpu_quota=cgroup.cpu_quota(files),
        stalled_s=dict(_stalled(files)),
    )


def _cpu(lines: list[str]) -> tuple[float, ...] | None:
    for line in lines:
        fields = line.split()
        if fields[:1] == ["cpu"]:
            times = [field for field in fields[1:9] if field.isdecimal()]
            return tuple(map(float, times)) if len(times) >= 4 else None
    return None


def _cores(lines: list[str]) -> Iterator[tuple[str, tuple[float, ...]]]:
    for line in lines:
        name, *fields = line.split() or [""]
        if name.startswith("cpu") and name[3:].isdecimal():
            times = [field for field in fields[:8] if field.isdecimal()]
            if len(times) >= 4:
                yield name, tuple(map(float, times))


def _cgroup_levels(files: dict[str, list[str]], machine_bytes: float | None) -> dict[str, float]:
    percent = cgroup.memory_percent(files, machine_bytes)
    return {} if percent is None else {"cgroup_memory_percent": percent}


def _stalled(files: dict[str, list[str]]) -> Iterator[tuple[str, float]]:
    for kind, file in PRESSURE.items():
        if (some := dict(kernel.stalled_s(files[file])).get("some")) is not None:
            yield kind, some


def _first_number(lines: list[str]) -> float | None:
    for line in lines:
        word = (line.split() or [""])[0]
        if word.replace(".", "", 1).isdecimal():
            return float(word)
    return None


def _kilobytes(lines: list[str]) -> Iterator[tuple[str, float]]:
    for line in lines:
        name, _, rest = line.partition(":")
        value = rest.split()[:1]
        if value and value[0].isdecimal():
            yield name.strip(), float(value[0]) * 1024


def _available(memory: dict[str, float]) -> float | None:
    """MemAvailable; kernels before 3.14 have none, there it is what the caches could give back."""
    if "MemAvailable" in memory:
        return memory["MemAvailable"]
    parts = [memory.get(name) for name in ("MemFree", "Buffers", "Cached")]
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None


def _interfaces(lines: list[str]) -> Iterator[tuple[str, tuple[float, float]]]:
    for line in lines:
        name, colon, rest = line.rpartition(":")
        fields = rest.split()
        if colon and len(fields) >= 9 and fields[0].isdecimal() and fields[8].isdecimal():
            yield name.strip(), (float(fields[0]), float(fields[8]))
