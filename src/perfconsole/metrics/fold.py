"""The fold: how each event changes a `RunView`. One for the screen and for every report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from perfconsole.metrics.fold_groups import close_bands, fold_group, planned_group
from perfconsole.metrics.fold_hands import (
    fold_alarm,
    fold_command,
    fold_crossing,
    fold_effect,
    fold_plateau,
    fold_point,
    fold_release,
    fold_trace,
)
from perfconsole.metrics.fold_lines import add_line
from perfconsole.metrics.fold_second import fold_second
from perfconsole.metrics.fold_servers import (
    fold_breach,
    fold_growth,
    fold_probe,
    fold_sample,
    fold_snapshot,
    fold_threshold,
)
from perfconsole.metrics.generator import gone, saturated
from perfconsole.metrics.parts import Band, PointView, ServerView, WarmUp
from perfconsole.model import event as ev
from perfconsole.model.states import RunState
from perfconsole.texts import say

if TYPE_CHECKING:
    from perfconsole.metrics.view import RunView

WARM_UP = "warm-up"


def take_in(view: RunView, event: ev.RunEvent) -> None:
    """Change `view` as `event`, the next one, says."""
    view.seq = event.seq
    view.now_at = max(view.now_at, event.at)
    _FOLDS[type(event)](view, event)


def _started(view: RunView, event: ev.Started) -> None:
    view.run, view.name, view.target = event.run, event.name, event.target
    view.started_at, view.duration_s, view.seed = event.at, event.duration_s, event.seed
    view.dead_man_s = event.dead_man_s
    view.watch = bool(event.scenario.get("watch"))
    view.response_limit_ms = event.response_limit_ms
    view.pass_rate_limit = event.pass_rate_limit
    view.groups = {group.name: planned_group(group) for group in event.groups}
    view.servers = {
        s.name: ServerView(
            s.name, s.where, s.judged, s.limits, s.traits, s.units, generator=s.generator
        )
        for s in event.servers
    }
    view.rendezvous = {p.name: PointView(p.name, p.policy) for p in event.rendezvous}


def _load_began(view: RunView, event: ev.LoadBegan) -> None:
    view.loaded_from = event.at


def _warmed_up(view: RunView, event: ev.WarmedUp) -> None:
    samples = {
        f"{server.name}/{name}": (metric.samples, metric.mean)
        for server in view.servers.values()
        for name, metric in server.metrics.items()
    }
    view.warm_up = WarmUp(event.second, view.requests, view.bytes_in, view.saturated_s, samples)
    start = 0.0 if view.loaded_from is None else view.loaded_from - view.started_at
    view.bands.append(Band(WARM_UP, start, float(event.second)))
    text = say("the warm-up is over: objectives are about what comes from now on")
    add_line(view, event.at, "info", "run", text)


def _state_changed(view: RunView, event: ev.StateChanged) -> None:
    view.state, view.reason = event.state, event.reason
    if event.state is RunState.STOPPING and view.loaded_from is not None:
        view.loaded_until = max(event.at, view.loaded_until or 0.0)


def _group_added(view: RunView, event: ev.GroupAdded) -> None:
    view.groups[event.group.name] = planned_group(event.group)


def _plan_changed(view: RunView, event: ev.PlanChanged) -> None:
    view.groups[event.name].stages = event.stages
    view.groups[event.name].course = []


def _objectives_changed(view: RunView, event: ev.ObjectivesChanged) -> None:
    view.response_limit_ms = event.response_limit_ms
    view.pass_rate_limit = event.pass_rate_limit


def _duration_changed(view: RunView, event: ev.DurationChanged) -> None:
    view.duration_s = event.duration_s


def _saturated(view: RunView, event: ev.Saturated) -> None:
    text = saturated(view, event)
    add_line(view, event.at, "error" if event.on else "info", "generator", text)


def _noted(view: RunView, event: ev.Noted) -> None:
    add_line(view, event.at, event.level, event.kind, event.text, event.detail)


def _ended(view: RunView, event: ev.Ended) -> None:
    view.now_at = event.at  # what was told of alarms on their way meanwhile is not its time
    view.state, view.verdict = RunState.ENDED, event.verdict
    view.reasons = event.reasons
    gone(view)
    close_bands(view, view.elapsed_s)


_FOLDS: Mapping[type[ev.Event], Callable[[RunView, Any], None]] = {
    ev.Started: _started,
    ev.LoadBegan: _load_began,
    ev.WarmedUp: _warmed_up,
    ev.StateChanged: _state_changed,
    ev.Second: lambda view, event: fold_second(view, event.tick),
    ev.Sampled: lambda view, event: fold_sample(view, event.second, event.sample),
    ev.GroupChanged: fold_group,
    ev.GroupAdded: _group_added,
    ev.PlanChanged: _plan_changed,
    ev.Traced: fold_trace,
    ev.PointChanged: fold_point,
    ev.Released: fold_release,
    ev.Commanded: fold_command,
    ev.TookEffect: fold_effect,
    ev.Breached: fold_breach,
    ev.Crossed: fold_crossing,
    ev.Grew: fold_growth,
    ev.PlateauMeasured: fold_plateau,
    ev.ThresholdChanged: fold_threshold,
    ev.ObjectivesChanged: _objectives_changed,
    ev.DurationChanged: _duration_changed,
    ev.Alarmed: fold_alarm,
    ev.Saturated: _saturated,
    ev.SnapshotTaken: fold_snapshot,
    ev.ProbeChanged: fold_probe,
    ev.Noted: _noted,
    ev.Ended: _ended,
}
