"""The run as a whole: notes, its end, an operator who leaves, edited flows."""

from __future__ import annotations

from collections.abc import Callable

from perfconsole.controller.hands.doing import Deeds, Done
from perfconsole.controller.hands.group_hand import STOP_WORDS
from perfconsole.controller.reloading import Reloads
from perfconsole.model import command as cmd
from perfconsole.model.states import StopMode
from perfconsole.scenario.secret_text import masked_text
from perfconsole.texts import say


class RunHand:
    """`end` begins the run's end; `leave` is told when the operator detaches and says what
    follows."""

    def __init__(
        self, reloads: Reloads, end: Callable[[StopMode], None], leave: Callable[[], str]
    ) -> None:
        self._reloads = reloads
        self._end = end
        self._leave = leave

    @property
    def deeds(self) -> Deeds:
        return {
            cmd.AddNote: self._note,
            cmd.StopRun: self._stop,
            cmd.KeepRunning: self._keep_running,
            cmd.Confirm: self._confirm,
            cmd.LoadFlows: self._load,
        }

    def _note(self, command: cmd.AddNote) -> Done:
        return Done(say("note: {text}", text=masked_text(command.text)))

    def _stop(self, command: cmd.StopRun) -> Done:
        self._end(command.mode)
        return Done(say("stopped the run {how}", how=say(STOP_WORDS[command.mode])))

    def _keep_running(self, _: cmd.KeepRunning) -> Done:
        return Done(self._leave())

    def _confirm(self, _: cmd.Confirm) -> Done:
        return Done(say("confirmed that somebody is there"))

    def _load(self, command: cmd.LoadFlows) -> Done:
        said, order = self._reloads.load(command)
        return Done(said, [order])
