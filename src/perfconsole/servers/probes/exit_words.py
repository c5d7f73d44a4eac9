"""Why a command told nothing, in one line for a person."""

from __future__ import annotations

from perfconsole.servers.probes.ask import Ask
from perfconsole.servers.probes.number_text import shown
from perfconsole.servers.probes.said import Said
from perfconsole.texts import say

_NO_EXECUTION, _NO_COMMAND, _SIGNALS = 126, 127, 128
"""Exit statuses of a shell (POSIX, 2.8.2)."""


def why_failed(ask: Ask, said: Said) -> str:
    """Empty when it exited with 0."""
    if said.fault or not said.status:
        return said.fault
    command = ask.argv[0]
    words = shown(said.errors) or shown(said.text)
    if said.status == _NO_COMMAND and (command in words or not words):
        return say("command not found: {command}", command=command)
    if said.status == _NO_EXECUTION and (command in words or not words):
        return say("{command} may not be run by this login", command=command)
    if said.status > _SIGNALS:
        text = say("{command} was ended by signal {n}", command=command, n=said.status - _SIGNALS)
    elif said.status < 0:
        text = say("{command} ended in an unknown way", command=command)
    else:
        text = say("{command} failed with status {n}", command=command, n=said.status)
    return say("{text}: {words}", text=text, words=words) if words else text
