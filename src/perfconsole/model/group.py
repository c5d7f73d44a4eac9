"""A group of users as a person writes it: how many, how their load goes, and what they do."""

from __future__ import annotations

import math
import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from perfconsole.model.http_spec import GroupHttpSpec, SourceIps
from perfconsole.model.profile import Profile
from perfconsole.model.ramp_text import (
    RATE_RAMP_FORMS,
    is_rate_ramp,
    parse_ramp,
    parse_rate_ramp,
)
from perfconsole.model.scalars import Bandwidth, Duration, Headers, Name, OnError, Rate, VuCount
from perfconsole.model.sketch import ramp
from perfconsole.model.stages import CurveSpec, StageSpec
from perfconsole.model.staging import highest, of_rates, staged
from perfconsole.model.steps import PacingText
from perfconsole.model.strict import Strict
from perfconsole.model.variable_spec import Variables
from perfconsole.texts import say

LEAST_CEILING = 10
MOST_CEILING = 1000
"""VUs of an open group that does not say how many."""
ANY_SHARE = 100
"""VUs of a group that has a share of a total which it does not know."""


def _share(value: int | str) -> int | str:
    match = _SHARE.match(value) if isinstance(value, str) else None
    if isinstance(value, str) and (match is None or not 0 < float(match[1]) <= 100):
        raise ValueError(say('write a number of VUs, or a share such as "30%"'))
    return value


_SHARE = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*%\s*$")
_PYTHON = re.compile(r"^(.+\.py):([A-Za-z_]\w*)$")


def python_flow(flow: str) -> tuple[str, str] | None:
    """File and function in ``flows/checkout.py:checkout``; None for a flow's name."""
    match = _PYTHON.match(flow)
    return (match[1], match[2]) if match is not None else None


Share = Annotated[VuCount | str, AfterValidator(_share)]
"""A number of VUs, or ``30%`` of the scenario's ``vus``."""


class ThinkRules(Strict):
    """What becomes of the think times in a group's flow; pacing stays as it is."""

    factor: Annotated[float, Field(ge=0, le=1000)] = 1.0
    """Each think time by this; a hand may change it while the test runs."""
    limit: Duration | None = None
    """No think time is longer, after the factor."""
    ignore: bool = False
    """True: nobody thinks at all."""


