"""PostgreSQL by psql: one transaction that only reads, and ends itself when it takes too long.

Counters are of all databases (pg_stat_database), sessions of clients only: replication, parallel
workers and autovacuum are none. Statements are told by pg_stat_statements where it is loaded and
its extension made in the database that is logged in to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from perfconsole.model.ready_probes import PostgresqlProbe
from perfconsole.servers.probes.ask import Ask, Reading
from perfconsole.servers.probes.ready.interval import Interval, hit_percent, ratio
from perfconsole.servers.probes.ready.named_values import (
    error_in,
    first_line,
    named_values,
    numbers,
    refused,
)
from perfconsole.texts import say

SESSIONS = """
SELECT current_user AS login, pg_has_role('pg_read_all_stats', 'USAGE')::int AS sees_all,
  current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
    - coalesce(current_setting('reserved_connections', true)::int, 0) AS places,
  count(*) FILTER (WHERE client) AS connections,
  count(*) FILTER (WHERE client AND state = 'active') AS active,
  count(*) FILTER (WHERE client AND state LIKE 'idle in transaction%') AS idle_in_transaction,
  count(*) FILTER (WHERE client AND wait_event_type = 'Lock') AS lock_waits,
  count(*) FILTER (WHERE client AND state = 'active' AND query_s >= {slow}) AS slow_queries,
  coalesce(max(query_s) FILTER (WHERE client AND state = 'active'), 0) AS longest_query_seconds,
  coalesce(max(transaction_s) FILTER (WHERE client), 0) AS longest_transaction_seconds,
  coalesce(max(transaction_s) FILTER (WHERE backend_type = 'autovacuum worker'), 0)
    AS longest_autovacuum_seconds
FROM (SELECT *, backend_type = 'client backend' AS client,
    greatest(0, extract(epoch FROM clock_timestamp() - query_start)) AS query_s,
    greatest(0, extract(epoch FROM clock_timestamp() - xact_start)) AS transaction_s
  FROM pg_stat_activity WHERE pid <> pg_backend_pid()) AS sessions;
"""
COUNTERS = """
SELECT sum(xact_commit) AS commits_s, sum(xact_rollback) AS rollbacks_s,
  sum(deadlocks) AS deadlocks_s, sum(temp_bytes) AS temp_bytes_s,
  sum(blks_hit) AS blocks_hit, sum(blks_read) AS blocks_read
FROM pg_stat_database;
"""
STATEMENTS = r"""
SELECT count(*) > 0 AS has_statements, max(nspname::text) AS its_schema
FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace
WHERE extname = 'pg_stat_statements' AND EXISTS (SELECT FROM pg_settings
  WHERE name = 'shared_preload_libraries' AND setting LIKE '%pg_stat_statements%') \gset
