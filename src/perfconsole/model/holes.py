"""Where a VU's values go into a request: marks in its texts, numbered like its holes.

A mark can stand in no encoded path, header, form or JSON text by itself: there control characters
are escaped or refused. In a text sent as it is nobody writes one by accident, and a scenario that
does is refused.
"""

from __future__ import annotations

import re
from typing import Literal

import msgspec

Encoding = Literal["path", "form", "json", "header", "text"]
"""How a value is written where it goes: percent-encoded, as a form's field, as a part of a JSON
string, as a header's value, or as it is."""

MARK_BEGINS = "\x1avalue:"
MARK = re.compile(rb"\x1avalue:(\d+)\x1a")
"""Its group is the hole's number, from 0."""


class Hole(msgspec.Struct, frozen=True, array_like=True):
    name: str
    """A variable's, or ``users.name``: a data set's and its column's."""
    encoding: Encoding


def mark(number: int) -> str:
    """What stands for the value of hole `number`."""
    return f"{MARK_BEGINS}{number}\x1a"
