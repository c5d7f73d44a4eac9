"""Redis and Valkey by redis-cli: INFO and the slow log, in one connection."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from perfconsole.model.ready_probes import RedisProbe
from perfconsole.servers.probes.ask import Ask, Reading
from perfconsole.servers.probes.ready.either_command import either
from perfconsole.servers.probes.ready.interval import Interval, hit_percent
from perfconsole.servers.probes.ready.named_values import first_line, named_values, numbers, refused

QUESTIONS = "INFO\nECHO slowlog_length\nSLOWLOG LEN\nECHO slowlog_latest\nSLOWLOG GET 1\n"
COUNTERS = {
    "commands_s": "total_commands_processed",
    "evicted_keys_s": "evicted_keys",
    "expired_keys_s": "expired_keys",
    "rejected_connections_s": "rejected_connections",
}
"""By the names that they get, the server's own."""
_SLOWLOG = re.compile(r"^slowlog_(length|latest)\r?\n(\d+)\r?$", re.MULTILINE | re.ASCII)
_REFUSAL = re.compile(r"^(?:NOPERM|ERR) .*$", re.MULTILINE)


def asks(settings: RedisProbe) -> tuple[Ask, ...]:
    where = (("-h", settings.host), ("-p", settings.port), ("-s", settings.socket),
             ("--user", settings.user))  # fmt: skip
    login = [word for flag, value in where if value is not None for word in (flag, str(value))]
    login += ["--tls"] if settings.tls else []
    return (
        Ask(
            (*settings.through, *either(("redis-cli", "valkey-cli"), *login)),
            Answers(),
            stdin=QUESTIONS,
            environment=settings.environment,
            every_s=settings.every,
            timeout_s=settings.timeout,
        ),
    )


class Answers:
    """Reads the answers of one server, one after the other."""

    def __init__(self) -> None:
        self._counters = Interval()

    def __call__(self, text: str) -> Reading:
        """Raises Unreadable with what redis-cli said instead."""
        found = named_values(text, ":")
        known = numbers(found)
        if not {"used_memory", "connected_clients"} <= known.keys():
            raise refused("redis-cli", text)
        slowlog = {what: float(number) for what, number in _SLOWLOG.findall(text)}
        counters = {ours: known[its] for ours, its in COUNTERS.items() if its in known}
        if "latest" in slowlog:  # they are numbered from 0
            counters["slow_commands_s"] = slowlog["latest"] + 1
        gauges = dict(_now(known))
        if "length" in slowlog:
            gauges["slowlog_entries"] = slowlog["length"]
        gauges.update(_replication(found.get("master_link_status", []), known))
        gauges.update(
            hit_percent(
                "cache_hit_percent", self._counters.steps(known), "keyspace_hits", "keyspace_misses"
            )
        )
        refusal = _REFUSAL.search(text)
        return Reading(gauges, counters, first_line(refusal[0]) if refusal else "")


def _now(known: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    """The client that asks is not counted. Without a limit there is no percent of it."""
    clients = max(0.0, known["connected_clients"] - 1)
    yield "clients", clients
    if known.get("maxclients", 0) > 0:
        yield "clients_percent", 100 * clients / known["maxclients"]
    yield "used_memory_bytes", known["used_memory"]
    if known.get("maxmemory", 0) > 0:
        yield "used_memory_percent", 100 * known["used_memory"] / known["maxmemory"]
    if "blocked_clients" in known:
        yield "blocked_clients", known["blocked_clients"]
    if "connected_slaves" in known:
        yield "replicas", known["connected_slaves"]


def _replication(status: list[str], known: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    """How long a replica has been without its master; a master has no such figure."""
    if status == ["up"]:
        yield "replication_down_seconds", 0.0
    elif status and (down_s := known.get("master_link_down_since_seconds")) is not None:
        # -1: there has been no link since the server started
        down_s = known.get("uptime_in_seconds", 0.0) if down_s < 0 else down_s
        yield "replication_down_seconds", max(1.0, down_s)
