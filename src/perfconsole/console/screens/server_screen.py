"""The page of one server: its metrics in a table, the selected one's history in a chart."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.widgets import Input

from perfconsole.console import uistate
from perfconsole.console.present import lines, server_page, server_told
from perfconsole.console.present.chart_parts import now_s
from perfconsole.console.present.server_standing import silent
from perfconsole.console.screens.numbers import Numbers
from perfconsole.console.screens.painted import PaintedScreen
from perfconsole.console.uistate import Layout, Page, UiState
from perfconsole.console.widgets.chart import Chart
from perfconsole.console.widgets.headline import Headline, HeadlinePart
from perfconsole.console.widgets.pen import Part
from perfconsole.console.widgets.table import Table
from perfconsole.metrics.view import RunView, ServerView
from perfconsole.texts import say

CHARTS = 3


class ServerScreen(PaintedScreen):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", show=False),
        Binding("q,f3", "leave", show=False),
        Binding("e", "full", show=False),
        Binding("t,less_than_sign", "limit", show=False),
        Binding("C", "capture", show=False),
        Binding("s", "snapshots", show=False),
        Binding("slash", "filter", show=False),
        Binding("tab,right", "next(1)", show=False),
        Binding("shift+tab,left", "next(-1)", show=False),
        Binding("left_square_bracket", "zoom(1)", show=False),
        Binding("right_square_bracket", "zoom(-1)", show=False),
        Binding("h", "cursor(-1)", show=False),
        Binding("l", "cursor(1)", show=False),
        Binding("H", "cursor(-10)", show=False),
        Binding("L", "cursor(10)", show=False),
        Binding("0", "now", show=False),
        Binding("y", "log", show=False),
        Binding("n", "note", show=False),
        Binding("u,ctrl+z", "undo", show=False),
        Binding("T", "theme", show=False),
        Binding("question_mark", "help", show=False),
    ]

    def __init__(self, names: tuple[str, ...], ui: UiState) -> None:
        """`names` are the servers in the order in which they stood, `ui` what was looked at: of
        the server that it names."""
        super().__init__()
        self._names = names
        self._ui = replace(ui, page=Page.SERVERS, chart=1, full=False, log=frozenset())
        self._painted: object = None
        self._recalled: tuple[int, str] | None = None
        """Of which view and server the whole history was asked for."""
        self._recalling: asyncio.Task[None] | None = None

    def compose(self) -> ComposeResult:
        yield Headline(id="who")
        with Container(id="body"):
            yield Table(server_page.COLUMNS, id="metrics")
            with Vertical(id="history"):
                for number in range(CHARTS):
                    yield Chart(id=f"history-{number}")
        yield Headline(id="about")
        yield Numbers(id="told")
        yield Headline(id="pending")
        yield Input(placeholder=say("filter"), id="filter", compact=True)
        yield Headline(id="keys")

    @property
    def table(self) -> Table:
        return self.query_one(Table)

    @property
    def ui(self) -> UiState:
        return self._ui

    @ui.setter
    def ui(self, ui: UiState) -> None:
        self._ui = ui
        self.paint()

    @property
    def server(self) -> ServerView | None:
        view = self.console.feed.view
        return view.servers.get(self.ui.server) if view else None

    def on_mount(self) -> None:
        self.query_one("#history-0", Chart).picked = True
        self.table.focus()
        self.paint()

    def on_unmount(self) -> None:
        if self._recalling is not None:
            self._recalling.cancel()

    def on_resize(self, event: events.Resize) -> None:
        layout = uistate.layout_of(event.size.width, event.size.height)
        self.table.show_border = layout is Layout.WIDE
        for each in Layout:
            self.set_class(layout is each, f"-{each}")
        self.ui = replace(self.ui, layout=layout)

    # ------------------------------------------------------------ painting

    def paint(self) -> None:
        view, server = self.console.feed.view, self.server
        if view is None or server is None or not self.is_mounted:
            return
        self._recall(view)
        link, sendings = self.console.feed.link, self.console.outbox.shown()
        at_s = int(view.elapsed_s) if silent(server, view.elapsed_s) else 0
        mark = (id(view), server.came, at_s, view.state, link, sendings, self.ui,
                tuple(server.limits.items()), tuple(server.probes.items()), len(view.snapshots),
                self._growth(server))  # fmt: skip
        if mark == self._painted:
            return
        self._painted = mark
        names = [name for name in self._names if name in view.servers]
        place = names.index(server.name) if server.name in names else 0
        self._say("who", server_page.server_head(view, link, server, place))
        self._say("pending", lines.pending(view, link, self.console.run_name, sendings))
        kept = bool(server_told.snapshots_of(view, server.name))
        self._say("keys", server_page.key_words(self.ui.layout is Layout.WIDE, kept))
        table = self.table
        table.show(server_page.metric_rows(view, server), "", say("no metric has come yet"))
        metric = table.selected or self.ui.metric
        self._say("about", server_page.about_metric(view, server, metric, self.ui))
        self._tell(server_told.told(view, server, metric))
        charts = server_page.server_charts(view, server, metric, self.ui)
        shown = charts if self.ui.layout is Layout.WIDE and not self.ui.full else charts[:1]
        for number, model in enumerate(shown):
            self.query_one(f"#history-{number}", Chart).show(model)

    def _growth(self, server: ServerView) -> str:
        shown = server.metrics.get(self.table.selected or self.ui.metric)
        return shown.growth if shown else ""

    def _say(self, where: str, parts: list[HeadlinePart]) -> None:
        self.query_one(f"#{where}", Headline).show(tuple(parts))

    def _tell(self, told: tuple[Part, ...]) -> None:
        """As many lines as there are; the table gives way."""
        below = self.query_one("#told", Numbers)
        below.styles.height = len(told)
        below.show(tuple((f" {text}", role) for text, role in told))

    def _recall(self, view: RunView) -> None:
        """Ask for the whole history once for each server, and again of a view that is new."""
        wanted = id(view), self.ui.server
        if self._recalled != wanted:
            self._recalled = wanted
            self._recalling = asyncio.create_task(self._whole_history(), name="history")

    async def _whole_history(self) -> None:
        from perfconsole.client.api import ControllerGone, NoSuchThing

        try:
            await self.console.feed.recall(self.ui.server)
        except (ControllerGone, NoSuchThing):
            return  # what the snapshot had is shown
        self._painted = None
        self.paint()

    # ------------------------------------------------------------ keys

    def on_table_selected(self, event: Table.Selected) -> None:
        event.stop()
        if event.table.selected == event.key:
            self.ui = replace(self.ui, metric=event.key)

    def on_table_opened(self, event: Table.Opened) -> None:
        event.stop()
        self.action_full()

    def on_chart_picked(self, event: Chart.Picked) -> None:
        event.stop()
        self.action_full()

    def action_full(self) -> None:
        full = not self.ui.full
        self.set_class(full, "-full")
        self.table.focus()  # lost while it was hidden
        self.ui = replace(self.ui, full=full)

    def action_limit(self) -> None:
        if self.ui.metric:
            self.console.hand.ask("limit", self.ui)

    def action_note(self) -> None:
        self.console.hand.ask("note", self.ui)

    def action_undo(self) -> None:
        self.console.hand.order("undo", self.ui)

    def action_capture(self) -> None:
        self.console.hand.order("snapshot", self.ui)

    def action_snapshots(self) -> None:
        """The newest of this server to read; others from there."""
        view, source = self.console.feed.view, self.console.feed.source
        if view is None or source is None:
            return
        headings = server_told.snapshots_of(view, self.ui.server)
        if headings:
            from perfconsole.console.screens.snapshot_dialog import SnapshotDialog

            number = headings[-1].number
            self.app.push_screen(SnapshotDialog(headings, number, source.server_snapshot))
        else:
            self.console.outbox.notice(say("no snapshot of it yet: C takes one"))

    def action_next(self, by: int) -> None:
        """To the next server; what is selected there is the same metric, if it has it."""
        view = self.console.feed.view
        names = [name for name in self._names if view is not None and name in view.servers]
        if names:
            place = names.index(self.ui.server) if self.ui.server in names else 0
            self.ui = replace(self.ui, server=names[(place + by) % len(names)])

    def action_zoom(self, by: int) -> None:
        view = self.console.feed.view
        if view is not None:
            self.ui = uistate.zoomed(self.ui, by, now_s(view))

    def action_cursor(self, by: int) -> None:
        view = self.console.feed.view
        if view is not None:
            self.ui = uistate.moved(self.ui, by, now_s(view))

    def action_now(self) -> None:
        self.ui = replace(self.ui, cursor=None)

    def action_log(self) -> None:
        self.ui = uistate.logged(self.ui)

    def action_back(self) -> None:
        """One step back from the last thing that was opened."""
        if self.query_one(Input).display or self.table.filtered:
            self._filter_closed(keep=False)
        elif self.ui.full:
            self.action_full()
        elif self.ui.cursor is not None:
            self.action_now()
        else:
            self.action_leave()

    def action_leave(self) -> None:
        self.dismiss(None)

    # ------------------------------------------------------------ filter

    def action_filter(self) -> None:
        entry = self.query_one(Input)
        entry.display = True
        entry.value = self.table.filtered
        entry.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        if event.input.display:
            self.table.filter(event.value)

    def on_input_submitted(self) -> None:
        self._filter_closed(keep=True)

    def _filter_closed(self, keep: bool) -> None:
        self.query_one(Input).display = False
        if not keep:
            self.table.filter("")
        self.table.focus()
