"""Which file systems count, and how full df says they are. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_ALWAYS_FULL = {"squashfs", "iso9660", "udf", "erofs", "cramfs"}
"""Images that are written once: 100 % is no news."""
_NO_DEVICE = {"zfs", "btrfs", "bcachefs"}
"""Real ones whose source is not a path under /dev."""
_CONTAINER_FILES = {"/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/dev/termination-log"}
"""A container runtime mounts these single files from its own disk."""
_DF_NUMBERS = re.compile(r"\s(\d{1,20})\s+(\d{1,20})\s+(-?\d{1,20})\s+(?:\d+%|-)\s+/")
MOST = 64


@dataclass(frozen=True, slots=True)
class Mount:
    device: str
    where: str
    kind: str


@dataclass(frozen=True, slots=True)
class Fullness:
    """Of one file system; None is unknown, as inodes are where they are made when needed."""

    space_percent: float | None
    inode_percent: float | None


def parse_mounts(lines: Iterable[str]) -> list[Mount]:
    """Lines of /proc/mounts; a mount point with a line break in it is passed over."""
    mounts = []
    for line in lines:
        fields = line.split()
        if len(fields) >= 3 and fields[1].startswith("/") and r"\012" not in fields[1]:
            mounts.append(Mount(_unescaped(fields[0]), _unescaped(fields[1]), fields[2]))
    return mounts


def _unescaped(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), text)


def worth_watching(mounts: Iterable[Mount]) -> tuple[str, ...]:
    """Mount points of real local file systems, one for each device: the shortest."""
    by_device: dict[str, str] = {}
    for mount in mounts:
        if not _is_real(mount):
            continue
        known = by_device.get(mount.device)
        if known is None or len(mount.where) < len(known):
            by_device[mount.device] = mount.where
    return tuple(sorted(by_device.values())[:MOST])


def _is_real(mount: Mount) -> bool:
    if mount.where == "/":
        return mount.kind != "rootfs"
    if mount.kind in _ALWAYS_FULL or mount.where in _CONTAINER_FILES:
        return False
    if mount.kind.startswith("fuse.") or mount.where.startswith("/snap/"):
        return False
    return mount.device.startswith("/dev/") or mount.kind in _NO_DEVICE


def used_percent(used: float, available: float) -> float | None:
    """As df prints it: of what a user may fill; blocks kept for root are in neither."""
    available = max(0.0, available)
    if used < 0 or used + available <= 0:
        return None
    return min(100.0, 100.0 * used / (used + available))


def parse_df(lines: Iterable[str]) -> float | None:
    """Percent used, of ``df -P`` of one mount point; None when df said nothing usable."""
    found = None
    for line in lines:
        if match := _DF_NUMBERS.search(line):
            found = used_percent(float(match[2]), float(match[3]))
    return found
