"""Regular expressions on pages, none of which can hold the injector for long.

Some take for ever on some texts, such as ``(a+)+b``, and every VU of the injector would wait
meanwhile. The matcher looks for signals now and then, so a timer that counts the CPU's seconds
ends what two of its beats have met under way. Nothing beats while no expression is looked for.
"""

from __future__ import annotations

import atexit
import re
import signal
import warnings
from collections.abc import Iterator
from typing import Any

from perfconsole.injector.page import Page

BEAT_S = 0.5
"""Of CPU time; an expression is ended after one to two of them."""
MOST_ENDED = 3
"""Then an expression is given up: it fails at once."""


class TooLong(Exception):
    """An expression was ended, or has been given up."""


class Search:
    """One expression, made ready for bytes and for text."""

    __slots__ = ("_ended", "_group", "_in_bytes", "_in_text")

    def __init__(self, regex: str) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what a later Python may read in another way
            self._in_text = re.compile(regex)
            self._in_bytes: re.Pattern[bytes] | None = None
            if regex.isascii() and not self._in_text.flags & ~re.UNICODE:
                self._in_bytes = re.compile(regex.encode())
        self._group = min(self._in_text.groups, 1)
        self._ended = 0

    def is_in(self, page: Page) -> bool:
        """Raises TooLong and BodyError."""
        pattern, body = self._fitting(page)
        return self._next(pattern.finditer(body)) is not None

    def values(self, page: Page) -> Iterator[str]:
        """Of all that match, the first group, or all that matches where there is none.

        Bytes are searched where they are the same letters as the text. Raises like `is_in`.
        """
        pattern, body = self._fitting(page)
        matches = pattern.finditer(body)
        while (match := self._next(matches)) is not None:
            value = match[self._group]
            if value is not None:
                yield value.decode() if isinstance(value, bytes) else sendable(value)

    def _fitting(self, page: Page) -> tuple[re.Pattern[Any], Any]:
        if self._in_bytes is not None and page.is_ascii():
            return self._in_bytes, page.body()
        return self._in_text, page.text()

    def _next(self, matches: Iterator[re.Match[Any]]) -> re.Match[Any] | None:
        if self._ended >= MOST_ENDED:
            raise TooLong
        watch.begin()
        try:
            return next(matches, None)
        except TooLong:
            self._ended += 1
            raise
        finally:
            watch.end()


def sendable(text: str) -> str:
    """`text` without half characters, which some charsets and JSON texts give."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


class Watch:
    """Ends what takes too long, by an exception out of a signal; in the main thread only."""

    __slots__ = ("_beat_s", "_beating", "_met", "_under_way")

    def __init__(self, beat_s: float) -> None:
        self._beat_s = beat_s
        self._beating = self._under_way = self._met = False

    def begin(self) -> None:
        self._met = False
        self._under_way = True
        if not self._beating:
            self._start()

    def end(self) -> None:
        self._under_way = False

    def _start(self) -> None:
        try:
            signal.signal(signal.SIGVTALRM, self._beat)
        except ValueError:  # not the main thread
            return
        atexit.register(self.stop)  # Python's end takes the handler away, and a beat would kill
        signal.setitimer(signal.ITIMER_VIRTUAL, self._beat_s, self._beat_s)
        self._beating = True

    def stop(self) -> None:
        """Nothing beats until the next expression is looked for."""
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        self._beating = False
        atexit.unregister(self.stop)

    def _beat(self, *_: object) -> None:
        if not self._under_way:
            self.stop()
        elif self._met:
            self._under_way = False
            raise TooLong
        else:
            self._met = True


watch = Watch(BEAT_S)
