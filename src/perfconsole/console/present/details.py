"""What there is to say about one row: label and value, a line each."""

from __future__ import annotations

from perfconsole.console.present import openings
from perfconsole.console.present.generators import generator_details
from perfconsole.console.present.kept_exchanges import ROW, trace_details, traced_like, traced_of
from perfconsole.console.present.pages import group_state
from perfconsole.console.present.plateau_page import plateau_details
from perfconsole.console.uistate import ALL, Page
from perfconsole.metrics.figures import count, milliseconds, percent, three_digits
from perfconsole.metrics.view import GroupView, Line, PointView, RunView, SnapshotView
from perfconsole.model.states import VuState
from perfconsole.model.tick import Times
from perfconsole.texts import say

Lines = list[tuple[str, str]]

_VU_WORDS = {state: state.value.replace("_", " ") for state in VuState}


def details(view: RunView, page: Page, key: str) -> Lines:  # noqa: PLR0911 - one for each page
    """Of a row of a page; empty when it is there no more."""
    match page:
        case Page.SERVERS:  # they have pages of their own
            return []
        case Page.GROUPS | Page.VUS:
            return group_details(view, key)
        case Page.TRANSACTIONS:
            return _transaction(view, key)
        case Page.ERRORS:
            return trace_details(view, key) if key.startswith(ROW) else _error(view, key)
        case Page.RENDEZVOUS:
            return _point(view, key)
        case Page.PLATEAUS:
            return plateau_details(view, key)
        case Page.GENERATORS:
            return generator_details(view, key)


def title(page: Page, key: str) -> str:
    """What a row's details are headed by."""
    if page is Page.GENERATORS:
        return say("injector {n}", n=key)
    if page is Page.PLATEAUS:
        return say("plateau {n}", n=key)
    if page is Page.ERRORS and key.startswith(ROW):
        return say("kept of {group}", group=key.removeprefix(ROW))
    return key


def exchange(view: RunView, page: Page, key: str) -> str:
    """Of an error the first failing request and its answer, and those that traces have kept; all
    of a traced group. Empty when none is known."""
    if page is not Page.ERRORS:
        return ""
    if key.startswith(ROW):
        return traced_of(view, key)
    error = view.errors.get(key)
    first = error.exchange if error else ""
    return "\n\n".join(filter(None, (first, traced_like(view, key))))


def group_details(view: RunView, key: str) -> Lines:
    """State, VUs by state and figures of a group, or of all together."""
    if key == ALL and ALL not in view.groups:
        groups, times = list(view.groups.values()), view.times
    else:
        groups = [group for group in view.groups.values() if group.name == key]
        times = groups[0].times if groups else Times()
    if not groups:
        return []
    lines: Lines = []
    if len(groups) == 1:
        lines.append((say("state"), _steered(groups[0])))
    passed, failed = sum(g.passed for g in groups), sum(g.failed for g in groups)
    tried = passed + failed
    iterations = say(
        "{count}, {rate} a second",
        count=count(sum(g.iterations for g in groups)),
        rate=three_digits(sum(g.iterations_per_s for g in groups)),
    )
    transactions = say(
        "{passed} passed, {failed} failed; pass rate {rate}",
        passed=count(passed), failed=count(failed),
        rate=percent(100 * passed / tried if tried else None),
    )  # fmt: skip
    return [
        *lines,
        (say("VUs"), say("{vus} of {target} wanted, {planned} planned",
                         vus=sum(g.vus for g in groups), target=sum(g.target for g in groups),
                         planned=sum(g.planned for g in groups))),
        (say("by state"), _states(groups)),
        *openings.group_lines(groups),
        *_by_hand(groups),
        (say("iterations"), iterations),
        (say("transactions"), transactions),
        *_times_in_short(times),
        *openings.service_lines(groups[0].service if len(groups) == 1 else None),
    ]  # fmt: skip


def event_details(line: Line) -> Lines:
    return [(say("kind"), line.kind), (say("event"), line.text)]


