"""The logs of one server: looked at now and then, in one session for all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from perfconsole.model.log_spec import LogSpec, log_metric
from perfconsole.model.server_news import LogMatched, LogTold
from perfconsole.servers.board import Board
from perfconsole.servers.faults import ServerFault
from perfconsole.servers.logs.log_script import (
    AT_THE_END,
    CPU_S,
    FIRST_DESCRIPTOR,
    LOGS,
    Look,
    State,
    question,
    read_looks,
)
from perfconsole.servers.logs.match_rate import MatchRate
from perfconsole.servers.plain import one_line
from perfconsole.servers.pull import Loop
from perfconsole.servers.side_jobs import patient
from perfconsole.servers.stream import Open
from perfconsole.texts import say

SHORTEST_S, LONGEST_S = 1.0, 10.0
"""Bounds of the time between two looks, else that between two samples."""
PATIENCE_S = 15.0
"""Then it is told that no answer comes; it is still waited for."""
AGAIN_S = 30.0
"""Between attempts to get a session."""
SKIPPED_EVERY_S = 60.0
"""Between two words about what is skipped."""
MOST_ENDED = 3
"""Looks that took the pattern too long; then the log is given up."""
LINE_CHARS = 300


@dataclass(slots=True)
class _Followed:
    name: str
    spec: LogSpec
    descriptor: int
    rate: MatchRate
    left: int
    """Lines that are still wanted."""
    position: int = AT_THE_END
    looked_at: float | None = None
    """Monotonic seconds of the last look that found the file."""
    skipped: int = 0
    """Bytes, not told yet."""
    skipped_told_at: float = float("-inf")
    ended: int = 0
    state: State = State.FOLLOWED


@dataclass(slots=True)
class LogWatch:
    """A `SideJob`. It puts the lines a second of each log on the board, and tells of lines."""

    server: str
    logs: Mapping[str, LogSpec]
    every_s: float
    """Between two samples of the server."""
    start: Open
    board: Board
    tell: Callable[[LogMatched | LogTold], None]
    _followed: list[_Followed] = field(init=False)
    _period_s: float = field(init=False)
    _loop: Loop | None = field(default=None, init=False)
    _waiting: bool = field(default=False, init=False)
    _late: bool = field(default=False, init=False)
    """It was told that the answer is late."""
    _asked_at: float = field(default=0.0, init=False)
    _next_at: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self._period_s = min(max(SHORTEST_S, self.every_s), LONGEST_S)
        window_s = max(self.every_s, self._period_s)
        self._followed = [
            _Followed(name, spec, number, MatchRate(window_s), spec.keep)
            for number, (name, spec) in enumerate(self.logs.items(), FIRST_DESCRIPTOR)
        ]

    def turn(self, now: float) -> float:
        try:
            if self._waiting:
                self._take(now)
            if not self._waiting and now >= self._next_at and self._followed:
                self._ask(now)
        except ServerFault as fault:
            self.close()
            self._next_at = now + AGAIN_S
            for log in self._followed:
                log.position, log.looked_at = AT_THE_END, None
                self._say(log, "warning", say("not followed: {why}", why=fault))
        return patient(now, self._asked_at) if self._waiting else self._next_at

    def close(self) -> None:
        if self._loop is not None:
            self._loop.close()
        self._loop, self._waiting = None, False

    def _ask(self, now: float) -> None:
        if self._loop is None:
            self._loop = Loop(self.start, LOGS)
        argument, *lines = question(
            [
                (log.descriptor, log.position, log.left, log.spec.file, log.spec.pattern)
                for log in self._followed
            ]
        )
        self._loop.ask(argument, *lines)
        self._waiting, self._late, self._asked_at = True, False, now
        # On the beat of the samples, whatever an answer takes: each has a look of its own.
        self._next_at = max(self._next_at + self._period_s, now)

    def _take(self, now: float) -> None:
        text = self._loop.poll() if self._loop else None
        if text is not None:
            self._waiting = False
            looks = {look.descriptor: look for look in read_looks(text)}
            for log in list(self._followed):
                if look := looks.get(log.descriptor):
                    self._looked(log, look, now)
        elif now - self._asked_at > PATIENCE_S and not self._late:
            self._late = True
            for log in self._followed:
                self._say(log, "warning", say("no answer within {s:g} s", s=PATIENCE_S))

    def _looked(self, log: _Followed, look: Look, now: float) -> None:
        self._stands(log, look.state)
        first, log.position = log.position == AT_THE_END, look.position
        if look.state is not State.FOLLOWED:
            log.looked_at = None
            return
        since, log.looked_at = log.looked_at, now
        if look.status > 1:
            self._failed(log, look.status)
            return
        if look.lines or look.matched:
            wanted = tuple(one_line(line, LINE_CHARS) for line in look.lines[: log.left])
            log.left -= len(wanted)
            self.tell(LogMatched(self.server, log.name, look.matched, wanted))
        self._skips(log, look.skipped, now)
        if not first:
            log.rate.add(self._period_s if since is None else now - since, look.matched)
            known_until = now + 2 * self._period_s + PATIENCE_S / 3
            self.board.put({log_metric(log.name): log.rate.a_second}, known_until)

    def _stands(self, log: _Followed, state: State) -> None:
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

    def _skips(self, log: _Followed, skipped: int, now: float) -> None:
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

    def _failed(self, log: _Followed, status: int) -> None:
        """Of grep: 2 for a pattern that it does not take, else it was ended."""
        log.ended += 1
        if status == 2:
            self._followed.remove(log)
            self._say(log, "warning", say("not followed: the server's grep takes no such pattern"))
        elif log.ended >= MOST_ENDED:
            self._followed.remove(log)
            self._say(
                log,
                "warning",
                say("given up: its pattern took more than {s} s of CPU again and again", s=CPU_S),
            )
        else:
            text = say("its pattern took more than {s} s of CPU, the count is too low", s=CPU_S)
            self._say(log, "warning", text)

    def _say(self, log: _Followed, level: str, text: str) -> None:
        self.tell(LogTold(self.server, log.name, level, text))
