"""The VU as a flow in Python has it: ``async def checkout(vu)``.

What fails is counted as in a flow of steps, and raises `StepFailed`, which ends the iteration.
"""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from functools import lru_cache
from random import Random
from time import perf_counter
from typing import TYPE_CHECKING, Any

from perfconsole.injector.actor import Leave
from perfconsole.injector.failure import Failure, one_line
from perfconsole.injector.request import Request
from perfconsole.injector.script_answer import Answer, StepFailed
from perfconsole.injector.script_borders import Borders
from perfconsole.injector.script_httpx import HttpxSide
from perfconsole.injector.script_requests import UNSET, Statuses
from perfconsole.injector.script_tasks import Tasks
from perfconsole.injector.script_transactions import Transaction
from perfconsole.injector.script_values import ScriptData, ScriptValues
from perfconsole.injector.vu import Vu
from perfconsole.model.wait import Wait, parse_wait
from perfconsole.texts import say

if TYPE_CHECKING:
    import httpx

    from perfconsole.injector.python_flow import Flow

_CHECK_CHARS = 80

waits = lru_cache(maxsize=256)(parse_wait)


class ScriptVu(Borders):
    """One virtual user. It does one thing at a time; with `httpx` it may do several at once."""

    def __init__(self, flow: Flow, user: Vu) -> None:
        super().__init__(user)
        self._flow = flow
        self._httpx: HttpxSide | None = None
        self.recorder = flow.engine.recorder
        self.failures = 0
        self.under_way: list[Transaction] = []
        self.tasks = Tasks()
        self.waited: list[Wait] = []
        """Think times of this iteration so far."""
        self.iteration = 0
        """From 1; 0 before the first."""
        self.values = ScriptValues(user, self._no_rows)
        """Variables by name, and what was put here in this iteration."""
        self.data = ScriptData(self.values, flow.columns)
        """``vu.data["users"]["name"]``: a value of the row that the VU has in this iteration."""

    @property
    def group(self) -> str:
        """The group's name."""
        return self.user.group

    @property
    def number(self) -> int:
        """Its own in its group and load generator, from 0."""
        return self.user.number

    @property
    def injector(self) -> int:
        """The load generator's number in this run, from 0."""
        return self._flow.injector

    @property
    def random(self) -> Random:
        """Its own, from the run's seed."""
        return self.user.random

    @property
    def httpx(self) -> httpx.AsyncClient:
        """For anything else: its requests are counted like the others.

        Its base URL is the target; it has cookies and connections of its own. Other hosts must be
        in the scenario's ``allowed_hosts``. ``extensions={"name": "list"}`` names a request,
        ``extensions={"expect": [404]}`` says which statuses pass.
        """
        if self._httpx is None:
            self._httpx = HttpxSide(self, self._flow)
        return self._httpx.client

    # ------------------------------------------------------------ requests

    def get(self, path: str, **given: Any) -> Coroutine[Any, Any, Answer]:
        """``await vu.get("/home")``; see `request`."""
        return self.request("GET", path, **given)

    def head(self, path: str, **given: Any) -> Coroutine[Any, Any, Answer]:
        return self.request("HEAD", path, **given)

    def post(self, path: str, **given: Any) -> Coroutine[Any, Any, Answer]:
        return self.request("POST", path, **given)

    def put(self, path: str, **given: Any) -> Coroutine[Any, Any, Answer]:
        return self.request("PUT", path, **given)

    def patch(self, path: str, **given: Any) -> Coroutine[Any, Any, Answer]:
        return self.request("PATCH", path, **given)

    def delete(self, path: str, **given: Any) -> Coroutine[Any, Any, Answer]:
        return self.request("DELETE", path, **given)

    def options(self, path: str, **given: Any) -> Coroutine[Any, Any, Answer]:
        return self.request("OPTIONS", path, **given)

    async def request(
        self,
        method: str,
        path: str,
        *,
        name: str | None = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        body: str | bytes | None = None,
        json: Any = UNSET,
        form: Mapping[str, Any] | None = None,
        timeout: str | float | None = None,
        follow_redirects: bool = True,
        expect: Statuses = None,
        check: bool = True,
    ) -> Answer:
        """Send a request to the target and wait for its answer.

        It fails when no whole answer comes, or one with a status that is not in `expect`; any
        below 400 passes when that is left out. A failed one is counted, and its transactions and
        its iteration have failed. It raises StepFailed; with ``check=False``, and in a group with
        ``on_error: continue``, it returns the answer, whose `error` says why.

        `name` is what it is called in tables; without one, method and path.
        """
        requests, values = self._flow.requests, self.user.values
        if (
            query is None and headers is None and body is None and json is UNSET and form is None
            and timeout is None and expect is None
        ):  # fmt: skip
            request = requests.plain(values, method, path, name, follow_redirects)
        else:
            request = requests.made(
                values, method, path, name=name, query=query, headers=headers, body=body,
                json=json, form=form, timeout=timeout, follow=follow_redirects, expect=expect,
            )  # fmt: skip
        self._begin()
        try:
            if self._is_held:
                await self._at_border()
            if self.under_way and self.in_transaction:
                return await self._fetch(request, check)
            alone = Transaction(self, requests.transaction_of(request), alone=True)
            with alone:
                answer = await self._fetch(request, check)
                if answer.error is None:  # others at the same time may have failed
                    alone.answered(passed=True)
                return answer
        finally:
            self._end()

    async def _fetch(self, request: Request, check: bool) -> Answer:
        user = self.user
        browser = user.browser
        browser.failed = None
        began, excluded_s = perf_counter(), user.excluded_s
        try:
            passed = await user.fetch(request)
        except Leave:
            await self._leave()
            raise
        took_s = user.now - began - (user.excluded_s - excluded_s)
        self.foreign = False
        if passed:
            return Answer(browser.heard, took_s, None)
        failure, answered = browser.failed or (Failure(""), False)
        answer = Answer(browser.heard if answered else None, took_s, failure.kind)
        self._fail(f"{request.name}: {failure.kind}", answer, check)
        return answer

    def _fail(self, what: str, answer: Answer | None, check: bool) -> None:
        self.failures += 1
        if check and self._flow.on_error != "continue":
            raise StepFailed(what, answer)

    # ------------------------------------------------------------ other steps

    def transaction(self, name: str) -> Transaction:
        """``with vu.transaction("pay"):`` — all that is done in it is measured as one."""
        return Transaction(self, self._flow.names.transaction(name))

    async def think(self, wait: str | float) -> None:
        """``2s``, ``1s to 3s``, ``normal 3s sd 1s``, ``exponential 3s``, ``lognormal 3s sd 2s``.

        The group's think rules hold. In no transaction's time.
        """
        parsed = waits(wait)
        self._begin()
        try:
            if self._is_held:
                await self._at_border()
            self.waited.append(parsed)
            await self.user.think(parsed)
        except Leave:
            await self._leave()
        finally:
            self._end()

    async def rendezvous(self, point: str) -> None:
        """Wait at a point until enough VUs have come. Its name stands as text in the flow, or
        under ``rendezvous`` of the scenario."""
        if point not in self._flow.engine.points:
            raise ValueError(
                say('rendezvous "{point}" is not known before the run: write its name as text in '
                    "the flow, or under rendezvous of the scenario", point=point)
            )  # fmt: skip
        self._begin()
        try:
            if self._is_held:
                await self._at_border()
            await self.user.gather(point)
        except Leave:
            await self._leave()
        finally:
            self._end()

    def check(self, condition: object, what: str) -> bool:
        """Whether `condition` holds. When not, `what` is counted as an error, and StepFailed is
        raised (not with ``on_error: continue``). It should hold no number or id."""
        if condition:
            return True
        kind = say("check failed: {what}", what=one_line(what, _CHECK_CHARS))
        self._flow.note(self, Failure(kind))
        self._fail(f"{self._flow.function}: {kind}", None, check=True)
        return False

    @property
    def in_transaction(self) -> bool:
        """Of the flow: not only requests, each a transaction by itself, are under way."""
        return any(not each.alone for each in self.under_way)

    @property
    def at(self) -> str:
        """Name of the request or transaction that it is in; empty between them."""
        if self._httpx is not None and (request := self._httpx.transport.at):
            return request
        return self.recorder.name_of(self.under_way[-1].number) if self.under_way else ""

    def hidden(self, text: str) -> str:
        """`text` with a mask for every secret value of the iteration."""
        return self.user.values.hidden(text)

    # ------------------------------------------------------------ its life

    def begin(self, flow: Flow) -> None:
        """An iteration of `flow`, or what is played once."""
        self._flow = flow
        self.failures = 0
        self.did_nothing = True
        self.waited = []
        self.busy = False
        self._left = False

    def end_iteration(self) -> None:
        """Whatever the flow has left open is cut."""
        for transaction in list(self.under_way):
            transaction.cut()
        self.busy = False

    def close(self) -> None:
        """The VU is over."""
        self.tasks.cancel()
        if self._httpx is not None:
            self._httpx.close()
