"""What a limit of a server metric is besides its number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from perfconsole.model.server_metrics import kind_of

T = TypeVar("T")


class LimitTraits(msgspec.Struct, frozen=True, omit_defaults=True):
    least: bool = False
    """Less is worse: the metric is to be at least that."""
    judged: bool = True
    """False: shown and told, but no part of the verdict."""
    optional: bool = False
    """The verdict does not ask for it where it cannot be measured."""


PLAIN = LimitTraits()
MOST_USED = 100.0
"""Times a limit; what falls to 0 would use it without end."""


def of_metric(by_metric: Mapping[str, T], metric: str) -> T | None:
    """What is said of a metric, or of all of its kind: ``disk_percent`` stands for every mount
    point that has nothing of its own."""
    found = by_metric.get(metric)
    return by_metric.get(kind_of(metric)) if found is None else found


def share_used(value: float, limit: float, *, least: bool) -> float:
    """How much of a limit above 0 is used: above 1 exactly when the value is beyond it, at most
    `MOST_USED` where less is worse."""
    return limit / max(value, limit / MOST_USED) if least else value / limit


def is_beyond(value: float, limit: float, *, least: bool) -> bool:
    """On the wrong side: over it, or under it where less is worse."""
    return value < limit if least else value > limit
