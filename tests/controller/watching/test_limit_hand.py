"""Limits and the run's length, changed by hand."""

from __future__ import annotations

from typing import Any

import pytest

from perfconsole.controller.hands.limit_hand import LimitHand
from perfconsole.controller.hands.roster import Roster
from perfconsole.controller.load.run_length import RunLength
from perfconsole.controller.load.schedule import GroupSchedule
from perfconsole.controller.opening import server_infos
from perfconsole.controller.record import Record
from perfconsole.controller.refusal import Refusal
from perfconsole.controller.watching.breaches import BreachWatch
from perfconsole.controller.watching.goals import Goals
from perfconsole.metrics.view import TransactionView
from perfconsole.model import command as cmd
from perfconsole.model import event as ev
from perfconsole.model.command import Command
from perfconsole.model.sample import ServerSample
from perfconsole.model.scenario import Scenario
from perfconsole.model.sketch import ramp

SCENARIO = {
    "name": "shop", "target": "http://127.0.0.1:1",
    "groups": {"browse": {"vus": 1}}, "flows": {"browse": [{"request": "GET /"}]},
    "objectives": [{"metric": "p95_ms", "max": 500}],
    "servers": {
        "web1": {"local": True}, "web2": {"local": True, "thresholds": {"cpu_percent": "off"}},
    },
}  # fmt: skip


class Desk:
    def __init__(self, record: Record, kept: Any) -> None:
        self.kept, self.record = kept, record
        scenario = Scenario.model_validate(SCENARIO)
        infos = list(server_infos(scenario))
        record.add(
            ev.Started, run="r", name="n", target="", rendezvous=(), duration_s=60.0,
            groups=(ev.GroupInfo("browse", "browse", 1),), servers=tuple(infos),
            response_limit_ms=500.0, pass_rate_limit=None, scenario={},
        )  # fmt: skip
        record.view.transactions["home"] = TransactionView("home")
        self.breaches = BreachWatch(scenario, record)
        self.goals = Goals(scenario, record)
        self.length = RunLength(60.0)
        self.elapsed_s = 20.0
        self.schedule = GroupSchedule("browse", ramp(1, 1))
        self._hand = LimitHand(
            record, Roster({"browse": self.schedule}), self.breaches, self.goals, self.length,
            lambda: self.elapsed_s,
        )  # fmt: skip

    def do(self, command: Command) -> str:
        return self._hand.deeds[type(command)](command).said

    def sample(self, times: int, server: str = "web1", **metrics: float) -> None:
        for _ in range(times):
            self.record.at += 2  # type: ignore[attr-defined] # of this stand-in
            named = {name.replace("__", ":/"): value for name, value in metrics.items()}
            self.breaches.take(ServerSample(server, True, named))

    @property
    def breached(self) -> list[tuple[bool, str]]:
        return [(event.over, event.text) for event in self.kept.of(ev.Breached)]


@pytest.fixture
def desk(timed: Record, kept: Any) -> Desk:
    return Desk(timed, kept)


def test_a_threshold_counts_from_the_next_sample(desk: Desk) -> None:
    desk.sample(12, cpu_percent=70.0)
    said = desk.do(cmd.ChangeThreshold(metric="cpu_percent", limit=60, server="web1"))
    assert said == "limit of web1 CPU 75 → 60 %"
    assert desk.breached == []
    assert desk.record.view.servers["web1"].metrics["cpu_percent"].over, "as it is now held to"
    desk.sample(3, cpu_percent=70.0)
    assert desk.breached == [(True, "web1 CPU over 60 % at 0 VUs, 0 TPS")]
    assert desk.record.view.servers["web1"].metrics["cpu_percent"].limit == 60
    assert desk.do(cmd.ChangeThreshold(metric="cpu_percent", limit=90, server="web1"))
    assert desk.breached[1:] == [(False, "web1 CPU back under 90 %")]
    desk.sample(12, cpu_percent=89.0)
    assert len(desk.breached) == 2


def test_a_threshold_of_all_servers_that_have_it(desk: Desk) -> None:
    said = desk.do(cmd.ChangeThreshold(metric="cpu_percent", limit=80))
    assert said == "limit of web1 CPU 75 → 80 %, web2 CPU none → 80 %"
    changed = [(e.server, e.metric, e.limit) for e in desk.kept.of(ev.ThresholdChanged)]
    assert changed == [("web1", "cpu_percent", 80.0), ("web2", "cpu_percent", 80.0)]
    desk.sample(3, server="web2", cpu_percent=81.0)
    assert [over for over, _ in desk.breached] == [True]


