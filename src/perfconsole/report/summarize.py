"""The summary of a run, folded from its journal with the same view that the screen shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter, ValidationError

from perfconsole.journal.folder import RunFolder
from perfconsole.journal.reader import JournalReader
from perfconsole.metrics.facts import RunFacts, facts_of
from perfconsole.metrics.objectives import held_against
from perfconsole.metrics.phases import NamedSums, PhaseSums, RequestTotals
from perfconsole.metrics.soak import trends_of
from perfconsole.metrics.totals import Accumulator, Totals
from perfconsole.metrics.view import InjectorView, RunView
from perfconsole.model import event as ev
from perfconsole.model import summary as model
from perfconsole.model.objective_spec import ObjectiveSpec
from perfconsole.model.plateau import Plateau
from perfconsole.model.states import Verdict
from perfconsole.model.tick import InjectorHealth
from perfconsole.report.alarm_summaries import alarm_summaries
from perfconsole.report.open_model import dropped_of, group_summary, service_summary
from perfconsole.report.server_summaries import server_summaries
from perfconsole.report.steady import plateau_summary
from perfconsole.texts import say

_OBJECTIVES = TypeAdapter(tuple[ObjectiveSpec, ...])


@dataclass(slots=True)
class RunRecord:
    """A whole journal, read once: the view, and what the view keeps only the last of."""

    view: RunView = field(default_factory=RunView)
    totals: Totals = field(default_factory=Totals)
    judged: Totals = field(default_factory=Totals)
    """Without the warm-up, as far as windows of ten seconds tell."""
    timing: RequestTotals = field(default_factory=RequestTotals)
    scenario: dict[str, Any] = field(default_factory=dict)
    commands: dict[str, ev.Commanded] = field(default_factory=dict)
    effects_ms: dict[str, float] = field(default_factory=dict)
    alarms: list[ev.Alarmed] = field(default_factory=list)
    first_health: dict[int, InjectorHealth] = field(default_factory=dict)
    """Of each injector's first second: what it spent before its first request."""
    objectives: tuple[model.ObjectiveSummary, ...] | None = None
    """As judged; None for a run that was not."""
    plateaus: dict[int, Plateau] = field(default_factory=dict)
    """By number, as told last."""
    cut_at_end: int = 0
    """Requests in flight when the controller was killed."""

    def take(self, event: ev.RunEvent) -> None:
        self.view.fold(event)
        match event:
            case ev.Started():
                self.scenario = event.scenario
            case ev.Commanded():
                self.commands[event.id] = event
            case ev.TookEffect():
                self.effects_ms[event.id] = event.effect_ms
            case ev.Alarmed():
                self.alarms.append(event)
            case ev.ObjectivesChanged():
                self.scenario = {**self.scenario, "objectives": event.objectives}
            case ev.PlateauMeasured():
                self.plateaus[event.plateau.number] = event.plateau
            case ev.Ended():
                self.objectives = event.objectives
            case ev.Second():
                for health in event.tick.injectors:
                    self.first_health.setdefault(health.injector, health)


def read_run(run_dir: Path, running: bool = False) -> RunRecord:
    """Raises JournalError. `running`: its controller lives, so nothing was cut short."""
    folder, record = RunFolder(run_dir), RunRecord()
    with JournalReader(folder.journal) as journal:
        for event in journal.events():
            record.take(event)
        record.totals = record.judged = journal.totals()
        if record.view.warm_up is not None:
            record.judged = journal.totals(record.view.warm_up.second)
        record.timing = journal.timing()
    if record.view.verdict is None and not running:
        record.cut_at_end = cut_by_death(folder.begun, record.view)
    return record