class GroupSpec(Strict):
    """A group of users: how many VUs, or at which rate, and what they do.

    With ``vus`` alone each VU begins its next iteration when it has ended one. With a ``rate``
    iterations begin at that rate, whatever became of earlier ones.
    """

    flow: Annotated[str, Field(min_length=1, max_length=4400)] | None = None
    """The flow of the group's own name when left out; or a function in Python,
    ``flows/checkout.py:checkout``."""
    vus: Share | None = None
    """1 when left out; ``30%`` is a share of the scenario's ``vus``. With a rate, the ceiling: as
    many as arrive in a second at most, 10 to 1,000, when left out."""
    rate: Annotated[Rate, Field(gt=0)] | None = None
    """Open model: iterations begin at this rate, such as ``500/s``."""
    arrivals: Literal["constant", "poisson"] = "constant"
    """With a rate: evenly spaced, or at random."""
    ramp: str | None = None
    """``over 2m`` to all of them, ``5 every 15s`` or ``to 200 over 2m``; of a rate, ``over 2m``,
    ``50/s every 30s`` or ``to 500/s over 2m``. All at once when left out."""
    load: Annotated[tuple[StageSpec, ...], Field(min_length=1)] | None = None
    """Stages one after the other, from 0 up, instead of ``vus`` or ``rate`` and ``ramp``:
    ``[{to: 200, over: 2m}, {hold: 10m}]``. After the last one the load stays; a last load of 0 ends
    the group. Loads such as ``500/s`` make it an open model."""
    start_after: Duration = 0.0
    """After the run's first VU, or after ``after_group`` has ended."""
    after_group: Name | None = None
    """Starts when this group has ended."""
    duration: Annotated[Duration, Field(gt=0)] | None = None
    """From its own start; then its VUs leave after their iteration."""
    iterations: Annotated[int, Field(ge=1)] | None = None
    """Each VU ends after this many."""
    samples: Annotated[int, Field(ge=1)] | None = None
    """The group ends after this many iterations of all its VUs together."""
    pacing: PacingText | None = None
    """Instead of that of its flow: ``after 5s`` or ``every 60s``, or between two times; ``every``
    from beginning to beginning. As soon as done when left out."""
    think: ThinkRules = ThinkRules()
    """What becomes of its think times."""
    on_error: OnError | None = None
    """Instead of what the flow says."""
    headers: Headers = {}
    """Over the scenario's own, for all of its requests."""
    variables: Variables = {}
    """Over the scenario's own."""
    bandwidth: Bandwidth | None = None
    """Of each VU's line, for what it reads and for what it sends: ``2Mbit/s``. As fast as it goes
    when left out."""
    source_ips: SourceIps | None = None
    """Addresses of this machine that its VUs connect from, in turn: ``10.0.0.5``,
    ``10.0.0.10-10.0.0.20``, ``10.0.0.0/28``."""
    http: GroupHttpSpec = GroupHttpSpec()
    """The group's own HTTP version and proxy."""

    @property
    def python(self) -> tuple[str, str] | None:
        """File and function of a flow in Python; None when the flow is one of the scenario's."""
        return python_flow(self.flow) if self.flow is not None else None

    @property
    def thinks(self) -> bool:
        """Whether the think times of its flow are waited at all."""
        return not self.think.ignore and self.think.factor > 0

    @property
    def open(self) -> bool:
        """Iterations come at a rate; else each VU begins its own one after the other."""
        if self.load is not None:
            return of_rates(self.load)
        return self.rate is not None or (self.ramp is not None and is_rate_ramp(self.ramp))

    @property
    def share(self) -> float | None:
        """Percent of the scenario's VUs that are this group's, where it says so."""
        match = _SHARE.match(self.vus) if isinstance(self.vus, str) else None
        return None if match is None else float(match[1])

    @property
    def most_per_s(self) -> float:
        """Its highest rate; 0 in a closed model."""
        if not self.open:
            return 0.0
        if self.load is not None:
            return highest(self.load)
        return (self.rate_profile("") or Profile()).peak

    def most_vus(self, vus: int | None) -> int:
        """The most VUs that it may have, `vus` where it says so. Raises ValueError."""
        if self.load is not None and not self.open:
            return int(highest(self.load))
        return int(self.vu_profile(vus, "").peak)

    def vu_profile(self, vus: int | None, seed: str) -> Profile:
        """Of its VUs, `vus` where it says so; in an open model they are there from the start.

        Raises ValueError.
        """
        if self.open:
            one_second = max(LEAST_CEILING, min(MOST_CEILING, math.ceil(self.most_per_s)))
            return ramp(0, vus or one_second)
        if self.load is not None:
            return staged(self.load, seed)
        return ramp(0, vus or 1) if self.ramp is None else parse_ramp(self.ramp, vus)

    def rate_profile(self, seed: str) -> Profile | None:
        """Of its arrivals, in an open model. Raises ValueError."""
        if not self.open:
            return None
        if self.load is not None:
            return staged(self.load, seed)
        if self.ramp is not None:
            return parse_rate_ramp(self.ramp, self.rate)
        return ramp(0, self.rate or 0)

    @model_validator(mode="after")
    def _one_load(self) -> Self:
        if self.load is None:
            return self
        if self.ramp is not None:
            raise ValueError(say('give either "load" or "ramp"'))
        if self.rate is not None:
            raise ValueError(say('the stages of "load" say at which rate; leave "rate" out'))
        if self.vus is not None and not self.open:
            raise ValueError(say('the stages of "load" say how many VUs; leave "vus" out'))
        return self

    @model_validator(mode="after")
    def _some_load(self) -> Self:
        if any(isinstance(stage, CurveSpec) and not stage.read for stage in self.load or ()):
            return self
        vus = ANY_SHARE if self.share is not None else self.vus
        if self.load is not None and not highest(self.load):
            raise ValueError(say("load never rises above 0"))
        if self.vu_profile(vus if isinstance(vus, int) else None, "").peak < 1:
            raise ValueError(say("a group needs at least 1 VU"))
        self.rate_profile("")
        return self

    @model_validator(mode="after")
    def _one_model(self) -> Self:
        if self.open and self.iterations is not None:
            raise ValueError(
                say("iterations are of VUs that ask by themselves: give either rate or iterations")
            )
        if self.open and self.samples is not None:
            raise ValueError(
                say("a rate says how many iterations there are: give either rate or samples")
            )
        if self.open and self.pacing is not None:
            raise ValueError(
                say("pacing is of VUs that ask by themselves; here the rate spaces the iterations: "
                    "give either rate or pacing")
            )  # fmt: skip
        if not self.open and "arrivals" in self.model_fields_set:
            raise ValueError(say('arrivals need a "rate", such as "rate: 500/s"'))
        if self.open and self.load is None and not self.most_per_s:
            raise ValueError(say("ramp must end above 0, as in {forms}", forms=RATE_RAMP_FORMS))
        return self
