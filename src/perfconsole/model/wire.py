"""What controller and injector say to each other: msgpack, length-prefixed, over a socketpair.

`Order`s go to the injector, `Report`s come back. All clocks are Unix time in seconds.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from perfconsole.model.phase import Phase
from perfconsole.model.plan import DataPlan, GroupPlan, InjectorPlan, Script, ThinkPlan
from perfconsole.model.profile import Profile
from perfconsole.model.states import StopMode, VuState

# ---------------------------------------------------------------- controller → injector


class Begin(msgspec.Struct, frozen=True, tag="begin"):
    """First order: the plan. The injector answers `Ready`."""

    plan: InjectorPlan


class Lease(msgspec.Struct, frozen=True, tag="lease"):
    """The controller is alive; sent every half second."""


class SetVus(msgspec.Struct, frozen=True, tag="set_vus"):
    """Have `count` VUs of `group` active here; surplus VUs leave as `mode` says.

    VUs that have ended for good (they did all their iterations, or gave up) still count, until an
    order for nobody, playing or ready, forgets them. In an open model that order also ends the
    arrivals and forgets those that wait.
    """

    order: int
    group: str
    count: int
    mode: StopMode
    by_hand: bool = False
    """VUs stopped by a hand end as `stopped`; others as `passed` or `failed`."""
    ready: int = 0
    """So many are to be there in all, `count` among them: the others play their init, and wait as
    `ready`."""


class SetRate(msgspec.Struct, frozen=True, tag="set_rate"):
    """From `at_s` on arrivals of `group` follow `law`; until then what was ordered before.

    Arrivals are numbered through the run over all injectors. Constant ones here are those with
    number ≡ `share` modulo `of`; Poisson ones come at 1/`of` of the rate.
    """

    order: int
    group: str
    at_s: float
    """Run second, a little ahead."""
    first: float
    """Arrivals of the group until `at_s`, of all injectors together."""
    law: Profile
    since_s: float
    """How far `law` is at `at_s`."""
    share: int
    of: int


class SetThink(msgspec.Struct, frozen=True, tag="set_think"):
    """From the next think time on, those of `group` are what `think` makes of them."""

    order: int
    group: str
    think: ThinkPlan


class LoadScripts(msgspec.Struct, frozen=True, tag="load_scripts"):
    """From its next iteration on each VU plays its group's script of these."""

    order: int
    scripts: dict[str, Script]
    variables: dict[str, str]
    """Instead of the plan's."""


class Pause(msgspec.Struct, frozen=True, tag="pause"):
    """Arrivals of these groups stop too, until `SetRate` says where they go on."""

    order: int
    groups: tuple[str, ...]


class Resume(msgspec.Struct, frozen=True, tag="resume"):
    """Let the paused VUs go on, spread evenly over `over_s` seconds."""

    order: int
    groups: tuple[str, ...]
    over_s: float
    all: bool = True
    """Also those that were paused one by one."""


class AddGroup(msgspec.Struct, frozen=True, tag="add_group"):
    """One more group; no VU of it begins before `SetVus` says so.

    When it cannot be played here `StopWanted` says why, and its VUs end before they ask anything.
    """

    order: int
    group: GroupPlan
    secret: tuple[str, ...]
    """Instead of the plan's."""
    data: dict[str, DataPlan] = {}
    """Data sets besides the plan's; those that are here already stay as they are."""


class Trace(msgspec.Struct, frozen=True, tag="trace"):
    """Report the next `count` exchanges of `group` as `TracedHere`; 0 ends it."""

    order: int
    group: str
    count: int
    all: bool
    """False: only those that fail."""


class Mute(msgspec.Struct, frozen=True, tag="mute"):
    """Keep no exchange of what fails in `group` (`on`), or as ever; a trace of it goes on."""

    order: int
    group: str
    on: bool


class StopVus(msgspec.Struct, frozen=True, tag="stop_vus"):
    """The VUs in these slots leave as `mode` says, and the group has so many fewer to have here."""

    order: int
    group: str
    slots: tuple[int, ...]
    mode: StopMode


