"""The probe of PostgreSQL, against a real one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.model.ready_probes import PostgresqlProbe
from perfconsole.servers.probes.ask import Unreadable
from perfconsole.servers.probes.ready.postgresql_probe import Answers, asks, slow_statements

MONITOR_PASSWORD = "w@tch / me"
PLACES = 17
"""20 connections less the 3 of superusers."""
SCRAP = "select sum(length(md5(i::text))) from generate_series(1, 20000) i"


@pytest.fixture(scope="module")
def server(make_postgresql):
    server = make_postgresql(
        "max_connections=20", "shared_preload_libraries=pg_stat_statements",
        "deadlock_timeout=50ms", "autovacuum=off",
    )  # fmt: skip
    with closing(connected(server)) as admin:
        admin.execute("create extension pg_stat_statements")
        admin.execute("create database bare")
        admin.execute("create table accounts (id int primary key, sum int)")
        admin.execute("insert into accounts values (1, 100), (2, 100)")
        for name in ("monitor", "nobody"):
            admin.execute(f"create role {name} login password '{MONITOR_PASSWORD}'")
        admin.execute("grant pg_monitor to monitor")
    return server


def connected(server, **login):
    return psycopg.connect(
        **{"host": "127.0.0.1", "port": server.port, "user": server.user, "dbname": "postgres",
           "password": server.password, "autocommit": True, **login}
    )  # fmt: skip


@pytest.fixture
def connect(server) -> Iterator[Callable[..., psycopg.Connection]]:
    with ExitStack() as life:
        yield lambda **login: life.enter_context(closing(connected(server, **login)))


def settings(server, **changes) -> PostgresqlProbe:
    return PostgresqlProbe.model_validate({
        "use": "postgresql", "host": "127.0.0.1", "port": server.port, "user": "monitor",
        "database": "postgres", "environment": {"PGPASSWORD": MONITOR_PASSWORD}, "slow": 0.2,
        **changes,
    })  # fmt: skip


@pytest.fixture
def read(server, answer):
    """The next reading of one probe."""
    (ask,) = asks(settings(server))
    return lambda: answer(ask)


def refusal(answer, settings) -> str:
    (ask,) = asks(settings)
    with pytest.raises(Unreadable) as caught:
        answer(ask)
    assert MONITOR_PASSWORD not in str(caught.value)
    return str(caught.value)


def test_connections_are_of_those_that_clients_may_have(read, connect, eventually):
    eventually(lambda: read().gauges["connections"] == 0)
    for _ in range(5):
        connect()
    gauges = read().gauges
    assert gauges["connections"] == 5
    assert gauges["connections_percent"] == pytest.approx(100 * 5 / PLACES)
    assert gauges["active"] == gauges["longest_query_seconds"] == 0
    assert read().lacks == ""


def test_a_long_query_and_a_long_transaction(read, connect, eventually):
    connect(autocommit=False).execute("select 1")
    slow = connect()
    with _busy(slow, "select pg_sleep(30)"):
        gauges = eventually(lambda: _when(read().gauges, slow_queries=1))
    assert 0.2 <= gauges["longest_query_seconds"] < 30
    assert gauges["longest_transaction_seconds"] >= gauges["longest_query_seconds"]
    assert (gauges["active"], gauges["idle_in_transaction"]) == (1, 1)


def test_who_waits_for_a_lock(read, connect, eventually):
    holder, waiter = connect(autocommit=False), connect()
    holder.execute("update accounts set sum = 1 where id = 1")
    with _busy(waiter, "update accounts set sum = 2 where id = 1"):
        eventually(lambda: _when(read().gauges, lock_waits=1))
    assert eventually(lambda: _when(read().gauges, lock_waits=0))


def test_a_deadlock_is_counted(read, connect, eventually):
    before = read().counters["deadlocks_s"]
    one, other = connect(autocommit=False), connect(autocommit=False)
    one.execute("update accounts set sum = 1 where id = 1")
    other.execute("update accounts set sum = 1 where id = 2")
    update = "update accounts set sum = 0 where id = {}"
    with _busy(one, update.format(2)):
        _quietly(other, update.format(1))
        other.rollback()
    one.close()  # a session that goes tells at once what it has counted
    other.close()
    eventually(lambda: read().counters["deadlocks_s"] == before + 1)


def test_commits_rollbacks_and_temporary_files(read, connect, eventually):
    before = read().counters
    client = connect()
    for _ in range(20):
        client.execute("select 1")
    with suppress(psycopg.Error):
        client.execute("select 1 / 0")
    client.execute("set work_mem = '64kB'")
    client.execute("select count(*) from (select generate_series(1, 50000) i order by 1 desc) x")
    client.close()
    now = eventually(lambda: _risen(read().counters, before, temp_bytes_s=100_000))
    assert now["commits_s"] >= before["commits_s"] + 20
    assert now["rollbacks_s"] >= before["rollbacks_s"] + 1


def test_cache_hits_are_of_the_time_between_two_readings(read, connect):
    first = read()
    assert "cache_hit_percent" not in first.gauges
    assert 0 <= read().gauges["cache_hit_percent"] <= 100


def test_slow_statements_of_the_time_between(read, connect):
    client = connect()
    client.execute("select pg_sleep(0.25)")
    assert "slow_statements" not in read().gauges
    client.execute(SCRAP)
    quick = read().gauges
    assert quick["slow_statements"] == 0
    assert quick["statement_mean_ms"] > 0
    client.execute("select pg_sleep(0.35)")
    gauges = read().gauges
    assert gauges["slow_statements"] == 1
    assert 350 <= gauges["slowest_statement_ms"] < 5000


def test_without_pg_stat_statements_what_runs_is_still_told(server, answer):
    (ask,) = asks(settings(server, database="bare"))
    answer(ask)
    gauges = answer(ask).gauges
    assert gauges["slow_queries"] == 0
    assert "slow_statements" not in gauges and "statement_mean_ms" not in gauges


def test_a_login_that_sees_nobody_else_is_told_what_it_lacks(server, answer):
    (ask,) = asks(settings(server, user="nobody"))
    answer(ask)
    reading = answer(ask)
    assert reading.lacks == 'nobody does not see what others do: GRANT pg_monitor TO "nobody"'
    assert set(reading.gauges) <= {"cache_hit_percent", "statement_mean_ms", "slow_statements"}
    assert reading.counters["commits_s"] > 0


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"environment": {"PGPASSWORD": "wrong"}}, "password authentication failed"),
        ({"environment": {}}, "no password supplied"),
        ({"database": "x'; drop table accounts; --"}, "does not exist"),
        ({"host": "/nowhere"}, "No such file"),
        ({"through": ("env", "-i", "PATH=/nowhere")}, "psql"),
    ],
)
def test_what_psql_refuses_is_one_line(server, answer, changes, says):
    said = refusal(answer, settings(server, **changes))
    assert says in said and "\n" not in said


def test_it_gives_up_by_itself_when_the_server_is_slow(server, answer):
    (ask,) = asks(settings(server, timeout=1.0))
    slow = replace(ask, stdin=ask.stdin.replace("SELECT", "SELECT pg_sleep(20);\nSELECT", 1))
    with pytest.raises(Unreadable, match="canceling statement due to statement timeout"):
        answer(slow)


async def test_in_the_samples_of_a_server(server, sampled):
    metrics = await sampled(settings(server, every=0.5), "connections", "commits_s")
    assert metrics["it.commits_s"] > 0


def test_what_it_says_it_measures(server, read, connect):
    connect().execute("select pg_sleep(0.3)")
    read()
    connect().execute("select pg_sleep(0.3)")
    reading = read()
    assert {*reading.gauges, *reading.counters} == set(settings(server).measured())


def test_no_password_stands_in_its_words(server):
    (ask,) = asks(settings(server))
    assert MONITOR_PASSWORD not in " ".join(ask.argv) + ask.stdin


def test_a_database_that_is_a_connection_string_is_refused_without_repeating_it():
    for text in ("host=x password=pw", "postgresql://u:pw@h/x"):
        with pytest.raises(ValueError, match="its name alone") as caught:
            PostgresqlProbe(use="postgresql", database=text)
        assert caught.value.errors(include_input=False)[0]["msg"].count("pw") == 0


totals = st.dictionaries(
    st.sampled_from("abc"), st.tuples(st.integers(0, 9), st.floats(0, 1e6)), max_size=3
)


@given(totals, totals)
def test_statements_that_did_nothing_are_not_slow(before, now):
    found = slow_statements(before, now, 100.0)
    assert 0 <= found["slow_statements"] <= len(now)
    assert slow_statements(now, now, 100.0) == {"slow_statements": 0}
    assert ("slowest_statement_ms" in found) == (found["slow_statements"] > 0)


WHOLE = (
    "login\tanna", "sees_all\t1", "sees_all\t0", "places\t17", "places\t0", "connections\t5",
    "blocks_hit\t10", "blocks_read\t", "blocks_read\tnan", "statement_calls\t7", "statement_ms\t9",
    "statement\t5 -77 3 1.5", "statement\t5", "statement\t5 1 ٣ 1", "psql: ERROR:  no", "",
)  # fmt: skip


@given(st.lists(st.lists(st.sampled_from(WHOLE) | st.text()).map("\n".join)))
def test_any_answers_are_read_or_refused(texts):
    read = Answers(100.0)
    for text in texts:
        with suppress(Unreadable):
            read(text)


def _when(gauges, **wanted):
    return gauges if all(gauges[name] == value for name, value in wanted.items()) else None


def _risen(counters, before, **by):
    risen = all(counters[name] >= before[name] + least for name, least in by.items())
    return counters if risen else None


def _quietly(connection: psycopg.Connection, statement: str) -> None:
    with suppress(psycopg.Error):
        connection.execute(statement)


@contextmanager
def _busy(connection: psycopg.Connection, statement: str) -> Iterator[None]:
    """While it waits in a statement, which is then cancelled."""
    thread = threading.Thread(target=_quietly, args=(connection, statement))
    thread.start()
    yield
    connection.cancel()
    thread.join()
