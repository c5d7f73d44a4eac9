"""What holds the event loop for too long is found and named: a flow's line, or a step's answer.

The loop sets an alarm again and again, before it can ring; when something holds it, the alarm's
signal is handled amid just that, and the stack shows where. A regular expression that explodes and
a `time.sleep` let the handler in, C code that asks nobody does not: of that a thread of C
(`faulthandler`) writes the stack later. Both write to a file that outlives this process, so that
the controller can say why it had to kill it; what came to an end is told when it is over.
"""

from __future__ import annotations

import asyncio
import faulthandler
import os
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from types import FrameType

from perfconsole.injector.failure import one_line
from perfconsole.injector.script_errors import is_ours_file, is_within, place_of, source_line
from perfconsole.texts import say

HELD_S = 0.5
"""A loop that has been held for so long is told of."""
BEAT_S = 0.2
STACK_AFTER_S = 5.0
"""Where no signal comes through."""
MOST_PLACES = 20
"""Told in a run."""
MOST_BYTES = 4096
"""Of the file."""

_STACK_LINE = re.compile(r'^  File "(?P<file>[^"\n]+)", line (?P<line>\d+) in (?P<name>\S+)', re.M)
_ASYNCIO = f"{os.sep}asyncio{os.sep}"

Place = tuple[str, int]
"""File and line."""


class Watchdog:
    """Watches a loop from its own thread, the main one, between `start` and `stop`."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, trouble: Callable[[str], None], fd: int | None
    ) -> None:
        """`fd` is the file for last words; it is closed by nobody here."""
        self._loop = loop
        self._trouble = trouble
        self._fd = fd
        self._flows: dict[str, str] = {}
        self._told: set[Place] = set()
        self._held: str | None = None
        """What the alarm found, until the loop is free again."""
        self._held_at: Place = ("", 0)
        self._beat_at = self._stack_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        signal.signal(signal.SIGALRM, self._rang)
        self._beat_at = perf_counter()
        self._beat()

    def know(self, function: str, folder: str) -> None:
        """Files under `folder` are those of the flow `function`."""
        self._flows.setdefault(folder, function)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        signal.setitimer(signal.ITIMER_REAL, 0)
        faulthandler.cancel_dump_traceback_later()

    def _beat(self) -> None:
        """The loop is free."""
        now = perf_counter()
        held_s = now - self._beat_at
        self._beat_at = now
        signal.setitimer(signal.ITIMER_REAL, HELD_S + BEAT_S)
        if self._fd is not None and now - self._stack_at > STACK_AFTER_S / 5:
            self._stack_at = now
            faulthandler.dump_traceback_later(STACK_AFTER_S, file=self._fd)
        if self._held is not None:
            self._tell(self._held, held_s)
        self._timer = self._loop.call_later(BEAT_S, self._beat)

    def _tell(self, what: str, held_s: float) -> None:
        self._held = None
        self._write("")
        if self._held_at not in self._told and len(self._told) < MOST_PLACES:
            self._told.add(self._held_at)
            self._trouble(say("{what}, for {s:.1f} s", what=what, s=held_s))

    # ------------------------------------------------------------ amid what holds it

    def _rang(self, _number: int, frame: FrameType | None) -> None:
        places = [] if frame is None else list(_places(frame))
        found = self._found(places)
        if found is None:
            return
        self._held_at, place = found, place_of(*found)
        function = self._flow_of(found[0])
        if function is not None:
            source = source_line(*found)
            self._held = say(
                "flow {flow} blocks the load generator: {source} at {place}",
                flow=function, source=source, place=place,
            )  # fmt: skip
        else:
            self._held = say(
                "the load generator is blocked at {place}{step}", place=place, step=_step(frame)
            )
        faulthandler.cancel_dump_traceback_later()  # it would write over this
        self._stack_at = 0.0
        self._write(self._held)

    def _found(self, places: list[Place]) -> Place | None:
        """The innermost line of a flow, else of anything; None when the loop itself waits."""
        own = next((place for place in places if self._flow_of(place[0])), None)
        if own is not None:
            return own
        return next(iter(places), None) if not _waits(places) else None

    def _flow_of(self, file: str) -> str | None:
        if is_ours_file(file):
            return None
        flows = self._flows.items()
        return next((flow for folder, flow in flows if is_within(file, folder)), None)

    def _write(self, text: str) -> None:
        """Into the file, in place of what was there."""
        if self._fd is not None:
            with suppress(OSError):
                os.ftruncate(self._fd, 0)
                os.pwrite(self._fd, text.encode()[:MOST_BYTES], 0)


def _places(frame: FrameType | None) -> Iterator[Place]:
    """From the innermost outwards, what runs the loop left out."""
    while frame is not None and frame.f_back is not None:
        if frame.f_code.co_name == "main" and is_ours_file(frame.f_code.co_filename):
            return
        if not frame.f_code.co_filename.startswith("<"):
            yield frame.f_code.co_filename, frame.f_lineno
        frame = frame.f_back


def _waits(places: list[Place]) -> bool:
    """It is the loop itself: the process was not let run."""
    return bool(places) and (_ASYNCIO in places[0][0] or places[0][0].endswith("selectors.py"))


def _step(frame: FrameType | None) -> str:
    """Whose answer was looked at, where that is what it was at."""
    while frame is not None:
        request = frame.f_locals.get("request")
        name = getattr(request, "name", None)
        if isinstance(name, str) and frame.f_code.co_name == "_read":
            return say(', looking at the answer to "{name}"', name=one_line(name))
        frame = frame.f_back
    return ""


# ---------------------------------------------------------------- for who reads the file


def last_words(data: bytes) -> str:
    """What a process that is gone was held by, from its file; empty when it was not."""
    text = data[:MOST_BYTES].decode("utf-8", "replace")
    stack = [
        (match["file"], int(match["line"]))
        for match in _STACK_LINE.finditer(text)
        if _ASYNCIO not in match["file"]
    ]
    if not stack:
        return one_line(text)
    theirs = [
        place for place in stack
        if not is_ours_file(place[0]) and str(Path(os.__file__).parent) not in place[0]
    ]  # fmt: skip
    place = (theirs or stack)[0]
    source = source_line(*place) if theirs else ""
    return say(
        "the load generator is blocked: {source} at {place}", source=source, place=place_of(*place)
    )
