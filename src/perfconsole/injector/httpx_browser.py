"""A VU's HTTP side on the second engine: HTTP/2 and proxies, through httpx's core (httpcore).

What a request is, what its answer brings and how it counts is the first engine's; only the way to
the target is another. It costs many times more CPU a request, so groups are on it only when told.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial
from time import perf_counter
from typing import Any

import httpcore

from perfconsole.injector.answer import Answer, beginning_of, is_kept
from perfconsole.injector.browser import Browser, User
from perfconsole.injector.engine import Engine
from perfconsole.injector.failure import (
    SAMPLE_ROOM,
    TLS_CHARS,
    Failure,
    closed_early,
    cut_short,
    of_proxy,
    one_line,
    protocol_error,
    timed_out,
)
from perfconsole.injector.goaway import error_name
from perfconsole.injector.heads import Heads
from perfconsole.injector.httpx_network import Backend, Failed, Stream, Unread
from perfconsole.injector.lease import leave_at_once
from perfconsole.injector.outlet import Outlet
from perfconsole.injector.request import Origin, Request
from perfconsole.injector.route import Route
from perfconsole.injector.upload import Upload, UploadError
from perfconsole.model.phase import Phase
from perfconsole.model.plan import GroupPlan, TargetPlan
from perfconsole.texts import say


def httpx_browsers(
    group: GroupPlan, target: TargetPlan, outlet: Callable[[], Outlet], kind: type[HttpxBrowser]
) -> Callable[[Engine, User], Browser]:
    """Makes the browsers of a group's VUs, each with an outlet of its own. Raises Unusable."""
    route = Route.of(group, target)
    return lambda engine, user: kind(group.name, route, engine, user, outlet())


class _Leaving(BaseException):
    """Takes out of httpcore what ends a VU, past all that handles errors."""

    def __init__(self, leave: Exception) -> None:
        self.leave = leave