def test_a_mount_point_has_a_limit_of_its_own(desk: Desk) -> None:
    desk.sample(3, disk_percent__=70.0, disk_percent__var=70.0)
    desk.sample(1, server="web2", disk_percent__=70.0)
    said = desk.do(cmd.ChangeThreshold(metric="disk_percent:/var", limit=60))
    assert said == "limit of web1 disk /var 80 → 60 %"
    desk.sample(3, disk_percent__=70.0, disk_percent__var=70.0)
    assert [text for _, text in desk.breached] == ["web1 disk /var over 60 % at 0 VUs, 0 TPS"]
    desk.do(cmd.ChangeThreshold(metric="disk_percent", limit=65))
    desk.sample(3, disk_percent__=70.0, disk_percent__var=70.0)
    assert [text for _, text in desk.breached[1:]] == ["web1 disk / over 65 % at 0 VUs, 0 TPS"]


def test_one_place_is_not_let_off_the_limit_of_its_kind(desk: Desk) -> None:
    """It would be held to that all the same."""
    desk.sample(1, disk_percent__var=70.0)
    with pytest.raises(Refusal, match="disk_percent:/var has no limit of its own but that"):
        desk.do(cmd.ChangeThreshold(metric="disk_percent:/var", limit=None))
    desk.do(cmd.ChangeThreshold(metric="disk_percent:/var", limit=100, server="web1"))
    said = desk.do(cmd.ChangeThreshold(metric="disk_percent:/var", limit=None, server="web1"))
    assert said == "limit of web1 disk /var 100 → 80 %"


def test_a_limit_is_taken_away_and_its_breach_with_it(desk: Desk) -> None:
    desk.sample(3, cpu_percent=90.0)
    assert desk.do(cmd.ChangeThreshold(metric="cpu_percent", limit=None, server="web1")) == (
        "limit of web1 CPU 75 % → none"
    )
    assert desk.breached[-1] == (False, "web1 CPU is held to no limit any more")
    seen = desk.record.view.servers["web1"].metrics["cpu_percent"]
    assert (seen.limit, seen.over, seen.breached) == (None, False, False)
    desk.sample(12, cpu_percent=95.0)
    assert len(desk.breached) == 2
    desk.do(cmd.ChangeThreshold(metric="cpu_percent", limit=80, server="web1"))
    desk.sample(3, cpu_percent=95.0)
    assert len(desk.breached) == 3


def test_a_set_of_limits_takes_the_place_of_all(desk: Desk) -> None:
    said = desk.do(cmd.ChangeLimits(set="peak", server="web1"))
    assert said == "limits peak: limit of web1 CPU 75 → 85 %, web1 memory 75 → 90 %"
    view = desk.record.view.servers
    assert view["web1"].limits["memory_percent"] == 90
    assert view["web2"].limits["memory_percent"] == 75
    desk.do(cmd.ChangeThreshold(metric="swap_percent", limit=20))
    desk.do(cmd.ChangeLimits(set="peak"))
    assert "swap_percent" not in view["web1"].limits
    assert "cpu_percent" not in view["web2"].limits, "its own thresholds stay over the set"
    assert desk.do(cmd.ChangeLimits(set="peak")) == "limits peak: the limits are so already"
    with pytest.raises(Refusal, match="there are: default, daily, peak"):
        desk.do(cmd.ChangeLimits(set="paek"))


def test_what_was_there_comes_back_exactly(desk: Desk) -> None:
    before = dict(desk.record.view.servers["web1"].limits)
    traits = dict(desk.record.view.servers["web1"].traits)
    desk.do(cmd.ChangeThreshold(metric="swap_percent", limit=20))
    desk.do(cmd.ChangeThreshold(metric="disk_busy_percent", limit=None))
    desk.do(cmd.ChangeLimits(set="peak"))
    desk.do(cmd.ChangeLimits(limits=before, server="web1"))
    assert desk.record.view.servers["web1"].limits == before
    assert desk.record.view.servers["web1"].traits == traits


