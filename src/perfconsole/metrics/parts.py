"""The parts of a `RunView`: plain data, light to import, the same on screen and in reports."""

from __future__ import annotations

from typing import Any

import msgspec

from perfconsole.metrics.series import Series
from perfconsole.model.event import StageInfo, TracedExchange
from perfconsole.model.limit_traits import PLAIN, LimitTraits, is_beyond, share_used
from perfconsole.model.states import GroupState, VuState
from perfconsole.model.tick import Arrivals, InjectorHealth, PhaseTick, Times

ERROR_KEYS = 500
OTHER_ERRORS = "other"
"""Key of all errors past the first `ERROR_KEYS` kinds."""


class CoursePoint(msgspec.Struct, frozen=True, array_like=True):
    """From run second `at_s` on, when a group's plan was `course_s` seconds old."""

    at_s: float
    course_s: float
    moving: bool
    """False: a pause, a hold or a hand keeps it there."""


class GroupView(msgspec.Struct):
    name: str
    flow: str
    planned: int
    state: GroupState = GroupState.DOWN
    vus: int = 0
    """Alive now."""
    target: int = 0
    held: bool = False
    by_hand: bool = False
    think_factor: float = 1.0
    """Of its think times; 0 when nobody thinks."""
    muted: bool = False
    """What goes wrong in it raises no alarm."""
    states: dict[VuState, int] = msgspec.field(default_factory=dict)
    peak_vus: int = 0
    iterations: int = 0
    """Since the start."""
    iterations_per_s: int = 0
    passed: int = 0
    """Transactions since the start."""
    failed: int = 0
    tps: int = 0
    """Passed in the last second."""
    failed_per_s: int = 0
    times: Times = Times()
    arrivals: Arrivals | None = None
    """Open model: of the last second; None in a closed one."""
    due: int = 0
    """Arrivals since the start."""
    asked: int = 0
    """Arrivals that the rate came to."""
    offered: int = 0
    dropped: int = 0
    service: Times | None = None
    """Open model: service times, where `times` are response times."""
    stages: tuple[StageInfo, ...] = ()
    """Of its planned load; arrivals a second in an open model."""
    open: bool = False
    points: tuple[str, ...] = ()
    """Rendezvous that its VUs come by."""
    course: list[CoursePoint] = msgspec.field(default_factory=list)
    """How it came through its plan since it was started last."""


class TransactionView(msgspec.Struct):
    name: str
    passed: int = 0
    failed: int = 0
    tps: int = 0
    failed_per_s: int = 0
    times: Times = Times()
    """Of the last second in which one passed."""
    service: Times | None = None
    """Open model: service times, where `times` are response times."""


class Moment(msgspec.Struct, frozen=True, array_like=True):
    """A value beyond its limit at a second of the run."""

    at_s: float
    value: float
    load: str
    """In words, ``340 VUs, 412 TPS``; empty in a run without load."""
    limit: float
    """The one that stood then: a hand may have set another one since."""


class MetricView(msgspec.Struct, omit_defaults=True):
    unit: str | None = None
    """None: by how the metric's name ends."""
    limit: float | None = None
    traits: LimitTraits = PLAIN
    """Of the limit."""
    value: float | None = None
    """Of the last sample; None while it is unknown."""
    over: bool = False
    """The last sample was beyond the limit."""
    breached: bool = False
    series: Series = msgspec.field(default_factory=Series)
    mean: float = 0.0
    peak: float | None = None
    """Highest value; the lowest, where less is worse."""
    peak_s: float = 0.0
    """Run time of the peak."""
    peak_load: str = ""
    """The load then, as in `Moment`; of what has a limit only."""
    samples: int = 0
    """Readings: what is measured more seldom than samples are taken is counted once each."""
    known: int = 0
    """Samples in which it was known."""
    seconds_over: float = 0.0
    first_over: Moment | None = None
    """The first sample beyond the limit."""
    breaches: int = 0
    first_breach: str = ""
    """As announced, with the load at that moment."""
    growth: str = ""
    """As told last: how fast it grows under the same load, and what will come of it."""

    def used(self, value: float) -> float:
        """The share of its limit that `value` would use, above 1 beyond it; 0 without a limit."""
        return share_used(value, self.limit, least=self.traits.least) if self.limit else 0.0

    def is_beyond(self, value: float | None) -> bool:
        """Known, and on the wrong side of its limit."""
        if value is None or self.limit is None:
            return False
        return is_beyond(value, self.limit, least=self.traits.least)