class HttpxBrowser(Browser):
    __slots__ = ("_answer_seen", "_backend", "_body_at", "_deadline_at", "_group", "_head_at",
                 "_home", "_limit", "_origin", "_pool", "_route", "_sent_at")  # fmt: skip

    def __init__(self, group: str, home: Route, engine: Engine, user: User, outlet: Outlet) -> None:
        super().__init__(engine, user, outlet)
        self._group = group
        self._home = home
        self._head_for(engine.origin)
        self._pool: httpcore.AsyncConnectionPool | None = None
        """None when the next request needs a connection."""
        self._limit: asyncio.Timeout
        self._deadline_at = 0.0
        """In the loop's time."""
        self._sent_at = self._body_at = self._head_at = 0.0
        """`perf_counter`; 0 when the request under way has not come that far."""
        self._answer_seen: Answer | None = None

    def _head_for(self, origin: Origin) -> None:
        """Its next connection leads there."""
        engine = self._engine
        self._origin = origin
        self._route = route = self._home.to(origin)
        make = partial(
            Stream, engine.loop, engine.recorder, http2=route.http2,
            server_name=route.target.server_name, proxy_tls=route.proxy_tls,
        )  # fmt: skip
        self._backend = Backend(
            engine.loop, self._names, make, engine.dialer.tell_of_limits, self._outlet
        )

    def close(self) -> None:
        if self._backend.stream is not None:
            self._backend.stream.close()
        super().close()

    def _drop(self) -> None:
        """Whatever state httpcore is in, nothing of it is used again."""
        self._pool = None
        if self._backend.stream is not None:
            self._backend.stream.abort()
            self._backend.stream = None

    # ------------------------------------------------------------ one request

    async def _exchange(self, request: Request, now: float) -> Answer | Failure:
        engine, user = self._engine, self._user
        self._sent = self._answer_seen = None
        deadline = now + request.timeout_s - user.excluded_s
        try:
            while True:
                outcome = await self._try(request, deadline + user.excluded_s)
                if outcome is not None:
                    user.now = perf_counter()
                    return outcome
                if user.gate.closed or user.leaving is not None:
                    await user.border()
        except BaseException as error:
            engine.recorder.cut += 1
            self._drop()
            raise error.leave if isinstance(error, _Leaving) else error from None

    async def _try(self, request: Request, deadline: float) -> Answer | Failure | None:
        """None when the target certainly saw nothing of it: it may go out on a fresh connection."""
        if request.origin != self._origin:
            self._drop()
            self._head_for(request.origin)
        if self._backend.stream is None or not self._backend.stream.usable:
            self._drop()
        fresh, pool = self._pool is None, self._pool or self._route.pool(self._backend)
        self._pool = pool
        left_s = max(0.0, deadline - perf_counter())
        self._deadline_at = self._engine.loop.time() + left_s
        self._sent_at = self._body_at = self._head_at = 0.0
        connect_s = min(left_s, self._route.target.connect_timeout_s)
        try:
            async with asyncio.timeout(connect_s if fresh else left_s) as self._limit:
                answer = await self._answer(pool, request)
        except TimeoutError:
            failure = timed_out(request.timeout_s if self._sent_at else connect_s, self._phase)
        except Exception as error:  # no answer may cost a request its count, or its VU the life
            if self._is_unread(error, request, fresh):
                self._drop()
                return None
            failure = self._failure(error)
        else:
            self._record(request, fresh)
            return answer
        if not self._sent_at:
            self.connect_failed, self._sent = True, None
        if self._is_at_proxy():
            failure = of_proxy(failure)
        self._drop()
        return failure

    async def _answer(self, pool: httpcore.AsyncConnectionPool, request: Request) -> Answer:
        response = await pool.handle_async_request(self._prepared(request))
        if response.status == 101:
            raise Failed(protocol_error("101 Switching Protocols was not asked for"))
        if self._route.is_forwarded and response.status == 407 not in request.expectation.statuses:
            raise Failed(of_proxy(Failure(say("407 Proxy Authentication Required"))))
        if self._route.http2 and response.extensions["http_version"] != b"HTTP/2":
            self._engine.trouble(
                say(
                    "{group}: the target does not offer HTTP/2; its VUs go on with HTTP/1.1",
                    group=self._group,
                )
            )
        self._answer_seen = answer = _answer_of(response)
        room = request.expectation.room
        if response.status >= 400:
            room = max(room, SAMPLE_ROOM)
        answer.keep(room)
        async for part in response.aiter_stream():
            answer.on_body(part)
        await response.aclose()
        return answer

    def _prepared(self, request: Request) -> httpcore.Request:
        """The head and the body that the first engine would send."""
        data = request.plain
        origin = request.origin
        if self._jar is not None:
            cookies = self._jar.header(request.path, origin.host, https=origin.scheme == "https")
            data = request.with_cookies(cookies) if cookies else data
        self._sent = data
        head, _, body = data.partition(b"\r\n\r\n")
        lines = (line.partition(b":") for line in head.split(b"\r\n")[1:])
        return httpcore.Request(
            request.method,
            httpcore.URL(
                scheme=origin.scheme, host=origin.host, port=origin.port, target=request.path
            ),
            headers=[(name, value.strip()) for name, _, value in lines],
            content=body if request.upload is None else _streamed(request.upload),
            extensions={"trace": self._at},
        )

    async def _at(self, event: str, info: dict[str, Any]) -> None:
        """httpcore tells how far it is; the last moment to hold a request is here."""
        stream = self._backend.stream
        if stream is None:
            return
        if event.endswith("send_connection_init.started"):
            stream.expect_http2()
        elif event.endswith("send_request_headers.started"):
            if info["request"].method != b"CONNECT":
                await self._send(stream, info.get("stream_id", 0))
        elif event.endswith("send_request_body.complete"):
            self._body_at = perf_counter()
        elif event.endswith("receive_response_headers.complete"):
            self._head_at = perf_counter()

    async def _send(self, stream: Stream, number: int) -> None:
        """There is no way past this from a held VU or a lapsed lease."""
        if self._user.gate.closed:
            await self._hold()
            if not stream.usable:
                raise Unread
        now = perf_counter()
        if now >= self._engine.lease.ends_at:
            leave_at_once()
        stream.begin(number)
        self._sent_at, self._head_at = now, 0.0
        self._limit.reschedule(self._deadline_at)
        if self.volley is not None:
            self.volley.sent()
            self.volley = None

    async def _hold(self) -> None:
        """Wait while the VU is paused, the connection ready; none of it is the request's time."""
        user, excluded_s = self._user, self._user.excluded_s
        self._limit.reschedule(None)
        try:
            await user.border()
        except Exception as leave:
            raise _Leaving(leave) from None
        self._deadline_at += user.excluded_s - excluded_s

    def _record(self, request: Request, fresh: bool) -> None:
        """A whole answer came."""
        recorder, stream, number = self._engine.recorder, self._backend.stream, request.number
        if fresh and stream is not None:
            recorder.opened(number, stream.dns_s * 1e6, stream.connect_s * 1e6, stream.tls_s * 1e6)
        sent_at = self._sent_at
        if request.upload is not None:
            sent_at = max(sent_at, self._body_at)
            recorder.sent(number, (sent_at - self._sent_at) * 1e6)
        wait_s, receive_s = self._head_at - sent_at, perf_counter() - self._head_at
        recorder.answered(number, max(0.0, wait_s) * 1e6, receive_s * 1e6)

    @property
    def _phase(self) -> Phase:
        """Of the request under way."""
        if self._head_at:
            return Phase.RECEIVE
        if self._sent_at:
            return Phase.WAIT if self._body_at else Phase.SEND
        stream = self._backend.stream
        return Phase.CONNECT if stream is None or not stream.in_tls else Phase.TLS

    @property
    def heard(self) -> Answer | None:
        return self._answer_seen or Answer(Heads())

    # ------------------------------------------------------------ what went wrong

    def _is_unread(self, error: Exception, request: Request, fresh: bool) -> bool:
        """Whether the target saw nothing of it, where a fresh connection may help."""
        if isinstance(error, Unread):
            return not fresh or not self._sent_at
        stream = self._backend.stream
        is_stale = not fresh and not self._head_at and stream is not None and stream.took_nothing
        return is_stale and request.idempotent

    def _is_at_proxy(self) -> bool:
        """Not with the target yet."""
        stream = self._backend.stream
        is_past = bool(self._sent_at) or (stream is not None and stream.past_proxy)
        return self._route.proxy is not None and not is_past

    def _failure(self, error: Exception) -> Failure:
        stream = self._backend.stream
        match error:
            case Failed():
                return error.failure
            case Unread():
                return protocol_error("GOAWAY")
            case UploadError():
                return error.failure
            case httpcore.ProxyError():
                return Failure(one_line(str(error), TLS_CHARS))
        if stream is not None and stream.read_to_end:
            return cut_short() if self._head_at else closed_early()
        return protocol_error(_detail(error))


