"""What makes the demo target slow, leaky or failing, by flag and while it runs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from difflib import get_close_matches

from perfconsole.texts import say


class KnobError(ValueError):
    """A knob cannot be set so; str() is one line for a person."""


@dataclass(frozen=True, slots=True)
class Knobs:
    """The capacity is about ``workers / mean service time`` requests a second."""

    workers: int = 8
    """Requests served at the same time; the others queue."""
    service_factor: float = 1.0
    """Times the service time of each page (10 to 60 ms)."""
    delay_ms: float = 0.0
    """Before a request queues: slower answers, the same capacity."""
    error_percent: float = 0.0
    """Share of the pages' answers that become 500."""
    leak_kb_per_request: float = 0.0
    """Memory that each request leaves behind."""

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            low, high = _BOUNDS[name]
            whole = name == "workers"
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            if not is_number or not math.isfinite(value) or not low <= value <= high:
                raise KnobError(_wrong(name, value, low, high))
            if whole and value != int(value):
                raise KnobError(_wrong(name, value, low, high))

    def changed(self, changes: Mapping[str, object]) -> Knobs:
        """These with `changes`. Raises KnobError for an unknown name or a bad value."""
        names = [field.name for field in fields(self)]
        for name in changes:
            if name not in names:
                near = get_close_matches(name, names, n=1)
                right = near[0] if near else ", ".join(names)
                raise KnobError(say('there is no knob "{name}"; use {right}',
                                    name=name[:80], right=right))  # fmt: skip
        return replace(self, **changes)  # type: ignore[arg-type] # __post_init__ checks the values

    def as_dict(self) -> dict[str, int | float]:
        return asdict(self)


_BOUNDS: dict[str, tuple[float, float]] = {
    "workers": (1, 10_000),
    "service_factor": (0, 1000),
    "delay_ms": (0, 600_000),
    "error_percent": (0, 100),
    "leak_kb_per_request": (0, 10_240),
}


def _wrong(name: str, value: object, low: float, high: float) -> str:
    kind = say("whole number") if name == "workers" else say("number")
    return say("{name} must be a {kind} from {low:g} to {high:g}, not {value}",
               name=name, kind=kind, low=low, high=high, value=repr(value)[:80])  # fmt: skip
