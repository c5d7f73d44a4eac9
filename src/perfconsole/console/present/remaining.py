"""What remains of a group's schedule, in a line that can be typed: ``hold 40s, to 0 over 3m``."""

from __future__ import annotations

from collections.abc import Iterable

from perfconsole.model.duration import short
from perfconsole.model.event import StageInfo
from perfconsole.model.rate import rate_text


def rest_text(stages: Iterable[StageInfo], elapsed_s: float, *, rates: bool) -> str | None:
    """What remains of a plan that is `elapsed_s` old; empty when nothing does.

    None when something in it has a course that one line cannot say.
    """
    parts, before_s, before = [], 0.0, 0.0
    for stage in stages:
        left_s = stage.end_s - max(before_s, elapsed_s)
        if stage.end_s > elapsed_s or (stage.end_s == before_s == elapsed_s):
            text = _rest(stage, left_s, before, before_s < elapsed_s, rates)
            if text is None:
                return None
            parts.append(text)
        before_s, before = stage.end_s, stage.load
    return ", ".join(parts)


def _rest(stage: StageInfo, left_s: float, before: float, begun: bool, rates: bool) -> str | None:
    time, load = _time_text(left_s), _load_text(stage.load, rates)
    match stage.kind:
        case "to":
            return f"to {load} over {time}" if left_s > 0 else f"to {load}"
        case "hold":
            return f"hold {time}"
        case "exponential":
            return f"exponential to {load} over {time}"
        case "spike" if begun:
            return f"hold {time}, to {_load_text(before, rates)}"
        case "spike":
            return f"spike {_load_text(stage.most, rates)} for {time}"
    return None


def _load_text(load: float, rates: bool) -> str:
    return rate_text(load).replace(",", "") if rates else f"{load:.0f}"


def _time_text(seconds: float) -> str:
    return short(max(0.001, round(seconds, 1 if seconds > 1 else 3)))
