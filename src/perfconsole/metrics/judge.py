"""The verdict: aborted outranks failed, failed outranks not proven, not proven outranks passed.

Missing data is unknown: never 0, and never a pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from perfconsole.metrics.facts import (
    ENOUGH_COVERAGE,
    RunFacts,
    ServerFacts,
    facts_of,
)
from perfconsole.metrics.figures import percent
from perfconsole.metrics.limit_words import beyond_words, kept_words
from perfconsole.metrics.objectives import held_against
from perfconsole.metrics.offering import unproven
from perfconsole.metrics.totals import Totals
from perfconsole.metrics.words import metric_unit, metric_words
from perfconsole.model.duration import short
from perfconsole.model.scenario import Scenario
from perfconsole.model.states import Verdict
from perfconsole.model.summary import ObjectiveSummary
from perfconsole.texts import say

__all__ = ["Judgement", "RunFacts", "facts_of", "judge"]


@dataclass(frozen=True, slots=True)
class Judgement:
    verdict: Verdict
    reasons: tuple[str, ...]
    """One line each; what decided comes first."""
    objectives: tuple[ObjectiveSummary, ...]


@dataclass(slots=True)
class _Findings:
    failed: list[str] = field(default_factory=list)
    unproven: list[str] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)

    def take(self, met: bool | None, reason: str) -> None:
        lists = {False: self.failed, None: self.unproven, True: self.passed}
        lists[met].append(reason)


def judge(scenario: Scenario, totals: Totals, facts: RunFacts) -> Judgement:
    """A scenario without load has no objectives but its own: its servers are judged.

    `totals` are without the warm-up.
    """
    findings = _Findings()
    objectives: tuple[ObjectiveSummary, ...] = ()
    completed = any(sums.completed for sums in totals.transactions.values())
    if facts.in_warm_up:
        text = say("the run ended within its warm-up of {time}", time=short(scenario.warmup))
        findings.take(None, text)
    elif scenario.loads and not completed:
        findings.take(None, say("no transaction was completed"))
    if scenario.loads or scenario.objectives:
        outcomes = held_against(scenario.objectives, totals, facts)
        objectives = tuple(ObjectiveSummary(o.text, o.value, o.met) for o in outcomes)
        for outcome in outcomes:
            if completed or outcome.met is not None:
                findings.take(outcome.met, outcome.reason)
    for reason in unproven(facts.offerings):
        findings.take(None, reason)
    for name, server in facts.servers.items():
        if server.judged:
            for met, reason in _server_findings(name, server):
                findings.take(met, reason)
    return Judgement(*_verdict(findings, facts.aborted), objectives)


def _verdict(findings: _Findings, aborted: str | None) -> tuple[Verdict, tuple[str, ...]]:
    known = (*findings.failed, *findings.unproven)
    if aborted is not None:
        return Verdict.ABORTED, (aborted, *known)
    if findings.failed:
        return Verdict.FAILED, known
    if findings.unproven:
        return Verdict.NOT_PROVEN, known
    if not findings.passed:
        return Verdict.NOT_PROVEN, (say("there was nothing to judge"),)
    return Verdict.PASSED, tuple(findings.passed)


def _server_findings(name: str, server: ServerFacts) -> Iterator[tuple[bool | None, str]]:
    limited = {
        key: metric
        for key, metric in server.metrics.items()
        if metric.limit is not None and metric.traits.judged
    }
    if limited and not server.reached:
        reason = say("{server} was never reached", server=name)
        yield None, f"{reason}: {server.detail}" if server.detail else reason
        return
    for key, metric in limited.items():
        limit, least, unit = metric.limit or 0.0, metric.traits.least, metric.unit
        if metric.breaches:
            yield (
                False,
                metric.first_breach or beyond_words(name, key, limit, least=least, unit=unit),
            )
        if metric.coverage < ENOUGH_COVERAGE:
            if not metric.traits.optional:
                yield None, _hardly_measured(name, key, server)
        elif metric.always_over and not metric.breaches:
            beyond = beyond_words(name, key, limit, least=least, unit=unit)
            yield None, say("{beyond} in all samples, too few for a breach", beyond=beyond)
        elif not metric.breaches:
            passed = limit if metric.crossed is None else metric.crossed
            yield True, kept_words(name, key, passed, metric.seconds_over, least=least, unit=unit)


def _hardly_measured(name: str, key: str, server: ServerFacts) -> str:
    """With its unit, where another metric has the same words: the bytes of what has no percent."""
    what, metric = metric_words(key), server.metrics[key]
    if any(other != key and metric_words(other) == what for other in server.metrics):
        what += f" ({metric_unit(key, metric.unit).strip()})"
    if metric.coverage == 0:
        return say("{server} {what} was never measured", server=name, what=what)
    return say(
        "{server} {what}: only {share} of the samples came, {enough} are needed",
        server=name,
        what=what,
        share=percent(100 * metric.coverage),
        enough=percent(100 * ENOUGH_COVERAGE),
    )