def snapshot_told(view: RunView | None, line: Line) -> SnapshotView | None:
    """The snapshot that an event tells of."""
    headings = view.snapshots if view is not None else []
    return next((each for each in headings if each.seq == line.seq), None)


def _by_hand(groups: list[GroupView]) -> Lines:
    """What hands have set, where it is not as it always is."""
    factors = sorted({group.think_factor for group in groups})
    lines: Lines = []
    if factors != [1.0]:
        lines.append((say("think time"), ", ".join(f"× {factor:g}" for factor in factors)))
    if muted := [group.name for group in groups if group.muted]:
        names = "" if len(groups) == 1 else f": {', '.join(muted)}"
        lines.append((say("muted"), say("raises no alarm") + names))
    return lines


def _steered(group: GroupView) -> str:
    words = group_state(group)[0]
    if group.by_hand and not group.held:
        return say("by hand: its schedule waits, I goes back to it")
    return words


def _states(groups: list[GroupView]) -> str:
    counts = {state: sum(group.states.get(state, 0) for group in groups) for state in VuState}
    return ", ".join(f"{say(_VU_WORDS[s])} {n}" for s, n in counts.items() if n) or say("none yet")


def _times(times: Times) -> Lines:
    return [
        (say("mean"), milliseconds(times.mean_ms)),
        ("p50", milliseconds(times.p50_ms)),
        ("p90", milliseconds(times.p90_ms)),
        ("p95", milliseconds(times.p95_ms)),
        ("p99", milliseconds(times.p99_ms)),
        (say("slowest"), milliseconds(times.max_ms)),
    ]


def _times_in_short(times: Times) -> Lines:
    """Two lines: a desk fits a screen of 24."""
    low = say("mean {mean}, p50 {p50}, p90 {p90}", mean=milliseconds(times.mean_ms),
              p50=milliseconds(times.p50_ms), p90=milliseconds(times.p90_ms))  # fmt: skip
    high = say("p95 {p95}, p99 {p99}, slowest {slowest}", p95=milliseconds(times.p95_ms),
               p99=milliseconds(times.p99_ms), slowest=milliseconds(times.max_ms))  # fmt: skip
    return [(say("response time"), low), ("", high)]


def _transaction(view: RunView, key: str) -> Lines:
    seen = view.transactions.get(key)
    if seen is None:
        return []
    tried = seen.passed + seen.failed
    return [
        (say("passed"), count(seen.passed)),
        (say("failed"), count(seen.failed)),
        (say("pass rate"), percent(100 * seen.passed / tried if tried else None)),
        (say("last second"), say("{tps} passed, {failed} failed",
                                 tps=seen.tps, failed=seen.failed_per_s)),
        *_times(seen.times),
        *openings.service_lines(seen.service),
    ]  # fmt: skip


def _error(view: RunView, key: str) -> Lines:
    error = view.errors.get(key)
    if error is None:
        return []
    counted = (say("count"), count(error.count))
    if error.exchange:
        return [counted, (say("first one"), "")]
    sample = error.sample.splitlines() or [say("no sample")]
    return [
        counted,
        *((say("sample") if n == 0 else "", line) for n, line in enumerate(sample)),
        (say("exchange"), say("in the JSON report")),
    ]


def _point(view: RunView, key: str) -> Lines:
    point = view.rendezvous.get(key)
    if point is None:
        return []
    waiting = ", ".join(f"{group} {n}" for group, n in point.waiting.items() if n)
    return [
        (say("policy"), point.policy),
        (say("state"), _switched(point)),
        (say("waiting"), waiting or say("nobody")),
        (say("needed"), say("a hand releases") if point.needed is None else str(point.needed)),
        (say("releases"), str(point.releases)),
        (say("widest spread"), milliseconds(point.spread_ms_max)),
    ]


def _switched(point: PointView) -> str:
    if not point.on:
        return say("off")
    return say("on, off for {groups}", groups=", ".join(point.off)) if point.off else say("on")
