"""The dashboard: header, six charts, pages and events, mounted once and painted from the view.

A change of size or page only shows and hides widgets; a frame only shows them new figures.
"""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import msgspec
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal
from textual.reactive import reactive
from textual.widgets import Input

from perfconsole.console import uistate
from perfconsole.console.keys import KEYS
from perfconsole.console.present import shapes
from perfconsole.console.present.chart_parts import now_s
from perfconsole.console.screens.numbers import Numbers
from perfconsole.console.screens.painted import PaintedScreen
from perfconsole.console.screens.painter import NOTHING_YET, Frame, Painter
from perfconsole.console.uistate import ALL, GROUP_PAGES, Layout, Page, UiState
from perfconsole.console.widgets.chart import Chart
from perfconsole.console.widgets.eventlog import EventLog
from perfconsole.console.widgets.headline import Headline
from perfconsole.console.widgets.sparkline import Sparklines
from perfconsole.console.widgets.table import Table
from perfconsole.console.widgets.timeline import Timeline
from perfconsole.metrics.view import RunView
from perfconsole.model.states import RunState
from perfconsole.texts import say

if TYPE_CHECKING:
    from perfconsole.console.screens.desk import Deed


class Dashboard(PaintedScreen):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key, action, say(row.help), show=False) for row in KEYS for key, action in row.binds
    ]
    AUTO_FOCUS = None

    ui: reactive[UiState] = reactive(UiState(), init=False)

    def __init__(self) -> None:
        super().__init__(id="dashboard")
        self._frozen: RunView | None = None
        """The view as it was when frozen."""
        self._painter = Painter(self)

    # ------------------------------------------------------------ widgets

    def compose(self) -> ComposeResult:
        yield Headline(id="head")
        yield Timeline(id="course")
        with Container(id="charts"):
            for number in range(1, 7):
                yield Chart(id=f"chart-{number}")
        yield Sparklines(id="strip")
        with Horizontal(id="below"):
            with Container(id="pages"):
                for page, shape in shapes.SHAPES.items():
                    title = f"{shape.key} {shape.title}".strip()
                    yield Table(shape.columns, title, id=f"page-{page}", classes="page")
                yield Headline(id="timing")
            yield EventLog(say("Events"), id="events")
        yield Headline(id="ways")
        yield Headline(id="cursor")
        yield Headline(id="pending")
        yield Input(placeholder=say("filter"), id="filter", compact=True)
        yield Headline(id="keys")
        yield Numbers(id="numbers")

    @property
    def table(self) -> Table:
        """Of the present page."""
        return self.query_one(f"#page-{self.ui.page}", Table)

    @property
    def view(self) -> RunView | None:
        return self.console.feed.view

    # ------------------------------------------------------------ layout

    def on_mount(self) -> None:
        self.ui = replace(self.ui, viewer=self.console.outbox.viewer)
        self._lay_out()
        self.paint()

    def on_screen_resume(self) -> None:
        self.paint()

    def on_resize(self, event: events.Resize) -> None:
        layout = uistate.layout_of(event.size.width, event.size.height)
        self.ui = replace(self.ui, layout=layout)

    def watch_ui(self, before: UiState, now: UiState) -> None:
        if not self.is_mounted:
            return
        if (before.layout, before.page, before.chart, before.full, before.log_shown) != (
            now.layout, now.page, now.chart, now.full, now.log_shown,
        ):  # fmt: skip
            self._lay_out()
        self.paint()
        if before.page is not now.page and now.page in GROUP_PAGES:
            self.table.select(now.group)

    def _lay_out(self) -> None:
        ui = self.ui
        for layout in Layout:
            self.set_class(ui.layout is layout, f"-{layout}")
        self.set_class(ui.full and ui.layout is not Layout.TINY, "-full")
        self.set_class(ui.log_shown, "-log")
        for number, chart in enumerate(self.query(Chart), start=1):
            chart.picked = number == ui.chart
            chart.set_class(number == ui.chart, "-picked")
        bordered = ui.layout is Layout.WIDE
        for table in self.query(Table):
            table.show_border = bordered
            table.display = table.id == f"page-{ui.page}"
        self.query_one("#timing").display = ui.page is Page.TRANSACTIONS
        log = self.query_one(EventLog)
        log.show_border = bordered
        if not isinstance(self.focused, EventLog | Input):
            self.table.focus()

    def paint(self) -> None:
        """One frame; nothing when nothing it is made from has changed."""
        view = self.view
        if self.ui.page is Page.GROUPS and self._home is not Page.GROUPS:
            self.ui = replace(self.ui, page=self._home)
            return
        console = self.console
        sendings = console.outbox.shown()
        source = console.feed.source
        me = source.by if source else ""
        self._painter.paint(
            Frame(view, self._frozen, console.feed.link, self.ui, sendings, console.run_name, me)
        )

    # ------------------------------------------------------------ what is looked at

    def action_pick(self, number: int) -> None:
        self.ui = replace(self.ui, chart=number)

    def on_chart_picked(self, event: Chart.Picked) -> None:
        self.action_pick(int(event.key))

    def action_full(self) -> None:
        self.ui = replace(self.ui, full=not self.ui.full)

    def action_zoom(self, by: int) -> None:
        shown = self._frozen or self.view or NOTHING_YET
        self.ui = uistate.zoomed(self.ui, by, now_s(shown))

    def action_cursor(self, by: int) -> None:
        shown = self._frozen or self.view
        if shown is not None:
            self.ui = uistate.moved(self.ui, by, now_s(shown))

    def action_now(self) -> None:
        self.ui = replace(self.ui, cursor=None)

    def action_log(self) -> None:
        self.ui = uistate.logged(self.ui)

    def action_freeze(self) -> None:
        """Keep showing the run as it is now; the header and the events go on."""
        if self._frozen is None and self.view is not None:
            encoded = msgspec.msgpack.encode(self.view)
            self._frozen = msgspec.msgpack.decode(encoded, type=RunView)
        else:
            self._frozen = None
        self.ui = replace(self.ui, frozen=self._frozen is not None)

    def action_step(self, by: int) -> None:
        self.ui = uistate.stepped(self.ui, by)

    @property
    def _home(self) -> Page:
        """Where every way back leads: a run that only watches has no groups."""
        return Page.SERVERS if self.view and self.view.watches else Page.GROUPS

    def action_page(self, page: str) -> None:
        """To a page, or from it back home."""
        there = self.ui.page is Page(page)
        self.ui = replace(self.ui, page=self._home if there else Page(page), log_shown=False)

    def on_table_selected(self, event: Table.Selected) -> None:
        """Unless the selection has moved on since: then a later message says where to."""
        if event.table is not self.table or event.table.selected != event.key:
            return
        if self.ui.page in GROUP_PAGES:
            self.ui = replace(self.ui, group=event.key)
        elif self.ui.page is Page.SERVERS:
            self.ui = replace(self.ui, server=event.key)
        elif self.ui.page is Page.RENDEZVOUS:
            self.ui = replace(self.ui, point=event.key)

    def action_move(self, by: int) -> None:
        """For the layout on which the page itself is not shown and cannot have the focus."""
        self.table.action_move(by)

    def action_next_panel(self) -> None:
        """From the page to the events and back; on the narrow layout they take turns."""
        log = self.query_one(EventLog)
        to_log = self.focused is not log
        self.ui = replace(self.ui, log_shown=to_log)
        (log if to_log else self.table).focus()

    def action_back(self) -> None:
        """One step back from the last thing that was opened."""
        entry, ui = self.query_one("#filter", Input), self.ui
        if entry.display or self._panel().filtered:
            self._filter_closed(keep=False)
        elif ui.full:
            self.ui = replace(ui, full=False)
        elif ui.log_shown:
            self.action_next_panel()
        elif ui.cursor is not None:
            self.action_now()
        elif ui.marked:
            self.ui = replace(ui, marked=frozenset())
        elif ui.page is not self._home:
            self.ui = replace(ui, page=self._home)

    # ------------------------------------------------------------ filter, copy, picture

    def _panel(self) -> Table | EventLog:
        return self.query_one(EventLog) if self.ui.log_shown else self.table

    def action_filter(self) -> None:
        entry = self.query_one("#filter", Input)
        entry.display = True
        entry.value = self._panel().filtered
        entry.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        if event.input.display:
            self._panel().filter(event.value)

    def on_input_submitted(self) -> None:
        self._filter_closed(keep=True)

    def _filter_closed(self, keep: bool) -> None:
        entry = self.query_one("#filter", Input)
        entry.display = False
        if not keep:
            self._panel().filter("")
        self._panel().focus()

    def action_copy(self) -> None:
        """The selected row or event, cells apart by tabs, to the terminal's clipboard."""
        panel = self._panel()
        if isinstance(panel, EventLog):
            text = panel.lines[panel.index].text if panel.lines else ""
        else:
            row = next((row for row in panel.rows if row.key == panel.selected), None)
            cells = row.cells if row else ()
            text = "\t".join(cell if isinstance(cell, str) else cell[0] for cell in cells)
        if text:
            self.app.copy_to_clipboard(text)
            self.console.outbox.notice(say("copied"))

    def action_picture(self) -> None:
        name = f"perfconsole-{self.console.run_name}-{time.strftime('%Y%m%d-%H%M%S')}.svg"
        try:
            self.app.save_screenshot(name, str(Path.cwd()))
        except OSError as error:
            text = say("no picture saved: {why}", why=error.strerror or str(error))
            self.console.outbox.notice(text, wrong=True)
        else:
            self.console.outbox.notice(say("picture saved: {file}", file=Path.cwd() / name))

    # ------------------------------------------------------------ desks, details, help

    def on_table_opened(self, event: Table.Opened) -> None:
        if self.ui.page is Page.GROUPS and self._ended():
            self.console.action_detach()
            return
        if self.ui.page is Page.VUS and event.key != ALL and not self._ended():
            self._list_vus(event.key)
            return
        if self.ui.page in (*GROUP_PAGES, Page.RENDEZVOUS):
            from perfconsole.console.screens.desk import DeskDialog

            desk = DeskDialog(self.ui.page, event.key, lambda: self.view)
            self.app.push_screen(desk, partial(self._do, event.key))
            return
        if self.ui.page is Page.SERVERS:
            self._open_server(event.key)
            return
        from perfconsole.console.present.details import details, exchange, title

        view, page, key = self.view or NOTHING_YET, self.ui.page, event.key
        self._read(title(page, key), details(view, page, key), exchange(view, page, key))

    def _list_vus(self, group: str) -> None:
        source = self.console.feed.source
        if source is not None:
            from perfconsole.console.screens.vulist import VuListDialog

            ask = partial(source.vus, group)
            self.app.push_screen(VuListDialog(group, ask, self.console.hand.wish))

    def _open_server(self, name: str) -> None:
        from perfconsole.console.screens.server_screen import ServerScreen

        names = tuple(row.key for row in self.table.rows)
        self.app.push_screen(ServerScreen(names, replace(self.ui, server=name)))

    def on_event_log_opened(self, event: EventLog.Opened) -> None:
        from perfconsole.console.present.details import event_details, snapshot_told
        from perfconsole.console.present.server_told import snapshots_of

        source, heading = self.console.feed.source, snapshot_told(self.view, event.line)
        if heading is not None and source is not None:
            from perfconsole.console.screens.snapshot_dialog import SnapshotDialog

            headings = snapshots_of(self.view or NOTHING_YET, heading.server)
            self.app.push_screen(SnapshotDialog(headings, heading.number, source.server_snapshot))
            return
        moment = time.strftime("%H:%M:%S", time.localtime(event.line.at))
        self._read(moment, event_details(event.line))

    def _read(self, title: str, what: list[tuple[str, str]], below: str = "") -> None:
        from perfconsole.console.screens.dialogs import DetailDialog

        self.app.push_screen(DetailDialog(title, what, below))

    def _do(self, key: str, deed: Deed | None) -> None:
        """For the row whose desk it was, whatever else is marked or has been selected since."""
        if deed is None:
            return
        point = self.ui.page is Page.RENDEZVOUS
        ui = replace(self.ui, point=key) if point else replace(self.ui, group=key)
        deed.do(self.console.hand, replace(ui, marked=frozenset()))

    # ------------------------------------------------------------ steering

    def _ended(self) -> bool:
        return self.view is not None and self.view.state is RunState.ENDED

    def action_order(self, name: str) -> None:
        """Send what a key asks for at once."""
        self.console.hand.order(name, self.ui)

    def action_ask(self, what: str) -> None:
        """Open the dialog that makes a command."""
        self.console.hand.ask(what, self.ui)

    def action_mark(self) -> None:
        """Mark the selected group, or take its mark away; on the row of all groups, all of them."""
        view = self.view
        if view is None or not self.ui.group:
            return
        group, marked = self.ui.group, self.ui.marked
        if group == ALL and ALL not in view.groups:
            every = frozenset(view.groups)
            self.ui = replace(self.ui, marked=frozenset() if marked >= every else every)
        else:
            self.ui = replace(self.ui, marked=marked ^ {group})

    def action_pause_all(self) -> None:
        self.console.hand.pause_all(self.ui)

    def action_detach(self) -> None:
        self.console.action_detach()

    async def action_quit(self) -> None:
        self.console.ask_quit()
