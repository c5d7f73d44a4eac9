"""Opening connections to the target: TLS set up once, its name resolved once and again in need."""

from __future__ import annotations

import asyncio
import resource
import socket
import ssl
from collections.abc import Callable
from time import perf_counter

from perfconsole.injector.connection import Connection
from perfconsole.injector.failure import (
    Failure,
    Lack,
    Unusable,
    connect_timed_out,
    of_connect,
    of_loss,
)
from perfconsole.injector.recorder import Recorder
from perfconsole.model.plan import TargetPlan
from perfconsole.texts import say

RESOLVE_EVERY_S = 5.0
"""At most this often: a name server must not feel that a target is down."""


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
        self._unresolved: Failure | None = None
        """Why the name did not resolve the last time."""
        self._doubted = False
        """No address could be connected to: the name may lead elsewhere by now."""
        self._resolved_at = 0.0
        self._resolving: asyncio.Task[None] | None = loop.create_task(self._resolve())

    async def resolve(self) -> Failure | None:
        """See that there are addresses: found anew when in doubt, once for all who ask."""
        in_doubt = self._doubted or self._unresolved is not None
        due = perf_counter() >= self._resolved_at + RESOLVE_EVERY_S
        if in_doubt and due and self._resolving is None:
            self._resolving = self._loop.create_task(self._resolve())
        if self._resolving is not None:
            await asyncio.shield(self._resolving)
        return self._unresolved

    async def _resolve(self) -> None:
        try:
            found = await self._loop.getaddrinfo(
                self._target.host, self._target.port, type=socket.SOCK_STREAM
            )
        except (OSError, ValueError) as error:
            self._unresolved = Failure(say("name does not resolve"), str(error))
        else:
            self._addresses = list(dict.fromkeys(str(address[4][0]) for address in found))
            self._unresolved = None
        self._doubted = False
        self._resolved_at = perf_counter()
        self._resolving = None

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
            self._doubted = True
            return connect_timed_out(limit_s)

    async def _try_addresses(self) -> Connection | Failure:
        failure: Failure | None = None
        for address in list(self._addresses):
            opened = await self._connect(address)
            if isinstance(opened, Connection):
                if self._addresses[0] != address:
                    self._addresses.sort(key=lambda other: other != address)
                return opened
            failure = opened
        assert failure is not None
        self._doubted |= failure.lack is None
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
            self.tell_of_limits(failure)
            return failure
        except BaseException:
            connection.abort()
            raise
        return connection

    def tell_of_limits(self, failure: Failure) -> None:
        """Say what this machine has too little of, if it was that."""
        if failure.lack is Lack.DESCRIPTORS:
            limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
            self._trouble(
                say(
                    "no descriptors left: this injector may open {limit} files; "
                    "raise the limit (ulimit -n) or use fewer VUs per injector",
                    limit=limit,
                )
            )
        elif failure.lack is Lack.PORTS:
            self._trouble(
                say(
                    "no local port left for more connections to {host}; "
                    "keep connections alive, or use fewer VUs",
                    host=self._target.host,
                )
            )
