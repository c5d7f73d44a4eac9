"""Every command finds the hand that does it."""

from __future__ import annotations

from perfconsole.controller.hands.doing import Deeds, Done, Looks
from perfconsole.model.command import Command


class Dispatch:
    def __init__(self, *deeds: Deeds, looks: Looks | None = None) -> None:
        self._deeds = {kind: do for some in deeds for kind, do in some.items()}
        self._looks = looks or {}

    async def look(self, command: Command) -> None:
        """What must be found out before `apply`, which follows at once. Raises Refusal."""
        if look := self._looks.get(type(command)):
            await look(command)

    def apply(self, command: Command) -> Done:
        """Do it, or raise Refusal with nothing changed."""
        return self._deeds[type(command)](command)