def cut_by_death(begun: Path, view: RunView) -> int:
    """Requests that a killed controller's injectors had begun and nobody heard the end of.

    `begun` holds a native uint64 for each injector number; without it nothing is known: 0.
    """
    try:
        data = begun.read_bytes()
    except OSError:
        return 0
    total = int(np.frombuffer(data[: len(data) // 8 * 8], np.uint64).sum())
    return max(0, total - view.requests - view.cut)


def summarize(run_dir: Path, running: bool = False) -> model.Summary:
    """What the run in `run_dir` came to, or has come to so far when it is still `running`.

    Raises JournalError.
    """
    return summary_of(read_run(run_dir, running), running)


def summary_of(record: RunRecord, running: bool = False) -> model.Summary:
    view = record.view
    facts, trends = facts_of(view), trends_of(view)
    verdict, reasons = _verdict(view, running)
    return model.Summary(
        run=view.run,
        name=view.name,
        verdict=verdict,
        reasons=reasons,
        started_at=view.started_at,
        duration_s=view.elapsed_s,
        requests=model.RequestSummary(
            count=view.requests,
            failed=view.requests_failed,
            cut=view.cut + record.cut_at_end,
            rate=_rate(view.requests, view),
        ),
        transactions={
            name: _transaction(sums, view, dropped_of(name, record.totals, view))
            for name, sums in sorted(record.totals.by_name().items())
        },
        errors=tuple(
            model.ErrorSummary(error.key, error.count, error.sample, error.exchange)
            for error in sorted(view.errors.values(), key=lambda e: (-e.count, e.key))
        ),
        groups={group.name: group_summary(group) for group in view.groups.values()},
        servers=server_summaries(view, facts, trends),
        injectors=tuple(
            _injector(shown, record.first_health[number], view.now_at)
            for number, shown in sorted(view.injectors.items())
        ),
        rendezvous={
            point.name: model.PointSummary(point.releases, point.spread_ms_max)
            for point in view.rendezvous.values()
        },
        commands=tuple(
            model.CommandSummary(done.at, done.by, done.said, record.effects_ms.get(done.id))
            for done in record.commands.values()
        ),
        objectives=_objectives(record, facts),
        insecure=bool(record.scenario.get("http", {}).get("insecure", False)),
        seed=view.seed,
        phases={
            row.phase.value: _phase(record.timing.phases[row.phase])
            for row in record.timing.phase_rows()
        },
        connections=model.ConnectionSummary(view.connections_opened, view.connections_reused),
        requests_by_name={
            name: _named(sums) for name, sums in sorted(record.timing.by_name().items())
        },
        saturated_s=round(view.saturated_s, 3),
        alarms=tuple(alarm_summaries(record.alarms, view.now_at)),
        snapshots=tuple(
            model.SnapshotSummary(taken.number, taken.server, taken.at, taken.why, taken.names)
            for taken in view.snapshots
        ),
        plateaus=tuple(map(plateau_summary, record.plateaus.values())),
        growth={subject.metric: trend for subject, trend in trends.items() if not subject.server},
    )


def _verdict(view: RunView, running: bool) -> tuple[Verdict, tuple[str, ...]]:
    if view.verdict is not None:
        return view.verdict, view.reasons
    if running:
        return Verdict.NOT_PROVEN, (say("still running"),)
    return Verdict.ABORTED, (say("the controller ended without a verdict"),)


def _rate(amount: int, view: RunView) -> float:
    """A second of the whole run; 0 when there was no load."""
    return amount / view.loaded_s if view.loaded_s > 0 else 0.0


def _transaction(sums: Accumulator, view: RunView, dropped: int) -> model.TransactionSummary:
    times = sums.times()
    return model.TransactionSummary(
        passed=sums.passed,
        failed=sums.failed,
        cut=sums.cut,
        pass_rate=sums.pass_rate,
        min_ms=sums.min_ms,
        mean_ms=times.mean_ms,
        stdev_ms=sums.stdev_ms,
        p50_ms=times.p50_ms,
        p90_ms=times.p90_ms,
        p95_ms=times.p95_ms,
        p99_ms=times.p99_ms,
        max_ms=times.max_ms,
        failed_mean_ms=sums.failed_mean_ms,
        failed_max_ms=sums.failed_max_ms,
        tps=_rate(sums.completed, view),
        service=service_summary(sums),
        dropped=dropped,
    )


def _phase(sums: PhaseSums) -> model.PhaseSummary:
    p50, p95, p99 = sums.percentiles_ms((50, 95, 99))
    return model.PhaseSummary(sums.count, sums.mean_ms, p50, p95, p99, sums.max_ms)


def _named(sums: NamedSums) -> model.NamedRequestSummary:
    return model.NamedRequestSummary(sums.count, sums.failed, sums.opened, sums.phases_ms)


def _injector(shown: InjectorView, first: InjectorHealth, now_at: float) -> model.InjectorSummary:
    """CPU per request leaves out the first second, in which the process itself starts."""
    requests = shown.requests - first.requests
    spent_s = shown.health.cpu_s - first.cpu_s
    return model.InjectorSummary(
        pid=shown.health.pid,
        cpu_us_per_request=spent_s / requests * 1e6 if requests > 0 else None,
        cpu_percent_peak=shown.cpu_percent_peak,
        loop_lag_p99_ms=shown.lag_p99_ms_peak,
        peak_rss_mb=shown.health.rss_mb,
        saturated_s=round(shown.saturated_until(now_at), 3),
        gc_pause_ms=shown.gc_pause_ms_peak,
        sockets_left=shown.sockets_left_least,
    )


def _objectives(record: RunRecord, facts: RunFacts) -> tuple[model.ObjectiveSummary, ...]:
    """As they were judged; held against what there is so far when nobody judged them."""
    if record.objectives is not None:
        return record.objectives
    try:
        specs = _OBJECTIVES.validate_python(record.scenario.get("objectives", ()), strict=False)
    except ValidationError:
        return ()
    if not specs and record.view.watches:
        return ()
    return tuple(
        model.ObjectiveSummary(outcome.text, outcome.value, outcome.met)
        for outcome in held_against(specs, record.judged, facts)
    )