class PauseVus(msgspec.Struct, frozen=True, tag="pause_vus"):
    """The VUs in these slots wait at their next step border (`on`), or go on."""

    order: int
    group: str
    slots: tuple[int, ...]
    on: bool


class ListVus(msgspec.Struct, frozen=True, tag="list_vus"):
    """Answered by `VuList`: `count` slots of `group`, ascending, from the `first`-th on."""

    order: int
    group: str
    first: int
    count: int
    state: VuState | None = None
    """Of those in this state only; `first` and the answer's `total` are of them."""
    slots: tuple[int, ...] = ()
    """Just these slots, when any are named; those that there are not are left out."""


class Release(msgspec.Struct, frozen=True, tag="release"):
    """Let the `count` longest-waiting VUs at `point` go (all that wait, when None)."""

    order: int
    point: str
    release: int
    """Number of this release at this point in the run, from 1; `Spread` reports carry it."""
    count: int | None


class SwitchRendezvous(msgspec.Struct, frozen=True, tag="switch_rendezvous"):
    """Turn a point on or off; off lets its waiting VUs go and later ones walk past."""

    order: int
    point: str
    on: bool
    groups: tuple[str, ...] = ()
    """Only for the VUs of these; for all when empty."""


class Finish(msgspec.Struct, frozen=True, tag="finish"):
    """Cut whatever is still running, send the last tick and `Bye`, and end."""


Order = (
    Begin
    | Lease
    | SetVus
    | SetRate
    | SetThink
    | LoadScripts
    | Pause
    | Resume
    | AddGroup
    | Trace
    | Mute
    | StopVus
    | PauseVus
    | ListVus
    | Release
    | SwitchRendezvous
    | Finish
)

# ---------------------------------------------------------------- injector → controller


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    pid: int


class Acted(msgspec.Struct, frozen=True, tag="acted"):
    """The order is in force from now on: e.g. after a pause no request starts any more."""

    order: int


class Gathered(msgspec.Struct, frozen=True, tag="gathered"):
    """How many VUs wait at `point` in this injector now, by group; sent at once on change."""

    point: str
    waiting: dict[str, int]


class Spread(msgspec.Struct, frozen=True, tag="spread"):
    """First and last request sent by the VUs of one release, Unix time."""

    point: str
    release: int
    first_at: float
    last_at: float
    vus: int


class Exchange(msgspec.Struct, frozen=True, array_like=True):
    at: float
    slot: int
    key: str
    failed: bool
    text: str


class TransactionCounts(msgspec.Struct, frozen=True, array_like=True):
    """One second of one transaction of one group. Times are microseconds."""

    group: str
    name: str
    passed: int
    failed: int
    cut: int
    """Begun and cut short by a stop: neither passed nor failed."""
    sum_us: float
    sum_sq_us: float
    min_us: float
    max_us: float
    failed_sum_us: float
    failed_max_us: float
    buckets: bytes
    """Histogram of the passed ones: bucket numbers, uint16 little-endian, ascending."""
    counts: bytes
    """Their counts, uint32 little-endian, one for each of `buckets`."""
    service_sum_us: float = 0.0
    """In an open model the times above are response times, from when the arrival was due; these
    are service times, from the actual start. In a closed model the two are the same and all of
    `service_*` is empty."""
    service_max_us: float = 0.0
    service_buckets: bytes = b""
    service_counts: bytes = b""


class PhaseCounts(msgspec.Struct, frozen=True, array_like=True):
    """One phase of all requests that had it and were answered in this second."""

    phase: Phase
    count: int
    sum_us: float
    max_us: float
    buckets: bytes
    """As in `TransactionCounts`."""
    counts: bytes


class RequestCounts(msgspec.Struct, frozen=True, array_like=True):
    """One second of the requests of one name in one group, redirects among them."""

    group: str
    name: str
    count: int
    """Finished: answered, or failed in whatever way."""
    failed: int
    opened: int
    """Of those answered, how many had to open a connection."""
    phases_us: tuple[float, ...]
    """Sums over those answered, one for each of `Phase` in its order."""
    answered: int = 0
    """Whose answer came whole, whatever a check said of it."""


