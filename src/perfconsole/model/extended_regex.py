"""What is wrong with a pattern for ``grep -E``, as far as that can be told without one.

Patterns are matched on a server by its own grep. What people are used to from other dialects would
be taken there for something else without a word, so it is refused here.
"""

from __future__ import annotations

import re
import warnings

from perfconsole.texts import say

MOST_CHARS = 500
_FOREIGN = re.compile(r"\\(?P<escape>[dDAZzhHvRKQE1-9nrt])|\(\?|(?<=[*+?}])[?+]")
"""Outside brackets: escapes, groups and quantifiers of other dialects, and back references, which
take for ever on some texts."""
_CLASSES = re.compile(r"\\[dDwWsS]")
_BRACKETS = re.compile(r"\\.|\[\^?\]?(?:\[[:.=][^\]]*[:.=]\]|[^\]])*\]")
_LONE_CLASS = re.compile(r"\[\^?(:[^]]+:)]")
_ADVICE = {
    "d": "[0-9]", "D": "[^0-9]", "A": "^", "Z": "$", "z": "$",
    "h": "[[:blank:]]", "t": "[[:blank:]]",
}  # fmt: skip


def checked_pattern(pattern: str) -> str:
    """`pattern` itself. Raises ValueError with what would be right."""
    if not pattern or len(pattern) > MOST_CHARS:
        raise ValueError(say("a pattern has 1 to {most} characters", most=MOST_CHARS))
    if any(not c.isprintable() for c in pattern):
        raise ValueError(say("a pattern is one line without control characters"))
    for brackets in _BRACKETS.findall(pattern):
        if lone := _LONE_CLASS.fullmatch(brackets):
            raise ValueError(
                say("{what} stands within brackets; write [[{name}]]", what=brackets, name=lone[1])
            )
        if brackets[0] == "[" and (inside := _CLASSES.search(brackets)):
            raise ValueError(
                say("{what} is not known to grep -E within brackets; write [:digit:], [:space:]",
                    what=inside[0])
            )  # fmt: skip
    bare = _BRACKETS.sub(_bare, pattern)
    if foreign := _FOREIGN.search(bare):
        raise ValueError(_told(foreign))
    try:
        with warnings.catch_warnings(action="ignore"):
            re.compile(bare)
    except (re.error, RecursionError, OverflowError) as error:
        why = getattr(error, "msg", type(error).__name__)
        raise ValueError(
            say("{pattern!r} is no regular expression: {why}", pattern=pattern, why=why)
        ) from None
    return pattern


def _bare(match: re.Match[str]) -> str:
    """Escapes stay, but that of a backslash; what is in brackets stands for itself."""
    return "[x]" if match[0][0] == "[" else match[0].replace("\\\\", "x")


def _told(foreign: re.Match[str]) -> str:
    escape = foreign["escape"]
    if escape is None:
        text = say("{what} is not known to grep -E; leave it out", what=foreign[0])
    elif escape.isdigit():
        text = say("{what}: a pattern has no back references", what=foreign[0])
    elif escape in _ADVICE:
        text = say("{what} is not known to grep -E; write {right}",
                   what=foreign[0], right=_ADVICE[escape])  # fmt: skip
    else:
        text = say("{what} is not known to grep -E", what=foreign[0])
    return text
