"""Two readings of a server, as metrics. Pure.

The kernel's counters only rise. One that falls, or another boot, is a gap: the metric is missing
for that sample, and never a spike.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from perfconsole.servers.linux.devices import device_metrics
from perfconsole.servers.linux.proc import Counters

IDLE, IOWAIT, STEAL = 3, 4, 7
_MAY_STEP_BACK = {IDLE, IOWAIT, STEAL}
"""The kernel itself lets these fall by a little (proc(5), iowait)."""
LOOPBACK = ("lo", "lo0")
_PASSES_ON = re.compile(
    r"(?:br|bond|team|virbr|docker|podman|cni|vnet|cilium|flannel|kube|weave|vxlan|ovs|tap|tun|wg"
    r"|ifb|dummy)[-_.\d]|(?:veth|cali|lxc)\w|.+\.\d+$"
)
"""Names of interfaces whose bytes go through another one as well: bridges, bonds, the ends of
containers, tunnels, VLANs."""
_PER_SECOND = {
    "context_switches_s": "context_switches",
    "forks_s": "forks",
    "swap_in_bytes_s": "swapped_in",
    "swap_out_bytes_s": "swapped_out",
    "oom_kills_s": "oom_kills",
    "listen_overflows_s": "listen_overflows",
}
"""Metric by the counter it is the rate of."""


NO_LINKS: Mapping[str, float] = {}


def metrics(
    before: Counters | None, now: Counters, links: Mapping[str, float] = NO_LINKS
) -> dict[str, float]:
    """Metrics by name, as in `ServerSample`; those that cannot be known are left out.

    `links`: Mbit/s by interface, of those whose use can be told.
    """
    found = _of_one_reading(now)
    if before is not None and _same_boot(before, now):
        cpu = cpu_percent(before.cpu, now.cpu)
        if cpu is not None:
            found |= {"cpu_percent": cpu, **_cpu_shares(before.cpu, now.cpu)}
        found |= _hottest(before, now)
        if before.uptime_s is not None and now.uptime_s is not None:
            passed_s = now.uptime_s - before.uptime_s
            found |= _net(before, now, passed_s, links)
            found |= _over_time(before, now, passed_s)
    return found


def cpu_percent(before: tuple[float, ...], now: tuple[float, ...]) -> float | None:
    """1 - (idle + iowait) / sum of all eight, each difference clamped at 0; None is a gap."""
    if len(before) != len(now):
        return None
    steps = [later - earlier for earlier, later in zip(before, now, strict=True)]
    if sum(steps) < 0 or any(s < 0 for i, s in enumerate(steps) if i not in _MAY_STEP_BACK):
        return None
    steps = [max(0.0, step) for step in steps]
    total = sum(steps)
    return _percent(total - sum(steps[IDLE : IOWAIT + 1]), total)


def _cpu_shares(before: tuple[float, ...], now: tuple[float, ...]) -> dict[str, float]:
    """What the time went to, percent of all of it."""
    steps = [max(0.0, later - earlier) for earlier, later in zip(before, now, strict=True)]
    shares = {"user": steps[:2], "system": [steps[2], *steps[5:7]], "iowait": steps[IOWAIT:5],
              "steal": steps[STEAL:8]}  # fmt: skip
    return {
        f"cpu_{name}_percent": percent
        for name, parts in shares.items()
        if parts and (percent := _percent(sum(parts), sum(steps))) is not None
    }


def _hottest(before: Counters, now: Counters) -> dict[str, float]:
    """The core that worked most: one busy thread shows here and not in the whole."""
    each = (
        cpu_percent(before.cores[name], times)
        for name, times in now.cores.items()
        if name in before.cores
    )
    known = [percent for percent in each if percent is not None]
    return {"cpu_hottest_percent": max(known)} if known else {}


def _over_time(before: Counters, now: Counters, passed_s: float) -> dict[str, float]:
    """Of counters that only rise; of one that fell, nothing."""
    steps = {
        name: count - before.counts[name]
        for name, count in now.counts.items()
        if name in before.counts and count >= before.counts[name]
    }
    found = {
        name: steps[counter] / passed_s
        for name, counter in _PER_SECOND.items()
        if counter in steps and passed_s > 0
    }
    if "tcp_retransmitted" in steps and steps.get("tcp_sent"):
        percent = 100 * steps["tcp_retransmitted"] / steps["tcp_sent"]
        found["tcp_retransmit_percent"] = min(100.0, percent)
    for kind, stalled_s in now.stalled_s.items():
        waited_s = stalled_s - before.stalled_s.get(kind, stalled_s + 1)
        if waited_s >= 0 and passed_s > 0:
            found[f"pressure_{kind}_percent"] = min(100.0, 100 * waited_s / passed_s)
    found |= _of_cgroup(steps, now.cpu_quota, passed_s)
    return found | dict(device_metrics(before.devices, now.devices, passed_s))


def _of_cgroup(
    steps: Mapping[str, float], quota: float | None, passed_s: float
) -> dict[str, float]:
    """CPU in percent of the quota (over 100 in a burst), and of the periods that the kernel counts
    it in those in which somebody had to wait; it counts none while nothing runs."""
    used_s = steps.get("cgroup_cpu_s")
    if used_s is None or quota is None or passed_s <= 0:
        return {}
    found = {"cgroup_cpu_percent": 100 * used_s / (passed_s * quota)}
    periods, throttled = steps.get("cgroup_periods"), steps.get("cgroup_throttled")
    if periods is not None and throttled is not None:
        found["cgroup_throttled_percent"] = _percent(throttled, periods) or 0.0
    return found


def _of_one_reading(now: Counters) -> dict[str, float]:
    found: dict[str, float] = {}
    if now.memory_total is not None and now.memory_available is not None:
        used_bytes = max(0.0, now.memory_total - now.memory_available)
        used = _percent(used_bytes, now.memory_total)
        if used is not None:
            found |= {"memory_percent": used, "memory_used_bytes": used_bytes}
    if now.load_1m is not None:
        found["load_1m"] = now.load_1m
    if now.swap_total and now.swap_free is not None:
        found["swap_percent"] = 100.0 * max(0.0, 1 - now.swap_free / now.swap_total)
    return found | now.levels


def _same_boot(before: Counters, now: Counters) -> bool:
    if before.boot_id != now.boot_id:
        return False
    if before.uptime_s is None or now.uptime_s is None:
        return True
    return now.uptime_s > before.uptime_s


def _net(
    before: Counters, now: Counters, passed_s: float, links: Mapping[str, float]
) -> dict[str, float]:
    """Bytes a second over the interfaces that both readings have, each byte once; of each link the
    busier direction in percent of its speed."""
    steps = {
        name: (now.net[name][0] - before.net[name][0], now.net[name][1] - before.net[name][1])
        for name in now.net
        if name in before.net and name not in LOOPBACK
    }
    if passed_s <= 0 or not before.net or not now.net:
        return {}
    found = {
        f"network_percent:{name}": 100 * 8 * max(steps[name]) / (passed_s * 1e6 * mbps)
        for name, mbps in links.items()
        if name in steps and min(steps[name]) >= 0
    }
    ends = {name: step for name, step in steps.items() if not _PASSES_ON.match(name)} or steps
    if min((min(step) for step in ends.values()), default=0.0) >= 0:
        received, sent = (sum(step[way] for step in ends.values()) for way in (0, 1))
        found |= {"net_rx_bytes_s": received / passed_s, "net_tx_bytes_s": sent / passed_s}
    return found


def _percent(part: float, whole: float) -> float | None:
    return min(100.0, max(0.0, 100.0 * part / whole)) if whole > 0 else None
