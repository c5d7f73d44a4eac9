"""All that happens in a run, in order: what the journal keeps, the API serves and the view folds.

`seq` counts from 1 without gaps; `at` is Unix time. JSON on the API, msgpack in the journal.
"""

from __future__ import annotations

from typing import Any

import msgspec

from perfconsole.model.limit_traits import PLAIN, LimitTraits
from perfconsole.model.plateau import Plateau
from perfconsole.model.sample import ServerSample
from perfconsole.model.server_news import CommandOutput
from perfconsole.model.states import GroupState, RunState, Verdict
from perfconsole.model.summary import ObjectiveSummary
from perfconsole.model.tick import RunTick
from perfconsole.model.trend import Trend

MOST_STAGES = 200


class StageInfo(msgspec.Struct, frozen=True, array_like=True):
    """One stage of a group's planned load: VUs, or arrivals a second."""

    kind: str
    """As in `stages.STAGE_KINDS`."""
    end_s: float
    """From the beginning of the plan."""
    load: float
    """At its end."""
    most: float
    """The highest in it."""


class GroupInfo(msgspec.Struct, frozen=True):
    name: str
    flow: str
    vus: int
    """Planned number, at the highest."""
    stages: tuple[StageInfo, ...] = ()
    """Of its load, the first `MOST_STAGES` of them."""
    open: bool = False
    """Loads are arrivals a second."""
    points: tuple[str, ...] = ()
    """Rendezvous that its VUs come by."""


class ServerInfo(msgspec.Struct, frozen=True):
    name: str
    where: str
    """``this machine`` or ``deploy@web1:22``."""
    limits: dict[str, float]
    """By metric; ``disk_percent`` stands for every mount point."""
    judged: bool
    traits: dict[str, LimitTraits] = {}
    """Of limits that are not all at most, judged and asked for."""
    units: dict[str, str] = {}
    """Of metrics of probes whose names do not tell, such as ``MB`` or ``/s``."""
    generator: bool = False
    """The machine that generates the load, which the scenario does not name."""


class TracedExchange(msgspec.Struct, frozen=True, array_like=True):
    """One request and its answer, kept because its group is traced."""

    at: float
    """Unix time of its end."""
    vu: str
    """Injector and slot, ``0.17``."""
    key: str
    """Of its error, as in `wire.ErrorCount`; the request's name when it passed."""
    failed: bool
    text: str
    """As curl shows it, size-limited, secrets masked."""


class PointInfo(msgspec.Struct, frozen=True):
    name: str
    policy: str
    """As written in the scenario, e.g. ``100% of all``."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    seq: int
    at: float


class Started(Event, frozen=True, tag="started"):
    """The first event of every run."""

    run: str
    name: str
    target: str
    groups: tuple[GroupInfo, ...]
    servers: tuple[ServerInfo, ...]
    rendezvous: tuple[PointInfo, ...]
    duration_s: float | None
    response_limit_ms: float | None
    """Lowest response-time objective over all transactions, for the chart's dashed line."""
    pass_rate_limit: float | None
    """Pass rate wanted over all, percent."""
    scenario: dict[str, Any]
    """As loaded, secrets masked."""
    seed: int = 0
    """Of all that is drawn at random; the scenario with the same one repeats the run."""
    dead_man_s: float | None = None
    """The load is paused when nobody has touched the run for this long; None: it is not."""


class StateChanged(Event, frozen=True, tag="state"):
    state: RunState
    reason: str = ""


class LoadBegan(Event, frozen=True, tag="load"):
    """The first VU was wanted: rates are counted from here."""


class WarmedUp(Event, frozen=True, tag="warmed_up"):
    """The warm-up is over: what comes from now on is what objectives are about."""

    second: int
    """The first run second that counts."""


class Second(Event, frozen=True, tag="second"):
    tick: RunTick


class Sampled(Event, frozen=True, tag="sampled"):
    second: float
    """Seconds from the run's start."""
    sample: ServerSample


class GroupChanged(Event, frozen=True, tag="group"):
    """A group's state as steered, at once and not a second later."""

    name: str
    state: GroupState
    target: int
    held: bool
    by_hand: bool
    """Its schedule waits until told to go on."""
    think_factor: float = 1.0
    """Of its think times; 0 when nobody thinks."""
    muted: bool = False
    """What goes wrong in it raises no alarm."""
    course_s: float | None = None
    """How far its plan is then, seconds, below 0 while its start delay runs; None before anybody
    knows when it begins."""


class GroupAdded(Event, frozen=True, tag="group_added"):
    group: GroupInfo


class PlanChanged(Event, frozen=True, tag="plan"):
    """A hand has edited what remains of a group's schedule: it is these stages from now on."""

    name: str
    stages: tuple[StageInfo, ...]


class Traced(Event, frozen=True, tag="traced"):
    group: str
    exchanges: tuple[TracedExchange, ...]
    left: int
    """How many more will be kept."""


class PointChanged(Event, frozen=True, tag="point"):
    name: str
    waiting: dict[str, int]
    needed: int | None
    on: bool
    policy: str | None = None
    """As in `PointInfo`, when a hand has changed it."""
    off: tuple[str, ...] = ()
    """Groups whose VUs walk past it, by hand."""


class Released(Event, frozen=True, tag="released"):
    """One release of a rendezvous, with the spread achieved (first to last request sent)."""

    name: str
    release: int
    vus: int
    spread_ms: float | None
    """None when none of them sent a request."""


