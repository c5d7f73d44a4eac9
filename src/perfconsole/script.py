"""For flows in Python: ``from perfconsole.script import Vu``.

``groups: {shop: {flow: "flows/checkout.py:checkout"}}`` plays ``async def checkout(vu: Vu)`` once
for each iteration. Functions ``init`` and ``end`` of the same file, where there are any, are
played once by each VU, before its first iteration and after its last.
"""

from __future__ import annotations

from perfconsole.injector.script_answer import Answer, Headers, StepFailed
from perfconsole.injector.script_api import ScriptVu as Vu

__all__ = ["Answer", "Headers", "StepFailed", "Vu"]
