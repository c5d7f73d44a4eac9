"""Block devices: lines of /proc/diskstats as counters, and two of them as metrics. Pure.

Fields as Documentation/admin-guide/iostats.rst numbers them; sectors are 512 bytes whatever the
device's own are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

SECTOR_BYTES = 512
_NOT_DISKS = re.compile(r"(?:loop|ram|zram|sr|fd|nbd)\d+$")
_PART = re.compile(r"(.*\d)p\d+|(.*\D)\d+")
MOST = 64


class Device(NamedTuple):
    """Since boot."""

    reads: float
    read_sectors: float
    read_ms: float
    writes: float
    written_sectors: float
    write_ms: float
    busy_ms: float
    """Time in which anything was under way."""


def parse_diskstats(lines: Iterable[str]) -> dict[str, Device]:
    """Whole devices that were ever used, by name: no partitions, no loop and RAM devices."""
    found: dict[str, Device] = {}
    for line in lines:
        words = line.split()
        if len(words) < 13 or _NOT_DISKS.match(words[2]):
            continue
        counts = words[3:13]
        if not all(map(str.isdecimal, counts)):
            continue
        n = [float(count) for count in counts]
        if n[0] or n[4]:
            found[words[2]] = Device(n[0], n[2], n[3], n[4], n[6], n[7], n[9])
    return dict(list(_whole(found).items())[:MOST])


def _whole(devices: Mapping[str, Device]) -> dict[str, Device]:
    """Without those that are parts of another one: sda1 of sda, nvme0n1p2 of nvme0n1."""
    return {name: device for name, device in devices.items() if _part_of(name) not in devices}


def _part_of(name: str) -> str | None:
    """What it would be a partition of: a number behind a letter, ``p`` and a number behind a digit.
    md12 is no part of md1."""
    match = _PART.fullmatch(name)
    return match and (match[1] or match[2])


def device_metrics(
    before: Mapping[str, Device], now: Mapping[str, Device], passed_s: float
) -> Iterator[tuple[str, float]]:
    """By metric name. A counter that fell is a gap: nothing is told of that device.

    ``disk_busy_percent``: time in which anything was under way (on NVMe 100 % is not saturation);
    ``disk_await_ms``: of one operation from its queue to its end, none when there was none.
    """
    for name, later in now.items():
        earlier = before.get(name)
        if earlier is None or passed_s <= 0:
            continue
        step = Device(*(n - b for n, b in zip(later, earlier, strict=True)))
        if min(step) < 0:
            continue
        operations = step.reads + step.writes
        yield f"disk_busy_percent:{name}", min(100.0, 100 * step.busy_ms / (1000 * passed_s))
        yield f"disk_read_bytes_s:{name}", SECTOR_BYTES * step.read_sectors / passed_s
        yield f"disk_write_bytes_s:{name}", SECTOR_BYTES * step.written_sectors / passed_s
        yield f"disk_iops:{name}", operations / passed_s
        if operations:
            yield f"disk_await_ms:{name}", (step.read_ms + step.write_ms) / operations
