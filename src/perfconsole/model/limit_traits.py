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


def of_metric(by_metric: Mapping[str, T], metric: str) -> T | None:
    """What is said of a metric, or of all of its kind: ``disk_percent`` stands for every mount
    point that has nothing of its own."""
    found = by_metric.get(metric)
    return by_metric.get(kind_of(metric)) if found is None else found


def is_beyond(value: float, limit: float, *, least: bool) -> bool:
    """On the wrong side: over it, or under it where less is worse."""
    return value < limit if least else value > limit
