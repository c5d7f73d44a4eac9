"""Settings of the probes that come ready: databases, caches, JVMs, containers.

Each is written under a name of its own, ``orders_db: {use: postgresql, database: orders}``.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from perfconsole.model.scalars import Duration
from perfconsole.model.strict import Strict
from perfconsole.texts import say

Word = Annotated[str, Field(min_length=1, max_length=400, pattern=r"^[^\x00-\x1f\x7f]+$")]
Port = Annotated[int, Field(ge=1, le=65535)]
VariableOfShell = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
ContainerName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]


def _database(name: str) -> str:
    """Never repeats what was given: it may carry a password."""
    if "=" in name or "://" in name:
        raise ValueError(
            say("a database is given by its name alone; host, port and user have keys of their "
                "own, and a password stands in a file or the environment")
        )  # fmt: skip
    return name


def _manager(url: str) -> str:
    """Never repeats what was given: it may carry a password."""
    try:
        parts = urlsplit(url)
        is_well = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_well = False
    if not is_well or "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError(
            say("write the address of Tomcat's manager, such as http://127.0.0.1:8080/manager; "
                "user and password have keys of their own")
        )  # fmt: skip
    return url.rstrip("/")


class ReadyProbe(Strict):
    """What all of them can be told."""

    every: Annotated[Duration, Field(ge=1, le=3600)] = 10.0
    """Between two readings."""
    timeout: Annotated[Duration, Field(ge=1, le=600)] = 5.0
    """How long one may take."""
    environment: dict[VariableOfShell, str] = {}
    """Variables for the command, passwords for one: ``PGPASSWORD: ${env:ORDERS_PASSWORD}``."""
    through: tuple[Word, ...] = ()
    """Words before the command: ``[sudo, -n, -u, postgres]`` or ``[docker, exec, -i, db]``. What
    stands there passes ``environment`` on or not, as it is told."""


class PostgresqlProbe(ReadyProbe):
    """PostgreSQL 13 and later by psql. The login needs ``pg_monitor``, no more. Its password is
    that of ``~/.pgpass``, of a service, or ``PGPASSWORD`` in ``environment``."""

    use: Literal["postgresql"]
    host: Word | None = None
    """A name or the folder of its socket; psql's own default when left out, as for the others."""
    port: Port | None = None
    user: Word | None = None
    database: Annotated[Word, AfterValidator(_database)] | None = None
    """Whichever may be logged in to: the numbers are of the whole server."""
    slow: Annotated[Duration, Field(gt=0)] = 0.5
    """From here on a statement is slow."""


class MysqlProbe(ReadyProbe):
    """MySQL 5.7 and later or MariaDB 10.5 and later by mysql or mariadb. The login needs
    ``PROCESS``, no more. Its password is that of an option file, or ``MYSQL_PWD`` in
    ``environment``."""

    use: Literal["mysql", "mariadb"]
    host: Word | None = None
    port: Port | None = None
    socket: Word | None = None
    """The file of its socket, instead of host and port."""
    user: Word | None = None
    options: Word | None = None
    """An option file on the server, with user and password in its section ``[client]``."""


class RedisProbe(ReadyProbe):
    """Redis 5 and later, or Valkey, by redis-cli. An ACL user needs ``+info +slowlog +echo``. Its
    password is ``REDISCLI_AUTH`` in ``environment``."""

    use: Literal["redis"]
    host: Word | None = None
    port: Port | None = None
    socket: Word | None = None
    """The file of its socket, instead of host and port."""
    user: Word | None = None
    tls: bool = False


class JvmProbe(ReadyProbe):
    """A JVM of HotSpot by jstat, which keeps running; deadlocks and blocked threads by jcmd. The
    login is that of the JVM, or root; otherwise ``through: [sudo, -n, -u, tomcat]``."""

    use: Literal["jvm"]
    every: Annotated[Duration, Field(ge=1, le=3600)] = 2.0
    pid: Annotated[int, Field(ge=1)] | None = None
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


class TomcatProbe(ReadyProbe):
    """Tomcat 8.5 and later by its manager, asked with curl from the server itself. The user needs
    the role ``manager-status``, and ``manager-jmx`` for connections."""

    use: Literal["tomcat"]
    url: Annotated[Word, AfterValidator(_manager)] = "http://127.0.0.1:8080/manager"
    user: Word | None = None
    password: Annotated[str, Field(max_length=400, pattern=r"^[^\x00-\x1f\x7f]*$")] | None = None
    """Such as ``${env:TOMCAT_PASSWORD}``. Left out with ``user``, it is looked for in the login's
    ``~/.netrc``."""
    connections: bool = True
    """False: the status page alone, which asks for no more than ``manager-status``."""


class DockerProbe(ReadyProbe):
    """Running containers by docker. The login needs to be in the group ``docker``, or
    ``through: [sudo, -n]``."""

    use: Literal["docker"]
    timeout: Annotated[Duration, Field(ge=3, le=600)] = 10.0
    """How long a reading may take; Docker itself watches for two seconds each time."""
    containers: tuple[ContainerName, ...] = ()
    """Names of those to watch; all that run when left out."""