class ErrorCount(msgspec.Struct, frozen=True, array_like=True):
    key: str
    """Short and of few kinds: ``GET /a: HTTP 503``, ``GET /a: connect refused``."""
    count: int
    sample: str
    """First one of this second, a line or two, secrets masked."""
    exchange: str = ""
    """Request and answer of the first one in this injector, size-limited, secrets masked; empty
    in all later reports of the key."""


class GroupCounts(msgspec.Struct, frozen=True, array_like=True):
    name: str
    states: dict[VuState, int]
    """Of the slots this injector has made, at the end of the second."""
    iterations: int
    """Completed in this second."""
    iterations_failed: int
    peak: int = 0
    """Most VUs alive at a moment of this second."""
    due: int = 0
    """Open model: arrivals that fell due in this second."""
    offered: int = 0
    """Open model: arrivals that a VU began in this second."""
    waiting: int = 0
    """Open model: arrivals due for which no VU is free, now."""
    dropped: int = 0
    """Open model: arrivals given up in this second, for too many were waiting."""
    retired: int = 0
    """VUs that have ended for good since the group was started."""
    samples_left: int | None = None
    """Iterations that nobody here has begun yet; None where they are not counted."""
    held: int = 0
    """VUs that are paused one by one, those that wait at a point or in a request among them."""


class InjectorTick(msgspec.Struct, frozen=True, tag="tick"):
    """One second of one injector."""

    injector: int
    second: int
    """Whole seconds from the run's start to this tick's beginning."""
    transactions: tuple[TransactionCounts, ...]
    groups: tuple[GroupCounts, ...]
    errors: tuple[ErrorCount, ...]
    requests: int
    """Requests finished: answered, or failed in whatever way."""
    requests_failed: int
    cut: int
    """Requests cut in flight by a stop."""
    bytes_in: int
    """Response bytes, heads and bodies."""
    connections_opened: int
    lag_p99_ms: float
    cpu_s: float
    """CPU of the process, user + system, since its start."""
    rss_mb: float
    """Peak resident memory so far."""
    last: bool = False
    """Nothing comes after it."""
    connections_reused: int = 0
    """Requests sent on a connection that was open already."""
    phases: tuple[PhaseCounts, ...] = ()
    by_request: tuple[RequestCounts, ...] = ()
    sockets_left: int | None = None
    """How many more this process may open."""
    memory_mb: float | None = None
    """Resident memory now."""
    gc_pause_ms: float = 0.0
    """Longest pause of the garbage collector in this second."""


class StopWanted(msgspec.Struct, frozen=True, tag="stop_wanted"):
    """A VU met what its scenario says stops the group; told once for a start of the group."""

    group: str
    why: str


class Trouble(msgspec.Struct, frozen=True, tag="trouble"):
    """Something the operator should read, such as no descriptors left."""

    text: str
    level: Literal["warning", "error"] = "error"


class Printed(msgspec.Struct, frozen=True, tag="printed"):
    """A line that a flow in Python has printed."""

    text: str


class VuRow(msgspec.Struct, frozen=True, array_like=True):
    """One VU slot as it is now."""

    slot: int
    state: VuState
    step: str
    """Name of the request, transaction or point it is at; empty between iterations."""
    iterations: int
    failed: int
    """Iterations failed."""
    last_error: str = ""
    """Key of its last error."""
    paused: bool = False
    """It goes no further: it or its group is paused, whatever it still does or waits for."""


class VuList(msgspec.Struct, frozen=True, tag="vu_list"):
    order: int
    total: int
    """Slots that there are, of those asked for."""
    rows: tuple[VuRow, ...]


class TracedHere(msgspec.Struct, frozen=True, tag="traced_here"):
    """Exchanges of a traced group, at most once in a tenth of a second."""

    group: str
    exchanges: tuple[Exchange, ...]
    left: int


class Bye(msgspec.Struct, frozen=True, tag="bye"):
    """After the last tick."""


Report = (
    Ready
    | Acted
    | Gathered
    | Spread
    | InjectorTick
    | StopWanted
    | VuList
    | TracedHere
    | Trouble
    | Printed
    | Bye
)
