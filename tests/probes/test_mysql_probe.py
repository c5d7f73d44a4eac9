"""The probe of MySQL and MariaDB, against a real MariaDB."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace

import pymysql
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.model.ready_probes import MysqlProbe
from perfconsole.servers.probes.ask import Unreadable
from perfconsole.servers.probes.ready.mysql_probe import Answers, asks

WATCHER_PASSWORD = "w@tch me"
UNREAD_S = 0.25
"""InnoDB renews what it tells of transactions only when nobody has read it for 0.1 s."""
PLACES = 20


@pytest.fixture(scope="module")
def server(make_mariadb):
    return make_mariadb(
        f"create user monitor identified by '{WATCHER_PASSWORD}'",
        f"create user nobody identified by '{WATCHER_PASSWORD}'",
        "grant process on *.* to monitor",
        "grant all on *.* to anna",
        f"set global max_connections = {PLACES}",
        "set global innodb_print_all_deadlocks = 1",
        "create database shop",
        "create table shop.accounts (id int primary key, sum int) engine innodb",
        "insert into shop.accounts values (1, 100), (2, 100)",
    )


@pytest.fixture
def connect(server) -> Iterator[Callable[..., pymysql.Connection]]:
    with ExitStack() as life:

        def make(**changes: object) -> pymysql.Connection:
            login = {
                "host": "127.0.0.1", "port": server.port, "user": server.user,
                "password": server.password, "database": "shop", "autocommit": True,
            }  # fmt: skip
            return life.enter_context(closing(pymysql.connect(**login | changes)))

        yield make


def settings(server, **changes) -> MysqlProbe:
    return MysqlProbe.model_validate({
        "use": "mariadb", "host": "127.0.0.1", "port": server.port, "user": "monitor",
        "environment": {"MYSQL_PWD": WATCHER_PASSWORD}, **changes,
    })  # fmt: skip


@pytest.fixture
def read(server, answer):
    """The next reading of one probe."""
    (ask,) = asks(settings(server))
    return lambda: answer(ask)


def test_connections_of_those_there_may_be(read, connect, eventually):
    eventually(lambda: read().gauges["connections"] == 0)
    for _ in range(5):
        connect()
    reading = read()
    assert reading.gauges["connections"] == 5
    assert reading.gauges["connections_percent"] == pytest.approx(100 * 5 / PLACES)
    assert reading.gauges["longest_query_seconds"] == reading.gauges["active"] == 0
    assert reading.lacks == ""


def test_a_long_query(read, connect, eventually):
    with _busy(connect(), "select sleep(30)", connect()):
        gauges = eventually(lambda: _over(read().gauges, longest_query_seconds=1))
    assert gauges["active"] == 1


def test_who_waits_for_a_row_and_how_long(read, connect, eventually):
    holder, waiter = connect(autocommit=False), connect()
    before = read().counters
    run(holder, "update accounts set sum = 1 where id = 1")
    with _busy(waiter, "update accounts set sum = 2 where id = 1", connect()):
        eventually(
            lambda: _over(read().gauges, lock_waits=1, longest_transaction_seconds=1),
            every_s=UNREAD_S,
        )
        holder.rollback()
    eventually(lambda: read().gauges["lock_waits"] == 0, every_s=UNREAD_S)
    after = read().counters
    assert after["row_lock_waits_s"] == before["row_lock_waits_s"] + 1
    assert after["row_lock_wait_ms_s"] > before["row_lock_wait_ms_s"]


def test_a_deadlock_is_counted(read, connect, eventually):
    before = read().counters["deadlocks_s"]
    one, other = connect(autocommit=False), connect(autocommit=False)
    run(one, "update accounts set sum = 1 where id = 1")
    run(other, "update accounts set sum = 1 where id = 2")
    with _busy(one, "update accounts set sum = 1 where id = 2", None):
        with suppress(pymysql.Error):
            run(other, "update accounts set sum = 1 where id = 1")
        other.rollback()
    assert read().counters["deadlocks_s"] == before + 1


def test_slow_queries_and_logins_that_fail(read, connect):
    before = read().counters
    client = connect()
    run(client, "set long_query_time = 0.05")
    run(client, "select sleep(0.1)")
    with pytest.raises(pymysql.Error):
        connect(password="wrong")
    after = read().counters
    assert after["slow_queries_s"] == before["slow_queries_s"] + 1
    assert after["aborted_connects_s"] == before["aborted_connects_s"] + 1
    assert after["queries_s"] > before["queries_s"]


def test_hits_of_the_buffer_pool_are_of_the_time_between(read, connect):
    assert "buffer_pool_hit_percent" not in read().gauges
    run(connect(), "select * from accounts")
    assert 0 <= read().gauges["buffer_pool_hit_percent"] <= 100


def test_a_login_without_the_right_is_told_what_it_lacks(server, answer, connect):
    (ask,) = asks(settings(server, user="nobody"))
    reading = answer(ask)
    assert reading.lacks == "the login does not see what others do: GRANT PROCESS ON *.* TO it"
    assert reading.counters["queries_s"] > 0 and "connections" in reading.gauges
    assert not {"lock_waits", "longest_query_seconds"} & reading.gauges.keys()


async def test_in_the_samples_of_a_server(server, sampled):
    metrics = await sampled(settings(server, every=0.5), "connections", "queries_s")
    assert metrics["it.queries_s"] > 0


def test_what_it_says_it_measures(server, read, connect):
    read()
    run(connect(), "select * from accounts")
    reading = read()
    assert {*reading.gauges, *reading.counters} == set(settings(server).measured())


def test_a_login_out_of_an_option_file(server, answer, tmp_path):
    options = tmp_path / "my own.cnf"
    options.write_text(
        f"[client]\nuser=monitor\npassword='{WATCHER_PASSWORD}'\nport={server.port}\n"
        "host=127.0.0.1\n"
    )
    (ask,) = asks(MysqlProbe(use="mysql", options=str(options)))
    assert answer(ask).counters["queries_s"] > 0


def test_by_its_socket(server, answer):
    (ask,) = asks(settings(server, host=None, port=None, socket=str(server.folder / "s")))
    assert "connections" in answer(ask).gauges


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"environment": {"MYSQL_PWD": "wrong"}}, "Access denied for user 'monitor'"),
        ({"user": "x'; drop --"}, "Access denied"),
        ({"host": "127.0.0.1", "port": 1}, "Can't connect"),
        ({"options": "/nowhere"}, "/nowhere"),
        ({"through": ("env", "-i", "PATH=/nowhere")}, "sh"),
    ],
)
def test_what_the_client_refuses_is_one_line(server, answer, changes, says):
    (ask,) = asks(settings(server, **changes))
    with pytest.raises(Unreadable) as caught:
        answer(ask)
    said = str(caught.value)
    assert said.startswith("mysql says: ") and says in said and "\n" not in said
    assert WATCHER_PASSWORD not in said


def test_the_server_gives_up_by_itself(server, answer):
    (ask,) = asks(settings(server, timeout=1.0))
    slow = ask.stdin.replace("SELECT 'lock", "SELECT SLEEP(20);\nSELECT 'lock", 1)
    assert "lock_waits" in answer(replace(ask, stdin=slow)).gauges


WHOLE = (
    "Threads_connected\t3", "Threads_running\t1", "max_connections\t0", "max_connections\t151",
    "Innodb_buffer_pool_reads\t9", "Innodb_buffer_pool_read_requests\t3", "Questions\t7",
    "ERROR 1227 (42000) at line 6: Access denied; PROCESS privilege", "lock_waits\tNULL", "",
)  # fmt: skip


@given(st.lists(st.lists(st.sampled_from(WHOLE) | st.text()).map("\n".join)))
def test_any_answers_are_read_or_refused(texts):
    read = Answers()
    for text in texts:
        with suppress(Unreadable):
            gauges = read(text).gauges
            assert gauges["connections"] >= 0
            assert 0 <= gauges.get("buffer_pool_hit_percent", 0) <= 100


def run(connection: pymysql.Connection, statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _over(values, **least):
    return values if all(values[name] >= value for name, value in least.items()) else None


@contextmanager
def _busy(
    connection: pymysql.Connection, statement: str, killer: pymysql.Connection | None
) -> Iterator[None]:
    """While it waits in a statement, which is then ended."""

    def wait() -> None:
        with suppress(pymysql.Error):
            run(connection, statement)

    thread = threading.Thread(target=wait)
    thread.start()
    yield
    if killer is not None:
        run(killer, f"kill query {connection.thread_id()}")
    thread.join()
