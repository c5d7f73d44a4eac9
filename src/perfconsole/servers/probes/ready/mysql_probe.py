"""MySQL and MariaDB by their own client: a few statements that only read, in one session.

What the two have each in its own way stands in their comments that the other passes over:
``/*M! ... */`` is MariaDB's alone, ``/*!50708 ... */`` that of MySQL from 5.7.8 on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from perfconsole.model.ready_probes import MysqlProbe
from perfconsole.servers.probes.ask import Ask, Reading
from perfconsole.servers.probes.ready.either_command import either
from perfconsole.servers.probes.ready.interval import Interval, ratio
from perfconsole.servers.probes.ready.named_values import (
    error_in,
    named_values,
    numbers,
    refused,
)
from perfconsole.texts import say

COUNTERS = {
    "queries_s": "questions",
    "slow_queries_s": "slow_queries",
    "aborted_connects_s": "aborted_connects",
    "disk_temporary_tables_s": "created_tmp_disk_tables",
    "row_lock_waits_s": "innodb_row_lock_waits",
    "row_lock_wait_ms_s": "innodb_row_lock_time",
    "deadlocks_s": "innodb_deadlocks",
}
"""By the names that they get, the server's own. A wait for a row is counted when it begins, and its
time when it ends."""
_OTHERS = (
    "threads_connected", "threads_running", "innodb_buffer_pool_reads",
    "innodb_buffer_pool_read_requests",
)  # fmt: skip
_SESSIONS = ("lock_waits", "longest_query_seconds", "longest_transaction_seconds")
_NAMES = ", ".join(f"'{name}'" for name in (*COUNTERS.values(), *_OTHERS))
QUESTIONS = f"""
SET @within = {{within_s}} /*M!100101 , SESSION max_statement_time = {{within_s}} */
  /*!50708 , SESSION max_execution_time = {{within_ms}} */;
SHOW GLOBAL STATUS WHERE Variable_name IN ({_NAMES});
SHOW GLOBAL VARIABLES WHERE Variable_name IN ('max_connections');
SELECT 'lock_waits', COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'
UNION ALL SELECT 'longest_transaction_seconds',
  COALESCE(MAX(TIMESTAMPDIFF(SECOND, trx_started, NOW())), 0) FROM information_schema.innodb_trx
UNION ALL SELECT 'longest_query_seconds', COALESCE(MAX(time), 0)
  FROM information_schema.processlist
  WHERE command IN ('Query', 'Execute', 'Fetch') AND id <> CONNECTION_ID()
    AND user NOT IN ('system user', 'event_scheduler')
/*!50708 UNION ALL SELECT 'innodb_deadlocks', `count` FROM information_schema.innodb_metrics
  WHERE name = 'lock_deadlocks' AND status = 'enabled' */;
"""
"""All that shows the sessions of others is one statement: a login without PROCESS is refused it
whole, where it would else be told of itself alone. MySQL counts deadlocks among its metrics."""
_QUIETLY = ("--batch", "--skip-column-names", "--comments", "--force", "--no-auto-rehash")
"""``--force`` goes on after a statement that is refused."""
_OWN_SHARE = 0.8
"""Of the timeout, after which the server itself gives up."""


def asks(settings: MysqlProbe) -> tuple[Ask, ...]:
    where = {"host": settings.host, "port": settings.port, "socket": settings.socket,
             "user": settings.user}  # fmt: skip
    login = [f"--defaults-extra-file={settings.options}"] if settings.options else []
    login += [f"--{name}={value}" for name, value in where.items() if value is not None]
    clients = ("mysql", "mariadb") if settings.use == "mysql" else ("mariadb", "mysql")
    within_ms = round(1000 * _OWN_SHARE * settings.timeout)
    patience = f"--connect-timeout={max(1, round(settings.timeout))}"
    return (
        Ask(
            (*settings.through, *either(clients, *login, *_QUIETLY, patience)),
            Answers(),
            stdin=QUESTIONS.format(within_s=within_ms / 1000, within_ms=within_ms),
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
        """Raises Unreadable with what the client said instead."""
        known = {name.lower(): n for name, n in numbers(named_values(text)).items()}
        if "threads_connected" not in known:
            raise refused("mysql", text)
        gauges = {**dict(_now(known)), **dict(_over_time(self._counters.steps(known)))}
        counters = {ours: known[its] for ours, its in COUNTERS.items() if its in known}
        return Reading(gauges, counters, _lacks(text))


def _now(known: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    """The session that asks is in neither count."""
    connections = max(0.0, known["threads_connected"] - 1)
    yield "connections", connections
    if known.get("max_connections", 0) > 0:
        yield "connections_percent", 100 * connections / known["max_connections"]
    if "threads_running" in known:
        yield "active", max(0.0, known["threads_running"] - 1)
    yield from ((name, known[name]) for name in _SESSIONS if name in known)


def _over_time(steps: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    asked, missed = (f"innodb_buffer_pool_{name}" for name in ("read_requests", "reads"))
    for _, missed_percent in ratio("", steps, missed, asked, 100.0):
        yield "buffer_pool_hit_percent", max(0.0, 100.0 - missed_percent)


def _lacks(text: str) -> str:
    error = error_in(text)
    if "PROCESS privilege" in error:
        return say("the login does not see what others do: GRANT PROCESS ON *.* TO it")
    return error
