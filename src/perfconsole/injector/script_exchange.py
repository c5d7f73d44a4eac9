"""One request over ``vu.httpx``, from the moment it is wanted: counted once, however it ends."""

from __future__ import annotations

from http import HTTPStatus
from time import perf_counter
from typing import TYPE_CHECKING, Any

import httpx

from perfconsole.injector.decoding import undone
from perfconsole.injector.exchange import exchange_text
from perfconsole.injector.failure import SAMPLE_ROOM, Failure
from perfconsole.injector.httpx_failures import failure_in
from perfconsole.injector.lease import leave_at_once
from perfconsole.injector.page import body_text
from perfconsole.injector.script_names import Named
from perfconsole.injector.script_transactions import Transaction
from perfconsole.model.phase import Phase
from perfconsole.texts import say

if TYPE_CHECKING:
    from perfconsole.injector.python_flow import Flow
    from perfconsole.injector.script_api import ScriptVu


class Exchange:
    def __init__(
        self,
        vu: ScriptVu,
        flow: Flow,
        named: Named,
        request: httpx.Request,
        alone: Transaction | None,
        under_way: set[Exchange],
    ) -> None:
        """`alone` is the transaction that it is by itself; it is in `under_way` until it is over.

        There is no way from a lapsed lease past this line.
        """
        if perf_counter() >= flow.engine.lease.ends_at:
            leave_at_once()
        self._vu = vu
        self._recorder = flow.engine.recorder
        self._named = named
        self._request = request
        self._alone = alone
        self._under_way = under_way
        self._phase = Phase.CONNECT
        self._began = self._sent_at = perf_counter()
        self._first_at = 0.0
        self._connect_s = self._tls_s = 0.0
        self._opened = self._has_failed = False
        self._since = 0.0
        self._response: httpx.Response | None = None
        self._beginning = bytearray()
        expect = request.extensions.get("expect")
        self._expect = frozenset([expect] if isinstance(expect, int) else expect or ())
        flow.engine.begun.add()
        under_way.add(self)
        if alone is not None:
            alone.__enter__()

    # ------------------------------------------------------------ how far it is

    @property
    def name(self) -> str:
        return self._named.name

    async def at(self, event: str, info: dict[str, Any]) -> None:
        """httpcore's trace."""
        layer, _, what = event.partition(".")
        now = perf_counter()
        match what:
            case "connect_tcp.started" | "connect_unix_socket.started":
                self._phase, self._since = Phase.CONNECT, now
            case "connect_tcp.complete":
                self._recorder.connections_opened += 1
                self._opened, self._connect_s = True, now - self._since
            case "start_tls.started":
                self._phase, self._since = Phase.TLS, now
            case "start_tls.complete":
                self._tls_s += now - self._since
            case "send_request_headers.started":
                self._phase, self._sent_at = Phase.SEND, now
            case "send_request_body.complete":
                self._phase = Phase.WAIT
            case "receive_response_headers.complete":
                self._phase, self._first_at = Phase.RECEIVE, now
                self._recorder.bytes_in += _head_bytes(layer, info.get("return_value"))

    def answered(self, response: httpx.Response) -> None:
        """Its head is here."""
        self._response = response
        self._first_at = self._first_at or perf_counter()

    def came(self, part: bytes) -> None:
        """Of its body."""
        self._recorder.bytes_in += len(part)
        if len(self._beginning) < SAMPLE_ROOM:
            self._beginning += part[:SAMPLE_ROOM]

    # ------------------------------------------------------------ how it ended

    def over(self) -> None:
        """The flow wants no more of its answer."""
        if self._response is None or not self._end():
            return
        recorder, number, now = self._recorder, self._named.number, perf_counter()
        self._vu.user.now = now
        recorder.answered(
            number, max(0.0, self._first_at - self._sent_at) * 1e6, (now - self._first_at) * 1e6
        )
        if self._opened:
            recorder.opened(number, 0.0, self._connect_s * 1e6, self._tls_s * 1e6)
        status = self._response.status_code
        if not (status in self._expect if self._expect else status < 400):
            self._note(Failure(say("HTTP {status}", status=status), self._sample()), answered=True)
        elif self._vu.user.traced:
            self._keep(say("as it should be, after {ms:.1f} ms", ms=1000 * (now - self._began)))
        self._end_transaction()

    def broke(self, error: Exception) -> None:
        """It came to nothing, and this is why."""
        timeouts = self._request.extensions.get("timeout", {})
        self.failed(failure_in(error, self._phase, timeouts))

    def failed(self, failure: Failure) -> None:
        if self._end():
            self._vu.user.now = perf_counter()
            self._note(failure, answered=False)
            self._end_transaction()

    def cut(self) -> None:
        """The VU was taken out of it."""
        if self._end():
            self._recorder.cut += 1
            if self._alone is not None and self._alone in self._vu.under_way:
                self._alone.cut()

    def _end(self) -> bool:
        """False when it has ended before."""
        if self not in self._under_way:
            return False
        self._under_way.remove(self)
        return True

    def _end_transaction(self) -> None:
        self._vu.foreign = False
        if self._alone is not None:
            self._alone.answered(passed=not self._has_failed)

    def _note(self, failure: Failure, *, answered: bool) -> None:
        self._vu.failures += 1
        self._has_failed = True
        user = self._vu.user
        user.request_failed(
            self._named,
            user.values.hiding(failure),
            lambda: user.values.hidden(self._told(failure)),
            answered=answered,
        )

    def _keep(self, end: str) -> None:
        values = self._vu.user.values
        self._vu.user.exchanged(self._named.name, lambda: values.hidden(self._told(end)))

    # ------------------------------------------------------------ what is told of it

    def _sample(self) -> str:
        line = self._status_line
        return f"{line}\n{self._body_beginning()}"

    @property
    def _status_line(self) -> str:
        if self._response is None:
            return ""
        status = self._response.status_code
        try:
            return f"HTTP {status} {HTTPStatus(status).phrase}"
        except ValueError:
            return f"HTTP {status}"

    def _body_beginning(self) -> str:
        headers = {} if self._response is None else self._response.headers
        data = bytes(self._beginning)
        coding = headers.get("content-encoding", "").encode()
        try:
            data = undone(data, coding, SAMPLE_ROOM, is_whole=False) if coding else data
        except ValueError:
            return ""
        return body_text(data[:SAMPLE_ROOM], headers.get("content-type", "").encode())

    def _told(self, end: Failure | str) -> str:
        request, response = self._request, self._response
        first = b"%b %b HTTP/1.1" % (request.method.encode(), request.url.raw_path)
        sent = _head(first, request.headers)
        if isinstance(request.stream, httpx.ByteStream):
            sent += b"".join(request.stream)
        came = b""
        if response is not None:
            came = _head(self._status_line.encode(), response.headers)
        was_sent = self._phase not in (Phase.DNS, Phase.CONNECT, Phase.TLS)
        return exchange_text(sent, came, self._body_beginning(), end, was_sent=was_sent)


def _head(first: bytes, headers: httpx.Headers) -> bytes:
    lines = [name + b": " + value for name, value in headers.raw]
    return b"\r\n".join([first, *lines, b"", b""])


def _head_bytes(layer: str, told: Any) -> int:
    """About as long as it was on the wire: HTTP/1.1 in full, HTTP/2 before its compression."""
    if not isinstance(told, tuple):
        return 0
    headers = next((part for part in told if isinstance(part, list)), [])
    lines = sum(len(name) + len(value) + 4 for name, value in headers)
    return lines + (19 if layer == "http11" else 9)
