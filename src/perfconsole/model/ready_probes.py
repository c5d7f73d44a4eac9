"""Ready probes of databases, caches, JVMs, application servers and containers.

Each is written under a name of its own, ``orders_db: {use: postgresql, database: orders}``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from perfconsole.model.page_probes import PageProbe
from perfconsole.model.probe_spec import Environment, PageUrl, ReadyProbe
from perfconsole.model.scalars import Duration, Headers
from perfconsole.model.sent import AuthSpec
from perfconsole.texts import say

Word = Annotated[str, Field(min_length=1, max_length=400, pattern=r"^[^\x00-\x1f\x7f]+$")]
Port = Annotated[int, Field(ge=1, le=65535)]
ContainerName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]

POSTGRESQL_METRICS = (
    "connections_percent", "connections", "active", "idle_in_transaction", "lock_waits",
    "deadlocks_s", "longest_query_seconds", "longest_transaction_seconds",
    "longest_autovacuum_seconds", "slow_queries", "slow_statements", "slowest_statement_ms",
    "statement_mean_ms", "cache_hit_percent", "commits_s", "rollbacks_s", "temp_bytes_s",
)  # fmt: skip
MYSQL_METRICS = (
    "connections_percent", "connections", "active", "lock_waits", "row_lock_waits_s",
    "row_lock_wait_ms_s", "deadlocks_s", "longest_query_seconds", "longest_transaction_seconds",
    "slow_queries_s", "queries_s", "buffer_pool_hit_percent", "disk_temporary_tables_s",
    "aborted_connects_s",
)  # fmt: skip
REDIS_METRICS = (
    "used_memory_percent", "used_memory_bytes", "clients_percent", "clients", "blocked_clients",
    "rejected_connections_s", "evicted_keys_s", "expired_keys_s", "cache_hit_percent", "commands_s",
    "slow_commands_s", "slowlog_entries", "replicas", "replication_down_seconds",
)  # fmt: skip
JVM_METRICS = (
    "heap_percent", "heap_used_bytes", "heap_after_gc_percent", "heap_after_gc_bytes",
    "gc_time_percent", "full_collections_s", "full_collections", "full_collection_ms",
    "young_collections_s", "young_collection_ms", "metaspace_used_bytes",
)  # fmt: skip
TOMCAT_METRICS = (
    "threads_percent", "threads_busy", "threads", "heap_percent", "heap_used_bytes", "requests_s",
    "errors_s", "request_mean_ms", "received_bytes_s", "sent_bytes_s",
)  # fmt: skip
TOMCAT_CONNECTIONS = ("connections_percent", "connections")
THREAD_METRICS = ("deadlocks", "blocked_threads", "threads")
DOCKER_METRICS = ("running", "cpu_percent", "memory_percent", "memory_bytes", "restarts_s")


def _database(name: str) -> str:
    """Never repeats what was given: it may carry a password."""
    if "=" in name or "://" in name:
        raise ValueError(
            say("a database is given by its name alone; host, port and user have keys of their "
                "own, and a password stands in a file or the environment")
        )  # fmt: skip
    return name


class CommandProbe(ReadyProbe):
    """A ready probe that asks with a command of the server."""

    program: ClassVar[str]
    """Of the server, that is asked."""
    environment: Environment = {}
    """Variables for the command, passwords for one: ``PGPASSWORD: ${env:ORDERS_PASSWORD}``. They
    are on no command line."""
    through: tuple[Word, ...] = ()
    """Words before the command: ``[sudo, -n, -u, postgres]`` or ``[docker, exec, -i, db]``. The
    command is psql, or sh with a script that runs the others. It is up to these words whether
    ``environment`` is passed on."""


class PostgresqlProbe(CommandProbe):
    """``use: postgresql``: PostgreSQL 13 and later, by psql. The login needs ``pg_monitor``, no
    more; its password is that of ``~/.pgpass``, or ``PGPASSWORD`` in ``environment``. Sessions are
    of clients alone; connections are counted against those that are not reserved. Statements
    come from ``pg_stat_statements``, where it is loaded and its extension is in ``database``."""

    program = "psql"
    use: Literal["postgresql"]
    host: Word | None = None
    """A name, or the folder of its socket; psql's own default when left out, as for the others."""
    port: Port | None = None
    """Its port."""
    user: Word | None = None
    """Who logs in."""
    database: Annotated[Word, AfterValidator(_database)] | None = None
    """Whichever may be logged in to: the numbers are of the whole server."""
    slow: Annotated[Duration, Field(gt=0)] = 0.5
    """How long a statement takes that is counted as slow."""

    def measured(self) -> Mapping[str, str | None]:
        return dict.fromkeys(POSTGRESQL_METRICS)


