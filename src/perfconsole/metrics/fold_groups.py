"""How a group's steered state changes a `RunView`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfconsole.metrics.parts import Band, CoursePoint, GroupView
from perfconsole.model import event as ev
from perfconsole.model.states import GroupState

if TYPE_CHECKING:
    from perfconsole.metrics.view import RunView

BANDS = 200
PAUSE = "pause"
COURSE_POINTS = 100
NEAR_S = 0.1
_MOVING = frozenset({GroupState.PENDING, GroupState.RAMPING, GroupState.RUNNING})
"""States in which time passes in a group's plan."""
_UNDER_WAY = _MOVING | {GroupState.PAUSED}


def planned_group(group: ev.GroupInfo) -> GroupView:
    return GroupView(
        group.name, group.flow, group.vus, stages=group.stages, open=group.open, points=group.points
    )


def fold_group(view: RunView, event: ev.GroupChanged) -> None:
    group = view.groups.setdefault(event.name, GroupView(event.name, event.name, 0))
    at = max(0.0, event.at - view.started_at)
    _course(group, event, at)
    group.state, group.target = event.state, event.target
    group.held, group.by_hand = event.held, event.by_hand
    group.think_factor, group.muted = event.think_factor, event.muted
    pausing = any(band.kind == PAUSE and band.end is None for band in view.bands)
    if view.paused and not pausing:
        view.bands.append(Band(PAUSE, at))
        del view.bands[:-BANDS]
    elif pausing and not view.paused:
        close_bands(view, at, PAUSE)


def _course(group: GroupView, event: ev.GroupChanged, at_s: float) -> None:
    if event.course_s is None or (group.state not in _UNDER_WAY and event.state in _UNDER_WAY):
        group.course = []
    if event.course_s is None:
        return
    moving = event.state in _MOVING and not event.held and not event.by_hand
    if group.course and _follows(group.course[-1], at_s, event.course_s, moving):
        return
    group.course.append(CoursePoint(at_s, event.course_s, moving))
    del group.course[:-COURSE_POINTS]


def _follows(last: CoursePoint, at_s: float, course_s: float, moving: bool) -> bool:
    """What another point would say is known from the last one."""
    expected_s = last.course_s + (at_s - last.at_s if moving else 0.0)
    return moving == last.moving and abs(expected_s - course_s) < NEAR_S


def close_bands(view: RunView, at: float, kind: str = "") -> None:
    """Those of `kind`; all of them when it is empty."""
    for band in view.bands:
        if band.end is None and kind in ("", band.kind):
            band.end = at
