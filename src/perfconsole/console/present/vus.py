"""The list of a group's VUs: rows, and what there is to say about one."""

from __future__ import annotations

from perfconsole.console.widgets.table import Cell, Column, Row
from perfconsole.metrics.figures import count
from perfconsole.metrics.vu_words import step_words
from perfconsole.model.states import VuState
from perfconsole.model.vu_page import VuLine, VuPage
from perfconsole.texts import say, some_vus

WIDTH = 12
"""Of a state: ``gradual exit`` of ``gradual exiting``."""
COLUMNS = (
    Column("vu", say("VU"), 8, "left"),
    Column("state", say("state"), WIDTH, "left"),
    Column("step", say("step"), 12, "left", flex=True),
    Column("iterations", say("iter."), 7),
    Column("failed", say("failed"), 6, drop=1),
    Column("error", say("last error"), 15, "left", flex=True),
)
_ROLES = {
    VuState.RUNNING: "good", VuState.RENDEZVOUS: "warn", VuState.PAUSED: "warn",
    VuState.ERROR: "warn", VuState.DOWN: "dim", VuState.STOPPED: "dim", VuState.PASSED: "dim",
}  # fmt: skip


def vu_rows(page: VuPage) -> list[Row]:
    return [_row(vu) for vu in page.vus]


def vu_head(page: VuPage) -> str:
    return some_vus(page.total)


def vu_details(vu: VuLine) -> list[tuple[str, str]]:
    return [
        (say("state"), _state(vu.state)),
        (say("step"), step_words(vu) or say("between iterations")),
        (say("iterations"), say("{all}, {failed} of them failed",
                                all=count(vu.iterations), failed=count(vu.failed))),
        (say("last error"), vu.last_error or say("none")),
    ]  # fmt: skip


def _row(vu: VuLine) -> Row:
    cells: tuple[Cell, ...] = (
        vu.id, (_state(vu.state)[:WIDTH], _ROLES.get(vu.state, "")), step_words(vu),
        count(vu.iterations), count(vu.failed) if vu.failed else ("0", "dim"), vu.last_error,
    )  # fmt: skip
    return Row(vu.id, cells)


def _state(state: VuState) -> str:
    return say(state.value.replace("_", " "))
