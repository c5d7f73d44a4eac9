"""The help screen: every key, and how to read what is shown. Made from the table of keys."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from perfconsole.console.keys import KEYS, Section
from perfconsole.console.screens.dialogs import Dialog, words
from perfconsole.console.widgets import glyphs
from perfconsole.texts import say

READING = (
    "Red, ! and ▲ mark what is over its limit, and nothing else; dashed lines are the limits.",
    "– is unknown, never 0. A hatched stretch is a pause. Times of events are the clock's.",
    "A stretch marked !!! is in doubt: the load generator was the bottleneck.",
    "TPS are transactions a second; percentiles are of passed ones.",
    "A group with a rate: times count from when an arrival was due, svc p95 from when it began;",
    "waiting arrivals found no VU free, dropped ones are given up; + and - change the ceiling.",
    "A server's page (F3, enter): j k metric, e chart, t limit, C s snapshots, tab next, esc back.",
    "d, q and a closed terminal leave the run going (a demo ends after 60 s without anyone).",
    "Only X, and q with “stop the run”, end it.",
)
TWO_COLUMNS = 120
"""Cells from which the keys stand in two columns."""


class HelpDialog(Dialog[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,q,enter,space", "cancel", show=False)
    ]

    def __init__(self) -> None:
        super().__init__(say("Help"))

    def inside(self) -> ComposeResult:
        with VerticalScroll():
            with Container(classes="columns"):
                yield Static(_sections(Section.LOAD, Section.STEERING))
                yield Static(_sections(Section.CHARTS, Section.PANELS, Section.RUN))
            yield Static(words("\n".join(say(line) for line in READING)), classes="reading")
        yield Static(words(say("esc closes")), classes="hint")

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width >= TWO_COLUMNS, "-two")


def _sections(*sections: Section) -> Content:
    blocks = [Content("\n").join(_section(section)) for section in sections]
    return Content("\n\n").join(blocks)


def _section(section: Section) -> list[Content]:
    lines = [Content.styled(say(section.value), "bold $primary")]
    for key in KEYS:
        if key.section is section:
            shown = glyphs.current().plain(key.shown)
            pad = " " * max(1, 9 - cell_len(shown))
            lines.append(Content.assemble((shown + pad, "bold"), words(say(key.help))))
    return lines