class Commanded(Event, frozen=True, tag="commanded"):
    """A hand's command, committed before it was acknowledged."""

    id: str
    by: str
    command: dict[str, Any]
    said: str
    """What was done, past tense."""
    client: str = ""
    """Which front end sent it; two of one person differ."""
    load_s: float | None = None
    """When it was done by the load's own time, seconds: start delays, and the steering of a
    scenario, count by it. None before the load began."""


class TookEffect(Event, frozen=True, tag="effect"):
    """Every injector has acted on the command."""

    id: str
    effect_ms: float
    """From its arrival at the controller."""


class Breached(Event, frozen=True, tag="breach"):
    """A server metric went over its limit, or came back (`over` False)."""

    server: str
    metric: str
    limit: float
    over: bool
    since: float
    """Unix time of the first sample of the breach."""
    text: str


class Crossed(Event, frozen=True, tag="crossed"):
    """A client metric went over the limit of an objective, or came back (`over` False)."""

    key: str
    """Metric and what it is of, such as ``p95_ms`` or ``pass_rate of login``."""
    over: bool
    since: float
    """Unix time."""
    text: str
    """With the load at that moment: ``p95 over 800 ms at 340 VUs, 412 TPS``."""


class Grew(Event, frozen=True, tag="growth"):
    """What is known of the growth of something under the same load has changed."""

    server: str
    """Empty: of the transactions."""
    metric: str
    """Of a server, or ``p50_ms``, ``p95_ms`` or ``tps``."""
    text: str
    """What is known now."""
    trend: Trend | None
    """None: it grows no more."""
    loud: bool
    """It is a line of the events, and an alarm while it grows steadily."""

    @property
    def lasts(self) -> bool:
        return self.trend is not None and self.trend.steady


class PlateauMeasured(Event, frozen=True, tag="plateau"):
    """How a plateau stands, every few seconds while it lasts, and at its end."""

    plateau: Plateau


class ThresholdChanged(Event, frozen=True, tag="threshold_limit"):
    """A hand has changed the limit of a server metric."""

    server: str
    metric: str
    limit: float | None
    """None: it has none any more."""
    traits: LimitTraits = PLAIN


class ObjectivesChanged(Event, frozen=True, tag="objectives"):
    """A hand has changed what the verdict asks for; fields as in `Started`."""

    response_limit_ms: float | None
    pass_rate_limit: float | None
    objectives: tuple[dict[str, Any], ...]
    """All of them now, as in a scenario."""


class DurationChanged(Event, frozen=True, tag="duration"):
    """The run lasts so long now, from its first VU; None: until a hand ends it."""

    duration_s: float | None


class Alarmed(Event, frozen=True, tag="alarm"):
    """Somebody should look (`on`), or need not any more: one for each cause, not one a sample."""

    cause: str
    """``breach web1/cpu_percent``, ``objective p95_ms``, ``errors``, ``injector 2``,
    ``server web1``, ``saturated``, ``end``, ..."""
    level: str
    """``info``, ``warning`` or ``error``."""
    on: bool
    text: str
    since: float = 0.0
    """Unix time from which on it has been so: recovery is told when it has lasted."""


class Saturated(Event, frozen=True, tag="saturated"):
    """The load generator became the bottleneck, or has stopped being it (`on` False)."""

    injector: int | None
    """None for the machine as a whole."""
    on: bool
    text: str
    """Which limit was passed, with its value."""
    since: float = 0.0
    """Unix time from which on it was, or was not any more."""
    advice: str = ""
    """What may help."""


class SnapshotTaken(Event, frozen=True, tag="snapshot"):
    """What ran on a server at one moment, and what the commands of the scenario wrote there."""

    number: int
    """In the run, from 1 on."""
    server: str
    why: str
    """What it was taken for: a hand, or a breach as announced."""
    asked_at: float
    """Unix time."""
    outputs: tuple[CommandOutput, ...]
    """The largest processes first; secrets masked."""


class ProbeChanged(Event, frozen=True, tag="probe"):
    """A probe of a server fails, fails in another way, or works again (`ok`)."""

    server: str
    probe: str
    ok: bool
    detail: str = ""
    """With not ok: why, one line, secrets masked."""


class Noted(Event, frozen=True, tag="noted"):
    """A line for the events panel that is no other event."""

    level: str
    """``info``, ``warning`` or ``error``."""
    kind: str
    """A word to filter by: ``note``, ``rendezvous``, ``injector``, ``server``, ``run``, ..."""
    text: str
    detail: str = ""
    """Lines that tell more, such as the end of what a command printed; secrets masked."""
    cause: str = ""
    """What somebody should look at because of it, as in `Alarmed.cause`; empty: nothing."""


class Ended(Event, frozen=True, tag="ended"):
    """The last event of every run that ended by itself."""

    verdict: Verdict
    reasons: tuple[str, ...]
    objectives: tuple[ObjectiveSummary, ...] = ()


RunEvent = (
    Started
    | StateChanged
    | LoadBegan
    | WarmedUp
    | Second
    | Sampled
    | GroupChanged
    | GroupAdded
    | PlanChanged
    | Traced
    | PointChanged
    | Released
    | Commanded
    | TookEffect
    | Breached
    | Crossed
    | Grew
    | PlateauMeasured
    | ThresholdChanged
    | ObjectivesChanged
    | DurationChanged
    | Alarmed
    | Saturated
    | SnapshotTaken
    | ProbeChanged
    | Noted
    | Ended
)
