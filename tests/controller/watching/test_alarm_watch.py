"""Events of a run in, alarms out: once for each cause, with its recovery."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.controller.alarms.alarm_watch import Alarms
from perfconsole.controller.record import Record
from perfconsole.model import event as ev
from perfconsole.model.causes import HOLD_S
from perfconsole.model.sample import ServerSample
from perfconsole.model.scenario import Scenario
from perfconsole.model.states import GroupState, RunState, Verdict, VuState
from perfconsole.model.tick import GroupTick, RunTick, Times, TransactionTick

SCENARIO = Scenario.model_validate(
    {
        "name": "shop",
        "target": "http://h",
        "groups": {"buy": {}, "look": {}},
        "flows": {"buy": [{"request": "GET /buy"}], "look": [{"request": "GET /"}]},
    }
)


class Kept:
    """Stands for the journal."""

    def __init__(self) -> None:
        self.events: list[Any] = []

    def put(self, event: Any) -> None:
        self.events.append(event)


class Course:
    """A run as its events tell it, from Unix time 1000 on."""

    def __init__(self) -> None:
        self.kept = Kept()
        self.record = Record(self.kept)  # type: ignore[arg-type] # all that is asked of it is put
        self.sent: list[ev.Alarmed] = []
        self.alarms = Alarms(SCENARIO, self.record, self.sent.append)
        self.now = 1000.0
        self.add(
            ev.Started, run="r", name="shop", target="http://h", rendezvous=(), duration_s=None,
            groups=tuple(ev.GroupInfo(name, name, 10) for name in SCENARIO.groups),
            servers=tuple(ev.ServerInfo(name, "there", {"cpu_percent": 75.0}, judged)
                          for name, judged in (("web1", True), ("here", False))),
            response_limit_ms=None, pass_rate_limit=None, scenario={},
        )  # fmt: skip
        self.add(ev.LoadBegan)
        self.add(ev.StateChanged, state=RunState.RUNNING)

    def add(self, kind: type[Any], /, **fields: Any) -> None:
        self.record.add(kind, at=self.now, **fields)

    def seconds(self, count: int, buy=(100, 0), look=(100, 0), vus: int = 10) -> None:
        for _ in range(count):
            groups = tuple(
                GroupTick(name, {VuState.RUNNING: vus}, 10, 1, *counts, Times())
                for name, counts in (("buy", buy), ("look", look))
            )
            both = TransactionTick("both", buy[0] + look[0], buy[1] + look[1], Times())
            tick = RunTick(
                second=int(self.now - 1000), groups=groups, transactions=(both,), injectors=(),
                rendezvous=(), errors={}, samples={}, times=Times(), requests=1,
                requests_failed=0, cut=0, bytes_in=0,
            )  # fmt: skip
            self.now += 1
            self.add(ev.Second, tick=tick)

    def sample(self, ok: bool = True) -> None:
        sample = ServerSample("web1", ok, {}, "" if ok else "no answer for 10 s")
        self.add(ev.Sampled, second=self.now - 1000, sample=sample)

    def breach(self, over: bool, server: str = "web1") -> None:
        self.add(
            ev.Breached, server=server, metric="cpu_percent", limit=75.0, over=over,
            since=self.now - 8, text="CPU over 75 %" if over else "CPU back under 75 %",
        )  # fmt: skip

    def crossed(self, key: str, over: bool = True) -> None:
        self.add(ev.Crossed, key=key, over=over, since=self.now, text=f"{key} over")

    def mute(self, *groups: str, muted: bool = True) -> None:
        for name in groups:
            self.add(
                ev.GroupChanged, name=name, state=GroupState.RUNNING, target=10, held=False,
                by_hand=False, muted=muted,
            )  # fmt: skip

    def told(self) -> list[tuple[str, str, bool]]:
        """Since it was asked last."""
        told = [(each.cause, each.level, each.on) for each in self.sent]
        self.sent.clear()
        return told


@pytest.fixture
def course() -> Course:
    return Course()


def test_errors_over_the_limit_are_one_alarm_with_the_load(course):
    course.seconds(5)
    assert course.told() == []
    course.seconds(20, buy=(50, 50))
    (alarm,) = course.sent
    assert (alarm.cause, alarm.level, alarm.on) == ("errors", "error", True)
    assert alarm.text == "errors over 5 %: 7.1 % in the last 7 s, at 20 VUs, 200 TPS"
    assert course.record.view.alarms["errors"].text == alarm.text
    course.told()
    course.seconds(8)  # two bad ones are left in the window: 5 %, and no more
    course.seconds(int(HOLD_S) - 1)
    assert course.told() == []
    course.seconds(1)
    assert [(each.on, each.text) for each in course.sent] == [(False, "errors back under 5 %")]
    assert course.record.view.alarms == {}
    lines = [line for line in course.record.view.lines if line.kind == "errors"]
    assert [(line.level, line.text[:12]) for line in lines] == [
        ("error", "errors over "), ("info", "errors back "),
    ]  # fmt: skip


def test_what_nobody_measures_is_no_recovery(course):
    course.seconds(5, buy=(0, 100))
    course.told()
    course.seconds(100, buy=(0, 0), look=(0, 0))
    assert course.told() == [] and "errors" in course.record.view.alarms


def test_a_breach_and_a_server_that_is_lost(course):
    course.breach(True)
    course.breach(True, server="here")
    course.sample(ok=False)
    course.sample(ok=False)
    assert course.told() == [
        ("breach web1/cpu_percent", "error", True),
        ("breach here/cpu_percent", "warning", True),
        ("server web1", "warning", True),
    ]
    assert course.record.view.alarms["breach web1/cpu_percent"].since == 992.0
    course.breach(False)
    course.sample()
    course.seconds(int(HOLD_S))
    assert course.told() == [
        ("breach web1/cpu_percent", "error", False), ("server web1", "warning", False),
    ]  # fmt: skip
    lines = [line.text for line in course.record.view.lines]
    assert lines == ["CPU over 75 %", "CPU over 75 %", "CPU back under 75 %"]


def test_the_bottleneck_is_one_alarm_whichever_injector_it_is(course):
    for injector, on in ((0, True), (1, True), (0, False)):
        course.add(ev.Saturated, injector=injector, on=on, text="late", since=course.now)
    assert course.told() == [("saturated", "error", True)]
    course.seconds(int(HOLD_S) + 5)
    assert course.told() == []
    course.add(ev.Saturated, injector=1, on=False, text="keeps up", since=course.now)
    course.seconds(int(HOLD_S))
    assert course.told() == [("saturated", "error", False)]


def test_a_lost_injector_is_made_good_by_as_many_vus(course):
    course.seconds(3)
    course.now += 0.5
    course.add(ev.Noted, level="error", kind="injector", text="lost", cause="injector 1")
    assert course.told() == [("injector 1", "error", True)]
    course.now -= 0.5
    course.seconds(1)  # it began before
    course.seconds(5, vus=6)
    course.seconds(int(HOLD_S))
    assert course.told() == []
    course.seconds(1)
    assert [(each.on, each.since) for each in course.sent] == [(False, 1010.0)]
    assert [line.text for line in course.record.view.lines] == ["lost"]


def test_a_muted_group_raises_none(course):
    course.mute("buy")
    course.seconds(20, buy=(0, 100))
    course.crossed("p95_ms of GET /buy")
    course.crossed("pass_rate")
    course.crossed("server of web1/cpu_percent")
    assert course.told() == [
        ("objective pass_rate", "error", True),
        ("objective server of web1/cpu_percent", "error", True),
    ]
    course.mute("buy", muted=False)
    course.seconds(1, buy=(0, 100))
    assert course.told() == [
        ("objective p95_ms of GET /buy", "error", True), ("errors", "error", True),
    ]  # fmt: skip
    course.mute("buy", "look")
    course.seconds(int(HOLD_S) + 1, buy=(0, 100))
    assert sorted(course.told()) == [
        ("errors", "error", False),
        ("objective p95_ms of GET /buy", "error", False),
        ("objective pass_rate", "error", False),
    ]


@pytest.mark.parametrize(
    ("verdict", "level"),
    [(Verdict.PASSED, "info"), (Verdict.NOT_PROVEN, "warning"), (Verdict.FAILED, "error"),
     (Verdict.ABORTED, "error")],
)  # fmt: skip
def test_the_end_is_told_after_what_has_recovered(course, verdict, level):
    course.breach(True)
    course.sample(ok=False)
    course.sample()
    course.told()
    course.alarms.end(verdict, ("why",))
    assert course.sent[-1].text == f"the run ended: {verdict.value.replace('_', ' ')}; why"
    assert course.told() == [("server web1", "warning", False), ("end", level, True)]
    assert set(course.record.view.alarms) == {"breach web1/cpu_percent", "end"}


steps = st.one_of(
    st.tuples(st.just("breach"), st.booleans()),
    st.tuples(st.just("sample"), st.booleans()),
    st.tuples(st.just("crossed"), st.booleans()),
    st.tuples(st.just("mute"), st.booleans()),
    st.tuples(st.just("good"), st.integers(1, 45)),
    st.tuples(st.just("bad"), st.integers(1, 20)),
)


@given(st.lists(steps, max_size=25))
def test_alarms_and_recoveries_take_turns_and_the_view_knows_what_lasts(course_of):
    course = Course()
    for what, how in course_of:
        match what:
            case "breach":
                course.breach(how)
            case "sample":
                course.sample(how)
            case "crossed":
                course.crossed("p95_ms", how)
            case "mute":
                course.mute("buy", muted=how)
            case "good":
                course.seconds(how)
            case "bad":
                course.seconds(how, buy=(0, 100))
    course.alarms.end(Verdict.PASSED, ())
    by_cause: dict[str, list[bool]] = {}
    for each in course.sent:
        by_cause.setdefault(each.cause, []).append(each.on)
    for turns in by_cause.values():
        assert turns == [place % 2 == 0 for place in range(len(turns))]
    assert set(course.record.view.alarms) == {c for c, turns in by_cause.items() if turns[-1]}
    assert [each for each in course.kept.events if isinstance(each, ev.Alarmed)] == course.sent
