"""The VU of a flow in Python in a rehearsal: it tells of what the flow does beside its requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfconsole.injector.script_api import ScriptVu, waits
from perfconsole.injector.script_transactions import Doer, Transaction

if TYPE_CHECKING:
    from perfconsole.injector.python_flow import Flow
    from perfconsole.injector.tracer import Tracer
    from perfconsole.injector.vu import Vu


class TracedTransaction(Transaction):
    __slots__ = ("_name", "_tracer")

    def __init__(self, doer: Doer, number: int, name: str, tracer: Tracer) -> None:
        super().__init__(doer, number)
        self._name = name
        self._tracer = tracer

    def __enter__(self) -> None:
        self._tracer.began("transaction", self._name)
        super().__enter__()

    def _note(self, passed: bool, took_us: float) -> None:
        super()._note(passed, took_us)
        self._tracer.transaction_ended("", self._name, passed=passed, took_s=took_us / 1e6)


class TracedScriptVu(ScriptVu):
    def __init__(self, flow: Flow, user: Vu, tracer: Tracer) -> None:
        super().__init__(flow, user)
        self._tracer = tracer

    def transaction(self, name: str) -> Transaction:
        number = self._flow.names.transaction(name)
        return TracedTransaction(self, number, name, self._tracer)

    async def think(self, wait: str | float) -> None:
        self._tracer.began("think", waits(wait).text)
        await super().think(wait)

    async def rendezvous(self, point: str) -> None:
        self._tracer.began("rendezvous", point)
        await super().rendezvous(point)

    def check(self, condition: object, what: str) -> bool:
        holds = super().check(condition, what)
        if holds:
            self._tracer.checked(what)
        return holds
