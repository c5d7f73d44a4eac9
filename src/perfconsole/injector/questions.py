"""What ``if`` and ``while`` ask, compiled: comparisons of texts that values go into.

A variable that has no value yet is an empty text here: ``while: ${state} != done`` asks before it
first looked. Numbers are compared as exact ones, however many digits an id has.
"""

from __future__ import annotations

import operator
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from perfconsole.injector.filling import Filling
from perfconsole.model import plan
from perfconsole.model.condition import Operator

_NUMBER = re.compile(r"\s*[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?\s*$")
_LONGEST_NUMBER = 400
"""Characters; a longer text is none."""
_PATTERNS_KEPT = 256

Sides = Callable[[str, str], bool]


def number(text: str) -> Decimal | None:
    """What `text` is as a number; None when it is none."""
    if len(text) > _LONGEST_NUMBER or not _NUMBER.match(text):
        return None
    return Decimal(text.strip())


def _equal(left: str, right: str) -> bool:
    if left == right:
        return True
    one = number(left)
    return one is not None and one == number(right)


def _ordered(compare: Callable[[Decimal, Decimal], bool]) -> Sides:
    def holds(left: str, right: str) -> bool:
        one, other = number(left), number(right)
        return one is not None and other is not None and compare(one, other)

    return holds


@lru_cache(maxsize=_PATTERNS_KEPT)
def _pattern(text: str) -> re.Pattern[str] | None:
    """None when it is no regular expression: nothing matches it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return re.compile(text)
    except (re.error, OverflowError, RecursionError):
        return None


def _matches(left: str, right: str) -> bool:
    pattern = _pattern(right)
    return pattern is not None and pattern.search(left) is not None


_SIDES: dict[Operator, Sides] = {
    "==": _equal,
    "!=": lambda left, right: not _equal(left, right),
    "<": _ordered(operator.lt),
    "<=": _ordered(operator.le),
    ">": _ordered(operator.gt),
    ">=": _ordered(operator.ge),
    "contains": lambda left, right: right in left,
    "lacks": lambda left, right: right not in left,
    "matches": _matches,
    "is empty": lambda left, _: not left,
}

Holds = Callable[[Mapping[str, str]], bool]


@dataclass(frozen=True, slots=True)
class _Comparison:
    left: Filling
    compare: Sides
    right: Filling

    def __call__(self, values: Mapping[str, str]) -> bool:
        return self.compare(_text(self.left, values), _text(self.right, values))


@dataclass(frozen=True, slots=True)
class _IsSet:
    side: Filling

    def __call__(self, values: Mapping[str, str]) -> bool:
        return all(_known(name, values) is not None for name in self.side.names)


def _known(name: str, values: Mapping[str, str]) -> str | None:
    try:
        return values[name]
    except KeyError:
        return None


def _text(side: Filling, values: Mapping[str, str]) -> str:
    try:
        return side.filled(values)
    except KeyError:
        return side.filled({name: _known(name, values) or "" for name in side.names})


def question(asking: plan.Asking) -> Holds:
    """Whether the condition holds with the values given; it never raises."""
    asked = [_compiled(each) for each in asking.comparisons]
    if len(asked) == 1:
        return asked[0]
    join = any if asking.join == "or" else all
    return lambda values: join(each(values) for each in asked)


def _compiled(comparing: plan.Comparing) -> Holds:
    left = Filling.of(comparing.left)
    if comparing.operator == "is set":
        return _IsSet(left)
    right = Filling.of(comparing.right)
    if comparing.operator == "matches" and not right.names:
        pattern = _pattern(right.pieces[0])
        if pattern is not None:
            return _Comparison(left, lambda text, _: pattern.search(text) is not None, right)
    return _Comparison(left, _SIDES[comparing.operator], right)
