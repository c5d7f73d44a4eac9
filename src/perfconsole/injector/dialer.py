"""Opening connections: names, TCP and TLS one after the other, each with its own time."""

from __future__ import annotations

import asyncio
import resource
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

from perfconsole.injector.connection import Connection
from perfconsole.injector.failure import (
    Failure,
    Lack,
    Unusable,
    of_connect,
    timed_out,
)
from perfconsole.injector.heads import Heads
from perfconsole.injector.names import Addresses, Names
from perfconsole.injector.outlet import ANY, Outlet
from perfconsole.injector.recorder import Recorder
from perfconsole.injector.request import Origin
from perfconsole.injector.shaping import Shaped
from perfconsole.injector.tls import Tls
from perfconsole.model.phase import Phase
from perfconsole.model.plan import TargetPlan
from perfconsole.texts import say


def tls_context(target: TargetPlan) -> ssl.SSLContext:
    """For https, with the target's own CA and certificate. Raises Unusable naming the file."""
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
            # the passphrase of an encrypted key is nobody's here: never ask a terminal for it
            context.load_cert_chain(target.cert_file, target.key_file, lambda: "")
        except (OSError, ssl.SSLError) as error:
            raise Unusable(_bad_file(target.cert_file, error)) from None
    return context


def _bad_file(path: str | None, error: OSError) -> str:
    why = error.strerror or str(error)
    return say("{path}: no usable PEM file for TLS: {why}", path=path, why=why)


@dataclass(slots=True)
class Opening:
    """How far the opening of a connection has come, and how long each phase took."""

    began: float
    phase: Phase = Phase.DNS
    dns_s: float = 0.0
    connect_s: float = 0.0
    tls_s: float = 0.0

    def found(self) -> None:
        now = perf_counter()
        self.dns_s, self.began, self.phase = now - self.began, now, Phase.CONNECT

    def connected(self) -> None:
        now = perf_counter()
        self.connect_s, self.began, self.phase = now - self.began, now, Phase.TLS

    def secured(self) -> None:
        self.tls_s = perf_counter() - self.began


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
        self._origin = Origin.of(target)
        self._loop = loop
        self._recorder = recorder
        self._trouble = trouble
        self._context = tls_context(target) if target.scheme == "https" else None
        self._names = Names(target.family, loop)
        self._heads = Heads()

    @property
    def resumes(self) -> bool:
        """Whether a VU takes up its TLS sessions again."""
        return self._target.resume_tls

    def names(self) -> Names:
        """Where a VU looks up its hosts: with all others, or on its own."""
        if self._target.resolve_per_vu:
            return Names(self._target.family, self._loop)
        return self._names

    async def open(
        self,
        limit_s: float,
        origin: Origin | None = None,
        names: Names | None = None,
        session: ssl.SSLSession | None = None,
        outlet: Outlet = ANY,
    ) -> Connection | Failure:
        """A fresh connection to `origin` (the target when None), its addresses tried in order.

        It has the target's connect timeout, and `limit_s` seconds when that is less. A TLS
        `session` is taken up again where the server agrees. It leaves this machine by `outlet`.
        """
        limit_s = min(limit_s, self._target.connect_timeout_s)
        origin = origin or self._origin
        addresses = (names or self._names).at(origin.host, origin.port)
        opening = Opening(perf_counter())
        try:
            async with asyncio.timeout(limit_s):
                return await self._open(origin, addresses, session, opening, outlet)
        except TimeoutError:
            addresses.doubt()
            return timed_out(limit_s, opening.phase)

    async def _open(
        self,
        origin: Origin,
        addresses: Addresses,
        session: ssl.SSLSession | None,
        opening: Opening,
        outlet: Outlet,
    ) -> Connection | Failure:
        if addresses.known:
            found: list[str] | Failure = await addresses.find()
            opening.phase = Phase.CONNECT
        else:
            found = await addresses.find()
            opening.found()
        if isinstance(found, Failure):
            return found
        failure: Failure | None = None
        for address in outlet.fitting(found):
            opened = await self._connect(address, origin, opening, outlet)
            if isinstance(opened, Connection):
                addresses.prefer(address)
                return await self._secured(opened, origin, session, opening)
            failure = opened
        assert failure is not None
        if failure.lack is None:
            addresses.doubt()
        return failure

    async def _connect(
        self, address: str, origin: Origin, opening: Opening, outlet: Outlet
    ) -> Connection | Failure:
        connection = Connection(self._loop, self._recorder, origin, self._heads)
        protocol: asyncio.Protocol = connection
        if outlet.line is not None:
            protocol = Shaped(self._loop, outlet.line, connection)
        try:
            await self._loop.create_connection(
                lambda: protocol, address, origin.port, local_addr=outlet.local
            )
        except OSError as error:
            failure = of_connect(error)
            self.tell_of_limits(failure)
            return failure
        except BaseException:
            connection.abort()
            raise
        opening.connected()
        connection.opening = opening
        return connection

    async def _secured(
        self,
        connection: Connection,
        origin: Origin,
        session: ssl.SSLSession | None,
        opening: Opening,
    ) -> Connection | Failure:
        if origin.scheme != "https":
            return connection
        if self._context is None:  # a redirect led from http to https
            self._context = tls_context(self._target)
        tls = Tls(self._context, self._server_name(origin), session)
        try:
            failure = await connection.secure(tls)
        except BaseException:
            connection.abort()
            raise
        opening.secured()
        if failure is not None:
            connection.abort()
            return failure
        return connection

    def _server_name(self, origin: Origin) -> str:
        given = self._target.server_name if origin == self._origin else None
        return given or origin.host

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
