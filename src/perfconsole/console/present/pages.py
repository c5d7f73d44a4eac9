"""The rows of the pages, one page for each kind of thing that a run has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from perfconsole.console.present import openings, plateau_page
from perfconsole.console.present.generators import generator_head, generator_rows
from perfconsole.console.present.kept_exchanges import trace_rows
from perfconsole.console.present.server_rows import server_rows
from perfconsole.console.present.server_standing import Rank, standing
from perfconsole.console.present.shapes import SHAPES
from perfconsole.console.uistate import ALL, GROUP_PAGES, Page, UiState
from perfconsole.console.widgets.table import Cell, Row
from perfconsole.metrics.figures import UNKNOWN, count, percent, three_digits
from perfconsole.metrics.view import GroupView, PointView, RunView
from perfconsole.model.states import GroupState, RunState, VuState
from perfconsole.model.tick import Times
from perfconsole.texts import say

MOST_ROWS = 500


def rows(view: RunView, page: Page, marked: frozenset[str] = frozenset()) -> list[Row]:
    """`marked` are keys of rows that a hand has marked."""
    listed = _ROWS[page](view)
    if marked and page in GROUP_PAGES:
        return [replace(row, marked=True) if row.key in marked else row for row in listed]
    return listed


def absent(view: RunView, page: Page) -> frozenset[str]:
    """Keys of columns that have nothing to say in this run: their room is for others."""
    idle: set[str] = set()
    if page is Page.GROUPS and not view.rendezvous:
        idle.add("rendezvous")
    if page is Page.PLATEAUS:
        return plateau_page.absent_columns(view)
    open_model = any(group.arrivals is not None for group in view.groups.values())
    if page in (Page.GROUPS, Page.TRANSACTIONS) and not open_model:
        idle |= openings.COLUMNS
    return frozenset(idle)


def head(view: RunView, ui: UiState) -> str:  # noqa: PLR0911 - one return per page
    """The page's present totals, at the right of its border."""
    if not view.started_at:
        return ""
    match ui.page:
        case Page.GROUPS | Page.VUS:
            groups = _counted(len(view.groups), "1 group", "{count} groups")
            if marked := len(ui.marked & view.groups.keys()):
                groups += "  " + say("{n} marked", n=marked)
            return groups + "  " + say("step ±{step}", step=ui.step)
        case Page.TRANSACTIONS:
            return say(
                "{passed} passed  {failed} failed",
                passed=count(view.passed), failed=count(view.failed),
            )  # fmt: skip
        case Page.SERVERS:
            return _servers_head(view)
        case Page.ERRORS:
            return _counted(sum(e.count for e in view.errors.values()), "1 error", "{count} errors")
        case Page.RENDEZVOUS:
            return _counted(len(view.rendezvous), "1 point", "{count} points")
        case Page.PLATEAUS:
            return plateau_page.plateau_head(view)
        case Page.GENERATORS:
            return generator_head(view)


def _servers_head(view: RunView) -> str:
    ranks = [standing(server, view.elapsed_s).rank for server in view.servers.values()]
    over = sum(rank in (Rank.OVER, Rank.BREACHED) for rank in ranks)
    parts = [
        _counted(len(ranks), "1 server", "{count} servers"),
        say("{n} over", n=over) if over else "",
        say("{n} unknown", n=ranks.count(Rank.UNKNOWN)) if Rank.UNKNOWN in ranks else "",
    ]
    return "  ".join(filter(None, parts))


def _counted(number: int, one: str, many: str) -> str:
    return say(one) if number == 1 else say(many, count=count(number))


def other_pages(view: RunView, page: Page) -> str:
    """``F2 transactions  F3 servers  F4 errors 214 ...``: the way to the other pages."""
    errors = sum(error.count for error in view.errors.values())
    failed = say("F4 errors {count}", count=count(errors)) if errors else say("F4 errors")
    if view.watches:
        first = say("enter opens a server") if page is Page.SERVERS else say("esc servers")
        names = [first, *((say("F2 transactions"), failed) if view.groups else ())]
        return "  ".join(name for name in names if not name.startswith(SHAPES[page].key))
    names = [
        say("esc groups") if view.groups and page is not Page.GROUPS else "",
        say("F2 transactions"), say("F3 servers"),
        failed,
        say("F5 VUs"), say("F6 rendezvous"), say("F7 plateaus"), say("F8 generators"),
    ]  # fmt: skip
    return "  ".join(n for n in names if n and not n.startswith(SHAPES[page].key or "-"))


