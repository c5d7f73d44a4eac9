"""The probe of Redis, against a real one."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.model.ready_probes import RedisProbe
from perfconsole.servers.probes.ask import Unreadable
from perfconsole.servers.probes.ready.redis_probe import Answers, asks

REDIS = shutil.which("redis-server", path=f"{os.environ['PATH']}:/usr/sbin")
PASSWORD = "s3cr3t of anna"
MOST_MEMORY = 8_000_000
MOST_CLIENTS = 10


class Client:
    """As much of Redis' protocol as the tests need."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), 10)
        self._file = self._socket.makefile("rb")
        self.greeting = self.ask("AUTH", PASSWORD)

    def ask(self, *words: object) -> str:
        """The answer's first line."""
        self.send(*words)
        return self._file.readline().decode().rstrip()

    def send(self, *words: object) -> None:
        parts = [str(word) for word in words]
        lines = "".join(f"${len(part)}\r\n{part}\r\n" for part in parts)
        self._socket.sendall(f"*{len(parts)}\r\n{lines}".encode())

    def close(self) -> None:
        self._file.close()
        self._socket.close()


@contextmanager
def serving(port: int, folder: Path, *options: object) -> Iterator[int]:
    """Until it has said that it is ready."""
    if REDIS is None:
        pytest.skip("there is no Redis here (Debian: redis-server)")
    command = [REDIS, "--port", port, "--bind", "127.0.0.1", "--dir", folder, "--save", "",
               "--requirepass", PASSWORD, "--repl-diskless-sync-delay", 0, *options]  # fmt: skip
    with subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True) as process:
        try:
            assert any("Ready to accept connections" in line for line in process.stdout)
            yield port
        finally:
            process.kill()


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[int]:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    options = ("--maxmemory", MOST_MEMORY, "--maxmemory-policy", "allkeys-lru",
               "--maxclients", MOST_CLIENTS, "--slowlog-log-slower-than", 2000)  # fmt: skip
    with serving(port, tmp_path_factory.mktemp("redis"), *options), closing(Client(port)) as admin:
        for name, may in (("monitor", ["+slowlog"]), ("half", [])):
            rights = ("on", f">{PASSWORD}", "+info", "+echo", *may)
            assert admin.ask("ACL", "SETUSER", name, *rights) == "+OK"
        yield port


@pytest.fixture
def connect(server) -> Iterator[Callable[[], Client]]:
    with ExitStack() as life:
        yield lambda: life.enter_context(closing(Client(server)))


def settings(port: int, **changes: object) -> RedisProbe:
    return RedisProbe.model_validate({
        "use": "redis", "host": "127.0.0.1", "port": port, "user": "monitor",
        "environment": {"REDISCLI_AUTH": PASSWORD}, **changes,
    })  # fmt: skip


@pytest.fixture
def read(server, answer):
    """The next reading of one probe."""
    (ask,) = asks(settings(server))
    return lambda: answer(ask)


def test_memory_that_fills_and_what_is_evicted(read, connect):
    before = read()
    assert 0 < before.gauges["used_memory_percent"] < 60
    client = connect()
    for number in range(200):
        assert client.ask("SET", f"key {number}", "x" * 60_000) == "+OK"
    now = read()
    assert 80 < now.gauges["used_memory_percent"] < 110
    assert now.gauges["used_memory_percent"] == pytest.approx(
        100 * now.gauges["used_memory_bytes"] / MOST_MEMORY
    )
    assert now.counters["evicted_keys_s"] >= before.counters["evicted_keys_s"] + 50
    assert now.counters["commands_s"] >= before.counters["commands_s"] + 200
    assert now.lacks == ""


def test_clients_and_those_that_wait(read, connect, eventually):
    alone = eventually(lambda: _when(read().gauges, blocked_clients=0, clients=1))
    assert alone["clients_percent"] == pytest.approx(100 / MOST_CLIENTS)
    connect().send("BLPOP", "nothing", 0)
    connect()
    gauges = eventually(lambda: _when(read().gauges, blocked_clients=1))
    assert gauges["clients"] == 3


