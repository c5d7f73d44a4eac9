"""The way of a group's requests where it is not the first engine's: HTTP/2, or over a proxy."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, replace
from urllib.parse import unquote_to_bytes, urlsplit

import httpcore
from msgspec import structs

from perfconsole.injector.dialer import tls_context
from perfconsole.injector.failure import Unusable
from perfconsole.injector.httpx_network import Backend
from perfconsole.injector.request import Origin
from perfconsole.model.plan import GroupPlan, TargetPlan
from perfconsole.scenario.extras import lacks_package, what_to_install


@dataclass(frozen=True, slots=True)
class Route:
    """What the VUs of a group share; each has a connection of its own."""

    target: TargetPlan
    http2: bool
    proxy: httpcore.Proxy | None
    tls: ssl.SSLContext

    @classmethod
    def of(cls, group: GroupPlan, target: TargetPlan) -> Route:
        """Raises Unusable naming a file or a package that is missing."""
        if lacks_package(group.http_version, group.proxy):
            raise Unusable(what_to_install())
        proxy = None if group.proxy is None else _proxy(group.proxy, target)
        return cls(target, group.http_version == "2", proxy, tls_context(target))

    @property
    def is_forwarded(self) -> bool:
        """The proxy reads each request and answers it itself: plain HTTP through an HTTP proxy."""
        return (
            self.proxy is not None
            and self.proxy.url.scheme.startswith(b"http")
            and self.target.scheme == "http"
        )

    @property
    def proxy_tls(self) -> ssl.SSLContext | None:
        return None if self.proxy is None else self.proxy.ssl_context

    def to(self, origin: Origin) -> Route:
        """The same way, to where a redirect leads."""
        if origin == Origin.of(self.target):
            return self
        there = structs.replace(
            self.target, scheme=origin.scheme, host=origin.host, port=origin.port, server_name=None
        )
        return replace(self, target=there)

    def pool(self, backend: Backend) -> httpcore.AsyncConnectionPool:
        """For one VU: it never has more than one connection."""
        return httpcore.AsyncConnectionPool(
            ssl_context=self.tls,
            proxy=self.proxy,
            max_connections=1,
            # Where nothing can be agreed on, HTTP/2 is taken for granted ("prior knowledge").
            http1=not self.http2 or self.target.scheme == "https" or self.is_forwarded,
            http2=self.http2,
            network_backend=backend,
        )


def _proxy(url: str, target: TargetPlan) -> httpcore.Proxy:
    """CA files and `insecure` hold for an https proxy too; the client's certificate does not."""
    parts = urlsplit(url)
    auth = None
    if parts.username is not None:
        auth = unquote_to_bytes(parts.username), unquote_to_bytes(parts.password or "")
    context = None
    if parts.scheme == "https":
        context = tls_context(
            structs.replace(target, scheme="https", cert_file=None, key_file=None)
        )
    place = httpcore.URL(
        scheme=parts.scheme, host=parts.hostname or "", port=parts.port, target="/"
    )
    return httpcore.Proxy(place, auth=auth, ssl_context=context)
