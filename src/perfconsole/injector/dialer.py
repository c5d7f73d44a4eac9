"""Opening connections to the target: its name resolved once per run, TLS set up once."""

from __future__ import annotations

import asyncio
import resource
import socket
import ssl
from collections.abc import Callable

from perfconsole.injector.connection import Connection
from perfconsole.injector.failure import Failure, Unusable, connect_timed_out, of_connect, of_loss
from perfconsole.injector.recorder import Recorder
from perfconsole.model.plan import TargetPlan
from perfconsole.texts import say


def tls_context(target: TargetPlan) -> ssl.SSLContext | None:
    """For https, with the target's own CA and certificate. Raises Unusable naming the file."""
    if target.scheme != "https":
        return None
    try:
        context = ssl.create_default_context(cafile=target.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise Unusable(_bad_file(target.ca_file, error)) from None
    if not target.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["http/1.1"])
    if target.cert_file is not None:
        try:
            context.load_cert_chain(target.cert_file, target.key_file)
        except (OSError, ssl.SSLError) as error:
            raise Unusable(_bad_file(target.cert_file, error)) from None
    return context


def _bad_file(path: str | None, error: OSError) -> str:
    why = error.strerror or str(error)
    return say("{path}: no usable PEM file for TLS: {why}", path=path, why=why)


class Dialer:
    """Opens connections for all VUs of an injector.

    Raises Unusable when the TLS files are of no use.
    """

    def __init__(
        self,
        target: TargetPlan,
        loop: asyncio.AbstractEventLoop,
        recorder: Recorder,
        trouble: Callable[[str], None],
    ) -> None:
        self._target = target
        self._loop = loop
        self._recorder = recorder
        self._trouble = trouble
        self._context = tls_context(target)
        self._addresses: list[str] = []
        self._resolving: asyncio.Task[Failure | None] | None = loop.create_task(self._resolve())

    async def resolve(self) -> Failure | None:
        """Find the target's addresses, once for all who ask at the same time."""
        if self._addresses:
            return None
        if self._resolving is None:
            self._resolving = self._loop.create_task(self._resolve())
        try:
            return await asyncio.shield(self._resolving)
        finally:
            if self._resolving is not None and self._resolving.done():
                self._resolving = None

    async def _resolve(self) -> Failure | None:
        try:
            found = await self._loop.getaddrinfo(
                self._target.host, self._target.port, type=socket.SOCK_STREAM
            )
        except (OSError, UnicodeError) as error:
            return Failure(say("name does not resolve"), str(error))
        self._addresses = list(dict.fromkeys(str(address[4][0]) for address in found))
        return None

    async def open(self, limit_s: float) -> Connection | Failure:
        """A fresh connection, its addresses tried in order.

        It has the target's connect timeout, and `limit_s` seconds when that is less.
        """
        limit_s = min(limit_s, self._target.connect_timeout_s)
        try:
            async with asyncio.timeout(limit_s):
                failure = await self.resolve()
                return failure or await self._try_addresses()
        except TimeoutError:
            return connect_timed_out(limit_s)

    async def _try_addresses(self) -> Connection | Failure:
        failure: Failure | None = None
        for address in list(self._addresses):
            opened = await self._connect(address)
            if isinstance(opened, Connection):
                if self._addresses[0] != address:
                    self._addresses.remove(address)
                    self._addresses.insert(0, address)
                return opened
            failure = opened
        assert failure is not None
        return failure

    async def _connect(self, address: str) -> Connection | Failure:
        connection = Connection(self._loop, self._recorder)
        try:
            await self._loop.create_connection(
                lambda: connection,
                address,
                self._target.port,
                ssl=self._context,
                server_hostname=self._target.host if self._context else None,
            )
        except ssl.SSLError as error:
            return of_loss(error)
        except OSError as error:
            failure = of_connect(error)
            self._tell_of_limits(failure)
            return failure
        except BaseException:
            connection.abort()
            raise
        return connection

    def _tell_of_limits(self, failure: Failure) -> None:
        if failure.kind == say("no descriptors left"):
            limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
            self._trouble(
                say(
                    "no descriptors left: this injector may open {limit} files; "
                    "raise the limit (ulimit -n) or use fewer VUs per injector",
                    limit=limit,
                )
            )
        elif failure.kind == say("no local port left"):
            self._trouble(
                say(
                    "no local port left for more connections to {host}; "
                    "keep connections alive, or use fewer VUs",
                    host=self._target.host,
                )
            )
