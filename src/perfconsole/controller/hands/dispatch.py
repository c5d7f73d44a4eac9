"""Every command finds the hand that does it."""

from __future__ import annotations

from perfconsole.controller.hands.doing import Deeds, Done
from perfconsole.model.command import Command


class Dispatch:
    def __init__(self, *deeds: Deeds) -> None:
        self._deeds = {kind: do for some in deeds for kind, do in some.items()}

    def apply(self, command: Command) -> Done:
        """Do it, or raise Refusal with nothing changed."""
        return self._deeds[type(command)](command)
