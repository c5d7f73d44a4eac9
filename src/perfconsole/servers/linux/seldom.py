"""What is asked once a minute: interfaces with their speed, and TCP connections by state. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

MOST_CONNECTIONS = 20_000
"""More of them are not counted by state: the kernel's table is as long as there are connections."""
MOST_LINKS = 64
_STATES = {
    "02": "tcp_syn_sent", "03": "tcp_syn_recv", "04": "tcp_fin_wait1", "05": "tcp_fin_wait2",
    "08": "tcp_close_wait", "09": "tcp_last_ack", "0A": "tcp_listen", "0B": "tcp_closing",
    "0C": "tcp_syn_recv",
}  # fmt: skip
"""Metric by the state's number in /proc/net/tcp (include/net/tcp_states.h). ESTABLISHED and
TIME_WAIT come with each pull."""


@dataclass(frozen=True, slots=True)
class Interface:
    name: str
    real: bool
    """There is a device behind it, hardware or the hypervisor's."""
    mbps: float | None
    """Its speed; None when it tells none, as on most virtual machines."""


def interface(name: str, real: bool, speed: str) -> Interface:
    """`speed` as /sys/class/net/NAME/speed has it: -1 or nothing when unknown."""
    mbps = float(speed) if speed.isdecimal() else 0.0
    return Interface(name, real, mbps if 0 < mbps < math.inf else None)


def parse_interfaces(lines: Iterable[str]) -> list[Interface]:
    """Of lines such as ``net eth0 real 10000``."""
    found = []
    for line in lines:
        words = line.split()
        if len(words) in (3, 4) and words[0] == "net":
            found.append(interface(words[1], words[2] == "real", (words[3:] or [""])[0]))
    return found


def link_speeds(found: Iterable[Interface], said_mbps: float | None) -> dict[str, float]:
    """Mbit/s by interface, of those that have an end of a line: what a person says of them goes
    before what they say. Those of a container are all it has, and know nothing."""
    known = list(found)
    if any(one.real for one in known):
        speeds = {one.name: said_mbps or one.mbps for one in known if one.real}
    else:
        speeds = {one.name: said_mbps for one in known}
    return dict([(name, mbps) for name, mbps in speeds.items() if mbps][:MOST_LINKS])


def parse_tcp_states(lines: Iterable[str]) -> dict[str, float]:
    """Metrics, of lines such as ``tcp 08 3`` behind a bare ``tcp``; none when nothing was
    counted."""
    counts: dict[str, float] = {}
    for line in lines:
        words = line.split()
        if words == ["tcp"]:
            counts = dict.fromkeys(_STATES, 0.0)
        elif len(words) == 3 and words[0] == "tcp" and words[1] in counts and words[2].isdecimal():
            counts[words[1]] = float(words[2])
    return tcp_metrics(counts)


def tcp_metrics(counts: Mapping[str, float]) -> dict[str, float]:
    """By metric name, of counts by the state's number."""
    found: dict[str, float] = {}
    for state, metric in _STATES.items():
        if state in counts:
            found[metric] = found.get(metric, 0.0) + counts[state]
    return found
