"""The last change taken back by hand."""

from __future__ import annotations

from perfconsole.controller.hands.doing import Deeds, Done
from perfconsole.controller.safety.undoing import Undoing
from perfconsole.model import command as cmd


class UndoHand:
    def __init__(self, undoing: Undoing) -> None:
        self._undoing = undoing

    @property
    def deeds(self) -> Deeds:
        return {cmd.Undo: self._undo}

    def _undo(self, _: cmd.Undo) -> Done:
        return self._undoing.undo()
