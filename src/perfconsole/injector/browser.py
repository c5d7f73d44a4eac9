"""A VU's HTTP side: its connection, its cookies, its deadline, and each request counted once."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from time import perf_counter
from typing import Protocol

from perfconsole.injector.answer import BEGINNING_BYTES, Answer
from perfconsole.injector.connection import Connection
from perfconsole.injector.engine import Engine
from perfconsole.injector.exchange import exchange_text, shown_of, without_echoes
from perfconsole.injector.failure import (
    SAMPLE_ROOM,
    Failure,
    led_too_often,
    timed_out,
    unreadable,
)
from perfconsole.injector.gate import Gate
from perfconsole.injector.gathering import Volley
from perfconsole.injector.jar import Jar
from perfconsole.injector.lease import leave_at_once
from perfconsole.injector.outlet import ANY, Outlet
from perfconsole.injector.page import Page
from perfconsole.injector.recorder import Noted
from perfconsole.injector.redirect import REDIRECTS, redirected
from perfconsole.injector.request import Origin, Request
from perfconsole.injector.values import Values
from perfconsole.model.states import StopMode
from perfconsole.texts import say

MOST_OTHERS = 8
"""Origins besides the present one to which a VU keeps a connection, or a TLS session."""


class User(Protocol):
    """Whose browser it is: a VU, which may be held, or told to leave, before any request."""

    gate: Gate
    leaving: StopMode | None
    excluded_s: float
    """Time it spent thinking and waiting so far: in no request's and no transaction's time."""
    now: float
    """`perf_counter` when its last request or wait was over."""
    values: Values
    traced: bool
    """Also what passes is kept."""

    async def border(self) -> None:
        """Wait while held; raises to leave."""

    def request_failed(
        self, request: Noted, failure: Failure, told: Callable[[], str], *, answered: bool
    ) -> None:
        """`told` puts the exchange into words."""

    def exchanged(self, name: str, told: Callable[[], str]) -> None:
        """A request was answered as it should be, in a trace of all."""


class Browser:
    __slots__ = (
        "_asked", "_connection", "_deadline", "_engine", "_jar", "_names", "_others", "_outlet",
        "_sent", "_sessions", "_timeout_s", "_timer", "_timer_at", "_user", "connect_failed",
        "failed", "volley",
    )  # fmt: skip

    def __init__(self, engine: Engine, user: User, outlet: Outlet = ANY) -> None:
        self._engine = engine
        self._user = user
        self._outlet = outlet
        self._names = engine.dialer.names()
        self._connection: Connection | None = None
        """The one used last."""
        self._others: dict[Origin, Connection] = {}
        """To other origins, where redirects have led."""
        self._sessions: dict[Origin, ssl.SSLSession] = {}
        self._jar: Jar | None = None
        self._asked: Connection | None = None
        """The connection on which an answer is awaited."""
        self._sent: bytes | None = None
        """The request that was sent last; None when there was no connection for it."""
        self._deadline = 0.0
        self._timeout_s = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0
        self.connect_failed = False
        """The last request got no connection, or its files are not what they were."""
        self.failed: tuple[Failure, bool] | None = None
        """How the last request that failed did so, and whether a whole answer had come."""
        self.volley: Volley | None = None
        """The release to whose spread the next request belongs."""

    async def fetch(self, request: Request) -> bool:
        """Play one request step, its redirects and checks included; True when it passed."""
        user = self._user
        began, excluded_s, hops = perf_counter(), user.excluded_s, 0
        now = began
        traced = user.traced
        if traced:
            request = _with_body_kept(request)
        while True:
            self._engine.begun.add()
            if request.upload is not None and (changed := request.upload.changed()):
                answer: Answer | Failure = self._not_sent(changed)
            else:
                answer = await self._exchange(request, now)
            if isinstance(answer, Failure):
                self._note(request, answer, answered=False)
                return False
            took_s = user.now - began - (user.excluded_s - excluded_s)
            outcome = self._read(request, answer, took_s, hops)
            if traced and not isinstance(outcome, Failure):
                user.exchanged(request.name, partial(self._told, request, _answered_in(took_s)))
            if outcome is None:
                return True
            if isinstance(outcome, Failure):
                self._note(request, outcome, answered=True)
                return False
            request, hops = outcome, hops + 1
            if user.gate.closed or user.leaving is not None:
                await user.border()
            now = perf_counter()

    def close(self) -> None:
        """The VU is over: leave no connection and no timer behind."""
        for connection in self._others.values():
            connection.close()
        self._others.clear()
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.leave_volley()

    def leave_volley(self) -> None:
        """Whatever it sends next belongs to no release."""
        if self.volley is not None:
            self.volley.gone()
            self.volley = None

    # ------------------------------------------------------------ one request

    async def _exchange(self, request: Request, now: float) -> Answer | Failure:
        """One request that has begun, over once: answered, failed, or cut with its VU.

        It is wanted `now`, by `perf_counter`. One that the server cannot have read, for it was
        dropping the connection, goes out again on a fresh one, which is never stale: the target
        sees it once at most.
        """
        engine, user = self._engine, self._user
        deadline = now + request.timeout_s - user.excluded_s
        try:
            while True:
                connection = self._connection
                if connection is None or connection.origin is not request.origin:
                    connection = self._turn_to(request.origin)
                if connection is None or not connection.usable:
                    limit_s = deadline + user.excluded_s - perf_counter()
                    opened = await self._open(request.origin, limit_s)
                    if isinstance(opened, Failure):
                        return opened
                    connection, now = opened, perf_counter()
                failure = await self._ask(connection, request, deadline + user.excluded_s, now)
                self._asked = None
                if connection.asked_at != now:  # it was held for the others of its release
                    user.excluded_s += connection.asked_at - now
                user.now = connection.answered_at
                if failure is None:
                    self._account(request, connection)
                    return connection.answer
                if not (request.idempotent and connection.was_stale):
                    return failure
                if user.gate.closed or user.leaving is not None:
                    await user.border()
                now = perf_counter()
        except BaseException:
            engine.recorder.cut += 1
            if self._connection is not None:
                self._connection.abort()
            raise

    def _not_sent(self, failure: Failure) -> Failure:
        """It came to nothing before the target could see any of it."""
        self.connect_failed, self._sent = True, None
        self._user.now = perf_counter()
        return failure

    def _turn_to(self, origin: Origin) -> Connection | None:
        """The open connection to `origin`, if there is one; the present one is kept for later."""
        before = self._connection
        if before is not None:
            if before.origin == origin:
                return before
            self._others[before.origin] = before
        self._connection = self._others.pop(origin, None)
        if len(self._others) > MOST_OTHERS:
            self._leave_one()
        return self._connection

    def _leave_one(self) -> None:
        """Of the others, the one used the longest ago; its own target's is kept."""
        home = self._engine.origin
        self._others.pop(next(origin for origin in self._others if origin != home)).close()

    def _account(self, request: Request, connection: Connection) -> None:
        """It was answered: where its time went."""
        recorder, number = self._engine.recorder, request.number
        sent, first = connection.sent_at, connection.first_byte_at
        if request.upload is not None:
            sent = min(sent, connection.answered_at)
            recorder.sent(number, (sent - connection.asked_at) * 1e6)
            first = max(first, sent)  # an answer may come before all is sent
        recorder.answered(number, (first - sent) * 1e6, (connection.answered_at - first) * 1e6)
        opening = connection.opening
        if opening is not None:
            connection.opening = None
            recorder.opened(
                number, opening.dns_s * 1e6, opening.connect_s * 1e6, opening.tls_s * 1e6
            )

    async def _open(self, origin: Origin, limit_s: float) -> Connection | Failure:
        """A fresh connection; a VU that was paused meanwhile gets it when it may use it."""
        self._keep_session()
        while True:
            opened = await self._engine.dialer.open(
                limit_s, origin, self._names, self._sessions.get(origin), self._outlet
            )
            if isinstance(opened, Failure):
                return self._not_sent(opened)
            self._connection = opened
            if not self._user.gate.closed:
                return opened
            await self._user.border()
            if opened.usable:
                return opened

    def _keep_session(self) -> None:
        """Of the connection that is to be replaced, where the scenario says so."""
        if self._engine.dialer.resumes and self._connection is not None:
            session = self._connection.session
            if session is not None:
                self._sessions[self._connection.origin] = session
                if len(self._sessions) > 1 + MOST_OTHERS:
                    del self._sessions[next(iter(self._sessions))]

    def _ask(
        self, connection: Connection, request: Request, deadline: float, now: float
    ) -> asyncio.Future[Failure | None]:
        """Send now; there is no way from a held VU or a lapsed lease to this line."""
        if now >= self._engine.lease.ends_at:
            leave_at_once()
        data = request.plain
        if self._jar is not None:
            here = request.origin
            cookies = self._jar.header(request.path, here.host, https=here.scheme == "https")
            data = request.with_cookies(cookies) if cookies else data
        self._asked = connection
        self._sent = data
        self._timeout_s = request.timeout_s
        self._deadline = deadline
        if self._timer is None or self._timer_at > deadline:
            self._watch()
        volley = self.volley
        if volley is None:
            return connection.ask(request, data, now)
        self.volley = None
        if request.upload is not None:
            waiter = connection.ask(request, data, now)
            volley.sent()
        else:
            waiter = connection.ask(request, data, now, held=True)
            volley.load(connection.send_held)
        return waiter

    def _watch(self) -> None:
        """One timer per VU, set again only when it fires: cheaper than one per request."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = self._deadline
        wait_s = max(0.0, self._deadline - perf_counter())
        self._timer = self._engine.loop.call_later(wait_s, self._time_is_up)

    def _time_is_up(self) -> None:
        self._timer = None
        if self._asked is None:
            return
        if perf_counter() < self._deadline:
            self._watch()
        else:
            self._asked.fail(timed_out(self._timeout_s, self._asked.phase))

    def _note(self, request: Request, failure: Failure, *, answered: bool) -> None:
        self.failed = failure, answered
        seen = self._user.values.hiding(failure)
        if self._sent is not None:
            seen = replace(seen, sample=partial(without_echoes, seen.sample, self._sent))
        told = partial(self._told, request, seen)
        self._user.request_failed(request, seen, told, answered=answered)

    def _told(self, request: Request, end: Failure | str) -> str:
        """The exchange just over, for people, and how it ended."""
        heard = self.heard
        if self._sent is None or heard is None:
            return exchange_text(self._hidden(request.plain), b"", "", end, was_sent=False)
        came, body = shown_of(heard)
        hidden = self._user.values.hidden(body)
        return exchange_text(self._hidden(self._sent), self._hidden(came), hidden, end)

    def _hidden(self, data: bytes) -> bytes:
        """Without the VU's secret values; only the beginning of it is ever shown."""
        text = data[:BEGINNING_BYTES].decode(errors="surrogateescape")
        return self._user.values.hidden(text).encode(errors="surrogateescape")

    @property
    def heard(self) -> Answer | None:
        """The answer of the exchange just over, as far as it came."""
        return None if self._connection is None else self._connection.answer

    # ------------------------------------------------------------ what an answer brings

    def _read(
        self, request: Request, answer: Answer, took_s: float, hops: int
    ) -> Request | Failure | None:
        """The request that an answer leads to, what is wrong with it, or None: it is well."""
        try:
            if answer.cookies is not None:
                self._learn(answer.cookies, request)
            if answer.location is not None and answer.status in REDIRECTS and request.follow:
                onward = self._redirect(request, answer, hops)
                if onward is not None:
                    return onward
            if request.expectation.asks or request.extraction is not None:
                return self._looked_at(request, answer, took_s)
            return request.expectation.failure(answer, took_s)
        except Exception as error:  # no answer may cost a request its count, or its VU the life
            return unreadable(error)

    def _looked_at(self, request: Request, answer: Answer, took_s: float) -> Failure | None:
        """What is wrong with an answer of which more than its status is asked."""
        page = Page(answer, self._jar)
        failure = request.expectation.failure(answer, took_s, page)
        if failure is None and request.extraction is not None:
            return request.extraction.failure(page, self._user.values, self._engine.random)
        return failure

    def _learn(self, cookies: list[bytes], request: Request) -> None:
        if self._jar is None:
            home = self._engine.origin
            self._jar = Jar(home.host, https=home.scheme == "https")
        for cookie in cookies:
            self._jar.learn(cookie, request.path, request.origin.host)

    def _redirect(self, request: Request, answer: Answer, hops: int) -> Request | Failure | None:
        """Where a redirect leads; None when its step expects just this status."""
        if answer.location is None or answer.status in request.expectation.statuses:
            return None
        if hops >= self._engine.max_redirects:
            return led_too_often(self._engine.max_redirects)
        return redirected(request, answer.status, answer.location, self._engine.reach)


def _with_body_kept(request: Request) -> Request:
    """As much of its answer's body as of one that fails."""
    expectation = request.expectation
    room = max(expectation.room, SAMPLE_ROOM)
    return replace(request, expectation=replace(expectation, room=room))


def _answered_in(took_s: float) -> str:
    return say("as it should be, after {ms:.1f} ms", ms=1000 * took_s)
