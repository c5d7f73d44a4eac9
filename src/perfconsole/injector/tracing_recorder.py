"""The recorder of a rehearsal: tells what goes wrong, and where an answer's time went."""

from __future__ import annotations

from collections.abc import Callable

from perfconsole.injector.failure import Failure
from perfconsole.injector.recorder import Noted, Recorder
from perfconsole.injector.tracer import Tracer
from perfconsole.model.phase import Phase


class TracingRecorder(Recorder):
    def __init__(self, tracer: Tracer) -> None:
        super().__init__()
        self._tracer = tracer
        self._is_request = False
        self._phases_ms: dict[Phase, float] = {}
        self.answered = self._answered_in
        self.opened = self._opened_in
        self.sent = self._sent_in

    def taken_phases(self) -> dict[str, float]:
        """In their order; the next answer begins anew."""
        had, self._phases_ms = self._phases_ms, {}
        return {phase.value: had[phase] for phase in Phase if phase in had}

    def _answered_in(self, number: int, wait_us: float, receive_us: float) -> None:
        self.tally.answered(number, wait_us, receive_us)
        self._phases_ms |= {Phase.WAIT: wait_us / 1000, Phase.RECEIVE: receive_us / 1000}

    def _opened_in(self, number: int, dns_us: float, connect_us: float, tls_us: float) -> None:
        self.tally.opened(number, dns_us, connect_us, tls_us)
        times = ((Phase.DNS, dns_us), (Phase.CONNECT, connect_us), (Phase.TLS, tls_us))
        self._phases_ms |= {phase: took_us / 1000 for phase, took_us in times if took_us > 0}

    def _sent_in(self, number: int, send_us: float) -> None:
        self.tally.sent(number, send_us)
        self._phases_ms[Phase.SEND] = send_us / 1000

    # ------------------------------------------------------------ what goes wrong

    def request_failed(
        self,
        request: Noted,
        failure: Failure,
        exchange: Callable[[], str] | None = None,
        *,
        answered: bool,
    ) -> str:
        self._is_request = True
        key = super().request_failed(request, failure, exchange, answered=answered)
        self._is_request = False
        return key

    def error(self, name: str, failure: Failure, exchange: Callable[[], str] | None = None) -> str:
        """Of a request the exchange was told as it happened."""
        key = super().error(name, failure, exchange)
        detail = exchange() if exchange is not None and not self._is_request else ""
        self._tracer.failed(name, failure, detail)
        return key
