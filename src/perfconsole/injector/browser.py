"""A VU's HTTP side: its connection, its cookies, its deadline, and each request counted once."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import Protocol

from perfconsole.injector.answer import Answer
from perfconsole.injector.connection import Connection
from perfconsole.injector.engine import Engine
from perfconsole.injector.failure import Failure, timed_out, unreadable
from perfconsole.injector.gate import Gate
from perfconsole.injector.gathering import Volley
from perfconsole.injector.jar import Jar
from perfconsole.injector.lease import leave_at_once
from perfconsole.injector.request import REDIRECTS, Request, redirected
from perfconsole.injector.values import Values
from perfconsole.model.states import StopMode
from perfconsole.texts import say


class User(Protocol):
    """Whose browser it is: a VU, which may be held, or told to leave, before any request."""

    gate: Gate
    leaving: StopMode | None
    excluded_s: float
    """Time it spent thinking and waiting so far: in no request's and no transaction's time."""
    now: float
    """`perf_counter` when its last request or wait was over."""
    values: Values

    async def border(self) -> None:
        """Wait while held; raises to leave."""


class Browser:
    __slots__ = (
        "_asked", "_connection", "_deadline", "_engine", "_jar", "_timeout_s", "_timer",
        "_timer_at", "_user", "connect_failed", "volley",
    )  # fmt: skip

    def __init__(self, engine: Engine, user: User) -> None:
        self._engine = engine
        self._user = user
        self._connection: Connection | None = None
        self._jar: Jar | None = None
        self._asked: Connection | None = None
        """The connection on which an answer is awaited."""
        self._deadline = 0.0
        self._timeout_s = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0
        self.connect_failed = False
        """The last request got no connection."""
        self.volley: Volley | None = None
        """The release to whose spread the next request belongs."""

    async def fetch(self, request: Request) -> bool:
        """Play one request step, its redirects and checks included; True when it passed."""
        recorder, user = self._engine.recorder, self._user
        began, excluded_s, hops = perf_counter(), user.excluded_s, 0
        while True:
            outcome: Answer | Request | Failure | None = await self._exchange(request)
            if isinstance(outcome, Answer):
                took_s = user.now - began - (user.excluded_s - excluded_s)
                outcome = self._read(request, outcome, took_s, hops)
            if isinstance(outcome, Failure):
                recorder.request_failed(request.name, user.values.hiding(outcome))
                return False
            recorder.requests += 1
            if outcome is None:
                return True
            request, hops = outcome, hops + 1
            if user.gate.closed or user.leaving is not None:
                await user.border()

    def close(self) -> None:
        """The VU is over: leave no connection and no timer behind."""
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

    async def _exchange(self, request: Request) -> Answer | Failure:
        """One request, begun once and over once: answered, failed, or cut with its VU.

        One that the server cannot have read, for it was dropping the connection, goes out again
        on a fresh one, which is never stale: the target sees it once at most.
        """
        engine, user = self._engine, self._user
        engine.begun.add()
        deadline = perf_counter() + request.timeout_s - user.excluded_s
        try:
            while True:
                connection = self._connection
                if connection is None or not connection.usable:
                    opened = await self._open(deadline + user.excluded_s - perf_counter())
                    if isinstance(opened, Failure):
                        return opened
                    connection = opened
                failure = await self._ask(connection, request, deadline + user.excluded_s)
                self._asked = None
                user.now = connection.answered_at
                if failure is None:
                    return connection.answer
                if not (request.idempotent and connection.was_stale):
                    return failure
                if user.gate.closed or user.leaving is not None:
                    await user.border()
        except BaseException:
            engine.recorder.cut += 1
            if self._connection is not None:
                self._connection.abort()
            raise

    async def _open(self, limit_s: float) -> Connection | Failure:
        """A fresh connection; a VU that was paused meanwhile gets it when it may use it."""
        while True:
            opened = await self._engine.dialer.open(limit_s)
            if isinstance(opened, Failure):
                self.connect_failed = True
                self._user.now = perf_counter()
                return opened
            self._connection = opened
            if not self._user.gate.closed:
                return opened
            await self._user.border()
            if opened.usable:
                return opened

    def _ask(
        self, connection: Connection, request: Request, deadline: float
    ) -> asyncio.Future[Failure | None]:
        """Send now; there is no way from a held VU or a lapsed lease to this line."""
        now = perf_counter()
        if now >= self._engine.lease.ends_at:
            leave_at_once()
        data = request.plain
        if self._jar is not None and (cookies := self._jar.header(request.path)):
            data = request.with_cookies(cookies)
        self._asked = connection
        self._timeout_s = request.timeout_s
        self._deadline = deadline
        if self._timer is None or self._timer_at > deadline:
            self._watch()
        waiter = connection.ask(request, data, now)
        if self.volley is not None:
            self.volley.sent()
            self.volley = None
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
            self._asked.fail(timed_out(self._timeout_s))

    # ------------------------------------------------------------ what an answer brings

    def _read(
        self, request: Request, answer: Answer, took_s: float, hops: int
    ) -> Request | Failure | None:
        """The request that an answer leads to, what is wrong with it, or None: it is well."""
        try:
            if answer.cookies is not None:
                self._learn(answer.cookies, request)
            if answer.status in REDIRECTS and request.follow:
                onward = self._redirect(request, answer, hops)
                if onward is not None:
                    return onward
            failure = request.expectation.failure(answer, took_s)
            if failure is None and request.extraction is not None:
                return request.extraction.failure(answer, self._jar, self._user.values)
            return failure
        except Exception as error:  # no answer may cost a request its count, or its VU the life
            return unreadable(error)

    def _learn(self, cookies: list[bytes], request: Request) -> None:
        if self._jar is None:
            self._jar = Jar(request.origin.host, https=request.origin.scheme == "https")
        for cookie in cookies:
            self._jar.learn(cookie, request.path)

    def _redirect(self, request: Request, answer: Answer, hops: int) -> Request | Failure | None:
        """Where a redirect leads; None when its step expects just this status."""
        if answer.location is None or answer.status in request.expectation.statuses:
            return None
        if hops >= self._engine.max_redirects:
            return Failure(say("more than {most} redirects", most=self._engine.max_redirects))
        return redirected(request, answer.status, answer.location)