# ---------------------------------------------------------------- groups

_STATES: Mapping[GroupState, tuple[str, str]] = {
    GroupState.DOWN: ("down", "dim"),
    GroupState.PENDING: ("pending", "dim"),
    GroupState.INITIALIZING: ("init", "warn"),
    GroupState.RAMPING: ("ramping", ""),
    GroupState.RUNNING: ("running", ""),
    GroupState.PAUSED: ("paused", "warn"),
    GroupState.STOPPING: ("stopping", "warn"),
    GroupState.STOPPED: ("stopped", "dim"),
    GroupState.FINISHED: ("finished", "dim"),
}


def group_state(group: GroupView) -> tuple[str, str]:
    """Its state in words, a hold among them, and the role to write it in."""
    words, role = _STATES[group.state]
    if group.state is GroupState.INITIALIZING and _all_ready(group):
        return say("ready"), ""
    if group.held and group.state in (GroupState.RAMPING, GroupState.RUNNING):
        return say("held"), "warn"
    if group.by_hand and group.state is GroupState.RUNNING:
        return say("by hand"), role
    return say(words), role


def _all_ready(group: GroupView) -> bool:
    """Nobody is still to play its init, or at it."""
    coming = group.states.get(VuState.INITIALIZING, 0) + group.states.get(VuState.PENDING, 0)
    return not coming and group.states.get(VuState.READY, 0) > 0


def _groups(view: RunView) -> list[Row]:
    listed = [_group(view, group) for group in view.groups.values()]
    if len(listed) > 1 and ALL not in view.groups:
        listed.append(_all_groups(view))
    return listed


def _group(view: RunView, group: GroupView) -> Row:
    return Row(
        group.name,
        (
            say("{group}, muted", group=group.name) if group.muted else group.name,
            group_state(group), str(group.vus), str(group.target),
            three_digits(group.iterations_per_s), three_digits(group.tps),
            *_times(group.times), _error_rate(group.tps, group.failed_per_s, view),
            openings.service_cell(group.service), *openings.cells(group), _gathering(view, group),
        ),
    )  # fmt: skip


def _all_groups(view: RunView) -> Row:
    groups = view.groups.values()
    failed = sum(group.failed_per_s for group in groups)
    state: Cell = (say("paused"), "warn") if view.paused else ("", "dim")
    return Row(
        ALL,
        (
            (say("all"), "bold"), state, str(view.vus), str(view.vus_target),
            three_digits(sum(group.iterations_per_s for group in groups)),
            three_digits(sum(group.tps for group in groups)),
            *_times(view.times), _error_rate(sum(g.tps for g in groups), failed, view),
            "", *openings.cells_of_all(view), "",
        ),
    )  # fmt: skip


def _times(times: Times) -> tuple[Cell, ...]:
    return tuple(three_digits(ms) for ms in (times.p50_ms, times.p95_ms, times.p99_ms))


def _error_rate(passed: int, failed: int, view: RunView) -> Cell:
    if not passed + failed:
        return (UNKNOWN, "dim")
    rate = 100 * failed / (passed + failed)
    limit = None if view.pass_rate_limit is None else 100 - view.pass_rate_limit
    text = three_digits(rate)
    return (f"{text}!", "over") if limit is not None and rate > limit + 1e-9 else text


def _gathering(view: RunView, group: GroupView) -> Cell:
    """The rendezvous at which most of the group's VUs wait, and of how many that are there or
    wanted: ``top-up 7/80``."""
    points = [p for p in view.rendezvous.values() if p.waiting.get(group.name)]
    if not points:
        return ""
    point = max(points, key=lambda p: p.waiting[group.name])
    here = point.waiting[group.name]
    if point.needed is None:
        return say("{point} {waiting} wait", point=point.name, waiting=here)
    return f"{point.name} {here}/{max(point.needed, point.total)}"


