"""Objectives: what was wanted, what was measured, and how to say it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from perfconsole.metrics.facts import ENOUGH_COVERAGE, RunFacts
from perfconsole.metrics.figures import percent
from perfconsole.metrics.totals import Accumulator, Totals
from perfconsole.metrics.words import metric_unit, metric_words
from perfconsole.model.objective_spec import ObjectiveSpec
from perfconsole.texts import say

DEFAULT_PASS_RATE = 99.0
"""Percent."""
DEFAULT = ObjectiveSpec(metric="pass_rate", min=DEFAULT_PASS_RATE)
"""What a scenario with groups and no objectives of its own is held to."""


@dataclass(frozen=True, slots=True)
class Objective:
    """One limit and what the run came to."""

    text: str
    """``p95 of log in ≤ 500 ms``."""
    value: float | None
    met: bool | None
    """None when too little was measured to tell."""
    reason: str
    """The outcome as a sentence for the verdict."""


def held_against(
    specs: Sequence[ObjectiveSpec], totals: Totals, facts: RunFacts
) -> tuple[Objective, ...]:
    """Every objective of `specs`, or the default one when there are none."""
    names, overall = totals.by_name(), totals.overall()
    outcomes = []
    for spec in specs or (DEFAULT,):
        sums = overall if spec.of is None else names.get(spec.of, Accumulator())
        of_server = spec.metric == "server"
        value = _server_mean(spec, facts) if of_server else client_value(spec, sums, facts)
        outcome = _outcome(spec, value, is_default=not specs)
        outcomes.append(_doubted(spec, outcome, facts) if facts.saturated_s else outcome)
    return tuple(outcomes)


def _doubted(spec: ObjectiveSpec, outcome: Objective, facts: RunFacts) -> Objective:
    """What the load generator's being the bottleneck leaves unproven.

    Times, for its own waiting is in them, and load under the target was less than wanted; and a
    rate that was not reached, for the target might have done more. Whatever else holds.
    """
    a_time = spec.metric.endswith("_ms")
    a_rate = spec.metric in ("tps", "hits_per_s", "throughput_bytes_s") and spec.min is not None
    if outcome.value is None or not (a_time or (a_rate and outcome.met is False)):
        return outcome
    reason = say(
        "{what} {value} is not proven: the load generator was the bottleneck for {s:.0f} s ({why})",
        what=_what(spec),
        value=_told_from_limit(spec, outcome.value),
        s=max(1.0, facts.saturated_s),
        why=facts.saturated_why,
    )
    return replace(outcome, met=None, reason=reason)


def limited(spec: ObjectiveSpec) -> tuple[str, str]:
    """What it is about and its limit, in words: ``p95 of log in``, ``500 ms``."""
    return _what(spec), _amount(spec, _limit(spec), 3)


def client_value(spec: ObjectiveSpec, sums: Accumulator, facts: RunFacts) -> float | None:
    """What its metric came to, in the metric's unit; None where nothing was measured."""
    match spec.metric:
        case "pass_rate":
            return sums.pass_rate
        case "tps":
            return facts.per_second(sums.passed)
        case "hits_per_s":
            return facts.per_second(facts.requests)
        case "throughput_bytes_s":
            return facts.per_second(facts.bytes_in)
        case _:
            time_ms: float | None = getattr(sums.times(), spec.metric)
            return time_ms


def _server_mean(spec: ObjectiveSpec, facts: RunFacts) -> float | None:
    """The mean of the metric that is worst; ``disk_percent`` stands for every mount point."""
    name, _, metric = (spec.of or "").partition("/")
    known = facts.servers[name].metrics if name in facts.servers else {}
    fitting = [m for key, m in known.items() if key == metric or key.startswith(f"{metric}:")]
    covered = [m for m in fitting if m.coverage >= ENOUGH_COVERAGE]
    means = [m.judged_mean for m in covered if m.judged_mean is not None]
    if not means or len(means) < len(fitting):
        return None
    return max(means) if spec.min is None else min(means)


def _outcome(spec: ObjectiveSpec, value: float | None, is_default: bool) -> Objective:
    what, limit = _what(spec), _amount(spec, _limit(spec), 3)
    sign = "≥" if spec.min is not None else "≤"
    default = say(" (default objective)") if is_default else ""
    text = f"{what} {sign} {limit}{default}"
    if value is None:
        reason = say("{what}: too little was measured to tell", what=what)
        return Objective(text, None, None, reason)
    measured = _told_from_limit(spec, value)
    if value >= _limit(spec) if spec.min is not None else value <= _limit(spec):
        return Objective(text, value, True, f"{what} {measured} {sign} {limit}{default}")
    if spec.min is not None:
        reason = say("{what} {value} is under {limit}", what=what, value=measured, limit=limit)
    else:
        reason = say("{what} {value} is over {limit}", what=what, value=measured, limit=limit)
    if is_default:
        reason = say("{reason} (the default objective)", reason=reason)
    return Objective(text, value, False, reason)


def _limit(spec: ObjectiveSpec) -> float:
    """A spec has exactly one of the two."""
    limit = spec.min if spec.min is not None else spec.max
    return limit if limit is not None else 0.0


def _what(spec: ObjectiveSpec) -> str:
    if spec.metric == "server":
        server, _, metric = (spec.of or "").partition("/")
        return say("mean {server} {metric}", server=server, metric=metric_words(metric))
    words = {
        "mean_ms": say("mean time"),
        "max_ms": say("longest time"),
        "pass_rate": say("pass rate"),
        "tps": say("passed TPS"),
        "hits_per_s": say("hits/s"),
        "throughput_bytes_s": say("throughput"),
    }
    figure = words.get(spec.metric, spec.metric.removesuffix("_ms"))
    return say("{figure} of {name}", figure=figure, name=spec.of) if spec.of else figure


def _told_from_limit(spec: ObjectiveSpec, value: float) -> str:
    """The value with as many digits as it takes not to look like the limit it is not."""
    if spec.metric == "pass_rate" and percent(value) != percent(_limit(spec)):
        return percent(value)
    limit = _limit(spec)
    places = 1
    while places < 6 and value != limit and round(value, places) == round(limit, places):
        places += 1
    return _amount(spec, value, places)


def _amount(spec: ObjectiveSpec, value: float, places: int) -> str:
    number = f"{value:,.{places}f}"
    number = number.rstrip("0").rstrip(".") if "." in number else number
    return number + _unit(spec)


def _unit(spec: ObjectiveSpec) -> str:
    if spec.metric == "server":
        return metric_unit((spec.of or "").partition("/")[2])
    if spec.metric.endswith("_ms"):
        return " ms"
    return {"pass_rate": " %", "throughput_bytes_s": " B/s"}.get(spec.metric, "")
