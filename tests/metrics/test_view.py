from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfconsole.metrics.fold_lines import EVENT_LINES
from perfconsole.metrics.parts import Moment
from perfconsole.metrics.view import ERROR_KEYS, RunView
from perfconsole.model import event as ev
from perfconsole.model.limit_traits import LimitTraits
from perfconsole.model.sample import ServerSample
from perfconsole.model.states import GroupState, RunState, Verdict, VuState
from perfconsole.model.tick import (
    GroupTick,
    InjectorHealth,
    PointTick,
    RunTick,
    Times,
    TransactionTick,
)

STARTED = ev.Started(
    seq=1,
    at=1000.0,
    run="r1",
    name="shop",
    target="http://127.0.0.1:1",
    groups=(ev.GroupInfo("browse", "browse", 10), ev.GroupInfo("quote", "quote", 4)),
    servers=(
        ev.ServerInfo("web1", "this machine", {"cpu_percent": 75.0, "disk_percent": 80.0}, True),
    ),
    rendezvous=(ev.PointInfo("top-up", "100% of all"),),
    duration_s=60.0,
    response_limit_ms=500.0,
    pass_rate_limit=99.0,
    scenario={"name": "shop"},
)  # fmt: skip

counts = st.integers(0, 1000)
figure = st.none() | st.integers(1, 10**7).map(lambda us: us / 1000)
times = st.builds(Times, figure, figure, figure, figure, figure, figure)
names = st.sampled_from(["browse", "quote"])
states = st.dictionaries(st.sampled_from(VuState), counts, max_size=5)
tick = st.builds(
    RunTick,
    second=counts,
    transactions=st.lists(
        st.builds(TransactionTick, st.sampled_from(["home", "登录"]), counts, counts, times),
        unique_by=lambda row: row.name,
        max_size=2,
    ).map(tuple),
    groups=st.lists(
        st.builds(GroupTick, names, states, counts, counts, counts, counts, times),
        unique_by=lambda row: row.name,
        max_size=2,
    ).map(tuple),
    injectors=st.lists(
        st.builds(InjectorHealth, st.integers(0, 2), counts, figure.map(lambda f: f or 0.0),
                  figure.map(lambda f: f or 0.0), counts, st.just(1.5), st.just(40.0)),
        max_size=2,
    ).map(tuple),
    rendezvous=st.just((PointTick("top-up", {"browse": 2}, 4, True),)),
    errors=st.dictionaries(st.sampled_from(["HTTP 503", "timeout"]), counts, max_size=2),
    samples=st.dictionaries(st.sampled_from(["HTTP 503", "timeout"]), st.text(), max_size=1),
    times=times,
    requests=counts,
    requests_failed=counts,
    cut=counts,
    bytes_in=counts,
)  # fmt: skip
percent = st.integers(0, 1000).map(lambda n: n / 10)
metric = st.sampled_from(["cpu_percent", "memory_percent", "disk_percent:/"])
sample = st.builds(
    ServerSample, st.just("web1"), st.booleans(), st.dictionaries(metric, percent, max_size=3)
)
text = st.sampled_from(["a", "b", "web1 CPU over 75 %"])
kinds = st.one_of(
    st.tuples(st.just(ev.Second), st.fixed_dictionaries({"tick": tick})),
    st.tuples(st.just(ev.Sampled),
              st.fixed_dictionaries({"second": percent, "sample": sample})),
    st.tuples(st.just(ev.GroupChanged),
              st.fixed_dictionaries({"name": names, "state": st.sampled_from(GroupState),
                                     "target": counts, "held": st.booleans(),
                                     "by_hand": st.booleans()})),
    st.tuples(st.just(ev.PointChanged),
              st.fixed_dictionaries({"name": st.just("top-up"), "waiting": st.just({"browse": 1}),
                                     "needed": st.none() | counts, "on": st.booleans()})),
    st.tuples(st.just(ev.Released),
              st.fixed_dictionaries({"name": st.just("top-up"), "release": counts,
                                     "vus": counts, "spread_ms": percent})),
    st.tuples(st.just(ev.Commanded),
              st.fixed_dictionaries({"id": text, "by": text, "command": st.just({"do": "note"}),
                                     "said": text})),
    st.tuples(st.just(ev.TookEffect),
              st.fixed_dictionaries({"id": text, "effect_ms": percent})),
    st.tuples(st.just(ev.Breached),
              st.fixed_dictionaries({"server": st.just("web1"), "metric": metric,
                                     "limit": st.just(75.0), "over": st.booleans(),
                                     "since": st.just(1001.0), "text": text})),
    st.tuples(st.just(ev.Noted),
              st.fixed_dictionaries({"level": st.just("info"), "kind": text, "text": text})),
    st.tuples(st.just(ev.LoadBegan), st.just({})),
    st.tuples(st.just(ev.StateChanged),
              st.fixed_dictionaries({"state": st.sampled_from(RunState), "reason": text})),
)  # fmt: skip
events = st.lists(kinds, max_size=25).map(
    lambda rest: [
        STARTED,
        *(kind(seq=n, at=1000.0 + n, **fields) for n, (kind, fields) in enumerate(rest, 2)),
    ]
)


