"""What is wrong with a JMESPath, as far as can be told before there is an answer to look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from perfconsole.scenario.problems import hint
from perfconsole.texts import say


def jmespath_fault(text: str) -> str | None:
    """Why `text` can be found in no answer at all, and what would be right; None for a good one."""
    import jmespath
    from jmespath.functions import Functions

    shown = repr(text[:80])
    try:
        calls = list(_calls(jmespath.compile(text).parsed))
    except (ValueError, TypeError, RecursionError):
        return say('{json} is no JMESPath; write one such as "items[0].id"', json=shown)
    known = Functions.FUNCTION_TABLE
    for name, given in calls:
        if name not in known:
            return say('JMESPath has no function "{name}"; {hint}', name=name,
                       hint=hint(name, sorted(known), say("functions")))  # fmt: skip
        signature = known[name]["signature"]
        wanted, more = len(signature), bool(signature and signature[-1].get("variadic"))
        if given < wanted or (given > wanted and not more):
            return say("{json} is no JMESPath; {name} takes {wanted}, not {given}", json=shown,
                       name=name, wanted=_values(wanted, more), given=given)  # fmt: skip
    return None


def _values(count: int, more: bool) -> str:
    text = say("1 value") if count == 1 else say("{count} values", count=count)
    return say("at least {values}", values=text) if more else text


def _calls(node: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """The functions that an expression calls, each with how many values it is given."""
    if node["type"] == "function_expression":
        yield node["value"], len(node["children"])
    for child in node["children"]:
        if isinstance(child, dict):
            yield from _calls(child)
