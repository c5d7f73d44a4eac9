"""What is measured of servers: the names of metrics, and what kind of number each is.

A name is a kind, with a colon and a place where there are several of it: ``disk_percent:/var``,
``disk_await_ms:sda``. What a probe measures is named after it: ``orders_db.connections_percent``.
"""

from __future__ import annotations

from difflib import get_close_matches

from perfconsole.texts import say

METRICS = {
    "cpu_percent": "CPU",
    "memory_percent": "memory",
    "disk_percent": "disk",
    "inode_percent": "inodes",
    "load_1m": "load",
    "network_percent": "network use",
    "net_rx_bytes_s": "network in",
    "net_tx_bytes_s": "network out",
    "cpu_user_percent": "CPU user",
    "cpu_system_percent": "CPU system",
    "cpu_iowait_percent": "CPU iowait",
    "cpu_steal_percent": "CPU steal",
    "cpu_hottest_percent": "hottest core",
    "cgroup_cpu_percent": "container CPU",
    "cgroup_throttled_percent": "container throttled",
    "cgroup_memory_percent": "container memory",
    "run_queue": "run queue",
    "blocked": "blocked tasks",
    "pressure_cpu_percent": "CPU pressure",
    "pressure_memory_percent": "memory pressure",
    "pressure_io_percent": "I/O pressure",
    "memory_used_bytes": "memory used",
    "swap_percent": "swap",
    "swap_in_bytes_s": "swap in",
    "swap_out_bytes_s": "swap out",
    "oom_kills_s": "OOM kills",
    "disk_busy_percent": "disk busy",
    "disk_await_ms": "disk await",
    "disk_iops": "disk IOPS",
    "disk_read_bytes_s": "disk read",
    "disk_write_bytes_s": "disk written",
    "tcp_established": "TCP established",
    "tcp_time_wait": "TCP time-wait",
    "tcp_retransmit_percent": "TCP retransmits",
    "listen_overflows_s": "listen overflows",
    "tcp_syn_sent": "TCP syn-sent",
    "tcp_syn_recv": "TCP syn-received",
    "tcp_fin_wait1": "TCP fin-wait-1",
    "tcp_fin_wait2": "TCP fin-wait-2",
    "tcp_close_wait": "TCP close-wait",
    "tcp_last_ack": "TCP last-ack",
    "tcp_closing": "TCP closing",
    "tcp_listen": "TCP listening",
    "open_files": "open files",
    "open_files_percent": "open files of all",
    "context_switches_s": "context switches",
    "forks_s": "forks",
    "log_matches_s": "log",
}
"""In English words, in the order in which they are listed."""
_FILLING = frozenset(
    {
        "memory_percent", "memory_used_bytes", "swap_percent", "disk_percent", "inode_percent",
        "cgroup_memory_percent", "open_files", "open_files_percent", "tcp_established",
        "tcp_time_wait", "tcp_close_wait",
    }
)  # fmt: skip


def kind_of(metric: str) -> str:
    """Without its place."""
    return metric.partition(":")[0]


def probe_of(metric: str) -> str | None:
    """The name of the probe that measures it; None of what is measured of every server."""
    probe, dot, rest = kind_of(metric).partition(".")
    return probe if dot and probe and rest else None


def is_metric(name: str) -> bool:
    """Whether servers may have such a metric: one of `METRICS`, or one of a probe."""
    return kind_of(name) in METRICS or probe_of(name) is not None


def is_percent(metric: str) -> bool:
    """It is told in points, from 0 to 100."""
    return kind_of(metric).endswith("_percent")


def is_bytes(metric: str) -> bool:
    """An amount of bytes, or bytes a second."""
    return kind_of(metric).endswith(("_bytes", "_bytes_s"))


def is_heap(metric: str) -> bool:
    """It falls with each collection of garbage: only what is left after one tells of a leak."""
    return "heap" in kind_of(metric)


def fills_up(metric: str) -> bool:
    """What is not given back adds up in it until there is no more: a leak shows here."""
    return kind_of(metric) in _FILLING or is_heap(metric)


def no_such_metric(name: str) -> str:
    """The sentence about a name that `is_metric` does not know."""
    meant = get_close_matches(name, METRICS, n=1, cutoff=0.4)
    guess = say("did you mean {metric}?", metric=meant[0] if meant else "cpu_percent")
    return say("{metric!r} is no metric of a server; {guess}", metric=name, guess=guess)