def test_any_metric_gets_a_limit_with_hysteresis_of_its_own(desk: Desk) -> None:
    desk.sample(1, open_files=100.0)
    assert desk.do(cmd.ChangeThreshold(metric="open_files", limit=1000, server="web1")) == (
        "limit of web1 open files none → 1000"
    )
    desk.sample(3, open_files=1200.0)
    desk.sample(3, open_files=950.0)
    assert [over for over, _ in desk.breached] == [True]
    desk.sample(3, open_files=900.0)
    assert [over for over, _ in desk.breached] == [True, False]


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"metric": "orders_db.locks"}, "nobody has 'orders_db.locks'; there are: none"),
        ({"metric": "cpu"},
         "'cpu' is no metric of a server; did you mean cpu_percent?"),
        ({"metric": "cpu_percent", "server": "db1"},
         "there is no server 'db1'; there are: web1, web2"),
        ({"metric": "disk_percent:/nope"},
         "nobody has 'disk_percent:/nope'; there are: disk_percent:/"),
    ],
)  # fmt: skip
def test_what_nobody_has_gets_no_limit(desk: Desk, fields, why) -> None:
    desk.sample(1, disk_percent__=1.0)
    desk.sample(1, server="web2", disk_percent__=1.0)
    with pytest.raises(Refusal) as refusal:
        desk.do(cmd.ChangeThreshold(limit=80, **fields))
    assert str(refusal.value) == why
    assert not desk.kept.of(ev.ThresholdChanged)


def test_objectives_are_changed_and_added(desk: Desk) -> None:
    assert desk.do(cmd.ChangeObjective(metric="p95_ms", max=800)) == (
        "objective p95 ≤ 500 ms → 800 ms"
    )
    assert desk.do(cmd.ChangeObjective(metric="pass_rate", of="home", min=99.5)) == (
        "new objective: pass rate of home ≥ 99.5 %"
    )
    assert [(spec.metric, spec.of) for spec in desk.goals.specs] == [
        ("p95_ms", None), ("pass_rate", "home"),
    ]  # fmt: skip
    assert desk.record.view.response_limit_ms == 800


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"metric": "p96_ms", "max": 1}, "metric: Input should be"),
        ({"metric": "p95_ms", "min": 1, "max": 2}, 'an objective has either "min" or "max"'),
        ({"metric": "tps"}, "there is no such objective to drop; there are: "),
        ({"metric": "p95_ms", "max": 1, "of": "nope"},
         "there is no transaction 'nope' so far; there are: home"),
        ({"metric": "server", "max": 1, "of": "db1/cpu_percent"},
         "there is no server 'db1'; there are: web1, web2"),
        ({"metric": "hits_per_s", "min": 1, "of": "home"}, 'hits_per_s is known over all only'),
    ],
)  # fmt: skip
def test_an_objective_that_cannot_be_is_refused(desk: Desk, fields, why) -> None:
    with pytest.raises(Refusal) as refusal:
        desk.do(cmd.ChangeObjective(**fields))
    assert str(refusal.value).startswith(why)
    assert "\n" not in str(refusal.value)
    assert not desk.kept.of(ev.ObjectivesChanged)


def test_the_run_is_made_longer_shorter_and_endless(desk: Desk) -> None:
    assert desk.do(cmd.ChangeDuration(by_s=30)) == "duration 1m → 1m30s"
    assert desk.do(cmd.ChangeDuration(by_s=-60)) == "duration 1m30s → 30s"
    assert desk.do(cmd.ChangeDuration(to_s=3600)) == "duration 30s → 1h"
    assert desk.record.view.duration_s == 3600
    assert desk.do(cmd.ChangeDuration()) == "duration 1h → without end"
    assert not desk.length.over(1e9)
    with pytest.raises(Refusal, match="give it a duration first"):
        desk.do(cmd.ChangeDuration(by_s=30))
    assert desk.do(cmd.ChangeDuration(to_s=60)) == "duration without end → 1m"


@pytest.mark.parametrize("command", [cmd.ChangeDuration(to_s=5), cmd.ChangeDuration(by_s=-3000)])
def test_a_duration_that_is_over_ends_the_run(desk: Desk, command) -> None:
    assert desk.do(command) == "duration 1m → 20s: it is over, the run ends"
    assert desk.length.over(desk.elapsed_s)


def test_groups_that_have_ended_do_not_come_back_with_more_time(desk: Desk) -> None:
    desk.schedule.start()
    desk.schedule.complete()
    said = desk.do(cmd.ChangeDuration(by_s=60))
    assert said == "duration 1m → 2m; what has ended stays so: browse"
