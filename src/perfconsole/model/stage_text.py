"""Stages of a load as people say them: ``to 200 over 2m, hold 10m``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from perfconsole.model.duration import DURATION_PATTERN
from perfconsole.texts import say

_TIME = rf"(?:{DURATION_PATTERN}|\d+(?:\.\d+)?)"
_LOAD = r"\d[\d_]*(?:\.\d+)?(?:\s*/\s*[a-z]+)?"
_FORMS = tuple(
    re.compile(form.replace("LOAD", _LOAD).replace("TIME", _TIME), re.IGNORECASE)
    for form in (
        r"to (?P<to>LOAD)(?: at once)?",
        r"to (?P<to>LOAD) over (?P<over>TIME)",
        r"to (?P<to>LOAD)(?:,| by) ?(?P<add>LOAD) every (?P<every>TIME)",
        r"hold (?P<hold>TIME)",
        r"spike (?:of )?(?P<spike>LOAD) for (?P<lasting>TIME)",
        r"wave from (?P<wave>LOAD to LOAD) every (?P<period>TIME) for (?P<lasting>TIME)",
        r"exponential to (?P<exponential>LOAD) over (?P<over>TIME)",
        r"at random from (?P<walk>LOAD to LOAD) every (?P<every>TIME) for (?P<lasting>TIME)",
    )
)
_STEPS = re.compile(rf"\s*{_LOAD} every ", re.IGNORECASE)
"""The end of ``to 200, 5 every 15s``, whose comma begins no stage."""
STAGE_FORMS = '"to 200 over 2m, hold 10m", "to 200 by 5 every 15s" or "spike of 500 for 30s"'


def parse_stages(text: str) -> list[dict[str, Any]]:
    """The stages, for the model to look at. Raises ValueError with what is right."""
    return [_stage(part) for part in _parts(text)]


def _parts(text: str) -> Iterator[str]:
    whole = ""
    for part in re.split(r"[,;\n]", text):
        if whole and not _STEPS.match(part):
            yield whole
            whole = part
        else:
            whole = f"{whole},{part}" if whole else part
    yield whole


def _stage(text: str) -> dict[str, Any]:
    words = " ".join(text.split())
    for form in _FORMS:
        if match := form.fullmatch(words):
            return {
                key: re.split(r"\s+to\s+", value) if key in ("wave", "walk") else value
                for key, value in match.groupdict().items()
                if value is not None
            }
    raise ValueError(say("{text!r} is no stage; write {forms}", text=words, forms=STAGE_FORMS))