class MysqlProbe(CommandProbe):
    """``use: mysql`` or ``mariadb``: MySQL 5.7 and later or MariaDB 10.5 and later, by their
    client. The login needs ``PROCESS``, no more; its password is that of an option file, or
    ``MYSQL_PWD`` in ``environment``. What is a slow query says the server's ``long_query_time``."""

    program = "mysql"
    use: Literal["mysql", "mariadb"]
    host: Word | None = None
    """Its name or address."""
    port: Port | None = None
    """Its port."""
    socket: Word | None = None
    """The file of its socket, instead of host and port."""
    user: Word | None = None
    """Who logs in."""
    options: Word | None = None
    """An option file on the server, with user and password in its section ``[client]``."""

    def measured(self) -> Mapping[str, str | None]:
        return dict.fromkeys(MYSQL_METRICS)


class RedisProbe(CommandProbe):
    """``use: redis``: Redis 5 and later, or Valkey, by redis-cli. A user with rights of its own
    needs ``+info +slowlog +echo``; the password is ``REDISCLI_AUTH`` in ``environment``."""

    program = "redis-cli"
    use: Literal["redis"]
    host: Word | None = None
    """Its name or address."""
    port: Port | None = None
    """Its port."""
    socket: Word | None = None
    """The file of its socket, instead of host and port."""
    user: Word | None = None
    """Who logs in."""
    tls: bool = False
    """True: over TLS."""

    def measured(self) -> Mapping[str, str | None]:
        return dict.fromkeys(REDIS_METRICS)


class JvmProbe(CommandProbe):
    """``use: jvm``: a JVM (HotSpot) by jstat, which keeps running, and its threads by jcmd: both
    are of a JDK. They have to run as the JVM's own user, ``through: [sudo, -n, -u, tomcat]``, or as
    root. Heap after collection (``heap_after_gc_percent``) is what the last collection of the old
    generation left, mixed ones among them."""

    program = "jstat"
    use: Literal["jvm"]
    every: Annotated[Duration, Field(ge=1, le=3600)] = 2.0
    """Between two readings."""
    pid: Annotated[int, Field(ge=1)] | None = None
    """The number of its process."""
    pid_file: Word | None = None
    """A file on the server that holds the number."""
    main: Word | None = None
    """Part of the main class's full name, or of the path of its jar, as ``jps -l`` prints it."""
    java_home: Word | None = None
    """Where the JDK is whose ``bin`` has jstat and jcmd; by the login's PATH when left out."""
    threads: Annotated[Duration, Field(ge=10, le=3600)] | Literal["off"] = 60.0
    """Between two looks for deadlocks and blocked threads: each stops the JVM for some
    milliseconds."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if sum(way is not None for way in (self.pid, self.pid_file, self.main)) != 1:
            raise ValueError(say('say which JVM: one of "pid", "pid_file" and "main"'))
        return self

    def measured(self) -> Mapping[str, str | None]:
        return dict.fromkeys((*JVM_METRICS, *(THREAD_METRICS if self.threads != "off" else ())))


class TomcatProbe(PageProbe):
    """``use: tomcat``: Tomcat 8.5 and later by its manager. The user (``auth``) needs the role
    ``manager-status``, and for connections ``manager-jmx``. The manager answers its own machine
    alone unless its ``context.xml`` says otherwise: then ``ask_from: server``, which needs curl
    there. Each connector has its name behind a colon: ``threads_percent:http-nio-8080``."""

    use: Literal["tomcat"]
    url: PageUrl = "http://127.0.0.1:8080/manager"
    """The manager's address."""
    ask_from: Literal["here", "server"] = "server"
    """``server``: it is asked on the server. ``here``: from this machine."""
    headers: Headers = {}
    """For the manager; ``${env:NAME}`` can stand there."""
    auth: AuthSpec | None = None
    """A login for the manager."""
    connections: bool = True
    """False: without them, and without the role ``manager-jmx``, which may change things too."""

    @model_validator(mode="after")
    def _from_here(self) -> Self:
        """Both ways: curl takes them as its input, where nobody sees them."""
        if "?" in self.url or "#" in self.url:
            raise ValueError(say("write the manager's address alone, as http://host:8080/manager"))
        return self

    def measured(self) -> Mapping[str, str | None]:
        more = TOMCAT_CONNECTIONS if self.connections else ()
        return dict.fromkeys((*TOMCAT_METRICS, *more))


class DockerProbe(CommandProbe):
    """``use: docker``: containers that run, by docker; the login is in its group, or
    ``through: [sudo, -n]``. Each has its name behind a colon: ``cpu_percent:shop-web-1``, of one
    core; ``memory_percent`` is of its limit, or of all memory where it has none."""

    program = "docker"
    use: Literal["docker"]
    timeout: Annotated[Duration, Field(ge=3, le=600)] = 10.0
    """How long a reading may take; Docker itself watches for two seconds each time."""
    containers: tuple[ContainerName, ...] = ()
    """Names of those to watch; all that run when left out."""

    def measured(self) -> Mapping[str, str | None]:
        return dict.fromkeys(DOCKER_METRICS)
