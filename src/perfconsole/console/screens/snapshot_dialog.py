"""The snapshots of a server to read, an output at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from perfconsole.console.screens.dialogs import Dialog, words
from perfconsole.metrics.snapshot_words import output_title, snapshot_title
from perfconsole.metrics.view import SnapshotView
from perfconsole.texts import say

if TYPE_CHECKING:
    from perfconsole.model.event import SnapshotTaken

Ask = Callable[[int], Awaitable["SnapshotTaken"]]
"""The snapshot of this number. Raises ControllerGone or NoSuchThing."""


class SnapshotDialog(Dialog[None]):
    """It is asked for when it is opened: no view holds what commands wrote."""

    ASKED_OVER = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,q,space", "cancel", show=False),
        Binding("right,l,tab", "turn(1)", show=False),
        Binding("left,h,shift+tab", "turn(-1)", show=False),
        Binding("left_square_bracket", "older(1)", show=False),
        Binding("right_square_bracket", "older(-1)", show=False),
        Binding("c", "copy", show=False),
    ]

    def __init__(self, headings: Sequence[SnapshotView], number: int, ask: Ask) -> None:
        """Opens the one of `headings`, those of a server, that has this number."""
        super().__init__(say("Snapshots of {server}", server=headings[0].server))
        self._headings, self._ask = headings, ask
        self._which = [heading.number for heading in headings].index(number)
        self._taken: SnapshotTaken | None = None
        self._place = 0
        """Of the output that is shown."""
        self._asking: asyncio.Task[None] | None = None

    def inside(self) -> ComposeResult:
        yield Static("", classes="question")
        yield Static("", id="output")
        with VerticalScroll():
            yield Static("", id="text", classes="below")
        hint = say("← → other outputs · [ ] older, newer · arrows scroll · c copies · esc closes")
        yield Static(words(hint), classes="hint")

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()
        self._open()

    def on_unmount(self) -> None:
        if self._asking is not None:
            self._asking.cancel()

    def _open(self) -> None:
        """Ask for the one that is wanted, and no more for another."""
        self.on_unmount()
        heading = self._headings[self._which]
        self._taken, self._place = None, 0
        for where, text in ((".question", heading.why), ("#output", say("asking for it")),
                            ("#text", "")):  # fmt: skip
            self.query_one(where, Static).update(words(text))
        self._asking = asyncio.create_task(self._fetch(heading.number), name="snapshot")

    async def _fetch(self, number: int) -> None:
        # the screen must not wait for httpx
        from perfconsole.client.api import ControllerGone, NoSuchThing

        try:
            self._taken = await self._ask(number)
        except (ControllerGone, NoSuchThing) as error:
            self.query_one("#output", Static).update(words(str(error)))
            return
        self.query_one(".question", Static).update(words(snapshot_title(self._taken)))
        self._show()

    def _show(self) -> None:
        if self._taken is None:
            return
        outputs = self._taken.outputs
        output = outputs[self._place]
        place = say("{n} of {all}: {what}", n=self._place + 1, all=len(outputs),
                    what=output_title(output))  # fmt: skip
        self.query_one("#output", Static).update(words(place))
        self.query_one("#text", Static).update(words(output.text))
        self.query_one(VerticalScroll).scroll_home(animate=False)

    def action_turn(self, by: int) -> None:
        if self._taken is not None:
            self._place = (self._place + by) % len(self._taken.outputs)
            self._show()

    def action_older(self, by: int) -> None:
        which = min(max(0, self._which - by), len(self._headings) - 1)
        if which != self._which:
            self._which = which
            self._open()

    def action_copy(self) -> None:
        if self._taken is not None:
            self.app.copy_to_clipboard(self._taken.outputs[self._place].text)
