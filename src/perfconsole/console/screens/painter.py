"""One frame of the dashboard: what there is to know, on the widgets that are on the screen."""

from __future__ import annotations

from dataclasses import dataclass

from textual.screen import Screen

from perfconsole.console import uistate
from perfconsole.console.feed import Link
from perfconsole.console.outbox import Sending
from perfconsole.console.present import charts, header, lines, pages, shapes
from perfconsole.console.present.chart_parts import now_s
from perfconsole.console.present.server_standing import standing
from perfconsole.console.present.strip_figures import figures, spark_values
from perfconsole.console.present.timing import timing
from perfconsole.console.screens.numbers import Numbers
from perfconsole.console.steady_order import SteadyOrder
from perfconsole.console.uistate import Layout, Page, UiState
from perfconsole.console.widgets.chart import Chart
from perfconsole.console.widgets.eventlog import EventLog
from perfconsole.console.widgets.headline import Headline, HeadlinePart
from perfconsole.console.widgets.sparkline import Spark, Sparklines
from perfconsole.console.widgets.table import Row, Table
from perfconsole.console.widgets.timeline import Timeline
from perfconsole.metrics.view import RunView
from perfconsole.texts import say

NOTHING_YET = RunView()


@dataclass(frozen=True, slots=True)
class Frame:
    """All that a frame is made from."""

    view: RunView | None
    frozen: RunView | None
    """Shown in place of `view` where the view is frozen."""
    link: Link
    ui: UiState
    sendings: tuple[Sending, ...]
    run: str
    me: str
    """The author of what this console sends."""

    @property
    def shown(self) -> RunView:
        return self.frozen or self.view or NOTHING_YET

    def mark(self) -> object:
        """Changes when there is something new to paint; the view itself changes in place."""
        seq = self.view.seq if self.view else -1
        return id(self.view), seq, id(self.frozen), self.link, self.ui, self.sendings


class Painter:
    """Shows frames on the widgets of a screen."""

    def __init__(self, screen: Screen[None]) -> None:
        self._screen = screen
        self._painted: object = None
        self._order = SteadyOrder()

    def paint(self, frame: Frame) -> None:
        """Nothing happens when nothing that the frame is made from has changed."""
        if (mark := frame.mark()) == self._painted:
            return
        self._painted = mark
        self._page(frame)
        if frame.ui.layout is Layout.TINY:
            self._numbers(frame)
            return
        self._say("head", header.headline(frame.view, frame.link, frame.ui, frame.run))
        self._say("pending", lines.pending(frame.view, frame.link, frame.run, frame.sendings))
        self._say("keys", lines.keys(frame.ui, frame.view, frame.link))
        self._screen.query_one(Timeline).show(header.timeline(frame.shown))
        self._charts(frame)
        self._below(frame)

    def _say(self, where: str, parts: list[HeadlinePart]) -> None:
        self._screen.query_one(f"#{where}", Headline).show(tuple(parts))

    def _page(self, frame: Frame) -> None:
        """On every layout: what is selected here is what the keys act on."""
        page = frame.ui.page
        empty = shapes.SHAPES[page].empty if frame.view else say("starting")
        table = self._screen.query_one(f"#page-{page}", Table)
        rows = pages.rows(frame.shown, page, frame.ui.marked)
        if page is Page.SERVERS:
            rows = self._worst_first(frame.shown, rows)
        table.show(
            rows,
            pages.head(frame.shown, frame.ui),
            empty,
            pages.absent(frame.shown, page),
        )
        if page is Page.TRANSACTIONS:
            self._say("timing", timing(frame.shown))

    def _worst_first(self, view: RunView, rows: list[Row]) -> list[Row]:
        standings = {name: standing(each, view.elapsed_s) for name, each in view.servers.items()}
        by_key = {row.key: row for row in rows}
        return [by_key[name] for name in self._order.arrange(standings, view.elapsed_s)]

    def _numbers(self, frame: Frame) -> None:
        height = self._screen.size.height
        shown = lines.numbers_only(
            frame.view, frame.link, frame.ui, frame.run, frame.sendings, height, frame.me
        )
        self._screen.query_one(Numbers).show(shown)

    def _charts(self, frame: Frame) -> None:
        ui = frame.ui
        one = ui.layout is not Layout.WIDE or ui.full
        for number, model in enumerate(charts.charts(frame.shown, ui), start=1):
            if not one or number == ui.chart:
                self._screen.query_one(f"#chart-{number}", Chart).show(model)
        if ui.layout is Layout.NARROW:
            self._strip(frame)

    def _strip(self, frame: Frame) -> None:
        """The charts that are not shown, each in a few cells."""
        start, _ = uistate.window(frame.ui, now_s(frame.shown))
        others = [
            figure
            for number, figure in enumerate(figures(frame.shown, frame.ui), start=1)
            if number != frame.ui.chart
        ]
        sparks = tuple(
            Spark(f.label, spark_values(f.points, start), f.over, f.role, f.ceiling) for f in others
        )
        self._screen.query_one(Sparklines).show(sparks)

    def _below(self, frame: Frame) -> None:
        view, ui = frame.view or NOTHING_YET, frame.ui
        log = self._screen.query_one(EventLog)
        head = say("filter {text}", text=log.filtered) if log.filtered else say("all  (/)")
        log.show(lines.events(view, frame.me), head, say("no events yet"))
        values = ui.layout is Layout.WIDE or ui.full or ui.cursor is not None or frame.frozen
        if frame.shown.started_at and values:
            self._say("cursor", lines.at_cursor(frame.shown, ui))
        else:
            self._say("cursor", lines.last_event(view, frame.me) if frame.view else [])
        ways = pages.other_pages(frame.shown, ui.page)
        self._say("ways", [HeadlinePart(ways, "dim", 1)])
