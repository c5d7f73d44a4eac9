"""Shares of the scenario's VUs: they need a total, and cannot be more than all of it.

Like `references`, these rules read the plain tree, whatever else is wrong in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from perfconsole.model.vu_shares import ShareError, shares_of
from perfconsole.scenario.problems import Complaint, where

_SHARE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*%\s*$")


def share_complaints(scenario: dict[str, Any]) -> Iterator[Complaint]:
    """At the last group that has a share."""
    groups, total = scenario.get("groups"), scenario.get("vus")
    percents: dict[str, float] = {}
    for name, group in groups.items() if isinstance(groups, dict) else ():
        vus = group.get("vus") if isinstance(group, dict) else None
        match = _SHARE.match(vus) if isinstance(vus, str) else None
        if match is not None and 0 < float(match[1]) <= 100:
            percents[name] = float(match[1])
    known = total is None or (isinstance(total, int) and not isinstance(total, bool) and total > 0)
    if not percents or not known:
        return
    try:
        shares_of(total, percents)
    except ShareError as error:
        path = ("groups", next(reversed(percents)), "vus")
        yield Complaint(path, f"{where(path)}: {error}")
