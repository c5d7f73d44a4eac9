"""What a person expects of an answer."""

from __future__ import annotations

import re
import warnings
from typing import Annotated

from pydantic import AfterValidator, Field

from perfconsole.model.scalars import Duration, HeaderName, parse_size
from perfconsole.model.strict import Strict
from perfconsole.texts import say

Texts = str | tuple[str, ...]
SIZE_FORMS = '"1 KB to 20 KB", "at least 500", "at most 2 MB" or "71"'

_RANGE = re.compile(r"^\s*(.+?)\s+to\s+(.+?)\s*$")
_LIMIT = re.compile(r"^\s*at\s+(least|most)\s+(.+?)\s*$")


def parse_sizes(value: str | float) -> tuple[int | None, int | None]:
    """Least and most bytes, None for no limit. Raises ValueError with what is right."""
    text = str(value)
    try:
        if match := _RANGE.match(text):
            low, high = parse_size(match[1]), parse_size(match[2])
            if low <= high:
                return low, high
        elif match := _LIMIT.match(text):
            size = parse_size(match[2])
            return (size, None) if match[1] == "least" else (None, size)
        else:
            return parse_size(value), parse_size(value)
    except ValueError:
        pass
    raise ValueError(say("write {forms}", forms=SIZE_FORMS))


def _sizes(value: str | int) -> str | int:
    parse_sizes(value)
    return value


def _regex(text: str) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what a later Python may read in another way
        try:
            re.compile(text)
        except (re.error, OverflowError, RecursionError) as error:
            raise ValueError(
                say("{regex!r} is no regular expression: {reason}", regex=text[:80], reason=error)
            ) from None
    return text


Regex = Annotated[str, Field(min_length=1), AfterValidator(_regex)]


def _regexes(texts: Texts) -> Texts:
    for text in (texts,) if isinstance(texts, str) else texts:
        _regex(text)
    return texts


class CheckSpec(Strict):
    """What the answer must be like; each one given must hold."""

    status: int | tuple[int, ...] | None = None
    """The one status, or any of a list; any below 400 when left out."""
    header: dict[HeaderName, str] = {}
    """By header, a text that must be in its value (of any of its lines, capitals as written); an
    empty text asks only that it be there. ``${...}`` is put in."""
    body_contains: Texts | None = None
    """Text that must be in the body; of a list, all of it. ``${...}`` is put in."""
    body_lacks: Texts | None = None
    """Text that must not be in the body; of a list, none of it. ``${...}`` is put in."""
    body_matches: Annotated[Texts, AfterValidator(_regexes)] | None = None
    """Regular expression to be found in the body; of a list, all of them."""
    json_values: dict[str, str | int | float | bool | None] = Field(default={}, alias="json")
    """By JMESPath, such as ``items[0].id``, the value that must be there: ``3`` is also ``3.0`` but
    not ``"3"``; ``null`` is also what is not there. A text with ``${...}`` may be a number's."""
    size: Annotated[str | int, AfterValidator(_sizes)] | None = None
    """Bytes of the body, decoded: ``1 KB to 20 KB``, ``at least 500``, ``at most 2 MB``, ``71``."""
    max_time: Duration | None = None
    """The answer must be whole within this time."""
