"""The logs of one server: looked at now and then, in one session for all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from perfconsole.model.log_spec import log_metric
from perfconsole.model.server_news import LogMatched, LogTold
from perfconsole.servers.board import Board
from perfconsole.servers.faults import ServerFault
from perfconsole.servers.logs.followed import Followed, period_s
from perfconsole.servers.logs.log_script import (
    AT_THE_END,
    CPU_S,
    LOGS,
    NO_FILE,
    Look,
    State,
    question,
    read_looks,
)
from perfconsole.servers.plain import one_line
from perfconsole.servers.pull import Loop
from perfconsole.servers.side_jobs import patient
from perfconsole.servers.stream import Open
from perfconsole.texts import say

PATIENCE_S = 15.0
"""Then it is told that no answer comes; it is still waited for."""
AGAIN_S = 30.0
"""Between attempts to get a session."""
SKIPPED_EVERY_S = 60.0
"""Between two words about what is skipped."""
MOST_ENDED = 3
"""Looks one after the other that took the pattern too long; then the log is given up."""
LINE_CHARS = 300


@dataclass(slots=True)
class LogWatch:
    """A `SideJob`. It puts the lines a second of each log on the board, and tells of lines."""

    server: str
    logs: list[Followed]
    """Looked at from where the session before stopped; those that cannot be are taken out."""
    every_s: float
    """Between two samples of the server."""
    start: Open
    board: Board
    tell: Callable[[LogMatched | LogTold], None]
    _period_s: float = field(init=False)
    _loop: Loop | None = field(default=None, init=False)
    _waiting: bool = field(default=False, init=False)
    _late: bool = field(default=False, init=False)
    """It was told that the answer is late."""
    _asked_at: float = field(default=0.0, init=False)
    _next_at: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self._period_s = period_s(self.every_s)

    def turn(self, now: float) -> float:
        try:
            if self._waiting:
                self._take(now)
            if not self._waiting and now >= self._next_at and self.logs:
                self._ask(now)
        except ServerFault as fault:
            self.close()
            self._next_at = now + AGAIN_S
            for log in self.logs:
                self._say(log, "warning", say("not followed: {why}", why=fault))
        return patient(now, self._asked_at) if self._waiting else self._next_at

    def close(self) -> None:
        if self._loop is not None:
            self._loop.close()
        self._loop, self._waiting = None, False

    def _ask(self, now: float) -> None:
        if self._loop is None:
            self._loop = Loop(self.start, LOGS)
            for log in self.logs:
                log.resumed = log.inode != NO_FILE
        argument, *lines = question([
            (log.descriptor, log.position, log.inode, log.left, log.spec.file, log.spec.pattern)
            for log in self.logs
        ])  # fmt: skip
        self._loop.ask(argument, *lines)
        self._waiting, self._late, self._asked_at = True, False, now
        # On the beat of the samples, whatever an answer takes: each has a look of its own.
        self._next_at = max(self._next_at + self._period_s, now)

    def _take(self, now: float) -> None:
        text = self._loop.poll() if self._loop else None
        if text is not None:
            self._waiting = False
            looks = {look.descriptor: look for look in read_looks(text)}
            for log in list(self.logs):
                if look := looks.get(log.descriptor):
                    self._looked(log, look, now)
        elif now - self._asked_at > PATIENCE_S and not self._late:
            self._late = True
            for log in self.logs:
                self._say(log, "warning", say("no answer within {s:g} s", s=PATIENCE_S))

    def _looked(self, log: Followed, look: Look, now: float) -> None:
        self._stands(log, look.state)
        first = log.position == AT_THE_END
        if log.resumed and look.state is State.FOLLOWED and look.inode != log.inode:
            first = True
            text = say("another file is at {file} now; it is followed from its end",
                       file=log.spec.file)  # fmt: skip
            self._say(log, "warning", text)
        log.position, log.inode, log.resumed = look.position, look.inode, False
        if look.state is not State.FOLLOWED:
            log.looked_at = None
            return
        since, log.looked_at = log.looked_at, now
        if look.status > 1:
            self._failed(log, look.status)
            return
        log.ended = 0
        if look.lines or look.matched:
            wanted = tuple(one_line(line, LINE_CHARS) for line in look.lines[: log.left])
            log.left -= len(wanted)
            self.tell(LogMatched(self.server, log.name, look.matched, wanted))
        self._skips(log, look.skipped, now)
        if not first:
            log.rate.add(self._period_s if since is None else now - since, look.matched)
            known_until = now + 2 * self._period_s + PATIENCE_S / 3
            self.board.put({log_metric(log.name): log.rate.a_second}, known_until)

    def _stands(self, log: Followed, state: State) -> None:
        if state is log.state:
            return
        log.state = state
        file = log.spec.file
        match state:
            case State.FOLLOWED:
                self._say(log, "info", say("{file} is there now", file=file))
            case State.MISSING:
                self._say(
                    log,
                    "warning",
                    say("there is no {file} yet, or this login may not see it", file=file),
                )
            case State.UNREADABLE:
                self._say(log, "warning", say("this login may not read {file}", file=file))
            case State.ODD:
                self._say(log, "warning", say("{file} is no regular file", file=file))

    def _skips(self, log: Followed, skipped: int, now: float) -> None:
        log.skipped += skipped
        if log.skipped and now - log.skipped_told_at >= SKIPPED_EVERY_S:
            log.skipped_told_at, megabytes, log.skipped = now, log.skipped / 1e6, 0
            self._say(
                log,
                "warning",
                say(
                    "too much at once: {n:.1f} MB were not looked at, the count is too low",
                    n=megabytes,
                ),
            )

    def _failed(self, log: Followed, status: int) -> None:
        """Of grep: 2 for a pattern that it does not take, else it was ended."""
        log.ended += 1
        if status == 2:
            self.logs.remove(log)
            self._say(log, "warning", say("not followed: the server's grep takes no such pattern"))
        elif log.ended >= MOST_ENDED:
            self.logs.remove(log)
            self._say(
                log,
                "warning",
                say("given up: its pattern took more than {s} s of CPU again and again", s=CPU_S),
            )
        else:
            text = say("its pattern took more than {s} s of CPU, the count is too low", s=CPU_S)
            self._say(log, "warning", text)

    def _say(self, log: Followed, level: str, text: str) -> None:
        self.tell(LogTold(self.server, log.name, level, text))