def folded(all_events: list[ev.RunEvent], view: RunView | None = None) -> RunView:
    view = view or RunView()
    for event in all_events:
        view.fold(event)
    return view


@settings(max_examples=60)
@given(events, st.data())
def test_a_snapshot_continued_is_the_straight_fold(run: list[ev.RunEvent], data: st.DataObject):
    at = data.draw(st.integers(0, len(run)))
    snapshot = msgspec.json.encode(folded(run[:at]))
    continued = folded(run[at:], msgspec.json.decode(snapshot, type=RunView))
    assert continued == folded(run)


@settings(max_examples=30)
@given(events, st.data())
def test_events_heard_again_change_nothing(run: list[ev.RunEvent], data: st.DataObject):
    at = data.draw(st.integers(0, len(run)))
    view = folded(run)
    assert folded(run[at:], view) == folded(run)


@settings(max_examples=30)
@given(events)
def test_events_survive_both_encodings(run: list[ev.RunEvent]):
    for codec in (msgspec.json, msgspec.msgpack):
        assert codec.decode(codec.encode(run), type=list[ev.RunEvent]) == run


def a_second(second: int, **fields: object) -> RunTick:
    empty: dict[str, object] = {
        "transactions": (), "groups": (), "injectors": (), "rendezvous": (), "errors": {},
        "samples": {}, "times": Times(), "requests": 0, "requests_failed": 0, "cut": 0,
        "bytes_in": 0,
    }  # fmt: skip
    return RunTick(second=second, **(empty | fields))


def test_counts_are_summed_over_seconds():
    view = folded([STARTED])
    for n in range(3):
        row = TransactionTick("home", 10, 1, Times(mean_ms=5.0))
        group = GroupTick("browse", {VuState.RUNNING: 4 - n}, 4, 2, 10, 1, Times())
        second = a_second(n, transactions=(row,), groups=(group,), requests=11, cut=1)
        view.fold(ev.Second(seq=n + 2, at=1001.0 + n, tick=second))
    assert (view.passed, view.failed, view.requests, view.cut) == (30, 3, 33, 3)
    browse = view.groups["browse"]
    assert (browse.peak_vus, browse.vus, browse.iterations, browse.passed) == (4, 2, 6, 30)
    assert view.transactions["home"].times.mean_ms == 5.0
    assert view.tps == 11


