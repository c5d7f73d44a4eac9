"""What a container may use and has used: lines of its own cgroup's files → numbers. Pure.

Inside a container with a cgroup namespace its own files lie right under /sys/fs/cgroup. A machine
has none of them there, or they hold no limit: then there is nothing to be a percent of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

_V2, _CPU, _CPUACCT, _MEMORY = (
    "/sys/fs/cgroup", "/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpuacct", "/sys/fs/cgroup/memory",
)  # fmt: skip
CPU_MAX = f"{_V2}/cpu.max"
CPU_STAT = f"{_V2}/cpu.stat"
MEMORY_MAX = f"{_V2}/memory.max"
MEMORY_NOW = f"{_V2}/memory.current"
MEMORY_STAT = f"{_V2}/memory.stat"
V1_QUOTA = f"{_CPU}/cpu.cfs_quota_us"
V1_PERIOD = f"{_CPU}/cpu.cfs_period_us"
V1_CPU_STAT = f"{_CPU}/cpu.stat"
V1_USED = f"{_CPUACCT}/cpuacct.usage"
V1_MEMORY_MAX = f"{_MEMORY}/memory.limit_in_bytes"
V1_MEMORY_NOW = f"{_MEMORY}/memory.usage_in_bytes"
V1_MEMORY_STAT = f"{_MEMORY}/memory.stat"
FILES = (
    CPU_MAX, CPU_STAT, MEMORY_MAX, MEMORY_NOW, MEMORY_STAT,
    V1_QUOTA, V1_PERIOD, V1_CPU_STAT, V1_USED, V1_MEMORY_MAX, V1_MEMORY_NOW, V1_MEMORY_STAT,
)  # fmt: skip
KEPT = "usage_usec|nr_periods|nr_throttled|inactive_file|total_inactive_file"
"""Beginnings of lines that are looked at, as grep -E has it; numbers are kept already."""

Lines = Mapping[str, Sequence[str]]
"""By file."""


def cpu_quota(files: Lines) -> float | None:
    """Cores that it may use at most; None when nothing limits it."""
    words = " ".join(files[CPU_MAX]).split() or [_word(files[V1_QUOTA]), _word(files[V1_PERIOD])]
    quota, period = words if len(words) == 2 else ("", "")
    if quota.isdecimal() and period.isdecimal() and int(quota) and int(period):
        return int(quota) / int(period)
    return None


def counters_of_cpu(files: Lines) -> Iterator[tuple[str, float]]:
    """Seconds of CPU used, periods that its quota was counted in, and those it was throttled in."""
    named = dict(_named([*files[CPU_STAT], *files[V1_CPU_STAT]]))
    if "usage_usec" in named:
        yield "cgroup_cpu_s", named["usage_usec"] / 1e6
    elif (used := _word(files[V1_USED])).isdecimal():
        yield "cgroup_cpu_s", int(used) / 1e9
    for name, counter in (("nr_periods", "cgroup_periods"), ("nr_throttled", "cgroup_throttled")):
        if name in named:
            yield counter, named[name]


def memory_percent(files: Lines, machine_bytes: float | None) -> float | None:
    """Of its limit, without the file cache that is given back first: kubelet's working set.

    None when there is no limit, or one above what the machine has.
    """
    limit = _word([*files[MEMORY_MAX], *files[V1_MEMORY_MAX]])
    used = _word([*files[MEMORY_NOW], *files[V1_MEMORY_NOW]])
    named = dict(_named([*files[MEMORY_STAT], *files[V1_MEMORY_STAT]]))
    cache = named.get("total_inactive_file", named.get("inactive_file"))
    if not (limit.isdecimal() and used.isdecimal()) or cache is None or machine_bytes is None:
        return None
    if not 0 < int(limit) <= machine_bytes:
        return None
    return min(100.0, 100.0 * max(0.0, int(used) - cache) / int(limit))


def _word(lines: Sequence[str]) -> str:
    return (lines[0].split() or [""])[0] if lines else ""


def _named(lines: Sequence[str]) -> Iterator[tuple[str, float]]:
    for line in lines:
        words = line.split()
        if len(words) == 2 and words[1].isdecimal():
            yield words[0], float(words[1])
