"""Recorded load curves: CSV files named in a scenario, read into it when it is loaded.

The scenario is whole without them from then on: it travels and is journalled with their points.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from perfconsole.model.duration import parse_duration
from perfconsole.model.stages import MOST_POINTS, number
from perfconsole.scenario.problems import Complaint, KeyPath, where
from perfconsole.texts import say

LARGEST_MB = 10
_CLOCK = re.compile(r"(\d{1,2}):([0-5]\d)(?::([0-5]\d(?:\.\d+)?))?$")

Point = tuple[float, str | float]


class CurveError(Exception):
    """str() says what is wrong, with the line where there is one."""


def inlined_curves(tree: Any, folder_of: Callable[[KeyPath], Path]) -> list[Complaint]:
    """Put the points of every curve file that `tree` names in its place, relative to the folder of
    whoever names it.

    What cannot be read stays, and is complained about.
    """
    complaints = []
    for path, stage in _curves(tree):
        file = os.path.abspath(folder_of(path) / os.path.expanduser(stage["curve"]))
        try:
            stage["curve"] = [list(point) for point in read_curve(Path(file))]
        except CurveError as error:
            text = say("{where}: {file} {what}", where=where(path), file=file, what=error)
            complaints.append(Complaint((*path, "curve"), text))
    return complaints


def _curves(tree: Any) -> Iterator[tuple[KeyPath, dict[str, Any]]]:
    """The stages that name a file."""
    groups = tree.get("groups") if isinstance(tree, dict) else None
    for name, group in groups.items() if isinstance(groups, dict) else ():
        stages = group.get("load") if isinstance(group, dict) else None
        for n, stage in enumerate(stages if isinstance(stages, list) else ()):
            if isinstance(stage, dict) and isinstance(stage.get("curve"), str) and stage["curve"]:
                yield ("groups", name, "load", n), stage


def read_curve(path: Path) -> list[Point]:
    """Seconds from the first of them, and loads. Raises CurveError."""
    try:
        if path.stat().st_size > LARGEST_MB * 1_000_000:
            raise CurveError(say("is over {most} MB", most=LARGEST_MB))
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CurveError(say("is not UTF-8; save it as CSV UTF-8")) from None
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise CurveError(say("cannot be read: {reason}", reason=reason)) from None
    return _points(csv.reader(text.splitlines(), strict=True))


def _points(rows: Any) -> list[Point]:
    columns: list[str] = []
    points: list[Point] = []
    try:
        for cells in rows:
            if not any(cell.strip() for cell in cells):
                continue
            if not columns:
                columns = _columns(cells)
                continue
            try:
                point = _point(dict(zip(columns, map(str.strip, cells), strict=False)))
                _follows(points, point)
            except ValueError as error:
                raise CurveError(say("line {n}: {what}", n=rows.line_num, what=error)) from None
            points.append(point)
    except csv.Error as error:
        raise CurveError(say("line {n}: no CSV: {reason}", n=rows.line_num, reason=error)) from None
    if len(points) < 2:
        raise CurveError(say("has no two points; a curve needs lines of time and load"))
    first = points[0][0]
    return [(round(t - first, 6), load) for t, load in points]


def _columns(cells: list[str]) -> list[str]:
    names = [cell.strip().lower() for cell in cells]
    if not {"time", "load"} <= set(names):
        raise CurveError(say('line 1: the columns must be called "time" and "load"'))
    return names


def _point(row: dict[str, str]) -> Point:
    """Raises ValueError with what is right."""
    load = row.get("load", "")
    number(load)
    return parse_time(row.get("time", "")), load if "/" in load else float(load)


def _follows(points: list[Point], point: Point) -> None:
    if points and point[0] <= points[-1][0]:
        raise ValueError(say("each time must be later than the one before"))
    if len(points) >= MOST_POINTS:
        raise ValueError(say("more than {most:,} points; write one a minute", most=MOST_POINTS))


def parse_time(text: str) -> float:
    """Seconds, of which only differences count. Raises ValueError with what is right."""
    if match := _CLOCK.match(text):
        return int(match[1]) * 3600.0 + int(match[2]) * 60 + float(match[3] or 0)
    try:
        return parse_duration(text)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            say("{text!r} is no time; write 09:30, 09:30:15, 2h, seconds or 2026-03-01T09:30",
                text=text[:40])
        ) from None  # fmt: skip
    if moment.tzinfo is not None:
        return moment.timestamp()
    return (moment - datetime.min).total_seconds()
