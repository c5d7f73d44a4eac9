"""The load generator watched: what is told when it becomes the bottleneck, and when it passes."""

from __future__ import annotations

from typing import Any

import pytest

from perfconsole.controller.record import Record
from perfconsole.controller.watching.health import HealthWatch
from perfconsole.model import event as ev
from perfconsole.model.tick import InjectorHealth, RunTick, Times


class KeptEvents:
    """Stands for the journal."""

    def __init__(self) -> None:
        self.events: list[Any] = []

    def put(self, event: Any) -> None:
        self.events.append(event)

    def of(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


@pytest.fixture
def journal() -> KeptEvents:
    return KeptEvents()


@pytest.fixture
def record(journal: KeptEvents) -> Record:
    record = Record(journal)  # type: ignore[arg-type] # all that is asked of it is put
    record.add(
        ev.Started, at=1000.0, run="r", name="n", target="", groups=(), servers=(), rendezvous=(),
        duration_s=None, response_limit_ms=None, pass_rate_limit=None, scenario={},
    )  # fmt: skip
    record.add(ev.LoadBegan, at=1002.5)
    return record


@pytest.fixture
def watch(record: Record) -> HealthWatch:
    return HealthWatch(record, cores=2)


def health(injector: int = 0, cpu: float = 20.0, lag: float = 1.0, **more: Any) -> InjectorHealth:
    return InjectorHealth(injector, 77, cpu, 1.0, 10, lag, 40.0, **more)


@pytest.fixture
def play(watch: HealthWatch, record: Record):
    """Seconds as they close, from the one given on."""

    def seconds(first: int, *healths: InjectorHealth, machine: float | None = None) -> None:
        for second, one in enumerate(healths, first):
            tick = RunTick(
                second=second, transactions=(), groups=(), injectors=(one,), rendezvous=(),
                errors={}, samples={}, times=Times(), requests=0, requests_failed=0, cut=0,
                bytes_in=0, machine_cpu_percent=machine,
            )  # fmt: skip
            record.add(ev.Second, at=1000.0 + second + 1, tick=tick)
            watch.take(tick)

    return seconds


def test_a_busy_injector_is_told_with_what_may_help(play, journal: KeptEvents, record) -> None:
    play(3, health(), health(cpu=97.4), health(cpu=99.0))
    (event,) = journal.of(ev.Saturated)
    assert (event.injector, event.on, event.since) == (0, True, 1004.0)
    assert event.text == "injector 0 uses 99 % of its core, limit 85 %"
    assert "--injectors 2" in event.advice
    assert record.view.lines[-1].text.startswith("the load generator is the bottleneck: injector 0")
    play(6, health(cpu=100.0), health(), health(), health())
    off = journal.of(ev.Saturated)[-1]
    assert (off.injector, off.on, off.since) == (0, False, 1007.0)
    assert record.view.saturated_s == pytest.approx(3.0)


def test_all_cores_taken_by_injectors_there_is_no_advice_to_add_some(record, journal) -> None:
    watch = HealthWatch(record, cores=1)
    for second in (3, 4, 5):
        tick = RunTick(
            second, (), (), (health(cpu=99.0),), (), {}, {}, Times(), 0, 0, 0, 0,
        )  # fmt: skip
        watch.take(tick)
    assert "--injectors" not in journal.of(ev.Saturated)[0].advice


@pytest.mark.parametrize(
    ("more", "machine", "words"),
    [
        ({}, 40.0, "injector 0 acts 23 ms late, limit 10 ms"),
        ({"gc_pause_ms": 21.0}, 99.0,
         "injector 0 acts 23 ms late, limit 10 ms (garbage collection 21 ms)"),
        ({}, 99.0, "injector 0 acts 23 ms late, limit 10 ms (all cores are busy)"),
    ],
)  # fmt: skip
def test_a_late_injector_is_told_with_what_held_it(more, machine, words, play, journal) -> None:
    play(3, health(), *[health(lag=23.0, **more)] * 2, machine=machine)
    assert journal.of(ev.Saturated)[0].text == words


def test_starting_is_no_alarm(play, journal: KeptEvents) -> None:
    play(0, health(lag=50.0), health(cpu=100.0))  # no VU was wanted yet
    play(2, health(lag=500.0), health(), health())  # all VUs connect at once
    assert not journal.of(ev.Saturated)


def test_a_busy_machine_holds_up_now_this_injector_and_now_that(
    watch, journal: KeptEvents, record
) -> None:
    def second(number: int, *lags: float, machine: float = 99.0) -> None:
        healths = tuple(health(n, lag=lag) for n, lag in enumerate(lags))
        watch.take(RunTick(
            number, (), (), healths, (), {}, {}, Times(), 0, 0, 0, 0, machine_cpu_percent=machine,
        ))  # fmt: skip

    second(3, 1.0, 1.0, 1.0)
    second(4, 12.0, 1.0, 9.0)
    assert not journal.of(ev.Saturated)
    second(5, 1.0, 17.0, 1.0)
    (event,) = journal.of(ev.Saturated)
    assert (event.injector, event.on) == (None, True)
    assert "all cores of this machine are busy (99 %), injectors act 17 ms late" in event.text
    assert record.view.generator.causes.keys() == {"machine"}
    for number in (6, 7, 8):
        second(number, 1.0, 1.0, 12.0, machine=60.0)
    assert journal.of(ev.Saturated)[-1].text == "this machine keeps up again"


def test_one_late_injector_on_a_busy_machine_is_told_once(play, journal: KeptEvents) -> None:
    play(3, *[health(lag=30.0)] * 6, machine=100.0)
    assert [event.injector for event in journal.of(ev.Saturated)] == [0]


def test_silence_is_told_once_and_passes(play, watch, journal: KeptEvents) -> None:
    play(3, health(), health())
    watch.hear_silence({})
    watch.hear_silence({0: 5})
    watch.hear_silence({0: 5})
    (event,) = journal.of(ev.Saturated)
    assert (event.since, event.text) == (1005.0, "nothing from injector 0 for 2.5 s")
    play(8, health(lag=3000.0), health(), health(), health())
    assert [event.on for event in journal.of(ev.Saturated)] == [True, False]


def test_a_lost_injector_holds_nothing_up_any_more(play, watch, journal, record) -> None:
    play(3, *[health(cpu=99.0)] * 3)
    watch.lost(0)
    watch.lost(0)
    assert [event.on for event in journal.of(ev.Saturated)] == [True, False]
    assert not record.view.generator.causes
    play(6, health(cpu=99.0))  # a new one under its number starts
    assert len(journal.of(ev.Saturated)) == 2


def test_long_pauses_are_told_when_they_are_new(play, journal: KeptEvents) -> None:
    play(3, health(), *[health(gc_pause_ms=ms) for ms in (9.0, 12.0, 13.0, 12.0, 30.0, 31.0)])
    assert [note.text for note in journal.of(ev.Noted)] == [
        "injector 0: garbage collection held it for 12 ms",
        "injector 0: garbage collection held it for 30 ms",
    ]


def test_running_out_of_sockets_is_told_before_it_happens(play, journal: KeptEvents) -> None:
    play(3, health(), *[health(sockets_left=left) for left in (1000, 400, 90, 20, 400, 60)])
    notes = journal.of(ev.Noted)
    assert ["it may open 90 more" in note.text for note in notes] == [True, False]
    assert notes[0].kind == "generator"