# ---------------------------------------------------------------- the other pages


def _transactions(view: RunView) -> list[Row]:
    at_rest = view.paused or view.state is RunState.ENDED
    listed = []
    for seen in list(view.transactions.values())[:MOST_ROWS]:
        tried = seen.passed + seen.failed
        rate = 100 * seen.passed / tried if tried else None
        missed = (
            rate is not None and view.pass_rate_limit is not None and rate < view.pass_rate_limit
        )
        times = Times() if at_rest else seen.times
        slow = _over(times.p95_ms, view.response_limit_ms)
        p50, p95, p99 = _times(times)
        cells: tuple[Cell, ...] = (
            seen.name, three_digits(seen.tps), three_digits(seen.failed_per_s),
            p50, (f"{p95}!", "over") if slow else p95, p99,
            "" if at_rest else openings.service_cell(seen.service), three_digits(times.max_ms),
            count(seen.passed), count(seen.failed),
            (percent(rate).removesuffix(" %") + ("!" if missed else ""), "over" if missed else ""),
        )  # fmt: skip
        listed.append(Row(seen.name, cells))
    return listed


def _over(value: float | None, limit: float | None) -> bool:
    return value is not None and limit is not None and value > limit


def _errors(view: RunView) -> list[Row]:
    frequent = sorted(view.errors.values(), key=lambda error: (-error.count, error.key))
    return [
        Row(error.key, (count(error.count), error.key, (error.sample.partition("\n")[0], "dim")))
        for error in frequent[:MOST_ROWS]
    ] + trace_rows(view)


_VU_COLUMNS = (
    (VuState.DOWN,), (VuState.PENDING,), (VuState.INITIALIZING,), (VuState.READY,),
    (VuState.RUNNING,), (VuState.RENDEZVOUS,), (VuState.PAUSED,),
    (VuState.GRADUAL_EXITING, VuState.EXITING), (VuState.PASSED,), (VuState.FAILED,),
    (VuState.ERROR,), (VuState.STOPPED,),
)  # fmt: skip


def _vus(view: RunView) -> list[Row]:
    def row(key: str, name: Cell, groups: list[GroupView]) -> Row:
        counts = [
            sum(group.states.get(state, 0) for group in groups for state in states)
            for states in _VU_COLUMNS
        ]
        return Row(key, (name, *(str(n) if n else ("0", "dim") for n in counts)))

    listed = [row(group.name, group.name, [group]) for group in view.groups.values()]
    if len(listed) > 1 and ALL not in view.groups:
        listed.append(row(ALL, (say("all"), "bold"), list(view.groups.values())))
    return listed


def _points(view: RunView) -> list[Row]:
    return [
        Row(
            point.name,
            (
                _point_name(point),
                str(point.total), UNKNOWN if point.needed is None else str(point.needed),
                _gauge(point), point.policy, str(point.releases), three_digits(point.spread_ms_max),
                ", ".join(f"{group} {n}" for group, n in point.waiting.items() if n),
            ),
        )
        for point in view.rendezvous.values()
    ]  # fmt: skip


def _point_name(point: PointView) -> Cell:
    if not point.on:
        return (say("{point} (off)", point=point.name), "dim")
    if point.off:
        return say("{point} (off for {groups})", point=point.name, groups=", ".join(point.off))
    return point.name


def _gauge(point: PointView) -> str:
    """How full it is, in ten cells."""
    if not point.needed:
        return ""
    full = min(10, round(10 * point.total / point.needed))
    return "█" * full + "·" * (10 - full)


_ROWS: Mapping[Page, Callable[[RunView], list[Row]]] = {
    Page.GROUPS: _groups,
    Page.TRANSACTIONS: _transactions,
    Page.SERVERS: server_rows,
    Page.ERRORS: _errors,
    Page.VUS: _vus,
    Page.RENDEZVOUS: _points,
    Page.PLATEAUS: plateau_page.plateau_rows,
    Page.GENERATORS: generator_rows,
}
