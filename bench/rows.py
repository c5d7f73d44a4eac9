"""What a row of the bench came to: a table, the reach met or not, and notes; as Markdown."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median


@dataclass(frozen=True, slots=True)
class Reach:
    """One number held against what it should be at most."""

    what: str
    value: float | None
    """None: it could not be measured here."""
    limit: float
    unit: str = ""

    def __str__(self) -> str:
        reach = f"(reach ≤ {self.limit:g}{self.unit})"
        if self.value is None:
            return f"{self.what}: not measured {reach}"
        met = "met" if self.value <= self.limit else "**not met**"
        return f"{self.what}: {figure(self.value)}{self.unit} {reach}: {met}"


@dataclass(slots=True)
class Row:
    title: str
    head: Sequence[str] = ()
    table: list[Sequence[str]] = field(default_factory=list)
    reaches: list[Reach] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    done: bool = True
    """False: it could not be measured."""

    def markdown(self) -> str:
        parts = [f"## {self.title}"]
        if self.table:
            lines = [self.head, ["---"] * len(self.head), *self.table]
            parts.append("\n".join(f"| {' | '.join(line)} |" for line in lines))
        if self.reaches or self.notes:
            parts.append("\n".join(f"- {line}" for line in [*self.reaches, *self.notes]))
        return "\n\n".join(parts)


def figure(value: float) -> str:
    """Three digits."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def spread(values: Sequence[float]) -> str:
    """The median, with the lowest and the highest when there are several."""
    if len(values) == 1:
        return figure(values[0])
    return f"{figure(median(values))} ({figure(min(values))}–{figure(max(values))})"


def percentile(values: Sequence[float], share: float) -> float:
    """By nearest rank."""
    return sorted(values)[math.ceil(share * len(values)) - 1]
