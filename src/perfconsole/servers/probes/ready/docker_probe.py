"""Containers by docker: what ``docker stats`` measures over two seconds, and their restarts.

CPU is percent of one core, as Docker has it; memory percent of the container's limit, or of all
memory where it has none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from perfconsole.model.ready_probes import DockerProbe
from perfconsole.servers.probes.ask import Ask, Reading
from perfconsole.servers.probes.ready.named_values import named_values, numbers, refused
from perfconsole.texts import say

QUESTIONS = (
    "stats=$1; states=$2; ids=$(docker ps --quiet --no-trunc) || exit; set -- $ids; "
    'printf "running\\t%s\\n" $#; [ $# -eq 0 ] || { docker stats --no-stream --format "$stats"; '
    'docker inspect --format "$states" "$@"; }'
)
STATS = "stats\t{{.Name}}\t{{.CPUPerc}}\t{{.MemPerc}}\t{{.MemUsage}}\t{{.PIDs}}"
STATES = "state\t{{.Name}}\t{{.RestartCount}}"
_SIZE = re.compile(r"(\d+(?:\.\d+)?)([kKMGTP]?i?B)", re.ASCII)
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)%", re.ASCII)
_PREFIXES = " kMGTP"


def asks(settings: DockerProbe) -> tuple[Ask, ...]:
    wanted = settings.containers
    return (
        Ask(
            (*settings.through, "sh", "-c", QUESTIONS, "sh", STATS, STATES),
            lambda text: read_containers(text, wanted),
            environment=settings.environment,
            every_s=settings.every,
            timeout_s=settings.timeout,
        ),
    )


def read_containers(text: str, wanted: tuple[str, ...] = ()) -> Reading:
    """Of those that are `wanted`, or of all. Raises Unreadable with what docker said instead."""
    found = named_values(text)
    running = numbers(found).get("running")
    if running is None:
        raise refused("docker", text)
    gauges, counters = {"running": running}, {}
    names = set()
    for name, cpu, memory, used, processes in _rows(found.get("stats", ()), 5):
        if processes == "0" or (wanted and name not in wanted):
            continue  # one that is about to start again uses nothing
        names.add(name)
        shares = {"cpu_percent": _percent(cpu), "memory_percent": _percent(memory),
                  "memory_bytes": size(used.partition("/")[0].strip())}  # fmt: skip
        gauges |= {f"{key}:{name}": n for key, n in shares.items() if n is not None}
    for path, restarts in _rows(found.get("state", ()), 2):
        name = path.removeprefix("/")
        if restarts.isdecimal() and (not wanted or name in wanted):
            counters[f"restarts_s:{name}"] = float(restarts)
    return Reading(gauges, counters, _lacks(wanted, names))


def _rows(lines: Iterable[str], columns: int) -> Iterator[list[str]]:
    rows = (line.split("\t") for line in lines)
    return (row for row in rows if len(row) == columns)


def _percent(text: str) -> float | None:
    match = _PERCENT.fullmatch(text)
    return float(match[1]) if match else None


def size(text: str) -> float | None:
    """Bytes, of ``20.42MiB`` or ``1.5kB``; None when it is no size."""
    match = _SIZE.fullmatch(text)
    if match is None:
        return None
    unit = match[2]
    step = 1024 if "i" in unit else 1000
    power = _PREFIXES.index(unit[0].replace("K", "k")) if len(unit) > 1 else 0
    return float(match[1]) * float(step**power)


def _lacks(wanted: Iterable[str], names: set[str]) -> str:
    missing = next((name for name in wanted if name not in names), None)
    return "" if missing is None else say("no container called {name} runs", name=missing)
