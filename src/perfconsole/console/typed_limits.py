"""Limits as a person types them: of server metrics (``web1 cpu 80``), whole sets of them
(``limits peak``), of objectives (``p95 800``).

All raise ValueError with what would be right.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping

from perfconsole.console.orders import Orders
from perfconsole.metrics.view import RunView
from perfconsole.metrics.words import metric_unit
from perfconsole.model import command as cmd
from perfconsole.model.server_metrics import METRICS, kind_of
from perfconsole.texts import say

LIMIT_FORMS = (
    '"cpu 80", "web1 disk /var 90", "cpu off", "limits peak", "p95 800 ms", "p95 of login 800", '
    '"pass rate 99" or "p95 off"'
)
_METRICS = {"cpu": "cpu_percent", "mem": "memory_percent", "memory": "memory_percent",
            "disk": "disk_percent"}  # fmt: skip
_AT_MOST = {"mean": "mean_ms", "p50": "p50_ms", "p90": "p90_ms", "p95": "p95_ms", "p99": "p99_ms",
            "max": "max_ms"}  # fmt: skip
_AT_LEAST = {"pass rate": "pass_rate", "tps": "tps", "hits": "hits_per_s"}
_OBJECTIVE = re.compile(
    rf"^(?P<metric>{'|'.join((*_AT_MOST, *_AT_LEAST))})(?:_ms|_per_s)?(?:\s+of\s+(?P<of>.+))?$"
)
_SET = re.compile(r"^\s*(?:(?P<server>.+?)\s+)?limits\s+(?P<name>\S+)\s*$")
_TYPED = re.compile(
    r"^\s*(?P<what>.*?)\s+(?:<=?\s*|>=?\s*|≤\s*|≥\s*)?(?P<limit>\d+(?:\.\d+)?)\s*(?P<unit>%|ms|s|/s)?\s*$"
)


def typed_limit(text: str, view: RunView) -> Orders:
    """One limit: of a server metric the run samples, or of an objective; or a set of limits."""
    if chosen := _SET.match(text):
        return (_set(chosen["name"], (chosen["server"] or "").strip() or None, view),)
    if dropped := _OBJECTIVE.match(text.strip().removesuffix("off").rstrip()):
        metric = dropped["metric"]
        if text.strip().endswith(" off"):
            return (cmd.ChangeObjective(metric=(_AT_MOST | _AT_LEAST)[metric], of=dropped["of"]),)
    if text.strip().endswith(" off"):
        return (_threshold(text.strip().removesuffix(" off"), None, "", view),)
    match = _TYPED.match(text)
    if match is None:
        raise ValueError(say("write {forms}", forms=LIMIT_FORMS))
    what, limit, unit = match["what"].strip(), float(match["limit"]), match["unit"] or ""
    if objective := _OBJECTIVE.match(what.replace("pass_rate", "pass rate")):
        return (_objective(objective["metric"], objective["of"], limit, unit),)
    return (_threshold(what, limit, unit, view),)


def typed_limit_of(text: str, server: str, metric: str, own_unit: str | None = None) -> Orders:
    """A number, its unit behind it if one likes: the limit of a metric that is chosen already."""
    unit = metric_unit(metric, own_unit).strip()
    try:
        limit = float(text.strip().removesuffix(unit)) if unit else float(text)
    except ValueError:
        limit = math.nan
    if not math.isfinite(limit):
        raise ValueError(say("write a number{unit}", unit=f", in {unit}" if unit else ""))
    if limit <= 0:
        raise ValueError(say("a limit is above 0"))
    return (cmd.ChangeThreshold(metric=metric, limit=limit, server=server),)


def _objective(metric: str, of: str | None, limit: float, unit: str) -> cmd.ChangeObjective:
    if metric in _AT_MOST:
        _fitting(unit, ("", "ms", "s"))
        most = limit * 1000 if unit == "s" else limit
        return cmd.ChangeObjective(metric=_AT_MOST[metric], of=of, max=most)
    _fitting(unit, ("", "%") if metric == "pass rate" else ("", "/s"))
    if metric == "pass rate" and limit > 100:
        raise ValueError(say("a pass rate is at most 100 %"))
    return cmd.ChangeObjective(metric=_AT_LEAST[metric], of=of, min=limit)


def _set(name: str, server: str | None, view: RunView) -> cmd.ChangeLimits:
    if not view.servers:
        raise ValueError(say("no servers in this run"))
    if server is not None and server not in view.servers:
        known = ", ".join(view.servers)
        raise ValueError(say("no server {name}; there are: {known}", name=server, known=known))
    return cmd.ChangeLimits(set=name, server=server)


def _threshold(what: str, limit: float | None, unit: str, view: RunView) -> cmd.ChangeThreshold:
    server = next((name for name in _longest(view.servers) if what.startswith(name + " ")), None)
    words = (what.removeprefix(server) if server else what).split()
    if not words:
        raise ValueError(say("write {forms}", forms=LIMIT_FORMS))
    metric = ":".join([_METRICS.get(words[0].casefold(), words[0]), *words[1:]])
    kind = kind_of(metric)
    known = {
        kind_of(name) for each in view.servers.values() for name in (*each.limits, *each.metrics)
    }
    if not view.servers:
        raise ValueError(say("no servers in this run"))
    if kind not in METRICS and kind not in known:
        raise ValueError(
            say("{what} is neither a server's metric nor an objective; write {forms}",
                what=what, forms=LIMIT_FORMS)
        )  # fmt: skip
    _fitting(unit, tuple(dict.fromkeys(("", metric_unit(kind).strip()))))
    if limit == 0:
        raise ValueError(say("a limit is above 0"))
    return cmd.ChangeThreshold(metric=metric, limit=limit, server=server)


def _longest(names: Mapping[str, object]) -> Iterable[str]:
    return sorted(names, key=len, reverse=True)


def _fitting(unit: str, units: tuple[str, ...]) -> None:
    if unit not in units:
        raise ValueError(
            say("{unit} is no unit of it; write {units}", unit=unit,
                units=" or ".join(each or say("none") for each in reversed(units)))
        )  # fmt: skip
