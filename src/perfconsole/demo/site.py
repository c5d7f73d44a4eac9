"""The demo target as an ASGI application: pages behind a capacity limit, counted exactly."""

from __future__ import annotations

import asyncio
import json
import random
from urllib.parse import parse_qsl

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import Message, Receive, Scope, Send

from perfconsole.demo import catalogue, sessions
from perfconsole.demo.capacity import Overloaded, WorkerQueue
from perfconsole.demo.catalogue import ACCOUNT, FORMS, LOGGED_IN, LOGIN, PAGES, Page
from perfconsole.demo.counts import Counts
from perfconsole.demo.knobs import Knobs
from perfconsole.texts import say

_LARGEST_BODY = 1_000_000
_LARGEST_LEAK = 1_000_000_000
"""Bytes; a demo must not take its machine down."""


class Site:
    """All state of one target: knobs, capacity, counts and what it has leaked."""

    def __init__(self, knobs: Knobs, seed: int = 0) -> None:
        self.knobs = knobs
        self.queue = WorkerQueue(knobs.workers)
        self.counts = Counts()
        self.leaked_bytes = 0
        self._leak: list[bytes] = []
        self._random = random.Random(seed)

    def set_knobs(self, knobs: Knobs) -> None:
        self.knobs = knobs
        self.queue.resize(knobs.workers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request to a page; it counts as received when its head is here."""
        self.counts.receive(scope["path"])

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.counts.answer(message["status"])
                MutableHeaders(scope=message)["Server"] = "perfconsole-target"
            await send(message)

        response = await self._answer(Request(scope, receive))
        await response(scope, receive, counted)

    async def _answer(self, request: Request) -> Response:
        path, method = request.scope["path"], request.method
        page = _page_at(path, method)
        if page is None:
            return PlainTextResponse(say("there is no page {path}", path=path) + "\n", 404)
        if method not in page.methods:
            allow = "GET, HEAD, POST" if path in FORMS else ", ".join(page.methods)
            return PlainTextResponse(say("use {allow}", allow=allow) + "\n", 405, {"Allow": allow})
        body = await _body(request)
        if body is None:
            return PlainTextResponse(say("at most 1 MB") + "\n", 413, {"Connection": "close"})
        user = sessions.user_of(request.cookies.get(sessions.COOKIE))
        if page.private and user is None:
            if method == "POST":
                return _html("Log in", say("Not logged in."), 401)
            return RedirectResponse(LOGIN, 303)
        return await self._served(page, user, request, body)

    async def _served(
        self, page: Page, user: str | None, request: Request, body: bytes
    ) -> Response:
        """The page after its service time, or what a loaded and failing server says instead."""
        knobs = self.knobs
        if knobs.delay_ms:
            await asyncio.sleep(knobs.delay_ms / 1000)
        try:
            async with self.queue.worker():
                await self._serve(page.service_ms * knobs.service_factor / 1000)
        except Overloaded:
            return _html("Overloaded", say("Too many are waiting."), 503)
        if self._random.random() * 100 < knobs.error_percent:
            return _html("Error", say("Something went wrong."), 500)
        return _filled(page, user, request, body)

    async def _serve(self, service_s: float) -> None:
        if service_s:
            await asyncio.sleep(service_s * self._random.uniform(0.8, 1.2))
        size = int(self.knobs.leak_kb_per_request * 1024)
        if size and self.leaked_bytes + size <= _LARGEST_LEAK:
            self._leak.append(b"x" * size)
            self.leaked_bytes += size


def _page_at(path: str, method: str) -> Page | None:
    if path in FORMS:
        shown, taking = FORMS[path]
        return taking if method == "POST" else shown
    return PAGES.get(path)


async def _body(request: Request) -> bytes | None:
    """All of the body; None when it is too large."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST_BODY:
            return None
    return body


def _filled(page: Page, user: str | None, request: Request, body: bytes) -> Response:
    fields = _fields(request.headers.get("content-type", ""), body) if page.fields else {}
    if fields is None:
        return _html(page.title, say("The body is neither a form nor a JSON object."), 400)
    missing = [name for name in page.fields if not fields.get(name)]
    if missing and page is LOGGED_IN:
        return _html("Log in", say("Wrong user or password."), 401)
    if missing:
        return _html(page.title, say("Fields are missing: {names}", names=", ".join(missing)), 400)
    if page.fields and page.token_of:
        holder = request.cookies.get(page.token_of)
        if not sessions.is_form_token(fields["token"], holder):
            return _html(page.title, say("This form is not yours, or too old."), 403)
    if page is ACCOUNT and fields["password"] != f"harbour-{fields['user']}":
        return _html("Log in", say("Wrong user or password."), 401)
    if page in (LOGGED_IN, ACCOUNT):
        user = fields["user"][:80]
    elif page.fields and "user" in page.fields:
        user = fields["user"]
    return _answer(page, user, request, fields)


def _answer(page: Page, user: str | None, request: Request, fields: dict[str, str]) -> Response:
    """The page, its cookie, and the token of its form."""
    if page.token_of and not page.fields:
        holder = request.cookies.get(page.token_of) or sessions.opened_visit()
        token = sessions.form_token(holder)
        response = HTMLResponse(catalogue.filled(page, user, fields, token))
        if page.token_of == sessions.VISIT:
            response.set_cookie(sessions.VISIT, holder, httponly=True, samesite="lax")
        return response
    response = HTMLResponse(catalogue.filled(page, user, fields))
    if page in (LOGGED_IN, ACCOUNT) and user:
        response.set_cookie(sessions.COOKIE, sessions.opened(user), httponly=True, samesite="lax")
    return response


def _fields(content_type: str, body: bytes) -> dict[str, str] | None:
    """What was posted, by name; None when it cannot be read."""
    try:
        if content_type.startswith("application/json"):
            posted = json.loads(body)
            return {k: str(v) for k, v in posted.items()} if isinstance(posted, dict) else None
        return dict(parse_qsl(body.decode(), keep_blank_values=True))
    except (ValueError, RecursionError):
        return None


def _html(title: str, said: str, status: int) -> Response:
    return HTMLResponse(catalogue.document(title, catalogue.MARKET, said), status)
