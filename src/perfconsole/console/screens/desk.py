"""The desk of a group or of a rendezvous: its figures, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from perfconsole.console.hand import Hand
from perfconsole.console.present.details import details
from perfconsole.console.screens.dialogs import Dialog, pairs, words
from perfconsole.console.uistate import Page, UiState
from perfconsole.metrics.view import RunView
from perfconsole.texts import say

REPAINT_S = 1.0


class Deed(NamedTuple):
    key: str
    """As Textual names it."""
    way: Callable[[Hand, str, UiState], None]
    name: str
    """Of the order, or of the question."""
    words: str

    def do(self, hand: Hand, ui: UiState) -> None:
        self.way(hand, self.name, ui)


GROUP_DEEDS = (
    Deed("space", Hand.order, "pause", "pause or resume"),
    Deed("plus", Hand.order, "more", "more VUs, by the step"),
    Deed("minus", Hand.order, "fewer", "fewer VUs, by the step"),
    Deed("equals_sign", Hand.ask, "vus", "VUs to a number, or arrivals to a rate"),
    Deed("i", Hand.order, "hold", "hold the load, or go on"),
    Deed("I", Hand.order, "schedule", "back to the schedule's load"),
    Deed("E", Hand.ask, "schedule", "edit what remains of the schedule"),
    Deed("t", Hand.ask, "think", "think times by a factor"),
    Deed("p", Hand.ask, "resume", "resume spread over a time"),
    Deed("v", Hand.ask, "trace", "keep the next exchanges"),
    Deed("M", Hand.order, "mute", "mute, or let it be heard"),
    Deed("S", Hand.order, "initialize", "initialize"),
    Deed("s", Hand.order, "start", "start"),
    Deed("x", Hand.ask, "stop", "stop (asks)"),
)
POINT_DEEDS = (
    Deed("R", Hand.ask, "release", "release: all, or some at a time"),
    Deed("O", Hand.ask, "switch", "on or off, also per group"),
    Deed("P", Hand.ask, "policy", "what it waits for"),
)
_SHOWN = {"plus": "+", "minus": "-", "equals_sign": "="}


class DeskDialog(Dialog[Deed]):
    """Its result is what was chosen to be done."""

    LOW = 36

    def __init__(self, page: Page, key: str, view: Callable[[], RunView | None]) -> None:
        """Of a row of the page of groups, of VUs or of points."""
        super().__init__(key)
        self._page, self._key, self._view = page, key, view
        self._deeds = POINT_DEEDS if page is Page.RENDEZVOUS else GROUP_DEEDS
        self.set_class(page is not Page.RENDEZVOUS, "-group")

    def inside(self) -> ComposeResult:
        yield Static(self._figures(), id="figures")
        prompts = (f"{_SHOWN.get(deed.key, deed.key):<6} {say(deed.words)}" for deed in self._deeds)
        yield OptionList(*(Option(words(prompt)) for prompt in prompts), compact=True)
        yield Static(words(say("enter does it · esc closes")), classes="hint")

    def on_mount(self) -> None:
        self.query_one(OptionList).focus()
        self.set_interval(REPAINT_S, self._paint)

    def _figures(self) -> Content:
        view = self._view()
        return pairs(details(view, self._page, self._key) if view else [])

    def _paint(self) -> None:
        self.query_one("#figures", Static).update(self._figures(), layout=False)

    def on_key(self, event: events.Key) -> None:
        deed = next((deed for deed in self._deeds if deed.key == event.key), None)
        if deed is not None:
            event.stop()
            self.dismiss(deed)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(self._deeds[event.option_index])
