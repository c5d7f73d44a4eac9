"""Alarms to a command: run in a shell, what it is told in its environment and never in its text."""

from __future__ import annotations

from collections.abc import Callable

from perfconsole.controller.alarms.alarm_message import AlarmMessage, Undelivered
from perfconsole.controller.shell_command import shell
from perfconsole.injector.failure import one_line
from perfconsole.texts import say

TIMEOUT_S = 10.0
LONGEST_LABEL = 100


class AlarmCommand:
    """`folder` is the scenario's; `masked` takes the secrets out of what is shown."""

    def __init__(self, command: str, level: str, folder: str, masked: Callable[[str], str]) -> None:
        self.label = say("command {command}", command=one_line(masked(command), LONGEST_LABEL))
        self.level = level
        self._command = command
        self._folder = folder
        self._masked = masked

    async def deliver(self, message: AlarmMessage) -> None:
        try:
            ended = await shell(self._command, self._folder, _environment(message), TIMEOUT_S)
        except OSError as error:
            raise Undelivered(
                say("cannot be started: {why}", why=error.strerror or error)
            ) from None
        if ended.status == 0:
            return
        why = say("exit status {n}", n=ended.status)
        if ended.status is None:
            why = say("not over within {s:g} s", s=TIMEOUT_S)
        raise Undelivered(why, self._masked(ended.output).rstrip())


def _environment(message: AlarmMessage) -> dict[str, str]:
    values = {
        "PERFCONSOLE_RUN": message.run,
        "PERFCONSOLE_ALARM": message.text,
        "PERFCONSOLE_ALARM_LEVEL": message.level,
        "PERFCONSOLE_ALARM_CAUSE": message.cause,
        "PERFCONSOLE_ALARM_STATE": message.state,
    }
    return {name: value.replace("\0", "") for name, value in values.items()}
