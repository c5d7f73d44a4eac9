"""Steering a run: the hands that do commands, and what is looked at before they do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from perfconsole.controller.additions import Additions, PlanOf
from perfconsole.controller.fleet import Fleet
from perfconsole.controller.hands.adding_hand import AddingHand
from perfconsole.controller.hands.courses import Courses
from perfconsole.controller.hands.dispatch import Dispatch
from perfconsole.controller.hands.group_hand import GroupHand
from perfconsole.controller.hands.keep_hand import KeepHand
from perfconsole.controller.hands.limit_hand import LimitHand
from perfconsole.controller.hands.load_hand import LoadHand
from perfconsole.controller.hands.point_hand import PointHand
from perfconsole.controller.hands.roster import Roster
from perfconsole.controller.hands.run_hand import RunHand
from perfconsole.controller.hands.snapshot_hand import SnapshotHand
from perfconsole.controller.hands.undo_hand import UndoHand
from perfconsole.controller.hands.vu_hand import VuHand
from perfconsole.controller.load.arrival_rates import Rates
from perfconsole.controller.load.lives import Lives
from perfconsole.controller.load.run_length import RunLength
from perfconsole.controller.load.schedule import GroupSchedule
from perfconsole.controller.record import Record
from perfconsole.controller.releases import Releases
from perfconsole.controller.reloading import Reloads
from perfconsole.controller.safety.confirming import Confirming
from perfconsole.controller.safety.precautions import Precautions
from perfconsole.controller.safety.undoing import Undoing
from perfconsole.controller.single_pauses import SinglePauses
from perfconsole.controller.traces import Traces
from perfconsole.controller.vu_roll import VuRoll
from perfconsole.controller.watching.breaches import BreachWatch
from perfconsole.controller.watching.goals import Goals
from perfconsole.controller.watching.snapshots import Snapshots
from perfconsole.model.scenario import Scenario
from perfconsole.model.start import StartSpec
from perfconsole.model.states import StopMode


@dataclass(frozen=True, slots=True)
class Parts:
    """What of a run hands are laid on."""

    spec: StartSpec
    scenario: Scenario
    record: Record
    schedules: dict[str, GroupSchedule]
    fleet: Fleet
    rates: Rates
    lives: Lives
    pauses: SinglePauses
    roll: VuRoll
    releases: Releases
    traces: Traces
    breaches: BreachWatch
    goals: Goals
    snapshots: Snapshots
    length: RunLength
    reloads: Reloads
    plan_of: PlanOf
    spread: Callable[[GroupSchedule], list[int]]
    """Sends a group's present target to the injectors."""
    end: Callable[[StopMode], None]
    """Begins the run's end, by hand."""
    leave: Callable[[], str]
    """Is told when the operator detaches, and says what follows."""
    loaded_s: Callable[[], float]
    """How long ago the first VU began."""


def steering_of(run: Parts) -> tuple[Dispatch, Precautions]:
    roster = Roster(run.schedules)
    courses = Courses(roster, run.scenario, run.spec.seed)
    additions = Additions(run.spec, run.reloads, run.plan_of, run.fleet, run.record)
    vus = VuHand(roster, run.fleet, run.roll, run.pauses, run.spread)
    deeds = [
        GroupHand(roster, run.fleet, run.lives, run.pauses, run.spread).deeds,
        LoadHand(roster, run.fleet, run.rates, courses, run.spread).deeds,
        vus.deeds,
        PointHand(run.releases).deeds,
        KeepHand(roster, run.fleet, run.traces).deeds,
        LimitHand(run.record, roster, run.breaches, run.goals, run.length, run.loaded_s).deeds,
        AddingHand(
            additions, run.schedules, run.rates, run.lives, run.record, run.spec.seed, run.spread
        ).deeds,
        SnapshotHand(run.snapshots).deeds,
        RunHand(run.reloads, run.end, run.leave).deeds,
    ]
    undoing = Undoing(
        roster, run.fleet, run.rates, run.lives, run.releases.points, run.pauses,
        run.record.view, lambda: run.goals.held_to, run.breaches.held, Dispatch(*deeds).apply,
        run.spread,
    )  # fmt: skip
    confirming = Confirming(
        roster,
        courses,
        lambda: run.reloads.scenario,
        run.spec.target,
        run.record,
        undoing.then,
        lambda: undoing.commands,
    )
    return (
        Dispatch(*deeds, UndoHand(undoing).deeds, looks=vus.looks),
        Precautions(roster, run.record, confirming, undoing),
    )
