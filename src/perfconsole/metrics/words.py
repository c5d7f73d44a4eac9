"""Server metrics and the phases of requests in a person's words."""

from __future__ import annotations

from perfconsole.model.phase import Phase
from perfconsole.texts import say

_WORDS = {
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
    "swap_percent": "swap",
    "swap_in_bytes_s": "swap in",
    "swap_out_bytes_s": "swap out",
    "oom_kills_s": "out-of-memory kills",
    "disk_busy_percent": "disk busy",
    "disk_await_ms": "disk await",
    "disk_iops": "disk operations",
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
}
_UNITS = {"_percent": " %", "_bytes_s": " B/s", "_ms": " ms", "_s": "/s", "_iops": "/s"}
"""By how the name of a metric ends."""
_PHASES = {
    Phase.DNS: "name lookup",
    Phase.CONNECT: "connecting",
    Phase.TLS: "TLS handshake",
    Phase.SEND: "sending",
    Phase.WAIT: "waiting for the first byte",
    Phase.RECEIVE: "receiving",
}


def metric_words(metric: str) -> str:
    """``disk_percent:/data`` as ``disk /data``, ``disk_await_ms:sda`` as ``disk await sda``."""
    kind, _, place = metric.partition(":")
    return " ".join(filter(None, (say(_WORDS.get(kind, kind)), place)))


def metric_order(metric: str) -> tuple[int, str]:
    """Key to list metrics by: CPU, memory, disks, load, network, then what explains them."""
    known = list(_WORDS)
    kind = metric.partition(":")[0]
    return (known.index(kind) if kind in known else len(known)), metric


def metric_unit(metric: str) -> str:
    """With its leading space, to stand behind a number."""
    kind = metric.partition(":")[0]
    return next((unit for ending, unit in _UNITS.items() if kind.endswith(ending)), "")


def phase_words(phase: Phase) -> str:
    """What is done in a phase: ``waiting for the first byte``."""
    return say(_PHASES[phase])
