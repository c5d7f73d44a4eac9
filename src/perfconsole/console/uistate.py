"""What the person at this console has chosen to look at; nothing of the run itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final


class Layout(StrEnum):
    WIDE = "wide"
    """Six charts, groups and events side by side."""
    NARROW = "narrow"
    """One chart, a strip of sparklines, the groups."""
    TINY = "tiny"
    """Numbers only."""


class Page(StrEnum):
    GROUPS = "groups"
    TRANSACTIONS = "transactions"
    SERVERS = "servers"
    ERRORS = "errors"
    VUS = "vus"
    RENDEZVOUS = "rendezvous"
    PLATEAUS = "plateaus"
    GENERATORS = "generators"


GROUP_PAGES: Final = (Page.GROUPS, Page.VUS)
"""Pages whose rows are groups."""
ALL: Final = "all"
"""The row that stands for every group."""

STEPS: Final = (1, 10, 100)
ZOOMS: Final[tuple[float | None, ...]] = (60.0, 300.0, 900.0, 3600.0, None)
"""Widths of the charts in seconds; None is the whole run."""
GROWING: Final = (60.0, 120.0, 180.0, 300.0)
"""Widths that the charts of a young run grow through, until a hand chooses one."""

CURSOR_STEPS: Final = 120
"""Steps of the cursor from one side of a chart to the other."""


@dataclass(frozen=True, slots=True)
class UiState:
    layout: Layout = Layout.WIDE
    page: Page = Page.GROUPS
    group: str = ""
    """Selected group, or ``all``."""
    marked: frozenset[str] = frozenset()
    """Groups marked by hand: while there are any, commands for groups go to these."""
    point: str = ""
    """Selected on the page of rendezvous points."""
    server: str = ""
    """Selected on the page of servers; elsewhere the one nearest to its limits is shown."""
    metric: str = ""
    """Selected on the page of one server."""
    step: int = 10
    chart: int = 1
    """Number of the picked chart, 1 to 6."""
    full: bool = False
    """The picked chart fills the screen."""
    log: frozenset[int] = frozenset()
    """Charts with a logarithmic axis."""
    zoom: float | None = 300.0
    auto: bool = True
    """No hand has zoomed yet: the width grows with the run."""
    cursor: float | None = None
    """Run second; None is now."""
    frozen: bool = False
    log_shown: bool = False
    """On the narrow layout: the events stand where the page stood."""
    viewer: bool = False
    """This console only looks on."""


def layout_of(width: int, height: int) -> Layout:
    if width >= 120 and height >= 34:
        return Layout.WIDE
    return Layout.NARROW if width >= 80 and height >= 18 else Layout.TINY


def stepped(ui: UiState, by: int) -> UiState:
    place = STEPS.index(ui.step) + by
    return replace(ui, step=STEPS[min(max(place, 0), len(STEPS) - 1)])


def zoomed(ui: UiState, by: int, now_s: float) -> UiState:
    """Out (`by` 1) or in (-1), to the next of the fixed widths."""
    if not ui.auto:
        place = ZOOMS.index(ui.zoom) + by
    else:
        width = _grown(now_s)
        smaller = sum(1 for zoom in ZOOMS if zoom is not None and zoom < width)
        place = smaller + (width in ZOOMS) if by > 0 else smaller - 1
    return replace(ui, auto=False, zoom=ZOOMS[min(max(place, 0), len(ZOOMS) - 1)])


def window(ui: UiState, now_s: float) -> tuple[float, float]:
    """First and last run second of the charts; the cursor is always inside."""
    width = ui.zoom
    if ui.auto:
        width = _grown(now_s)
    elif width is None:
        width = max(60.0, now_s)
    end = max(now_s, width)
    start = end - width
    if ui.cursor is not None and ui.cursor < start:
        return ui.cursor, ui.cursor + width
    return start, end


def _grown(now_s: float) -> float:
    return next((width for width in GROWING if now_s <= width), GROWING[-1])


def moved(ui: UiState, by: int, now_s: float) -> UiState:
    """The cursor moved by steps of the window; past now it is at now again."""
    start, end = window(ui, now_s)
    width = max(1.0, round((end - start) / CURSOR_STEPS))
    at = (now_s if ui.cursor is None else ui.cursor) + by * width
    return replace(ui, cursor=None if at >= now_s else max(0.0, at))


def logged(ui: UiState) -> UiState:
    """The picked chart's axis logarithmic, or linear again."""
    return replace(ui, log=ui.log ^ {ui.chart})
