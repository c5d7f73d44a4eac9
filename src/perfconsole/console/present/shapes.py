"""What of the pages never changes: their titles, columns and words for being empty."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from perfconsole.console.present import server_rows
from perfconsole.console.uistate import Page
from perfconsole.console.widgets.table import Column
from perfconsole.texts import say


@dataclass(frozen=True, slots=True)
class PageShape:
    """What of a page never changes."""

    title: str
    key: str
    columns: tuple[Column, ...]
    empty: str


def _figures(*columns: tuple[str, int, int]) -> tuple[Column, ...]:
    """Right-aligned columns of key (its own title), width and drop."""
    return tuple(Column(title, say(title), width, drop=drop) for title, width, drop in columns)


_TIMES = _figures(("p50 ms", 6, 4), ("p95 ms", 6, 0), ("p99 ms", 6, 5))

SHAPES: Mapping[Page, PageShape] = {
    Page.GROUPS: PageShape(
        say("Groups"), "",
        (
            Column("group", say("group"), 10, "left", flex=True),
            Column("state", say("state"), 8, "left"),
            *_figures(("VUs", 5, 0), ("target", 6, 1), ("iter/s", 6, 6), ("TPS", 5, 0)),
            *_TIMES,
            *_figures(("err %", 6, 0), ("svc p95", 7, 2)),
            *_figures(("rate/s", 6, 0), ("waiting", 7, 0), ("dropped", 8, 0)),
            Column("rendezvous", say("rendezvous"), 14, "left", drop=3),
        ),
        say("no groups: this run watches servers only"),
    ),
    Page.TRANSACTIONS: PageShape(
        say("Transactions"), "F2",
        (
            Column("name", say("transaction"), 16, "left", flex=True),
            *_figures(("TPS", 5, 0), ("failed/s", 8, 3)),
            *_TIMES,
            *_figures(("svc p95", 7, 1), ("max ms", 6, 4)),
            *_figures(("passed", 9, 2), ("failed", 7, 0), ("pass %", 6, 0)),
        ),
        say("no transaction yet"),
    ),
    Page.SERVERS: PageShape(
        say("Servers"), "F3",
        server_rows.COLUMNS,
        say('no servers in this run: name them under "servers:" in the scenario, '
            'or beside it: perfconsole watch HOST'),
    ),
    Page.ERRORS: PageShape(
        say("Errors"), "F4",
        (
            *_figures(("count", 9, 0)),
            Column("key", say("error"), 30, "left", flex=True),
            Column("sample", say("first sample"), 40, "left", drop=1),
        ),
        say("no errors so far"),
    ),
    Page.VUS: PageShape(
        say("VU states"), "F5",
        (
            Column("group", say("group"), 12, "left", flex=True),
            *_figures(
                ("down", 5, 4), ("pending", 7, 4), ("init", 5, 5), ("ready", 5, 1),
                ("running", 7, 0), ("rendezv.", 8, 0), ("paused", 6, 0), ("exiting", 7, 2),
                ("passed", 6, 3), ("failed", 6, 0), ("error", 5, 0), ("stopped", 7, 3),
            ),
        ),
        say("no groups: this run watches servers only"),
    ),
    Page.RENDEZVOUS: PageShape(
        say("Rendezvous"), "F6",
        (
            Column("point", say("point"), 12, "left", flex=True),
            *_figures(("waiting", 8, 0), ("needed", 8, 0)),
            Column("gauge", "", 10, "left", drop=2),
            Column("policy", say("policy"), 20, "left", drop=3),
            *_figures(("releases", 8, 1), ("spread ms", 9, 4)),
            Column("groups", say("waiting by group"), 20, "left", drop=5),
        ),
        say("no rendezvous in this scenario"),
    ),
    Page.PLATEAUS: PageShape(
        say("Plateaus"), "F7",
        (
            Column("number", say("no."), 3),
            *_figures(
                ("VUs", 5, 0), ("rate/s", 6, 0), ("TPS", 5, 0), ("err %", 6, 0),
                ("p50 ms", 6, 5), ("p95 ms", 6, 0), ("p99 ms", 6, 6),
            ),
            Column("cpu", say("CPU % /peak"), 11, "left", drop=2),
            Column("memory", say("mem % /peak"), 11, "left", drop=7),
            Column("stretch", say("from–until"), 11, "left", drop=4),
            Column("end", say("ended by"), 13, "left", flex=True, drop=3),
        ),
        say("no plateau yet: a stretch of steady load, once it has settled"),
    ),
    Page.GENERATORS: PageShape(
        say("Load generators"), "F8",
        (
            Column("injector", say("process"), 11, "left"),
            *_figures(
                ("CPU %", 6, 0), ("lag ms", 7, 0), ("GC ms", 6, 4), ("MB", 6, 0),
                ("peak MB", 7, 3), ("sockets left", 12, 1), ("requests/s", 10, 5),
            ),
            Column("state", say("state"), 10, "left", flex=True),
        ),
        say("no load generator has ticked yet"),
    ),
}  # fmt: skip
