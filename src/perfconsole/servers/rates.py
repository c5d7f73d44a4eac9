"""Two readings of a server, as metrics. Pure.

The kernel's counters only rise. One that falls, or another boot, is a gap: the metric is missing
for that sample, and never a spike.
"""

from __future__ import annotations

from perfconsole.servers.proc import Counters

IDLE, IOWAIT, STEAL = 3, 4, 7
_MAY_STEP_BACK = {IDLE, IOWAIT, STEAL}
"""The kernel itself lets these fall by a little (proc(5), iowait)."""
LOOPBACK = ("lo", "lo0")


def metrics(before: Counters | None, now: Counters) -> dict[str, float]:
    """Metrics by name, as in `ServerSample`; those that cannot be known are left out."""
    found = _of_one_reading(now)
    if before is not None and _same_boot(before, now):
        cpu = cpu_percent(before.cpu, now.cpu)
        if cpu is not None:
            found["cpu_percent"] = cpu
        found |= _net(before, now)
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


def _of_one_reading(now: Counters) -> dict[str, float]:
    found: dict[str, float] = {}
    if now.memory_total is not None and now.memory_available is not None:
        used = _percent(now.memory_total - now.memory_available, now.memory_total)
        if used is not None:
            found["memory_percent"] = used
    if now.load_1m is not None:
        found["load_1m"] = now.load_1m
    return found


def _same_boot(before: Counters, now: Counters) -> bool:
    if before.boot_id != now.boot_id:
        return False
    if before.uptime_s is None or now.uptime_s is None:
        return True
    return now.uptime_s > before.uptime_s


def _net(before: Counters, now: Counters) -> dict[str, float]:
    """Bytes a second over all interfaces but the loopback that both readings have."""
    if before.uptime_s is None or now.uptime_s is None or not now.net:
        return {}
    passed_s = now.uptime_s - before.uptime_s
    both = [name for name in now.net if name in before.net and name not in LOOPBACK]
    received = [now.net[name][0] - before.net[name][0] for name in both]
    sent = [now.net[name][1] - before.net[name][1] for name in both]
    if passed_s <= 0 or min(received + sent, default=0.0) < 0:
        return {}
    return {"net_rx_bytes_s": sum(received) / passed_s, "net_tx_bytes_s": sum(sent) / passed_s}


def _percent(part: float, whole: float) -> float | None:
    return min(100.0, max(0.0, 100.0 * part / whole)) if whole > 0 else None
