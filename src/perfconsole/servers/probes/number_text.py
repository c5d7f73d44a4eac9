"""One number in a text, or a clear word that there is none."""

from __future__ import annotations

import re

from perfconsole.model.sample import is_told
from perfconsole.servers.plain import one_line
from perfconsole.servers.probes.ask import Unreadable
from perfconsole.texts import say

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_LONGEST = 160


def number_in(text: str) -> float:
    """The number that `text` is, blanks around it and a ``%`` behind it aside. Raises Unreadable.

    A text with anything else in it is none: an error message has numbers too.
    """
    bare = text.strip().removesuffix("%").rstrip()
    if _NUMBER.fullmatch(bare) and is_told(number := float(bare)):
        return number
    if not text.strip():
        raise Unreadable(say("there is nothing where a number should be"))
    raise Unreadable(say('no number: "{text}"', text=shown(text)))


def shown(text: str) -> str:
    """The last line with something in it, printable and short: where programs say what is wrong."""
    lines = (one_line(line, _LONGEST) for line in reversed(text.splitlines()))
    return next(filter(None, lines), "")
