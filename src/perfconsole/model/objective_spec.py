"""What the verdict asks for, as a person writes it."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from perfconsole.model.strict import Strict
from perfconsole.texts import say


class ObjectiveSpec(Strict):
    """A limit on what the users of the system feel, or on the mean of a server metric."""

    metric: Literal[
        "mean_ms", "p50_ms", "p90_ms", "p95_ms", "p99_ms", "max_ms",
        "pass_rate", "tps", "hits_per_s", "throughput_bytes_s", "server",
    ]  # fmt: skip
    """Times are of passed transactions; ``pass_rate`` is in percent."""
    of: str | None = None
    """A transaction's name, or ``web1/cpu_percent`` with metric ``server``; all when left out."""
    min: float | None = None
    """At least this, in the metric's unit."""
    max: float | None = None
    """At most this."""

    @model_validator(mode="after")
    def _one_limit(self) -> Self:
        if (self.min is None) == (self.max is None):
            raise ValueError(say('an objective has either "min" or "max"'))
        if self.metric == "server" and (self.of is None or "/" not in self.of):
            raise ValueError(say('name the server and its metric, such as "of: web1/cpu_percent"'))
        if self.metric in ("hits_per_s", "throughput_bytes_s") and self.of is not None:
            raise ValueError(
                say('{metric} is known over all only; leave out "of"', metric=self.metric)
            )
        return self
