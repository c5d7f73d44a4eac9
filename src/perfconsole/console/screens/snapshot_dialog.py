"""One snapshot of a server to read, an output at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
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
        Binding("c", "copy", show=False),
    ]

    def __init__(self, heading: SnapshotView, ask: Ask) -> None:
        super().__init__(
            say("snapshot {n} of {server}", n=heading.number, server=heading.server)
        )  # fmt: skip
        self._heading, self._ask = heading, ask
        self._taken: SnapshotTaken | None = None
        self._place = 0
        self._asking: asyncio.Task[None] | None = None

    def inside(self) -> ComposeResult:
        yield Static(words(self._heading.why), classes="question")
        yield Static(words(say("asking for it")), id="output")
        with VerticalScroll():
            yield Static("", id="text", classes="below")
        hint = say("← → other outputs · arrows scroll · c copies · esc closes")
        yield Static(words(hint), classes="hint")

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()
        self._asking = asyncio.create_task(self._fetch(), name="snapshot")

    def on_unmount(self) -> None:
        if self._asking is not None:
            self._asking.cancel()

    async def _fetch(self) -> None:
        # the screen must not wait for httpx
        from perfconsole.client.api import ControllerGone, NoSuchThing

        try:
            self._taken = await self._ask(self._heading.number)
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

    def action_copy(self) -> None:
        if self._taken is not None:
            self.app.copy_to_clipboard(self._taken.outputs[self._place].text)
