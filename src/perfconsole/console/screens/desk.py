"""The desk of a group: its VUs by state, its figures, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from perfconsole.console.present.details import group_details
from perfconsole.console.screens.dialogs import Dialog, pairs, words
from perfconsole.metrics.view import RunView
from perfconsole.texts import say

REPAINT_S = 0.5

_ACTIONS = (
    ("space", "order('pause')", "pause or resume"),
    ("plus", "order('more')", "more VUs, by the step"),
    ("minus", "order('fewer')", "fewer VUs, by the step"),
    ("equals_sign", "ask('vus')", "VUs to a number, or arrivals to a rate"),
    ("i", "order('hold')", "hold the load, or go on"),
    ("I", "order('schedule')", "back to the schedule's load"),
    ("s", "order('start')", "start"),
    ("x", "ask('stop')", "stop (asks)"),
)
_SHOWN = {"plus": "+", "minus": "-", "equals_sign": "="}


class DeskDialog(Dialog[str]):
    """Its result is the action of the dashboard that was chosen."""

    LOW = 30

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key, f"choose({place})", show=False) for place, (key, _, _) in enumerate(_ACTIONS)
    ]

    def __init__(self, group: str, view: Callable[[], RunView | None]) -> None:
        super().__init__(group)
        self._group, self._view = group, view

    def inside(self) -> ComposeResult:
        yield Static(self._figures(), id="figures")
        yield OptionList(
            *(Option(words(f"{_SHOWN.get(key, key):<6} {say(what)}")) for key, _, what in _ACTIONS),
            compact=True,
        )
        yield Static(words(say("enter does it · esc closes")), classes="hint")

    def on_mount(self) -> None:
        self.query_one(OptionList).focus()
        self.set_interval(REPAINT_S, self._paint)

    def _figures(self) -> Content:
        view = self._view()
        return pairs(group_details(view, self._group) if view else [])

    def _paint(self) -> None:
        self.query_one("#figures", Static).update(self._figures(), layout=False)

    def action_choose(self, place: int) -> None:
        self.dismiss(_ACTIONS[place][1])

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.action_choose(event.option_index)
