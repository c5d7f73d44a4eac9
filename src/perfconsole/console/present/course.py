"""The schedule on the timeline: the stages of all groups' loads, those that were and those to come.

A group's plan stands still while it is paused or held and while a hand has its load; so what is to
come moves on with the clock, and what has been stays where it was.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from perfconsole.metrics.parts import CoursePoint, GroupView
from perfconsole.metrics.view import RunView
from perfconsole.model.rate import rate_text
from perfconsole.model.states import GroupState
from perfconsole.texts import say

HOLD, RAMP, SPIKE = "hold", "to", "spike"
NEAREST = 0.01
"""Changes nearer to each other than this share of the line are one."""
MOST_EDGES = 60
"""Of the planned curve in a chart."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stage of one group in run seconds."""

    kind: str
    start_s: float
    end_s: float
    """Infinite for the last load."""
    before: float
    """The load at its start."""
    after: float
    most: float

    def at(self, second: float) -> float:
        """The load, as if it went straight from start to end."""
        if math.isinf(self.end_s) or self.end_s <= self.start_s:
            return self.after
        share = (second - self.start_s) / (self.end_s - self.start_s)
        return self.before + (self.after - self.before) * min(max(0.0, share), 1.0)


def plan_age_s(group: GroupView, now_s: float) -> float | None:
    """How old a group's plan is; None when it was never started, or is not known yet."""
    if not group.course:
        return None
    last = group.course[-1]
    return last.course_s + (max(0.0, now_s - last.at_s) if last.moving else 0.0)


def planned_vus(view: RunView, until_s: float) -> list[tuple[float, float | None]]:
    """VUs that the schedules of all groups come to next: run seconds and load, from now on.

    Two of the same second are a jump; None where nobody can say. Empty when nothing is to change.
    """
    now_s = view.elapsed_s
    closed = [
        (group, [_from_now(group, each, now_s) for each in _stretches(group, now_s)])
        for group in view.groups.values()
        if not group.open
    ]
    to_come = {edge for _, course in closed for edge in _edges(course) if edge > now_s}
    if not to_come or until_s <= now_s:
        return []
    nearest_s = (until_s - now_s) / MOST_EDGES
    edges = list(_thinned(sorted(edge for edge in to_come if edge < until_s), nearest_s))
    ceilings = sum(group.target for group in view.groups.values() if group.open)
    moments: list[tuple[float, float | None]] = []
    for start_s, end_s in pairwise([now_s, *edges, until_s]):
        for moment in (start_s, end_s):
            loads = [_load_in(group, course, start_s, end_s, moment) for group, course in closed]
            known = [load for load in loads if load is not None]
            moments.append((moment, ceilings + sum(known) if len(known) == len(loads) else None))
    return moments


def _from_now(group: GroupView, stretch: Stretch, now_s: float) -> Stretch:
    """A ramp under way goes on from the load there is: a hand may have moved it."""
    if stretch.kind == RAMP and stretch.start_s <= now_s < stretch.end_s:
        return replace(stretch, start_s=now_s, before=group.target)
    return stretch


def _load_in(
    group: GroupView, course: list[Stretch], start_s: float, end_s: float, moment: float
) -> float | None:
    """A group's VUs at one end of a stretch in which its plan has no edge."""
    middle = (start_s + end_s) / 2
    here = next((each for each in course if each.start_s <= middle < each.end_s), None)
    if here is None:
        return 0.0 if course else float(group.target)
    if here.kind == SPIKE:
        return here.most
    return here.at(moment) if here.kind in (HOLD, RAMP) else None


def planned_spans(view: RunView, until_s: float | None) -> list[tuple[str, str, float, float]]:
    """What the timeline shows, up to the end of the run where that is known.

    Kind, label, begin and end in run seconds.
    """
    courses = [(group, list(_stretches(group, view.elapsed_s))) for group in view.groups.values()]
    changes = sorted({edge for _, course in courses for edge in _edges(course)})
    if not changes:
        return []
    end_s = until_s
    if end_s is None:
        # What stays for good is seen to stay a little.
        stays = any(course and course[-1].after for _, course in courses)
        end_s = max(view.elapsed_s, changes[-1] * (1.1 if stays else 1.0))
    edges = [*_apart(changes, end_s), end_s]
    labelled = [(_label(courses, start, end), start, end) for start, end in pairwise(edges)]
    spans = []
    for label, alike in groupby(labelled, key=lambda stretch: stretch[0]):
        (_, start, end), *more = alike
        if label:
            spans.append(("plan", label, start, more[-1][2] if more else end))
    return spans


