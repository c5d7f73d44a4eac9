"""The load at a moment of a run, in a person's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfconsole.model.duration import clock
from perfconsole.model.rate import rate_text
from perfconsole.texts import say, some_vus

if TYPE_CHECKING:
    from perfconsole.metrics.view import RunView


def load_words(view: RunView, second: float) -> str:
    """``340 VUs, 412 TPS`` at a second of the recent past; where all groups are open, ``200/s,
    198 TPS``, with the rate of now."""
    vus, tps = view.load_at(second)
    arrivals = [group.arrivals for group in view.groups.values()]
    rates = [each.rate for each in arrivals if each is not None]
    if rates and len(rates) == len(arrivals):
        return say("{rate}, {tps:g} TPS", rate=rate_text(sum(rates)), tps=tps)
    return say("{vus}, {tps:g} TPS", vus=some_vus(vus), tps=tps)


def moment_text(at_s: float, load: str) -> str:
    """``00:12:04, 340 VUs, 412 TPS``: run seconds, and what `load_words` said of them."""
    return ", ".join(filter(None, (clock(at_s), load)))
