"""The VUs of one group, for as long as somebody looks: which does what, and stop or pause one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from perfconsole.console.orders import Wish
from perfconsole.console.present.vus import COLUMNS, vu_details, vu_head, vu_rows
from perfconsole.console.screens.dialogs import ChoiceDialog, DetailDialog, Dialog, words
from perfconsole.console.widgets.table import Table
from perfconsole.console.widgets.windowed import WindowedTable
from perfconsole.model.command import PauseVus, StopVus
from perfconsole.model.states import StopMode, VuState
from perfconsole.model.vu_page import VuLine, VuPage
from perfconsole.texts import say

EVERY_S = 1.0
SPARE = 20
"""Rows asked for above and below those in sight."""

Ask = Callable[[int, int], Awaitable[VuPage]]
"""The page of so many VUs from the first one on. Raises ControllerGone or NoSuchThing."""


class VuListDialog(Dialog[None]):
    """Asks for the rows in sight once a second, and for others when they come into sight."""

    ASKED_OVER = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,f5", "cancel", show=False),
        Binding("space", "pause", show=False),
        Binding("x", "stop", show=False),
    ]

    def __init__(self, group: str, ask: Ask, wish: Callable[[Wish], None]) -> None:
        super().__init__(say("VUs of {group}", group=group))
        self._group, self._ask, self._wish = group, ask, wish
        self._page = VuPage(0, ())
        self._first = 0
        """Place of the first VU of the page."""
        self._wrong = ""
        self._wanted = asyncio.Event()
        self._asking: asyncio.Task[None] | None = None

    def inside(self) -> ComposeResult:
        yield WindowedTable(COLUMNS, show_border=False)
        yield Static("", classes="wrong")
        hint = say("space pause or resume it · x stop it (asks) · enter details · esc closes")
        yield Static(words(hint), classes="hint")

    @property
    def table(self) -> WindowedTable:
        return self.query_one(WindowedTable)

    def on_mount(self) -> None:
        self.table.show_window(0, (), 0, empty=say("asking for them"))
        self.table.focus()
        self._wanted.set()
        self._asking = asyncio.create_task(self._keep_asking(), name="VU list")

    def on_unmount(self) -> None:
        if self._asking is not None:
            self._asking.cancel()

    def on_windowed_table_scrolled(self) -> None:
        sight = range(self.table.offset_y, self.table.offset_y + self.table.in_sight)
        known = range(self._first, self._first + len(self._page.vus))
        end = min(sight.stop, self._page.total)
        if sight.start < known.start or end > known.stop:
            self._wanted.set()

    # ------------------------------------------------------------ asking

    async def _keep_asking(self) -> None:
        # the screen must not wait for httpx
        from perfconsole.client.api import ControllerGone, NoSuchThing

        while self.is_attached:
            try:
                await asyncio.wait_for(self._wanted.wait(), EVERY_S)
            except TimeoutError:
                if self.app.screen is not self:
                    continue  # nobody looks at it: a dialog is over it
            self._wanted.clear()
            table = self.table
            first = max(0, table.offset_y - SPARE)
            try:
                page = await self._ask(first, table.in_sight + 2 * SPARE)
            except (ControllerGone, NoSuchThing) as error:
                self._complain(str(error))
                continue
            self._take_in(first, page)

    def _take_in(self, first: int, page: VuPage) -> None:
        before = self._page
        self._first, self._page = first, page
        missing = ", ".join(map(str, page.missing))
        self._complain(say("no answer of injector {n}", n=missing) if missing else "")
        self.table.show_window(first, vu_rows(page), page.total, empty=say("no VUs yet"))
        if page.total != before.total or not before.vus:
            self.query_one(".box").border_subtitle = words(vu_head(page))

    def _complain(self, text: str) -> None:
        if text != self._wrong:
            self._wrong = text
            self.query_one(".wrong", Static).update(words(text))
            self.set_class(bool(text), "-wrong")

    # ------------------------------------------------------------ the VU under the pointer

    def _current(self) -> VuLine | None:
        key = self.table.selected
        return next((vu for vu in self._page.vus if vu.id == key), None)

    def on_table_opened(self, event: Table.Opened) -> None:
        event.stop()
        vu = self._current()
        if vu is not None:
            self.app.push_screen(DetailDialog(say("VU {id}", id=vu.id), vu_details(vu)))

    def action_pause(self) -> None:
        vu = self._current()
        if vu is not None:
            on = vu.state is not VuState.PAUSED
            self._wish(Wish((PauseVus(group=self._group, vus=(vu.id,), on=on),)))
            self._wanted.set()

    def action_stop(self) -> None:
        vu = self._current()
        if vu is None:
            return

        def wish(mode: StopMode) -> Wish:
            return Wish((StopVus(group=self._group, vus=(vu.id,), mode=mode),), sure=True)

        choices = (
            (say("after the iteration"), wish(StopMode.AFTER_ITERATION)),
            (say("after the request"), wish(StopMode.AFTER_REQUEST)),
            (say("now (requests in flight are cut)"), wish(StopMode.NOW)),
            (say("no, let it run"), None),
        )
        question = say("When should it leave? Its group then wants one VU fewer.")
        title = say("Stop VU {id}", id=vu.id)
        self.app.push_screen(ChoiceDialog(title, question, choices), self._stopped)

    def _stopped(self, wish: Wish | None) -> None:
        if wish is not None:
            self._wish(wish)
            self._wanted.set()
