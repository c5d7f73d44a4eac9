"""A browser that tells of every exchange: what was sent, what came, what was made of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from time import perf_counter

from perfconsole.injector.answer import Answer
from perfconsole.injector.browser import Browser
from perfconsole.injector.exchange import first_line, header_line, is_unreadable, unfolded
from perfconsole.injector.failure import Failure
from perfconsole.injector.page import BODY_ROOM, body_text, decoded
from perfconsole.injector.request import Request
from perfconsole.injector.trace_words import check_words
from perfconsole.injector.tracer import Tracer
from perfconsole.injector.tracing_recorder import TracingRecorder
from perfconsole.model import rehearsing as told
from perfconsole.scenario.secret_text import masked_form
from perfconsole.texts import say

HEAD_BYTES = 64 * 1024
BODY_CHARS = 64 * 1024
"""Most that is told of a head and of a body."""
_FORM = "application/x-www-form-urlencoded"


class TracedBrowser(Browser):
    """Its engine has a tracer."""

    __slots__ = ()

    @property
    def tracer(self) -> Tracer:
        tracer = self._engine.tracer
        assert tracer is not None
        return tracer

    async def fetch(self, request: Request) -> bool:
        self.tracer.look(self._user.values, "given")
        expectation = replace(request.expectation, room=BODY_ROOM)
        return await super().fetch(replace(request, expectation=expectation))

    async def _exchange(self, request: Request, now: float) -> Answer | Failure:
        tracer, user = self.tracer, self._user
        began, excluded_s = perf_counter(), user.excluded_s
        tracer.tell(self._asking(request))
        outcome = await super()._exchange(request, now)
        if isinstance(outcome, Answer):
            tracer.answers += 1
            took_s = perf_counter() - began - (user.excluded_s - excluded_s)
            tracer.tell(self._answering(outcome, 1000 * took_s))
        return outcome

    def _read(
        self, request: Request, answer: Answer, took_s: float, hops: int
    ) -> Request | Failure | None:
        outcome = super()._read(request, answer, took_s, hops)
        self.tracer.look(self._user.values, "extracted")
        if isinstance(outcome, Request):
            self.tracer.tell(told.Redirected(outcome.method, self._url(outcome)))
        elif outcome is None and (step := self.tracer.request):
            for what in check_words(step):
                self.tracer.tell(told.Checked(self.tracer.shown(what)))
        return outcome

    def _note(self, request: Request, failure: Failure, *, answered: bool) -> None:
        super()._note(request, failure, answered=answered)
        self.tracer.unreachable |= not answered and self.connect_failed

    # ------------------------------------------------------------ in words

    def _url(self, request: Request) -> str:
        origin, path = request.origin, request.path.decode("latin-1")
        shown = first_line(self.tracer.hidden(path), self.tracer.taken)
        return f"{origin.scheme}://{origin.netloc}{shown}"

    def _asking(self, request: Request) -> told.Sent:
        data, here = request.plain, request.origin
        if self._jar is not None:
            cookies = self._jar.header(request.path, here.host, https=here.scheme == "https")
            data = request.with_cookies(cookies) if cookies else data
        head, _, body = data.partition(b"\r\n\r\n")
        headers = self._headers(head)
        url, kind = self._url(request), _type_of(headers)
        if request.upload is not None:
            length = request.upload.length
            return told.Sent(request.method, url, headers, say("(files)"), length)
        return told.Sent(
            request.method, url, headers, self._body(body_text(body, kind.encode()), kind),
            len(body),
        )  # fmt: skip

    def _answering(self, answer: Answer, ms: float) -> told.Answered:
        head = unfolded(answer.beginning.partition(b"\r\n\r\n")[0])
        headers = self._headers(head)
        reason = head.partition(b"\r\n")[0].decode("latin-1").partition(" ")[2].partition(" ")[2]
        try:
            body = decoded(answer, BODY_ROOM)
            text = self._body(body_text(body, answer.content_type), _type_of(headers))
        except ValueError as error:
            body, text = (
                bytes(answer.body),
                say("(a body that cannot be decoded: {why})", why=error),
            )
        recorder = self._engine.recorder
        phases = recorder.taken_phases() if isinstance(recorder, TracingRecorder) else {}
        return told.Answered(
            answer.status, reason, headers, text, len(body), ms, phases, tuple(_cookies(headers))
        )

    def _headers(self, head: bytes) -> tuple[tuple[str, str], ...]:
        """Of a head, its first line left out."""
        text = self.tracer.hidden(head.decode("latin-1"))
        lines = [header_line(line, self.tracer.taken) for line in text.split("\r\n")[1:]]
        pairs = (line.partition(":") for line in lines)
        return tuple((name, value.strip()) for name, _, value in pairs if name)

    def _body(self, text: str, kind: str) -> str:
        some = text[:BODY_CHARS]
        if is_unreadable(some):
            return say("(a body that is no text)")
        known = self.tracer.hidden(some, whole=len(text) <= BODY_CHARS)
        taken = self.tracer.taken
        shown = masked_form(known, taken) if _FORM in kind else self.tracer.shown(known)
        return shown if len(text) <= BODY_CHARS else shown + "…"


def _type_of(headers: Iterable[tuple[str, str]]) -> str:
    return next((value.lower() for name, value in headers if name.lower() == "content-type"), "")


def _cookies(headers: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    """Names and marks."""
    for name, value in headers:
        if name.lower() == "set-cookie":
            cookie, _, mark = value.partition(";")[0].partition("=")
            yield cookie, mark
