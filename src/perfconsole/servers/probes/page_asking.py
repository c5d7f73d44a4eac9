"""Pages, each asked for from this machine on its own beat: one that hangs delays no other."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import time
from collections.abc import Callable, Mapping

import httpx

from perfconsole.servers.probes.page_ask import PageAsk
from perfconsole.servers.probes.said import Said
from perfconsole.texts import say

MOST_BYTES = 8_000_000
"""Of a page."""


class _NoPage(Exception):
    """Why there is none, in one line."""


async def ask_pages(pages: Mapping[int, PageAsk], hear: Callable[[Said], None]) -> None:
    """Until cancelled; `hear` gets each page, or why there is none, under its number."""
    try:
        tls = await asyncio.to_thread(httpx.create_ssl_context)
    except OSError as error:
        why = say("SSL_CERT_FILE or SSL_CERT_DIR cannot be used: {why}",
                  why=error.strerror or error)  # fmt: skip
        for number in pages:
            hear(Said(number, time.monotonic(), fault=why))
        return
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=len(pages))
    async with (
        httpx.AsyncClient(
            verify=tls, limits=limits, follow_redirects=False, timeout=None, trust_env=False
        ) as client,
        asyncio.TaskGroup() as group,
    ):
        for number, page in pages.items():
            group.create_task(_keep(client, number, page, hear))


async def _keep(
    client: httpx.AsyncClient, number: int, page: PageAsk, hear: Callable[[Said], None]
) -> None:
    due = time.monotonic()
    while True:
        begun = time.monotonic()
        try:
            text, fault = await _asked(client, page), ""
        except _NoPage as why:
            text, fault = "", str(why)
        hear(Said(number, begun, text, fault=fault))
        now = time.monotonic()
        # On its beat; after a sleep of this machine it begins anew instead of catching up.
        due = max(due + page.every_s, now)
        await asyncio.sleep(due - now)


async def _asked(client: httpx.AsyncClient, page: PageAsk) -> str:
    """The body. Raises _NoPage."""
    try:
        async with asyncio.timeout(page.timeout_s):
            return await _body(client, page)
    except TimeoutError:
        raise _NoPage(say("no answer within {seconds:g} s", seconds=page.timeout_s)) from None
    except httpx.ConnectError as error:
        raise _NoPage(_unreached(error)) from None
    except (httpx.HTTPError, OSError):
        raise _NoPage(say("the connection was lost")) from None
    except (httpx.InvalidURL, ValueError):
        raise _NoPage(say("its URL or its headers cannot be used")) from None


def _unreached(error: httpx.ConnectError) -> str:
    """httpx tells of several attempts to connect only that all have failed: the last one knows
    why."""
    text, cause = " ".join(str(error).split()), error.__cause__
    while cause is not None and getattr(cause, "errno", None) is None:
        cause = cause.__cause__ or cause.__context__
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return say("its TLS certificate is not trusted: {why}", why=text)
    if isinstance(cause, socket.gaierror):
        return say("its name does not resolve")
    if isinstance(cause, OSError) and cause.errno and not isinstance(cause, ssl.SSLError):
        text = os.strerror(cause.errno).lower()
    return say("cannot be reached: {why}", why=text)


async def _body(client: httpx.AsyncClient, page: PageAsk) -> str:
    headers = {"Accept-Encoding": "identity", **page.headers}
    async with client.stream("GET", page.url, headers=headers) as response:
        if not response.is_success:
            raise _NoPage(say("answers with HTTP {status}", status=response.status_code))
        if response.headers.get("content-encoding", "identity") != "identity":
            raise _NoPage(say("answers in an encoding that was not asked for"))
        body = bytearray()
        async for part in response.aiter_raw():
            body += part
            if len(body) > MOST_BYTES:
                raise _NoPage(say("the page has over {mb} MB", mb=MOST_BYTES // 1_000_000))
    return body.decode("utf-8", "replace")
