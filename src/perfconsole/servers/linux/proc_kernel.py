"""What the kernel counts besides CPU, memory and network: lines of /proc → numbers. Pure.

Counters only rise; levels are as they are now. What is missing or odd is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

PAGE_BYTES = 4096
"""Where the machine does not tell it; kernels with larger ones exist (ARM with 64 KB)."""
_OF_STAT = {"ctxt": "context_switches", "processes": "forks"}
_OF_VMSTAT = {"pswpin": "swapped_in", "pswpout": "swapped_out", "oom_kill": "oom_kills"}
_OF_SNMP = {"RetransSegs": "tcp_retransmitted", "OutSegs": "tcp_sent"}
_OF_NETSTAT = {"ListenOverflows": "listen_overflows"}
_STATES = {"procs_running": "run_queue", "procs_blocked": "blocked"}


def counters_of_stat(lines: Iterable[str]) -> Iterator[tuple[str, float]]:
    """Of /proc/stat: since boot."""
    yield from _named(lines, _OF_STAT)


def levels_of_stat(lines: Iterable[str]) -> Iterator[tuple[str, float]]:
    """Of /proc/stat: tasks that run or are ready to, and that wait for a disk."""
    yield from _named(lines, _STATES)


def counters_of_vmstat(lines: Iterable[str], page_bytes: float) -> Iterator[tuple[str, float]]:
    """Bytes swapped in and out since boot, and processes killed for want of memory."""
    for name, value in _named(lines, _OF_VMSTAT):
        yield name, value if name == "oom_kills" else value * page_bytes


def counters_of_tcp(lines: Iterable[str]) -> Iterator[tuple[str, float]]:
    """Of /proc/net/snmp and /proc/net/netstat: a line of names, then one of values."""
    for name, value in _columns(lines):
        if (kept := (_OF_SNMP | _OF_NETSTAT).get(name)) is not None:
            yield kept, value


def levels_of_tcp(snmp: Iterable[str], sockstat: Iterable[str]) -> Iterator[tuple[str, float]]:
    """Connections that are open, and those that only wait to be forgotten."""
    for name, value in _columns(snmp):
        if name == "CurrEstab":
            yield "tcp_established", value
    for line in sockstat:
        words = line.split()
        if words[:1] == ["TCP:"]:
            pairs = dict(zip(words[1::2], words[2::2], strict=False))
            if pairs.get("tw", "").isdecimal():
                yield "tcp_time_wait", float(pairs["tw"])


def levels_of_files(lines: Iterable[str]) -> Iterator[tuple[str, float]]:
    """Of /proc/sys/fs/file-nr: open files, and how much that is of all that may be."""
    for line in lines:
        words = line.split()
        if len(words) == 3 and words[0].isdecimal() and words[2].isdecimal():
            yield "open_files", float(words[0])
            if int(words[2]):
                yield "open_files_percent", 100 * int(words[0]) / int(words[2])


def stalled_s(lines: Iterable[str]) -> Iterator[tuple[str, float]]:
    """Of one file of /proc/pressure: seconds since boot in which ``some`` task, or the ``full``
    set of them, could not go on."""
    for line in lines:
        kind, _, rest = line.partition(" ")
        total = rest.rpartition("total=")[2]
        if kind in ("some", "full") and total.isdecimal():
            yield kind, int(total) / 1e6


def _named(lines: Iterable[str], names: dict[str, str]) -> Iterator[tuple[str, float]]:
    for line in lines:
        words = line.split()
        if len(words) == 2 and words[0] in names and words[1].isdecimal():
            yield names[words[0]], float(words[1])


def _columns(lines: Iterable[str]) -> Iterator[tuple[str, float]]:
    heads: dict[str, list[str]] = {}
    for line in lines:
        table, _, rest = line.partition(":")
        words = rest.split()
        if table in ("Tcp", "TcpExt") and table not in heads:
            heads[table] = words
        elif table in heads:
            for name, value in zip(heads[table], words, strict=False):
                if value.removeprefix("-").isdecimal():
                    yield name, float(value)
