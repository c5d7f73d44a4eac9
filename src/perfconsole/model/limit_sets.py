"""Limits that go together under a name: those that servers are held to unless told otherwise, and
the sets of the practice for a common day and for the peak.

Disk busy is shown against its limit and not judged: it is the time in which anything was under way
(iostat's %util), and what serves many requests at once, such as NVMe, a RAID or a virtual disk, is
far from saturated at 100 %. Whether a disk is one of those cannot be asked for: virtual ones call
themselves rotational. A limit that a scenario names itself is judged. Network use is known only
where the speed of the link is.
"""

from __future__ import annotations

from collections.abc import Mapping

from perfconsole.model.limit_spec import Limit, LimitSpec
from perfconsole.texts import say

DEFAULT = "default"


def _set(cpu: float, memory: float, disk: float, network: float) -> dict[str, Limit]:
    return {
        "cpu_percent": cpu,
        "memory_percent": memory,
        "disk_percent": disk,
        "disk_busy_percent": LimitSpec(limit=70, judged=False, optional=True),
        "network_percent": LimitSpec(limit=network, optional=True),
    }


LIMIT_SETS: Mapping[str, dict[str, Limit]] = {
    DEFAULT: _set(75, 75, 80, 70),
    "daily": _set(70, 80, 80, 70),
    "peak": _set(85, 90, 80, 70),
}


def layered(*layers: Mapping[str, Limit]) -> dict[str, LimitSpec]:
    """The later ones over the earlier ones; what is off is left out."""
    merged = {metric: limit for layer in layers for metric, limit in layer.items()}
    return {
        metric: limit if isinstance(limit, LimitSpec) else LimitSpec(limit=limit)
        for metric, limit in merged.items()
        if limit != "off"
    }


def no_such_set(name: str, own: Mapping[str, object]) -> str:
    """The sentence about a name that is none of a set, built in or the scenario's own."""
    known = ", ".join([*LIMIT_SETS, *(each for each in own if each not in LIMIT_SETS)])
    return say("there are no limits {name!r}; there are: {known}", name=name[:80], known=known)
