"""Ramps as people write them, of VUs and of rates: ``5 every 15s``, ``to 500/s over 2m``.

``over 2m`` leads to the group's own number of VUs, or to its own rate.
"""

from __future__ import annotations

import math
import re

from perfconsole.model.duration import DURATION_PATTERN, parse_duration
from perfconsole.model.profile import Profile
from perfconsole.model.rate import RATE_PATTERN, parse_rate, rate_text
from perfconsole.model.sketch import ramp
from perfconsole.texts import say

RAMP_FORMS = '"5 every 15s", "over 2m" or "to 200 over 2m"'
RATE_RAMP_FORMS = '"to 500/s over 2m", "over 2m" or "50/s every 30s"'

_OVER = re.compile(rf"\s*over\s+({DURATION_PATTERN})\s*$")

_VU_STEPS = re.compile(rf"^\s*(\d+)\s+every\s+({DURATION_PATTERN})\s*$")
_VU_LINEAR = re.compile(rf"^\s*to\s+(\d+)\s+over\s+({DURATION_PATTERN})\s*$")
_RATE_LINEAR = re.compile(rf"\s*to\s+({RATE_PATTERN})\s+over\s+({DURATION_PATTERN})\s*$")
_RATE_STEPS = re.compile(rf"\s*({RATE_PATTERN})\s+every\s+({DURATION_PATTERN})\s*$")


def leads_to_own(text: str) -> bool:
    """Whether a ramp leaves it to its group how far it goes."""
    return _OVER.match(text) is not None


def is_rate_ramp(text: str) -> bool:
    """Whether a ramp speaks of a rate, well or badly, and not of VUs."""
    return "/" in text


def parse_ramp(text: str, vus: int | None) -> Profile:
    """The ramp that `text` describes, from 0 VUs up; `vus` is the group's own number, if given.

    Raises ValueError with what is wrong and what would be right.
    """
    if match := _OVER.match(text):
        return ramp(0, 1 if vus is None else vus, parse_duration(match[1]))
    if match := _VU_STEPS.match(text):
        step, every_s = int(match[1]), parse_duration(match[2])
        if vus is None:
            raise ValueError(say('a ramp in steps needs the group\'s "vus" to know where to end'))
        if step < 1 or every_s <= 0:
            raise ValueError(
                say(
                    "a ramp needs at least 1 VU and a time above 0, as in {forms}", forms=RAMP_FORMS
                )
            )
        return ramp(0, vus, step=step, every_s=every_s)
    if match := _VU_LINEAR.match(text):
        target, over_s = int(match[1]), parse_duration(match[2])
        if vus is not None and vus != target:
            raise ValueError(
                say(
                    "the ramp goes to {target}, but vus is {vus}; make them equal",
                    target=target,
                    vus=vus,
                )
            )
        return ramp(0, target, over_s)
    raise ValueError(say("{text!r} is no ramp; write {forms}", text=text, forms=RAMP_FORMS))


def parse_rate_ramp(text: str, rate: float | None) -> Profile:
    """The ramp that `text` describes, from 0 up; `rate` is the group's own, if given.

    Raises ValueError with what is wrong and what would be right.
    """
    if (match := _OVER.match(text)) and rate is not None:
        return ramp(0, rate, parse_duration(match[1]))
    if match := _RATE_STEPS.match(text):
        step, every_s = parse_rate(match[1]), parse_duration(match[2])
        if rate is None:
            raise ValueError(say('a ramp in steps needs the group\'s "rate" to know where to end'))
        if step <= 0 or every_s <= 0:
            raise ValueError(
                say("a ramp needs a rate and a time above 0, as in {forms}", forms=RATE_RAMP_FORMS)
            )
        return ramp(0, rate, step=step, every_s=every_s)
    if match := _RATE_LINEAR.match(text):
        target, over_s = parse_rate(match[1]), parse_duration(match[2])
        if rate is not None and not math.isclose(rate, target):
            raise ValueError(
                say(
                    "the ramp goes to {target}, but rate is {rate}; make them equal",
                    target=rate_text(target),
                    rate=rate_text(rate),
                )
            )
        return ramp(0, target, over_s)
    raise ValueError(
        say(
            "{text!r} does not say so many a second; write {forms}",
            text=text,
            forms=RATE_RAMP_FORMS,
        )
    )
