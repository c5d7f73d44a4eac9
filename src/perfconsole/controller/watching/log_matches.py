"""What logs of servers tell: the first lines that match are events, later ones are counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from perfconsole.controller.record import Record
from perfconsole.controller.secret_values import Mask
from perfconsole.model import event as ev
from perfconsole.model.server_news import LogMatched, LogTold
from perfconsole.model.server_spec import ServerSpec
from perfconsole.texts import say

_Log = tuple[str, str]
"""Server and name."""


class LogMatches:
    """Of the whole run: connections come and go, and none of them begins anew here."""

    def __init__(self, specs: Mapping[str, ServerSpec], record: Record, mask: Mask) -> None:
        self._record = record
        self._mask = mask
        self._most: dict[_Log, int] = {
            (server, name): log.keep
            for server, spec in specs.items()
            for name, log in spec.logs.items()
        }
        self._kept: Counter[_Log] = Counter()
        self._matched: Counter[_Log] = Counter()
        self._told: dict[_Log, str] = {}
        """What was told of each last."""

    def matched(self, news: LogMatched) -> None:
        log = news.server, news.log
        self._matched[log] += news.count
        most = self._most[log]
        for line in news.lines[: most - self._kept[log]]:
            self._note("warning", log, self._mask(line))
            self._kept[log] += 1
            if self._kept[log] == most:
                text = say("these were the first {n}; later lines are only counted", n=most)
                self._note("info", log, text)

    def told(self, news: LogTold) -> None:
        """Once, however often a server is connected to."""
        log = news.server, news.log
        if self._told.get(log) != news.text:
            self._told[log] = news.text
            self._note(news.level, log, news.text)

    def close(self) -> None:
        """The run is over: tell what was only counted."""
        for log, matched in self._matched.items():
            if matched > self._kept[log]:
                self._note("info", log, say("{n:,} lines matched, {kept} of them are kept",
                                            n=matched, kept=self._kept[log]))  # fmt: skip

    def _note(self, level: str, log: _Log, text: str) -> None:
        server, name = log
        self._record.add(ev.Noted, level=level, kind="log", text=f"{server} {name}: {text}")