def test_a_pause_is_a_gap_with_a_band_behind_it():
    view = folded([STARTED])
    seq = 1

    def tell(kind: type[ev.Event], at: float, **fields: object) -> None:
        nonlocal seq
        seq += 1
        view.fold(kind(seq=seq, at=at, **fields))

    def second(n: int) -> None:
        group = GroupTick("browse", {VuState.RUNNING: 2}, 2, 0, 0, 0, Times())
        tell(ev.Second, 1001.0 + n, tick=a_second(n, groups=(group,)))

    steered = {"name": "browse", "target": 2, "held": False, "by_hand": False}
    second(0)
    tell(ev.GroupChanged, 1001.5, state=GroupState.PAUSED, **steered)
    second(1)
    second(2)
    tell(ev.GroupChanged, 1004.0, state=GroupState.RUNNING, **steered)
    second(3)
    assert [(band.kind, band.start, band.end) for band in view.bands] == [("pause", 1.5, 4.0)]
    assert [point.last for point in view.series["tps_passed"].points()] == [0, None, None, 0]


def test_a_metric_that_is_missing_is_unknown_and_not_zero():
    view = folded([STARTED])
    for n, known in enumerate(({"cpu_percent": 90.0}, {}, {"cpu_percent": 10.0})):
        sample = ServerSample("web1", bool(known), known, "no answer", 2.0)
        view.fold(ev.Sampled(seq=n + 2, at=1001.0, second=2.0 * n, sample=sample))
    server = view.servers["web1"]
    cpu = server.metrics["cpu_percent"]
    assert (server.expected, cpu.samples, cpu.mean, cpu.peak) == (3, 2, 50.0, 90.0)
    assert cpu.seconds_over == 2.0
    assert [point.last for point in cpu.series.points()] == [90.0, None, 10.0]


def sampled(view: RunView, at_s: float, **metrics: float) -> None:
    named = {name.replace("__", "."): value for name, value in metrics.items()}
    sample = ServerSample("web1", True, named, interval_s=2.0)
    view.fold(ev.Sampled(seq=view.seq + 1, at=1000.0 + at_s, second=at_s, sample=sample))


def test_the_first_crossing_and_the_peak_are_kept_with_their_load():
    view = folded([STARTED])
    for at_s, tps in enumerate((100, 200, 300, 400)):
        view.series["tps_passed"].add(float(at_s), tps)
        view.series["vus"].add(float(at_s), 10 * tps)
    view.second = 3
    for at_s, cpu in ((0.0, 60.0), (1.0, 76.0), (2.0, 90.0), (3.0, 80.0)):
        sampled(view, at_s, cpu_percent=cpu, run_queue=cpu)
    cpu, queue = (view.servers["web1"].metrics[name] for name in ("cpu_percent", "run_queue"))
    assert cpu.first_over == Moment(1.0, 76.0, "2,000 VUs, 200 TPS", 75.0)
    assert (cpu.peak, cpu.peak_s, cpu.peak_load) == (90.0, 2.0, "3,000 VUs, 300 TPS")
    assert (queue.first_over, queue.peak_load) == (None, ""), "what has no limit has no crossing"


def test_where_less_is_worse_the_lowest_is_the_peak_and_under_is_over():
    view = folded([STARTED])
    view.servers["web1"].limits = {"db.hit_percent": 90.0}
    view.servers["web1"].traits = {"db.hit_percent": LimitTraits(least=True)}
    for at_s, hits in enumerate((95.0, 80.0, 99.0)):
        sampled(view, float(at_s), db__hit_percent=hits)
    hits = view.servers["web1"].metrics["db.hit_percent"]
    assert (hits.peak, hits.seconds_over, hits.over) == (80.0, 2.0, False)
    assert hits.first_over is not None and hits.first_over.value == 80.0


def test_a_sampler_that_says_nothing_any_more_has_samples_due_all_the_same():
    view, seq = folded([STARTED]), 1
    for at in range(4, 12, 2):
        seq += 1
        sample = ServerSample("web1", True, {"cpu_percent": 50.0}, interval_s=2.0)
        view.fold(ev.Sampled(seq=seq, at=1000.0 + at, second=float(at), sample=sample))
    server = view.servers["web1"]
    assert (server.came, server.expected) == (4, 4)
    for n in range(60):
        view.fold(ev.Second(seq=seq + 1 + n, at=1001.0 + n, tick=a_second(n)))
    assert (server.came, server.expected) == (4, 27)
    view.fold(ev.Ended(seq=200, at=1090.0, verdict=Verdict.NOT_PROVEN, reasons=()))
    assert server.expected == 27


