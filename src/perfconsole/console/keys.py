"""Every key of the dashboard in one table: bindings, help, footer and palette come from it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Section(StrEnum):
    LOAD = "Load"
    STEERING = "Steering"
    CHARTS = "Charts"
    PANELS = "Panels and pages"
    RUN = "Run and console"


class Footer(StrEnum):
    """On which layouts a key stands in the line of keys."""

    NEVER = ""
    WIDE = "wide"
    NARROW = "narrow"
    BOTH = "wide narrow"
    WATCH = "watch"
    """On both, where there is no load to steer."""


@dataclass(frozen=True, slots=True)
class Key:
    binds: tuple[tuple[str, str], ...]
    """Pairs of key, as Textual names it, and action of the dashboard."""
    shown: str
    """The keys as a person reads them."""
    help: str
    section: Section
    short: str = ""
    """Its word in the line of keys."""
    footer: Footer = Footer.NEVER
    in_palette: bool = True

    @property
    def compact(self) -> str:
        """``+/-`` for ``+ -``; brackets stay apart."""
        first, _, second = self.shown.partition(" ")
        return f"{first}/{second}" if second and first not in "[{" else self.shown


_LOAD = (
    Key(
        (("plus", "order('more')"), ("minus", "order('fewer')")), "+ -",
        "more or fewer VUs in what is selected, by the step",
        Section.LOAD, "VUs", Footer.BOTH, in_palette=False,
    ),
    Key(
        (("left_curly_bracket", "step(-1)"), ("right_curly_bracket", "step(1)")), "{ }",
        "step of + and -: 1, 10, 100", Section.LOAD, in_palette=False,
    ),
    Key(
        (("equals_sign", "ask('vus')"),), "=",
        "VUs or rate to a number, at once or over a time",
        Section.LOAD, "to", Footer.WIDE,
    ),
    Key(
        (("space", "order('pause')"),), "space", "pause or resume the selected group",
        Section.LOAD, "pause", Footer.BOTH,
    ),
    Key(
        (("ctrl+x", "pause_all"),), "ctrl+x", "pause everything at once; again asks how to resume",
        Section.LOAD,
    ),
    Key(
        (("i", "order('hold')"),), "i", "hold the load here; again to go on from here",
        Section.LOAD, "hold", Footer.WIDE,
    ),
    Key(
        (("I", "order('schedule')"),), "I", "after a change by hand: back to the schedule's load",
        Section.LOAD,
    ),
    Key(
        (("s", "order('start')"),), "s", "start the selected group",
        Section.LOAD, "start", Footer.WIDE,
    ),
    Key(
        (("x", "ask('stop')"),), "x", "stop the selected group (asks)",
        Section.LOAD, "stop", Footer.WIDE,
    ),
    Key(
        (("p", "ask('resume')"),), "p", "resume the selected group, spread over a time",
        Section.LOAD,
    ),
    Key((("S", "order('initialize')"),), "S", "initialize: play init, wait for s", Section.LOAD),
    Key((("t", "ask('think')"),), "t", "think times by a factor", Section.LOAD),
    Key(
        (("E", "ask('schedule')"),), "E", "edit what remains of the group's schedule",
        Section.LOAD, "schedule", Footer.WIDE,
    ),
    Key(
        (("m", "mark"),), "m", "mark a group: these keys then go to the marked ones",
        Section.LOAD,
    ),
)  # fmt: skip

_STEERING = (
    Key(
        (("R", "ask('release')"),), "R", "release a rendezvous: all, or some at a time",
        Section.STEERING, "release", Footer.BOTH,
    ),
    Key((("O", "ask('switch')"),), "O", "rendezvous on or off, also per group", Section.STEERING),
    Key((("P", "ask('policy')"),), "P", "policy: what a rendezvous waits for", Section.STEERING),
    Key(
        (("a", "ask('group')"),), "a", "add a group: a flow, or a pasted curl command",
        Section.STEERING,
    ),
    Key(
        (("v", "ask('trace')"),), "v", "trace: keep the next exchanges of the group",
        Section.STEERING,
    ),
    Key((("M", "order('mute')"),), "M", "mute the group's alarms, and back", Section.STEERING),
    Key(
        (("less_than_sign", "ask('limit')"),), "<", "another limit: of servers, of objectives",
        Section.STEERING, "limit", Footer.WATCH,
    ),
    Key((("w", "ask('duration')"),), "w", "when the run ends: later, earlier", Section.STEERING),
    Key(
        (("u", "order('undo')"), ("ctrl+z", "order('undo')")), "u", "undo the last change",
        Section.STEERING, "undo", Footer.WIDE,
    ),
    Key(
        (("C", "order('snapshot')"),), "C",
        "capture what runs on the servers now (on F3: the one)",
        Section.STEERING, "snapshot", Footer.WATCH,
    ),
    Key(
        (("n", "ask('note')"),), "n", "add a note to the run",
        Section.STEERING, "note", Footer.BOTH,
    ),
    Key((("X", "ask('stop_run')"),), "X", "stop the run (asks)", Section.STEERING),
)  # fmt: skip

_CHARTS = (
    Key(
        tuple((str(n), f"pick({n})") for n in range(1, 7)), "1–6", "pick a chart",
        Section.CHARTS, in_palette=False,
    ),
    Key((("e", "full"),), "e", "the picked chart on the full screen, and back", Section.CHARTS),
    Key(
        (("f", "freeze"),), "f", "freeze the view; the run goes on",
        Section.CHARTS, "freeze", Footer.WIDE,
    ),
    Key(
        (("left_square_bracket", "zoom(1)"), ("right_square_bracket", "zoom(-1)")), "[ ]",
        "zoom out and in: 1 m, 5 m, 15 m, 1 h, all",
        Section.CHARTS, "zoom", Footer.WIDE, in_palette=False,
    ),
    Key(
        (("h", "cursor(-1)"), ("l", "cursor(1)"), ("left", "cursor(-1)"), ("right", "cursor(1)")),
        "h l", "move the cursor over the charts",
        Section.CHARTS, "cursor", Footer.WIDE, in_palette=False,
    ),
    Key(
        (("H", "cursor(-10)"), ("L", "cursor(10)")), "H L", "the same, ten times as far",
        Section.CHARTS, in_palette=False,
    ),
    Key((("0", "now"),), "0", "cursor back to now", Section.CHARTS),
    Key((("y", "log"),), "y", "logarithmic axis for the picked chart, and back", Section.CHARTS),
)  # fmt: skip

_PAGES = (
    ("f2", "transactions", "F2", "page of transactions"),
    ("f3", "servers", "F3", "page of servers"),
    ("f4", "errors", "F4", "page of errors"),
    ("f5", "vus", "F5", "page of VU states by group; enter lists its VUs"),
    ("f6", "rendezvous", "F6", "page of rendezvous points"),
    ("f7", "plateaus", "F7", "page of plateaus: figures at each steady load"),
    ("f8", "generators", "F8", "page of load generators"),
)

_PANELS = (
    *(
        Key(((key, f"page('{page}')"),), shown, words, Section.PANELS)
        for key, page, shown, words in _PAGES
    ),
    Key(
        (("j", "move(1)"), ("k", "move(-1)"), ("down", "move(1)"), ("up", "move(-1)")), "j k g G",
        "move in the panel; arrows and mouse do it too", Section.PANELS, in_palette=False,
    ),
    Key(
        (), "enter", "desk of the group, VUs (F5), a server's page (F3), details",
        Section.PANELS, "desk", Footer.NARROW, in_palette=False,
    ),
    Key((("tab", "next_panel"), ("shift+tab", "next_panel")), "tab", "next panel", Section.PANELS),
    Key((("slash", "filter"),), "/", "filter the panel", Section.PANELS, "filter", Footer.WIDE),
    Key((("escape", "back"),), "esc", "back", Section.PANELS, in_palette=False),
    Key((("c", "copy"),), "c", "copy the selected row", Section.PANELS),
)  # fmt: skip

_RUN = (
    Key((("question_mark", "help"),), "?", "this help", Section.RUN, "help", Footer.BOTH),
    Key((), "ctrl+p", "palette: find a command by its name", Section.RUN, in_palette=False),
    Key((("o", "picture"),), "o", "save a picture of the screen in this folder", Section.RUN),
    Key((("T", "theme"),), "T", "dark or light", Section.RUN),
    Key(
        (("d", "detach"),), "d", "detach at once: the run goes on (as ctrl+c)",
        Section.RUN, "detach", Footer.BOTH,
    ),
    Key(
        (("q", "quit"),), "q", "quit: leave it running, stop it, or stay",
        Section.RUN, "quit", Footer.BOTH,
    ),
)  # fmt: skip

KEYS: tuple[Key, ...] = (*_LOAD, *_STEERING, *_CHARTS, *_PANELS, *_RUN)


def footer(layout: Footer, watches: bool = False) -> tuple[Key, ...]:
    """The keys that stand in the line of keys of a layout; `watches`: of a run without load."""
    lines = {layout.value, Footer.WATCH.value} if watches else {layout.value}
    return tuple(key for key in KEYS if lines & set(key.footer.value.split()))