def _edges(course: list[Stretch]) -> Iterator[float]:
    for stretch in course:
        if stretch.start_s < stretch.end_s:
            yield stretch.start_s
            if math.isfinite(stretch.end_s):
                yield stretch.end_s


def _apart(changes: list[float], end_s: float) -> Iterator[float]:
    return _thinned((change for change in changes if change < end_s), NEAREST * end_s)


def _thinned(changes: Iterable[float], nearest_s: float) -> Iterator[float]:
    """Ascending moments, less those nearer than that to the one before."""
    before = -math.inf
    for change in changes:
        if change - before > nearest_s:
            yield change
            before = change


def _stretches(group: GroupView, now_s: float) -> Iterator[Stretch]:
    """A group's stages; nothing of one that was never started."""
    if not group.course or not group.stages:
        return
    start_s, load = _moment(group.course, 0.0, now_s), 0.0
    for stage in group.stages:
        end_s = _moment(group.course, stage.end_s, now_s)
        if end_s > now_s and _waits(group):
            yield _stands(group, start_s, now_s)
            return
        yield Stretch(stage.kind, start_s, end_s, load, stage.load, stage.most)
        start_s, load = end_s, stage.load
    if _waits(group):
        yield _stands(group, start_s, now_s)
    elif load:
        yield Stretch(HOLD, start_s, math.inf, load, load, load)


def _waits(group: GroupView) -> bool:
    """What its plan has for it does not come before a hand says so."""
    over = (GroupState.STOPPING, GroupState.STOPPED, GroupState.FINISHED)
    return group.held or group.by_hand or group.state in over


def _stands(group: GroupView, start_s: float, now_s: float) -> Stretch:
    """The load that a hand has given it, for as long as anybody knows."""
    load = group.arrivals.rate if group.open and group.arrivals is not None else group.target
    return Stretch(HOLD, min(start_s, now_s), math.inf, load, load, load)


def _moment(course: list[CoursePoint], plan_s: float, now_s: float) -> float:
    """The run second at which a plan was, or will be, `plan_s` seconds old."""
    for point, following in pairwise(course):
        passed_s = following.at_s - point.at_s if point.moving else 0.0
        if plan_s <= point.course_s + passed_s:
            return max(0.0, point.at_s + plan_s - point.course_s)
    last = course[-1]
    if last.moving or plan_s <= last.course_s:
        return max(0.0, last.at_s + plan_s - last.course_s)
    return now_s + plan_s - last.course_s


def _label(courses: list[tuple[GroupView, list[Stretch]]], start: float, end: float) -> str:
    """What the load of all groups does in a stretch of time: ``ramp 200``, ``hold 340``."""
    middle = (start + end) / 2
    here = [
        (group.open, stretch)
        for group, course in courses
        for stretch in course
        if stretch.start_s <= middle < stretch.end_s
    ]
    changing = [(is_open, each) for is_open, each in here if each.kind != HOLD]
    # In VUs, unless it is rates alone that there are or that change.
    rates = all(is_open for is_open, _ in changing or here)
    counted = [each for is_open, each in here if is_open == rates]
    special = next((each for _, each in changing if each.kind != RAMP), None)
    if special is not None:
        most = f" {_load(special.most, rates)}" if len(counted) == 1 else ""
        return say(special.kind) + most
    first, last = (sum(each.at(moment) for each in counted) for moment in (start, end))
    if not changing:
        return say("hold {load}", load=_load(last, rates)) if last else ""
    if last >= first:
        return say("ramp {load}", load=_load(last, rates))
    return say("ramp down to {load}", load=_load(last, rates)) if last else say("ramp down")


def _load(load: float, rates: bool) -> str:
    return rate_text(load) if rates else f"{load:,.0f}"
