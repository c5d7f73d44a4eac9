"""One session on a server in which commands of probes run, one at a time."""

from __future__ import annotations

from perfconsole.servers.probes.ask import Ask
from perfconsole.servers.probes.probe_script import ENDED, KILL, PROBES, question, split_ending
from perfconsole.servers.probes.said import Said
from perfconsole.servers.pull import Loop
from perfconsole.servers.stream import Open
from perfconsole.texts import say

NO_STATUS = -1


class ProbeSession:
    """Never waits. Whatever fails raises ServerFault: then the session is to be closed."""

    def __init__(self, start: Open) -> None:
        self._loop = Loop(start, PROBES)
        self._number = 0
        self.since: float | None = None
        """Monotonic seconds since which a command runs in it; None: it is free."""

    def begin(self, number: int, ask: Ask, now: float) -> None:
        """Run the command of `ask`, which is number `number`."""
        argument, lines = question(ask)
        self._loop.ask(argument, *lines)
        self._number, self.since = number, now

    def poll(self) -> Said | None:
        """What the command wrote, when it has ended; then the session is free."""
        text = self._loop.poll()
        if text is None:
            return None
        self._loop.tell(ENDED)
        at, self.since = self.since or 0.0, None
        output, status, errors = split_ending(text, self._loop.mark)
        return Said(self._number, at, output, errors, NO_STATUS if status is None else status)

    def lines(self, now: float) -> list[Said]:
        """What a command that goes on has written since, line by line."""
        written = (line for line in self._loop.take_lines() if line.strip())
        return [Said(self._number, now, line) for line in written if self._loop.mark not in line]

    def end(self, now: float, after_s: float) -> Said:
        """The command took longer than `after_s`; the session is free again."""
        self._loop.tell(KILL)
        self.since = None
        fault = say("no answer within {seconds:g} s, ended", seconds=after_s)
        return Said(self._number, now, fault=fault)

    def close(self) -> None:
        """What runs in it is ended on the server."""
        self._loop.close()