def test_a_connection_too_many(read, connect, eventually):
    eventually(lambda: read().gauges["clients"] == 1)
    before = read().counters["rejected_connections_s"]
    crowd = [connect() for _ in range(MOST_CLIENTS)]
    assert "max number of clients" in crowd[-1].greeting
    for client in crowd:
        client.close()
    after = eventually(lambda: _read_or_not(read))
    assert after.counters["rejected_connections_s"] >= before + 1


def test_hits_are_of_the_time_between(read, connect):
    client = connect()
    client.ask("SET", "here", 1)
    assert "cache_hit_percent" not in read().gauges
    for key in ("here", "here", "here", "not here"):
        client.send("GET", key)
    client.ask("PING")
    assert read().gauges["cache_hit_percent"] == 75
    assert "cache_hit_percent" not in read().gauges  # nobody looked for anything


def test_slow_commands(read, connect):
    client = connect()
    slow = ("EVAL", "local x = 0; for i = 1, 3000000 do x = x + i end return 1", 0)
    assert client.ask(*slow) == ":1"
    before = read()
    assert before.gauges["slowlog_entries"] >= 1
    assert client.ask(*slow) == ":1"
    assert read().counters["slow_commands_s"] == before.counters["slow_commands_s"] + 1


def test_a_replica_that_loses_its_master(server, answer, unused_tcp_port, tmp_path, eventually):
    replica = ("--replicaof", f"127.0.0.1 {server}", "--masterauth", PASSWORD)
    with serving(unused_tcp_port, tmp_path, *replica) as port, closing(Client(port)) as admin:
        (ask,) = asks(settings(port, user=None))
        eventually(lambda: answer(ask).gauges["replication_down_seconds"] == 0)
        assert answer(asks(settings(server))[0]).gauges["replicas"] == 1
        assert admin.ask("REPLICAOF", "127.0.0.1", 1) == "+OK"
        eventually(lambda: answer(ask).gauges["replication_down_seconds"] >= 1)
    assert "replication_down_seconds" not in answer(asks(settings(server))[0]).gauges


async def test_in_the_samples_of_a_server(server, sampled):
    metrics = await sampled(settings(server, every=0.5), "clients", "commands_s")
    assert metrics["it.commands_s"] > 0


def test_what_it_says_it_measures(server, read, connect):
    client = connect()
    read()
    client.ask("GET", "it")
    client.ask("EVAL", "local x = 0; for i = 1, 3000000 do x = x + i end return 1", 0)
    reading = read()
    told = {*reading.gauges, *reading.counters, "replication_down_seconds"}  # a replica's alone
    assert told == set(settings(server).measured())


def test_a_login_without_a_right_is_told_what_it_lacks(server, answer):
    reading = answer(asks(settings(server, user="half"))[0])
    assert reading.lacks.startswith("NOPERM") and "slowlog" in reading.lacks
    assert reading.gauges["used_memory_bytes"] > 0
    assert "slow_commands_s" not in reading.counters and "slowlog_entries" not in reading.gauges


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"environment": {"REDISCLI_AUTH": "wrong"}}, "WRONGPASS"),
        ({"environment": {}, "user": None}, "NOAUTH"),
        ({"port": 1}, "Connection refused"),
        ({"host": "no such host; true"}, "no such host; true"),
    ],
)
def test_what_redis_refuses_is_one_line(server, answer, changes, says):
    with pytest.raises(Unreadable) as caught:
        answer(asks(settings(**{"port": server, **changes}))[0])
    said = str(caught.value)
    assert said.startswith("redis-cli says: ") and says in said and "\n" not in said
    assert PASSWORD not in said


WHOLE = (
    "used_memory:100", "connected_clients:0", "maxmemory:0", "maxclients:nan", "slowlog_length",
    "slowlog_latest", "5", "master_link_status:down", "master_link_down_since_seconds:-1",
    "master_link_status:up", "keyspace_hits:3", "keyspace_misses:1", "NOPERM no", "",
)  # fmt: skip


@given(st.lists(st.lists(st.sampled_from(WHOLE) | st.text()).map("\n".join)))
def test_any_answers_are_read_or_refused(texts):
    read = Answers()
    for text in texts:
        with suppress(Unreadable):
            assert all(value >= 0 for value in read(text).gauges.values())


def _when(gauges, **wanted):
    return gauges if all(gauges[name] == value for name, value in wanted.items()) else None


def _read_or_not(read):
    with suppress(Unreadable):
        return read()
    return None