class ServerView(msgspec.Struct):
    name: str
    where: str
    judged: bool
    limits: dict[str, float]
    traits: dict[str, LimitTraits] = {}
    """Of limits that are not all at most, judged and asked for."""
    units: dict[str, str] = {}
    """Of metrics of probes, as `MetricView.unit`."""
    probes: dict[str, str] = msgspec.field(default_factory=dict)
    """Probes that fail, each with why."""
    ok: bool | None = None
    """None before the first sample."""
    generator: bool = False
    """The machine that generates the load, which nobody asked to watch."""
    detail: str = ""
    metrics: dict[str, MetricView] = msgspec.field(default_factory=dict)
    came: int = 0
    """Samples heard of, those among them that say that no answer came."""
    expected: int = 0
    """Samples that were due up to the run's present second, heard of or not."""
    first_due_s: float | None = None
    """Run time of the first sample."""
    at_s: float = 0.0
    """Run time of the last sample."""
    answered_s: float | None = None
    """The same of the last one that held an answer; None while none has."""
    interval_s: float = 0.0
    """How often a sample is due; 0 before the first."""


class PointView(msgspec.Struct):
    name: str
    policy: str
    waiting: dict[str, int] = msgspec.field(default_factory=dict)
    needed: int | None = None
    on: bool = True
    off: tuple[str, ...] = ()
    """Groups whose VUs walk past it."""
    releases: int = 0
    spread_ms_max: float | None = None

    @property
    def total(self) -> int:
        return sum(self.waiting.values())


class ErrorView(msgspec.Struct):
    key: str
    count: int = 0
    sample: str = ""
    exchange: str = ""
    """The first failing request and its answer; left out of a snapshot that has no room for it."""


class PhaseView(msgspec.Struct):
    """One phase of all requests that had it."""

    last: PhaseTick
    """Of the last second in which some had it."""
    second: int
    """Which one that was."""
    count: int = 0
    """Since the start."""
    mean_ms: float = 0.0
    max_ms: float = 0.0

    def add(self, tick: PhaseTick, second: int) -> None:
        self.last, self.second = tick, second
        self.count += tick.count
        if self.count:
            self.mean_ms += (tick.mean_ms - self.mean_ms) * tick.count / self.count
        self.max_ms = max(self.max_ms, tick.max_ms)


class InjectorView(msgspec.Struct):
    health: InjectorHealth
    requests: int = 0
    living: bool = True
    cpu_percent_peak: float = 0.0
    lag_p99_ms_peak: float = 0.0
    gc_pause_ms_peak: float = 0.0
    sockets_left_least: int | None = None
    saturated_since: float | None = None
    """Unix time from which on it has been the bottleneck; None while it is not."""
    saturated_s: float = 0.0
    """Seconds in which it was, the stretch that lasts left out."""

    def saturated_until(self, at: float) -> float:
        """Seconds in which it was the bottleneck, up to Unix time `at`."""
        open_s = 0.0 if self.saturated_since is None else max(0.0, at - self.saturated_since)
        return self.saturated_s + open_s


class GeneratorView(msgspec.Struct):
    """The load generator as a whole, as the bottleneck."""

    causes: dict[str, str] = msgspec.field(default_factory=dict)
    """What is wrong now, by injector number or ``machine``; empty while it keeps up."""
    since: float | None = None
    """Unix time from which on something has been wrong."""
    seconds: float = 0.0
    """In which something was wrong, the stretch that lasts left out."""
    why: str = ""
    """The first thing that was wrong in this run."""


class WarmUp(msgspec.Struct, frozen=True):
    """What came before the first second that objectives are about."""

    second: int
    """That second."""
    requests: int
    bytes_in: int
    saturated_s: float
    samples: dict[str, tuple[int, float]]
    """Of each metric, by server and name as in ``web1/cpu_percent``: how many, and their mean."""


class Line(msgspec.Struct, frozen=True, array_like=True):
    """One line of the events panel."""

    at: float
    level: str
    """``info``, ``warning`` or ``error``."""
    kind: str
    text: str
    detail: str = ""
    seq: int = 0
    """Of the event that it tells."""


class Band(msgspec.Struct, array_like=True):
    """A stretch to be shown behind the series, run seconds; `end` None while it lasts."""

    kind: str
    start: float
    end: float | None = None


class TraceView(msgspec.Struct):
    """The last of what was kept of a traced group; a snapshot without room leaves it out."""

    left: int = 0
    """How many more will be kept."""
    exchanges: list[TracedExchange] = msgspec.field(default_factory=list)


class SnapshotView(msgspec.Struct, frozen=True, array_like=True):
    """The heading of a snapshot; its outputs are in the journal."""

    number: int
    server: str
    why: str
    at: float
    """Unix time at which it was asked for."""
    names: tuple[str, ...]
    """Of its outputs."""
    size: int
    """Characters of all of them."""
    seq: int
    """Of the event that tells it."""


class AlarmView(msgspec.Struct, frozen=True):
    """Something that somebody should look at, since Unix time `since`."""

    level: str
    text: str
    since: float


class CommandView(msgspec.Struct):
    id: str
    at: float
    by: str
    said: str
    command: dict[str, Any]
    client: str = ""
    """Which front end sent it."""
    effect_ms: float | None = None
