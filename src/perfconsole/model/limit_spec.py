"""Limits of server metrics, as a person writes them."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, FiniteFloat, model_validator

from perfconsole.model.limit_traits import LimitTraits
from perfconsole.model.strict import Strict
from perfconsole.texts import say

LimitValue = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class LimitSpec(Strict):
    """A limit with a rule of its own, where a bare number would take the default's."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["limit"]}, {"required": ["min"]}]}
    )

    limit: LimitValue | None = None
    """At most this, in the metric's own unit: percent, ms, or for ``load_1m`` the load average."""
    min: LimitValue | None = None
    """Instead of ``limit``: at least this, for what is worse when it is less, such as the hit rate
    of a cache."""
    breach: Annotated[str, Field(pattern=r"^\s*\d+\s+of\s+\d+\s*$")] = "9 of 12"
    """How many of the last samples beyond the limit make a breach."""
    judged: bool = True
    """False: shown and told, but never part of the verdict."""
    optional: bool = False
    """True: a server on which it cannot be measured leaves nothing unproven."""

    @property
    def value(self) -> float:
        """Of either kind."""
        limit = self.limit if self.limit is not None else self.min
        assert limit is not None, "one of the two is there"
        return limit

    @property
    def traits(self) -> LimitTraits:
        return LimitTraits(self.min is not None, self.judged, self.optional)

    @property
    def rule(self) -> tuple[int, int]:
        over, of = (int(word) for word in self.breach.split("of"))
        return over, of

    def at(self, value: float) -> Self:
        """The same with another number."""
        return self.model_copy(update={"limit" if self.min is None else "min": value})

    @model_validator(mode="after")
    def _one_limit(self) -> Self:
        if (self.limit is None) == (self.min is None):
            raise ValueError(say('give either "limit", such as limit: 75, or "min"'))
        return self

    @model_validator(mode="after")
    def _rule(self) -> Self:
        over, of = self.rule
        if not 1 <= over <= of <= 1000:
            raise ValueError(say('a breach is "9 of 12": the first number is at most the second'))
        return self


Limit = FiniteFloat | LimitSpec | Literal["off"]


def _limits(value: dict[str, Limit]) -> dict[str, Limit]:
    for metric, limit in value.items():
        if isinstance(limit, float) and limit <= 0:
            raise ValueError(say("the limit of {metric} must be above 0", metric=metric))
    return value


Limits = Annotated[dict[str, Limit], AfterValidator(_limits)]
"""By metric; ``disk_percent`` is for every mount point that has none of its own. Whether servers
have such metrics is told elsewhere, with the line."""
