"""Rows out of databases: SQLite, and a real PostgreSQL and MariaDB of the test's own."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import date, datetime
from datetime import time as clock
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest

from perfconsole.model.data import DataSpec
from perfconsole.model.dataset import Table
from perfconsole.scenario import databases, row_source
from perfconsole.scenario.row_source import TableError
from perfconsole.scenario.rows_sql import read_sql, text_of_value
from perfconsole.scenario.tables import read_tables

ROWS = "(1, 'anna', 10.50), (2, 'böb', NULL), (3, '100 %', 7)"


@pytest.fixture
def users(tmp_path: Path) -> Path:
    path = tmp_path / "my users.db"
    with sqlite3.connect(path) as database:
        database.execute("create table users (id integer, name text, paid numeric)")
        database.execute(f"insert into users values {ROWS}")
    database.close()
    return path


def spec(url: str, query: str) -> DataSpec:
    return DataSpec(sql=query, database=url)


def fault(url: str, query: str, **values: str) -> str:
    with pytest.raises(TableError) as caught:
        read_sql(spec(url, query), values)
    return caught.value.text


# -------------------------------------------------------------------- SQLite


def test_a_query_of_sqlite(users):
    found = read_sql(spec(f"sqlite://{users}", "select * from users order by id"), {})
    assert found == Table(
        ("id", "name", "paid"), (("1", "anna", "10.5"), ("2", "böb", ""), ("3", "100 %", "7"))
    )


def test_values_are_parameters_whatever_is_in_them(users):
    url = f"sqlite://{users}"
    query = "select id from users where name = ${name} and id < ${most} limit ${few}"
    given = {"name": "anna", "most": "3", "few": "10"}
    assert read_sql(spec(url, query), given).rows == (("1",),)
    wild = given | {"name": "x' or '1'='1"}
    assert fault(url, query, **wild) == "the query finds no rows"
    assert read_sql(spec(url, "select '$${x}' as a"), {}).rows == (("${x}",),)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("select nope from users", "the database says: no such column: nope"),
        ("selec", 'the database says: near "selec": syntax error'),
        ("delete from users", "the database says: attempt to write a readonly database"),
        ("select 1; select 2", "the database says: You can only execute one statement at a time."),
        ("select 1 as a, 2 as a", 'two columns are called "a"'),
        ("select * from users where id > 5", "the query finds no rows"),
    ],
)
def test_a_query_that_finds_nothing(users, query, says):
    assert fault(f"sqlite://{users}", query) == says


def test_a_file_that_is_no_database(tmp_path):
    (tmp_path / "a.db").write_text("no database at all, but long enough to look like one" * 20)
    said = fault(f"sqlite://{tmp_path}/a.db", "select 1 from x")
    assert said == "the database says: file is not a database"
    assert "unable to open" in fault(f"sqlite://{tmp_path}/b.db", "select 1")
    assert not (tmp_path / "b.db").exists()


ENDLESS = "with recursive n(i) as (select 1 union all select i + 1 from n) select i from n"


def test_an_endless_query_ends(users, monkeypatch):
    monkeypatch.setattr(databases, "QUERY_S", 0)
    said = fault(f"sqlite://{users}", f"select count(*) from ({ENDLESS})")
    assert said == "the database says: no answer within 0 s"


def test_rows_without_end_are_refused(users, monkeypatch):
    monkeypatch.setattr(row_source, "MOST_ROWS", 5000)
    assert fault(f"sqlite://{users}", ENDLESS) == "more than 5,000 rows"
    monkeypatch.setattr(row_source, "MOST_ROWS", 1_000_000)
    monkeypatch.setattr(row_source, "LARGEST_MB", 0.01)
    assert "at most 0.01 MB" in fault(f"sqlite://{users}", ENDLESS)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""), ("ö", "ö"), (True, "true"), (5, "5"), (1.5, "1.5"), (b"a\xc3\xb6", "aö"),
        (b"\xff\x00", "ff00"), (Decimal("1E+2"), "100"), (Decimal("10.50"), "10.50"),
        (date(2026, 1, 31), "2026-01-31"), (datetime(2026, 1, 31, 12), "2026-01-31T12:00:00"),
        (clock(12, 30), "12:30:00"), (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        ({"a": [1, Decimal("2.5")]}, '{"a":[1,"2.5"]}'), ("\ud800", "?"),
    ],
)  # fmt: skip
def test_values_as_text(value, text):
    assert text_of_value(value) == text


# -------------------------------------------------------------------- in a scenario

HEAD = "name: x\ntarget: http://h\ngroups: {a: {}}\nflows: {a: [{request: 'GET /${users.name}'}]}\n"


def test_a_database_lies_beside_its_scenario(loaded, users):
    scenario = loaded(
        HEAD + 'data: {users: {sql: select name from users, database: "sqlite://my users.db"}}\n'
    )
    assert scenario.data["users"].database == f"sqlite://{users}"
    assert len(read_tables(scenario)["users"].rows) == 3


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("sql: select id from users, database: 'sqlite://my users.db'",
         '4: flows.a step 1, request: the data set "users" has no column "name"; '
         'did you mean "users.id"?'),
        ("sql: select, database: 'sqlite://my users.db'",
         "5: data.users: the database says: incomplete input"),
        ("sql: select 1, database: 'sqlite://no.db'", "5: data.users: there is no file no.db"),
        ("sql: select 1, database: 'oracle://x'",
         "5: data.users.database: a database is sqlite://users.db, postgresql://user@host/name or "
         "mysql://user@host/name"),
        ("sql: 'select ${x}', database: 'sqlite://my users.db'",
         '5: data.users.sql: "x" is none of the scenario\'s variables; only they and "env:NAME" '
         "can stand here"),
        ("sql: 'select 1'", '5: data.users: a query needs a "database" that it is put to'),
    ],
)  # fmt: skip
def test_one_clear_line(refused, users, data, says):
    text = HEAD + f"data: {{users: {{{data}}}}}\n"
    assert [line.replace(f"{users.parent}/", "") for line in refused(text)] == [says]


def test_databases_of_servers_are_asked_by_runs_alone(loaded):
    scenario = loaded(
        HEAD + "data: {users: {sql: select 1, database: 'postgresql://u:pw@127.0.0.1:1/x'}}\n"
    )
    assert read_tables(scenario, ask=False) == {}


def test_a_missing_driver_is_one_clear_line(monkeypatch):
    monkeypatch.setattr(databases, "find_spec", lambda _: None)
    for kind in ("postgresql", "mysql"):
        said = fault(f"{kind}://u@127.0.0.1:1/x", "select 1")
        assert said == f'its driver is missing: pip install "perfconsole[{kind}]"'


# -------------------------------------------------------------------- servers of the test's own


@dataclass(frozen=True)
class Server:
    url: str
    """The password in it is of the environment."""
    password: str

    def of(self, query: str, **values: str) -> Table:
        return read_sql(spec(self.url, query), {"env:PW": self.password, **values})


@pytest.fixture(scope="module")
def postgresql(make_postgresql) -> Server:
    import psycopg

    own = make_postgresql()
    with psycopg.connect(
        host="127.0.0.1", port=own.port, user=own.user, password=own.password, dbname="postgres"
    ) as connection:
        connection.execute("create table users (id int, name text, paid numeric(6,2))")
        connection.execute(f"insert into users values {ROWS}")
    return Server(
        f"postgresql://{own.user}:${{env:PW}}@127.0.0.1:{own.port}/postgres", own.password
    )


@pytest.fixture(scope="module")
def mariadb(make_mariadb) -> Server:
    own = make_mariadb(
        "create database shop charset utf8mb4",
        "grant all on shop.* to anna",
        "create table shop.users (id int, name text, paid decimal(6,2))",
        f"insert into shop.users values {ROWS}",
    )
    return Server(f"mysql://{own.user}:${{env:PW}}@127.0.0.1:{own.port}/shop", own.password)


@pytest.fixture(params=["postgresql", "mariadb"])
def server(request) -> Server:
    found: Server = request.getfixturevalue(request.param)
    return found


def test_a_query_of_a_server(server):
    found = server.of("select * from users order by id")
    assert found == Table(
        ("id", "name", "paid"), (("1", "anna", "10.50"), ("2", "böb", ""), ("3", "100 %", "7.00"))
    )


def test_values_are_parameters_there_too(server):
    query = "select id from users where name like '%n%' and name = ${name} and id < ${most}"
    assert server.of(query, name="anna", most="3").rows == (("1",),)
    with pytest.raises(TableError, match="the query finds no rows"):
        server.of(query, name="x' or '1'='1", most="3")
    assert server.of("select name from users where name like '%n%'").rows == (("anna",),)


@pytest.mark.parametrize("query", ["selec", "select nope from users", "drop table users"])
def test_what_a_server_refuses_is_one_line(server, query):
    with pytest.raises(TableError) as caught:
        server.of(query)
    assert caught.value.text.startswith("the database says: ")
    assert "\n" not in caught.value.text
    assert len(server.of("select * from users").rows) == 3


def test_rows_of_a_server_without_end_are_refused(server, monkeypatch):
    monkeypatch.setattr(row_source, "MOST_ROWS", 1500)
    crowd = " cross join ".join(f"(select 1 as a union all select 2) as t{n}" for n in range(12))
    with pytest.raises(TableError, match="more than 1,500 rows"):
        server.of(f"select t0.a from {crowd}")


def test_a_wrong_password_is_told_without_it(server, loaded, monkeypatch):
    wrong = "s3cr3t-but-wrong"
    monkeypatch.setenv("PW", wrong)
    scenario = loaded(HEAD + f"data: {{users: {{sql: select 1, database: '{server.url}'}}}}\n")
    assert wrong not in str(scenario)
    with pytest.raises(Exception, match=r"data\.users: the database says") as caught:
        read_tables(scenario, {"env:PW": wrong})
    assert wrong not in str(caught.value)


def test_nobody_there(unused_tcp_port):
    for kind in ("postgresql", "mysql"):
        assert fault(f"{kind}://anna:pw@127.0.0.1:{unused_tcp_port}/x", "select 1").startswith(
            "the database says: "
        )