def test_the_time_under_load_is_from_the_first_vu_to_the_end_of_the_load():
    view = folded([STARTED])
    assert (view.loaded_from, view.loaded_until, view.loaded_s) == (None, None, 0.0)
    view.fold(ev.LoadBegan(seq=2, at=1002.5))
    assert (view.loaded_from, view.loaded_s) == (1002.5, 0.0)
    for n, done in enumerate((0, 0, 3, 3, 0, 0)):
        view.fold(ev.Second(seq=n + 3, at=1001.0 + n, tick=a_second(n, requests=done)))
    assert view.loaded_s == 3.5  # so far, think time and all
    view.fold(ev.StateChanged(seq=9, at=1006.2, state=RunState.STOPPING))
    view.fold(ev.Noted(seq=10, at=1030.0, level="info", kind="note", text="late"))
    assert (view.loaded_until, view.loaded_s) == (1006.2, pytest.approx(3.7))
    view.fold(ev.Second(seq=11, at=1030.5, tick=a_second(6, cut=1)))
    assert (view.loaded_until, view.loaded_s) == (1007.0, 4.5)
    assert folded([STARTED, ev.Noted(seq=2, at=1030.0, level="info", kind="note", text="x")]
                  ).loaded_s == 30.0  # fmt: skip


def test_a_limit_of_disk_percent_stands_for_every_mount_point():
    view = folded([STARTED])
    sample = ServerSample("web1", True, {"disk_percent:/data": 85.0, "load_1m": 1.0})
    view.fold(ev.Sampled(seq=2, at=1001.0, second=0.0, sample=sample))
    metrics = view.servers["web1"].metrics
    assert metrics["disk_percent:/data"].over
    assert metrics["load_1m"].limit is None


def test_breaches_are_counted_and_the_first_one_is_kept():
    view = folded([STARTED])
    sample = ServerSample("web1", True, {"cpu_percent": 85.0})
    view.fold(ev.Sampled(seq=2, at=1001.0, second=0.0, sample=sample))
    for seq, (over, said) in enumerate(((True, "first"), (False, "back"), (True, "second")), 3):
        view.fold(
            ev.Breached(seq=seq, at=1002.0, server="web1", metric="cpu_percent", limit=75.0,
                        over=over, since=1001.0, text=said)
        )  # fmt: skip
    cpu = view.servers["web1"].metrics["cpu_percent"]
    assert (cpu.breaches, cpu.first_breach, cpu.breached) == (2, "first", True)
    assert [line.text for line in view.lines] == ["first", "back", "second"]


def test_a_long_run_stays_bounded():
    view = folded([STARTED])
    for n in range(3000):
        second = a_second(n, errors={f"error {n}": 1}, samples={f"error {n}": "s"})
        view.fold(ev.Second(seq=2 * n + 2, at=1001.0 + n, tick=second))
        view.fold(ev.Noted(seq=2 * n + 3, at=1001.0 + n, level="info", kind="note", text="x"))
    assert len(view.lines) == EVENT_LINES
    assert len(view.errors) == ERROR_KEYS + 1
    assert sum(error.count for error in view.errors.values()) == 3000
    assert all(series.size < 1400 for series in view.series.values())


@pytest.mark.parametrize("verdict", list(Verdict))
def test_the_end_closes_the_run(verdict: Verdict):
    view = folded([STARTED, ev.Ended(seq=2, at=1060.0, verdict=verdict, reasons=("why",))])
    assert (view.state, view.verdict, view.reasons) == (RunState.ENDED, verdict, ("why",))
    assert view.elapsed_s == 60.0
