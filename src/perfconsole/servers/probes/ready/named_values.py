"""The text of an answer: lines of a name and a value, or what a program says instead. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from perfconsole.servers.plain import one_line
from perfconsole.servers.probes.ask import Unreadable
from perfconsole.texts import say

_LONGEST = 200


def named_values(text: str, separator: str = "\t") -> dict[str, list[str]]:
    """Values by name, of lines ``name<separator>value``; all others are passed over."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        name, parted, value = line.partition(separator)
        if parted and re.fullmatch(r"\w+", name):
            found.setdefault(name, []).append(value.strip())
    return found


def numbers(found: Mapping[str, list[str]]) -> dict[str, float]:
    """Those of the names whose last value is a finite number."""
    known = ((name, _number(values[-1])) for name, values in found.items())
    return {name: number for name, number in known if number is not None}


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def error_in(text: str) -> str:
    """The first line that tells of an error, beside whatever else there is; empty without one."""
    return next((one_line(line, _LONGEST) for line in text.splitlines() if "ERROR" in line), "")


def first_line(text: str) -> str:
    """The first line with something in it, printable and not too long; empty when there is none."""
    return next(filter(None, (one_line(line, _LONGEST) for line in text.splitlines())), "")


def refused(program: str, text: str) -> Unreadable:
    """What a program said instead of an answer."""
    said = first_line(text)
    if not said:
        return Unreadable(say("{program} gave no answer", program=program))
    return Unreadable(say("{program} says: {said}", program=program, said=said))
