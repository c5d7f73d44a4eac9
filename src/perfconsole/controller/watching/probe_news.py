"""What goes wrong with probes of servers, and that it is well again."""

from __future__ import annotations

from perfconsole.controller.record import Record
from perfconsole.controller.secret_values import Mask
from perfconsole.model import event as ev
from perfconsole.model.server_news import ProbeTold


class ProbeNews:
    def __init__(self, record: Record, mask: Mask) -> None:
        self._record = record
        self._mask = mask

    def told(self, news: ProbeTold) -> None:
        self._record.add(
            ev.ProbeChanged,
            server=news.server,
            probe=news.probe,
            ok=news.ok,
            detail=self._mask(news.detail),
        )
