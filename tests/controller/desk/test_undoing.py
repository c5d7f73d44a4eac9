"""Changes taken back, the last one first."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfconsole.model import event as ev
from perfconsole.model import wire
from perfconsole.model.states import GroupState
from perfconsole.pool.port import InjectorLost

SCENARIO: dict[str, Any] = {
    "groups": {
        "browse": {"load": [{"to": 100, "over": 100}, {"hold": 50}, {"to": 20, "over": 10}]},
        "buy": {"vus": 10},
        "search": {"rate": "50/s", "vus": 30},
    },
    "flows": {
        "browse": [{"request": "GET /"}, {"rendezvous": "gate"}],
        "buy": [{"request": "GET /"}],
        "search": [{"request": "GET /"}],
    },
}
MEETING: dict[str, Any] = {
    "groups": {"browse": {"vus": 5}, "buy": {"vus": 5}},
    "flows": {name: [{"request": "GET /"}, {"rendezvous": "gate"}] for name in ("browse", "buy")},
}


def test_an_undo_says_what_it_took_back_and_whose_it_was(make_desk):
    desk = make_desk(SCENARIO)
    desk.do(who="anna", do="vus", group="buy", to=25)
    assert desk.do(who="bert", do="undo") == "undid: VUs of buy 10 → 25 (by anna)"
    assert desk.vus()["buy"] == 10
    assert not desk.groups["buy"].by_hand
    assert desk.do(do="undo") == "refused: there is nothing to take back"


def test_undos_go_further_back_and_are_not_undone_themselves(make_desk):
    desk = make_desk(SCENARIO)
    for to in (20, 30, 40):
        desk.do(do="vus", group="buy", to=to)
    seen = []
    for _ in range(3):
        desk.do(do="undo")
        seen.append(desk.vus()["buy"])
    assert seen == [30, 20, 10]


def test_after_a_stop_the_group_goes_on_where_it_stood(make_desk):
    desk = make_desk(SCENARIO)
    desk.advance(40)
    desk.do(do="stop", groups=["all"])
    desk.advance(300)
    assert desk.vus() == {"browse": 0, "buy": 0, "search": 0}
    before = len(desk.pool.sent)
    assert desk.do(do="undo") == "undid: stopped all groups after the iteration (by anna)"
    assert desk.vus() == {"browse": 40, "buy": 10, "search": 30}
    orders = desk.pool.sent[before:]
    asked = {o.group for o in orders if isinstance(o, wire.SetVus) and o.count}
    assert asked == {"browse", "buy", "search"}
    assert any(isinstance(o, wire.SetRate) for o in orders)
    desk.advance(30)
    assert desk.vus()["browse"] == 70
    assert desk.groups["search"].rate.now == 50


def test_a_rate_goes_on_in_its_plan_after_a_stop_that_was_undone(make_desk):
    desk = make_desk({"groups": {"s": {"load": [{"to": "100/s", "over": 100}], "vus": 9}}})
    for _ in range(50):
        desk.advance(1)
    rate, stood = desk.groups["s"].rate, desk.groups["s"].rate.now
    desk.do(do="stop", groups=["s"])
    desk.advance(60)
    asked = rate.asked
    desk.do(do="undo")
    assert rate.now == pytest.approx(stood, abs=0.1)
    desk.advance(10)
    assert rate.now == pytest.approx(60, abs=0.2)
    assert rate.asked - asked == pytest.approx(550, abs=10)


def test_what_time_has_done_meanwhile_stays(make_desk):
    desk = make_desk(SCENARIO)
    desk.advance(20)
    desk.do(do="think", groups=["browse"], factor=0.5)
    desk.advance(30)
    desk.do(do="undo")
    assert desk.vus()["browse"] == 50
    assert desk.groups["browse"].think.factor == 1
    assert [o.think.factor for o in desk.pool.sent if isinstance(o, wire.SetThink)][-1] == 1


def test_a_pause_is_resumed_and_a_resume_is_paused(make_desk):
    desk = make_desk(SCENARIO)
    desk.do(do="pause", groups=["buy"])
    desk.do(do="undo")
    assert desk.groups["buy"].state is GroupState.RUNNING
    desk.do(do="pause", groups=["buy"])
    desk.do(do="resume", groups=["buy"])
    desk.do(do="undo")
    assert desk.groups["buy"].state is GroupState.PAUSED
    told = [type(o) for o in desk.pool.sent if isinstance(o, wire.Pause | wire.Resume)]
    assert told[::2] == [wire.Pause, wire.Resume, wire.Pause, wire.Resume, wire.Pause]


def test_an_edited_schedule_gives_way_to_the_one_before(make_desk):
    desk = make_desk(SCENARIO)
    plan = desk.groups["browse"].plan
    desk.advance(40)
    desk.do(do="schedule", group="browse", load=[{"to": 0, "over": 40}])
    desk.advance(20)
    assert (desk.vus()["browse"], desk.groups["browse"].course_s) == (20, 20)
    desk.do(do="undo")
    assert (desk.vus()["browse"], desk.groups["browse"].course_s) == (40, 40)
    assert desk.groups["browse"].plan is plan


def test_a_point_is_turned_back_on(make_desk):
    desk = make_desk(SCENARIO)
    desk.do(do="rendezvous", point="gate", on=False)
    desk.do(do="rendezvous", point="gate", on=True)
    desk.do(do="undo")
    assert not desk.points["gate"].on


def test_limits_are_as_before(make_desk):
    desk = make_desk({
        "duration": "1h", "objectives": [{"metric": "p95_ms", "max": 800}],
        "servers": {"me": {"local": True}, "other": {"local": True}}, **SCENARIO,
    })  # fmt: skip
    view = desk.record.view
    before = desk.goals.held_to, view.duration_s, {n: s.limits for n, s in view.servers.items()}
    desk.do(do="objective", metric="p95_ms", max=1200)
    desk.do(do="duration", by_s=60)
    desk.do(do="threshold", metric="cpu_percent", limit=90)
    desk.do(do="objective", metric="tps", min=5)
    desk.do(do="threshold", metric="swap_percent", limit=20)
    desk.do(do="limits", set="peak", server="me")
    desk.do(do="threshold", metric="memory_percent", limit=None)
    assert view.duration_s == 3660
    assert "memory_percent" not in view.servers["other"].limits
    assert view.servers["me"].limits["cpu_percent"] == 85
    assert desk.do(do="undo").startswith("undid: limit of me memory 90 % → none")
    assert desk.do(do="undo").startswith("undid: limits peak: ")
    assert view.servers["me"].limits["cpu_percent"] == 90
    assert desk.do(do="undo").startswith("undid: limit of me swap none → 20 %")
    assert desk.do(do="undo").startswith("undid: new objective: passed TPS ")
    assert desk.do(do="undo").startswith("undid: limit of ")
    assert desk.do(do="undo").startswith("undid: duration ")
    assert desk.do(do="undo").startswith("undid: objective p95 ")
    after = view.duration_s, {n: s.limits for n, s in view.servers.items()}
    assert after == before[1:]
    assert desk.goals.held_to == before[0]
    assert desk.do(do="objective", metric="p95_ms").startswith("refused: it is all ")
    desk.do(do="objective", metric="tps", min=5)
    assert desk.do(do="objective", metric="p95_ms") == "held no longer to: p95 800 ms"
    desk.do(do="undo")
    assert {*desk.goals.held_to} > {*before[0]}


def test_a_duration_that_is_over_already_asks(make_desk):
    desk = make_desk({"duration": "1h", **SCENARIO})
    desk.record.add(ev.LoadBegan, at=desk.record.now() - 90)
    asked = desk.do(sure=False, do="duration", to_s=60)
    assert asked == "end the run at once, for it has lasted 1m30s already?"
    assert desk.do(sure=False, do="duration", to_s=120) == "duration 1h → 2m"


def test_what_cannot_be_taken_back_is_passed_over(make_desk):
    desk = make_desk(SCENARIO)
    desk.do(do="vus", group="buy", to=25)
    desk.do(do="note", text="lunch")
    desk.do(do="stop", groups=["browse"], mode="now")
    assert desk.do(do="undo").startswith("undid: VUs of buy")


def test_a_stop_at_once_leads_back_to_nothing_that_was_before_it(make_desk):
    desk = make_desk(SCENARIO)
    desk.do(do="vus", group="buy", to=25)
    desk.do(do="vus", group="browse", to=5)
    desk.do(do="stop", groups=["buy"], mode="now")
    assert desk.do(do="undo").startswith("undid: VUs of browse")
    assert desk.do(do="undo") == "refused: there is nothing to take back"
    assert desk.vus()["buy"] == 0


# ---------------------------------------------------------------- single VUs


def held(desk: Any, before: int) -> list[tuple[int, ...]]:
    """Slots that orders since then told to wait (or to go on), with which of both."""
    orders = desk.pool.sent[before:]
    return [(*order.slots, order.on) for order in orders if isinstance(order, wire.PauseVus)]


def test_only_vus_that_a_command_paused_or_resumed_are_put_back(make_desk):
    desk = make_desk(SCENARIO)
    desk.do(do="pause_vus", group="buy", vus=["0.1"])
    desk.do(do="pause_vus", group="buy", vus=["0.1", "0.2"])
    before = len(desk.pool.sent)
    desk.do(do="undo")
    assert held(desk, before) == [(2, False)]
    before = len(desk.pool.sent)
    desk.do(do="pause_vus", group="buy", vus=["0.1", "0.3"], on=False)
    desk.do(do="undo")
    assert held(desk, before) == [(1, False), (1, True)]
    assert desk.pauses.alone("buy") == ["0.1"]


def test_vus_that_were_paused_alone_are_again_when_the_resume_of_their_group_is_taken_back(
    make_desk,
):
    desk = make_desk(SCENARIO)
    desk.do(do="pause_vus", group="buy", vus=["1.2", "0.1"])
    desk.do(do="pause", groups=["browse"])
    desk.do(do="resume", groups=["all"])
    before = len(desk.pool.sent)
    assert desk.do(do="undo") == "undid: resumed browse, buy (by anna)"
    assert held(desk, before) == [(1, True), (2, True)]
    assert desk.pauses.alone("buy") == ["0.1", "1.2"]
    assert desk.groups["browse"].paused


def test_nobody_is_paused_where_the_load_generator_was_lost_meanwhile(make_desk):
    desk = make_desk(SCENARIO)
    desk.do(do="pause_vus", group="buy", vus=["0.1", "1.2"])
    desk.do(do="resume", groups=["buy"])
    desk.fleet.lost(InjectorLost(1, 101, 0, "killed"))
    desk.pauses.lost(1)
    desk.do(do="undo")
    assert desk.pauses.alone("buy") == ["0.1"]


def test_a_switch_of_one_group_is_taken_back_while_the_whole_point_is_off(make_desk):
    desk = make_desk(MEETING)
    desk.do(do="rendezvous", point="gate", on=False)
    desk.do(do="rendezvous", point="gate", on=True, groups=["browse"])
    assert desk.points["gate"].groups_on == {"browse"}
    desk.do(do="undo")
    assert desk.points["gate"].groups_on == set()
    desk.do(do="undo")
    assert desk.points["gate"].groups_on == {"browse", "buy"}


def test_vus_paused_alone_stay_so_when_their_groups_pause_is_taken_back(make_desk):
    desk = make_desk(SCENARIO)
    desk.do(do="pause_vus", group="buy", vus=["0.1"])
    desk.do(do="pause", groups=["buy"])
    before = len(desk.pool.sent)
    desk.do(do="undo")
    resumed = [order for order in desk.pool.sent[before:] if isinstance(order, wire.Resume)]
    assert {order.all for order in resumed} == {False}
    assert desk.pauses.alone("buy") == ["0.1"]


# ---------------------------------------------------------------- whatever is done


MORE: dict[str, Any] = {
    "groups": SCENARIO["groups"] | {
        "next": {"rate": "20/s", "vus": 4, "after_group": "buy"},
        "later": {"vus": 6, "start_after": "40s"},
        "flood": {"load": [{"to": "90/s", "over": 9}], "vus": 5, "start_after": "40s"},
    },
    "flows": SCENARIO["flows"] | {
        name: [{"request": "GET /"}] for name in ("next", "later", "flood")
    },
}  # fmt: skip
NAMES = st.sampled_from([*MORE["groups"], "all"])
commands = st.one_of(
    st.builds(
        lambda do, group: {"do": do, "groups": [group]},
        st.sampled_from(["stop", "start", "pause", "resume", "initialize"]),
        NAMES,
    ),
    st.builds(lambda on, group: {"do": "hold", "groups": [group], "on": on}, st.booleans(), NAMES),
    st.builds(
        lambda group, to, over: {"do": "vus", "group": group, "to": to, "over_s": over},
        NAMES, st.integers(0, 300), st.sampled_from([0, 20]),
    ),
    st.builds(
        lambda by, step: {"do": "vus", "group": "all", "by": by, "step": step, "every_s": 2},
        st.integers(-50, 50), st.integers(1, 9),
    ),
    st.builds(
        lambda group, factor: {"do": "think", "groups": [group], "factor": factor},
        NAMES, st.sampled_from([0.0, 0.5, 2.0]),
    ),
    st.builds(
        lambda vus, on: {"do": "pause_vus", "group": "buy", "vus": vus, "on": on},
        st.lists(st.sampled_from(["0.0", "0.1", "1.0"]), min_size=1), st.booleans(),
    ),
    st.builds(
        lambda group, to: {"do": "rate", "group": group, "to": to},
        st.sampled_from(["search", "next", "flood"]), st.integers(0, 300),
    ),
    st.sampled_from([
        {"do": "schedule", "group": "browse", "load": [{"hold": 5}, {"to": 50, "over": 9}]},
        {"do": "schedule", "group": "next", "load": [{"to": "10/s", "over": 5}]},
        {"do": "schedule", "group": "buy", "load": [{"wave": [2, 9], "period": 5, "lasting": 20}]},
        {"do": "schedule", "group": "search", "load": [{"to": "10/s"}, {"spike": "99/s",
                                                                       "lasting": 3}]},
    ]),
)  # fmt: skip


def state(desk) -> dict[str, Any]:
    """All that hands change, without what time has done to rates; after the next beat."""
    desk.advance(0.0)
    return {
        name: (
            [getattr(kept, f.name) for f in fields(kept) if f.name not in ("rate", "_quiet")],
            group.rate and (round(group.rate.stands, 6), group.rate.plan),
            group.state, group.target, group.ready, desk.fleet.wanted(name),
            desk.pauses.alone(name),
        )
        for name, group in desk.groups.items()
        for kept in [group.memento()]
    }  # fmt: skip


@settings(max_examples=120)
@given(st.floats(0, 200), st.lists(commands, max_size=8))
def test_as_many_undos_as_changes_lead_back(
    make_desk: Any, before_s: float, asked: list[dict[str, Any]]
) -> None:
    desk = make_desk(MORE)
    desk.advance(before_s)
    states = [state(desk)]
    for command in asked:
        if desk.do(**command).startswith("refused"):
            continue
        if command["do"] != "pause_vus" or state(desk) != states[-1]:  # who is paused may be again
            states.append(state(desk))
    for before in reversed(states[:-1]):
        assert desk.do(do="undo").startswith("undid")
        assert state(desk) == before
    assert desk.do(do="undo").startswith("refused")


@given(st.lists(st.one_of(commands, st.floats(0, 60), st.just({"do": "undo"})), max_size=20))
def test_whatever_is_undone_when_loads_stay_possible(
    make_desk: Any, asked: list[dict[str, Any] | float]
) -> None:
    desk = make_desk(MORE)
    for each in asked:
        if isinstance(each, dict):
            desk.do(**each)
        desk.advance(each if isinstance(each, float) else 0.0)
        for name, group in desk.groups.items():
            assert 0 <= group.target <= group.slots
            assert desk.fleet.wanted(name) == (group.target, group.ready)
            assert group.rate is None or group.rate.stands >= 0


def test_a_set_of_limits_gives_way_to_the_rules_before_it(make_desk):
    """A number alone would be judged by the rule of the set that was undone."""
    desk = make_desk({
        "servers": {"me": {"local": True}},
        "limit_sets": {"strict": {"disk_busy_percent": 60,
                                  "cpu_percent": {"limit": 60, "breach": "3 of 3"}}},
        **SCENARIO,
    })  # fmt: skip
    server = desk.record.view.servers["me"]
    limits, traits, held = server.limits, server.traits, desk.breaches.held("me")
    desk.do(do="limits", set="strict")
    assert server.traits != traits
    assert desk.breaches.held("me")["cpu_percent"].breach == "3 of 3"
    desk.do(do="undo")
    assert (server.limits, server.traits) == (limits, traits)
    assert desk.breaches.held("me") == held