\if :has_statements
SELECT sum(calls) AS statement_calls, sum(total_exec_time) AS statement_ms
FROM :"its_schema".pg_stat_statements(false);
SELECT concat_ws(' ', dbid, queryid, sum(calls), sum(total_exec_time)) AS statement
FROM :"its_schema".pg_stat_statements(false)
WHERE queryid IS NOT NULL GROUP BY dbid, queryid HAVING max(max_exec_time) >= {slow_ms}
ORDER BY sum(total_exec_time) DESC LIMIT 500;
\endif
"""
"""A statement whose mean over some time reaches a limit has a longest call that does: no other is
asked for. Without their texts, which lie in a file."""
Totals = tuple[float, float]
"""Calls of a statement, and how long they took in all, ms."""
_STATEMENT = re.compile(r"(\d+ -?\d+) (\d+) (\d+(?:\.\d+)?(?:e[+-]\d+)?)", re.ASCII)
_LIMITED = """
BEGIN READ ONLY;
SET LOCAL statement_timeout = {timeout_ms:.0f};
"""
_SESSIONS = (
    "connections", "active", "idle_in_transaction", "lock_waits", "slow_queries",
    "longest_query_seconds", "longest_transaction_seconds", "longest_autovacuum_seconds",
)  # fmt: skip
_COUNTERS = ("commits_s", "rollbacks_s", "deadlocks_s", "temp_bytes_s")
_OWN_SHARE = 0.8
"""Of the timeout, after which the server itself gives up: nothing goes on there unseen."""


def asks(settings: PostgresqlProbe) -> tuple[Ask, ...]:
    where = (("-h", settings.host), ("-p", settings.port), ("-U", settings.user),
             ("-d", settings.database))  # fmt: skip
    login = [word for flag, value in where if value is not None for word in (flag, str(value))]
    slow_ms = 1000 * settings.slow
    text = (_LIMITED + SESSIONS + COUNTERS + STATEMENTS + "COMMIT;\n").format(
        timeout_ms=1000 * _OWN_SHARE * settings.timeout, slow=settings.slow, slow_ms=slow_ms
    )
    return (
        Ask(
            (*settings.through, "psql", "-XqAtxw", "-F", "\t", "-v", "ON_ERROR_STOP=1", *login),
            Answers(slow_ms),
            stdin=text,
            environment={
                "PGCONNECT_TIMEOUT": f"{max(2.0, settings.timeout):.0f}",
                "PGAPPNAME": "perfconsole",
                **settings.environment,
            },
            every_s=settings.every,
            timeout_s=settings.timeout,
        ),
    )


class Answers:
    """Reads the answers of one server, one after the other."""

    def __init__(self, slow_ms: float) -> None:
        self._slow_ms = slow_ms
        self._counters = Interval()
        self._statements: dict[str, Totals] | None = None

    def __call__(self, text: str) -> Reading:
        """Raises Unreadable with what psql said instead."""
        found = named_values(text)
        known = numbers(found)
        if not {"login", "sees_all", "blocks_hit"} <= found.keys():
            raise refused("psql", text)
        gauges = dict(_over_time(self._counters.steps(known)))
        lacks = error_in(text)
        if known.get("sees_all"):
            gauges.update(_sessions(known))
        else:
            lacks = _blind(found["login"][-1])
        if "statement_calls" in known:
            now = statements(found.get("statement", ()))
            if self._statements is not None:
                gauges.update(slow_statements(self._statements, now, self._slow_ms))
            self._statements = now
        counters = {name: known[name] for name in _COUNTERS if name in known}
        return Reading(gauges, counters, lacks)


def _sessions(known: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    yield from ((name, known[name]) for name in _SESSIONS if name in known)
    if "connections" in known and known.get("places", 0) > 0:
        yield "connections_percent", 100 * known["connections"] / known["places"]


def _blind(login: str) -> str:
    return say('{login} does not see what others do: GRANT pg_monitor TO "{login}"',
               login=first_line(login))  # fmt: skip


def _over_time(steps: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    yield from hit_percent("cache_hit_percent", steps, "blocks_hit", "blocks_read")
    yield from ratio("statement_mean_ms", steps, "statement_ms", "statement_calls")


def statements(lines: Iterable[str]) -> dict[str, Totals]:
    """By database and query id."""
    matches = (_STATEMENT.fullmatch(line) for line in lines)
    return {match[1]: (float(match[2]), float(match[3])) for match in matches if match}


def slow_statements(
    before: Mapping[str, Totals], now: Mapping[str, Totals], slow_ms: float
) -> dict[str, float]:
    """How many statements took that long in the mean since `before`, and the mean of the slowest.

    Of one that had no slow call before, the calls before count in its mean, which is then too low.
    """
    pairs = ((before.get(name, (0.0, 0.0)), totals) for name, totals in now.items())
    steps = [(calls - calls0, ms - ms0) for (calls0, ms0), (calls, ms) in pairs]
    means = [ms / calls for calls, ms in steps if calls > 0 and ms >= 0]
    slow = [mean for mean in means if mean >= slow_ms]
    count = {"slow_statements": float(len(slow))}
    return {**count, "slowest_statement_ms": max(slow)} if slow else count
