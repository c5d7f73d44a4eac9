"""How many cores load processes may use: those of the machine that are left to this process."""

from __future__ import annotations

import os
from pathlib import Path

_QUOTA = Path("/sys/fs/cgroup/cpu.max")
"""A container's own limit: microseconds of CPU (or ``max``) in so many microseconds."""


def usable_cores(quota_file: Path = _QUOTA) -> int:
    """At least 1; fewer than the machine has under taskset or in a limited container."""
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    return max(1, min(cores, _quota(quota_file) or cores))


def default_injectors(cores: int) -> int:
    """One per core but one, which the controller, the console and the kernel need."""
    return max(1, cores - 1)


def _quota(file: Path) -> int | None:
    """Whole cores, rounded up; None when there is no limit."""
    try:
        allowed, period = file.read_text().split()
        return -(-int(allowed) // int(period))
    except (OSError, ValueError):
        return None
