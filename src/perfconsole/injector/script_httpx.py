"""``vu.httpx``: httpx's own client for what the fast core does not do, counted like the rest.

The connections are httpx's; every request passes through a transport of ours, which holds it while
the group is paused, and knows from httpcore's trace when it connected, sent and was answered.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, cast

import httpx

from perfconsole.injector.failure import led_elsewhere
from perfconsole.injector.request import Origin, default_port
from perfconsole.injector.script_exchange import Exchange
from perfconsole.injector.script_transactions import Transaction
from perfconsole.model.plan import GroupPlan, TargetPlan
from perfconsole.scenario.extras import lacks_package, what_to_install
from perfconsole.scenario.python_files import automatic_name
from perfconsole.texts import say

if TYPE_CHECKING:
    from perfconsole.injector.python_flow import Flow
    from perfconsole.injector.script_api import ScriptVu

_ANY_ADDRESS = {4: "0.0.0.0", 6: "::"}


class HttpxSide:
    """A VU's client, and what is under way on it."""

    def __init__(self, vu: ScriptVu, flow: Flow) -> None:
        """Raises RuntimeError when a package for HTTP/2 or a proxy is missing."""
        group, target = flow.group, flow.target
        if lacks_package(group.http_version, group.proxy):
            raise RuntimeError(what_to_install())
        home = Origin.of(target)
        self._closing: asyncio.Task[None] | None = None
        self._loop = flow.engine.loop
        self.transport = Transport(vu, flow, _inner(group, target, flow.tls, vu.number))
        self.client = httpx.AsyncClient(
            transport=self.transport,
            base_url=f"{home.scheme}://{home.netloc}",
            headers=dict(flow.requests.common(vu.user.values)),
            timeout=httpx.Timeout(flow.timeout_s, connect=target.connect_timeout_s),
            follow_redirects=True,
            max_redirects=target.max_redirects,
            trust_env=False,
        )

    def close(self) -> None:
        """What is under way is cut; the connections close as soon as the loop turns."""
        self.transport.cut()
        self._closing = self._loop.create_task(self.client.aclose())


def _inner(
    group: GroupPlan, target: TargetPlan, context: ssl.SSLContext, number: int
) -> httpx.AsyncHTTPTransport:
    """As the scenario has it: TLS files, HTTP version, proxy, kind of address."""
    own = group.source_ips
    own_address = own[number % len(own)] if own else _ANY_ADDRESS.get(target.family)
    return httpx.AsyncHTTPTransport(
        verify=context,
        http2=group.http_version == "2",
        proxy=group.proxy,
        local_address=own_address,
    )


class Transport(httpx.AsyncBaseTransport):
    """Between a VU's client and its connections."""

    def __init__(self, vu: ScriptVu, flow: Flow, inner: httpx.AsyncHTTPTransport) -> None:
        self._vu = vu
        self._flow = flow
        self._inner = inner
        self._under_way: set[Exchange] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        vu, engine = self._vu, self._flow.engine
        vu.did_nothing = False
        await vu.pass_border()
        exchange = self._begun(request)
        there = _origin_of(request.url)
        if not engine.reach.allows(there):
            failure = led_elsewhere(there.host)
            exchange.failed(failure)
            hint = say('to allow it: allowed_hosts: ["{host}"] in http', host=there.netloc)
            raise httpx.UnsupportedProtocol(f"{there.netloc}: {failure.kind}; {hint}")
        request.extensions = {**request.extensions, "trace": exchange.at}
        try:
            response = await self._inner.handle_async_request(request)
        except Exception as error:
            exchange.broke(error)
            raise
        except BaseException:
            exchange.cut()
            raise
        exchange.answered(response)
        stream = cast(httpx.AsyncByteStream, response.stream)
        return httpx.Response(
            response.status_code,
            headers=response.headers,
            stream=Counted(stream, exchange),
            extensions=response.extensions,
        )

    def _begun(self, request: httpx.Request) -> Exchange:
        vu, flow = self._vu, self._flow
        given = request.extensions.get("name")
        path = request.url.raw_path.decode("ascii", "replace")
        named = (
            flow.names.automatic(automatic_name(request.method, path))
            if given is None
            else flow.names.given(str(given))
        )
        alone = None if vu.in_transaction else Transaction(vu, named.transaction, alone=True)
        exchange = Exchange(vu, flow, named, request, alone, self._under_way)
        browser = vu.user.browser
        if browser.volley is not None:
            browser.volley.sent()
            browser.volley = None
        return exchange

    @property
    def at(self) -> str:
        """Name of a request under way; empty when there is none."""
        return next((exchange.name for exchange in self._under_way), "")

    def cut(self) -> None:
        """The VU is over."""
        for exchange in list(self._under_way):
            exchange.cut()

    async def aclose(self) -> None:
        await self._inner.aclose()


class Counted(httpx.AsyncByteStream):
    """An answer's body on its way to the flow: where it ends, so does its request."""

    def __init__(self, stream: httpx.AsyncByteStream, exchange: Exchange) -> None:
        self._stream = stream
        self._exchange = exchange

    async def __aiter__(self) -> AsyncIterator[bytes]:
        exchange = self._exchange
        try:
            async for part in self._stream:
                exchange.came(part)
                yield part
        except GeneratorExit:
            raise
        except Exception as error:
            exchange.broke(error)
            raise
        except BaseException:
            exchange.cut()
            raise
        exchange.over()

    async def aclose(self) -> None:
        self._exchange.over()
        await self._stream.aclose()


def _origin_of(url: httpx.URL) -> Origin:
    return Origin(url.scheme, url.host.lower(), url.port or default_port(url.scheme))