async def _streamed(upload: Upload) -> AsyncIterator[bytes]:
    for chunk in upload.chunks():
        yield chunk


def _answer_of(response: httpcore.Response) -> Answer:
    """All but its body."""
    answer = Answer(Heads())
    answer.drop_parser()
    answer.status = response.status
    version = response.extensions.get("http_version", b"HTTP/1.1")
    lines = [b"%s %d" % (version, response.status)]
    lines += [name + b": " + value for name, value in response.headers]
    answer.started = True
    answer.beginning = beginning_of(b"\r\n".join([*lines, b"", b""]))
    for raw, value in response.headers:
        name = raw.lower().decode("latin-1")
        if is_kept(name):
            answer.kept = [*(answer.kept or ()), (name, value)]
        match name:
            case "location":
                answer.location = value
            case "set-cookie":
                answer.cookies = [*(answer.cookies or ()), value]
            case "content-encoding":
                earlier = answer.content_encoding
                answer.content_encoding = earlier + b"," + value if earlier else value
            case "content-type":
                answer.content_type = value
    return answer


def _detail(error: Exception) -> str:
    """What httpcore, h2 or h11 made of it; a stream that the server gave up has a code."""
    cause = error.args[0] if error.args else None
    code = getattr(cause, "error_code", None)
    if code is not None:
        return say("the server gave up the stream: {code}", code=error_name(int(code)))
    return f"{type(error).__name__}: {error}"
