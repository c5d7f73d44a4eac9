"""Groups with a rate: what a file may say, what `check` prints, what the flags make of it."""

from __future__ import annotations

import pytest

from perfconsole.model.profile import Profile
from perfconsole.model.scenario import Scenario
from perfconsole.model.sketch import ramp
from perfconsole.scenario.advice import unwise
from perfconsole.scenario.inventory import planned_vus
from perfconsole.scenario.outline import outline
from perfconsole.scenario.planning import plan_for
from perfconsole.scenario.problems import ScenarioError
from perfconsole.scenario.shape import scaled, with_rate
from perfconsole.scenario.url import from_url

TEXT = """\
name: open
target: http://127.0.0.1:8080
duration: 1m
groups:
  buy: {group}
flows: {{buy: [{{request: GET /}}]}}
"""


def group(text: str) -> str:
    return TEXT.format(group=text)


@pytest.mark.parametrize(
    ("text", "curve", "ceiling", "line"),
    [
        ("{rate: 500/s}", ramp(0, 500), 500, "500/s arrivals, constant, by at most 500 VUs"),
        ("{rate: 2, vus: 7}", ramp(0, 2), 7, "2/s arrivals, constant, by at most 7 VUs"),
        ("{rate: 90/min, arrivals: poisson}", ramp(0, 1.5), 10,
         "1.5/s arrivals, poisson, by at most 10 VUs"),
        ("{rate: 50000/s}", ramp(0, 50000), 1000,
         "50,000/s arrivals, constant, by at most 1,000 VUs"),
        ("{ramp: to 500/s over 2m, vus: 50, start_after: 5s}", ramp(0, 500, 120), 50,
         "500/s arrivals, constant, by at most 50 VUs, to 500/s over 2m, complete after 2m5s, "
         "starts after 5s"),
        ("{rate: 100/s, ramp: 50/s every 30s}", ramp(0, 100, step=50, every_s=30), 100,
         "100/s arrivals, constant, by at most 100 VUs, 50/s every 30s, complete after 30s"),
    ],
)  # fmt: skip
def test_open_groups(loaded, text: str, curve: Profile, ceiling: int, line: str) -> None:
    scenario = loaded(group(text))
    buy = scenario.groups["buy"]
    assert scenario.rate_curve_of("buy") == curve
    assert scenario.curve_of("buy") == ramp(0, ceiling)
    assert f"  buy: {line}" in outline(scenario).splitlines()
    assert not any("think time" in advice for advice in unwise(scenario, hard_limit=10**6))
    again = Scenario.model_validate(scenario.model_dump(mode="json", exclude_unset=True))
    assert again.rate_curve_of("buy") == curve
    plan = plan_for(scenario, "http://x:1", injector=0, started_at=0.0, seed=1, lease_s=1.0)
    assert plan.groups[0].arrivals == buy.arrivals


def test_groups_without_a_rate_are_closed(loaded) -> None:
    scenario = loaded(group("{vus: 3}"))
    assert scenario.rate_curve_of("buy") is None
    plan = plan_for(scenario, "http://x:1", injector=0, started_at=0.0, seed=1, lease_s=1.0)
    assert plan.groups[0].arrivals is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{rate: fast}", "'fast' is no rate; write \"500/s\""),
        ("{rate: 0/s}", "groups.buy.rate must be above 0"),
        ("{rate: [5]}", "is no rate"),
        ("{rate: 200000/s}", "a rate is at most 100,000/s"),
        ("{rate: 5/s, iterations: 3}", "give either rate or iterations"),
        ("{arrivals: poisson}", 'arrivals need a "rate"'),
        ("{rate: 5/s, arrivals: regular}", "the choices are constant, poisson"),
        ("{rate: 5/s, ramp: to 6/s over 1m}", "make them equal"),
        ("{ramp: 5/s every 10s}", 'needs the group\'s "rate"'),
        ("{ramp: to 0/s over 10s}", "must end above 0"),
        ("{rate: 5/s, vus: 0}", "groups.buy.vus must be at least 1"),
    ],
)
def test_bad_rates_get_one_line(refused, text: str, said: str) -> None:
    (line,) = refused(group(text))
    assert line.startswith("5: ")
    assert said in line


def test_another_rate_is_shared_by_proportion(loaded) -> None:
    scenario = loaded(
        "name: x\ntarget: http://127.0.0.1:1\ngroups:\n"
        "  a: {rate: 30/s, ramp: 10/s every 1s, flow: f}\n"
        "  b: {ramp: to 60/min over 10s, flow: f, vus: 4}\n"
        "  c: {vus: 6, flow: f}\nflows: {f: [{request: GET /}]}\n"
    )
    more = with_rate(scenario, 310)
    assert more.rate_curve_of("a") == ramp(0, 300, step=100, every_s=1)
    assert more.rate_curve_of("b") == ramp(0, 10, over_s=10)
    assert more.groups["c"] == scenario.groups["c"]
    fewer = scaled(more, 4)
    assert fewer.rate_curve_of("a") == more.rate_curve_of("a")
    assert planned_vus(fewer) == 4
    assert Scenario.model_validate(fewer.model_dump(mode="json", exclude_unset=True)) == fewer


@pytest.mark.parametrize("total", [1 / 86400, 1 / 3, 99_999.0])
def test_any_rate_can_be_asked_for(loaded, total) -> None:
    scenario = loaded(
        "name: x\ntarget: http://127.0.0.1:1\ngroups:\n"
        "  a: {rate: 30/s, ramp: 10/s every 1s, flow: f}\n"
        "  b: {ramp: to 60/min over 10s, flow: f}\nflows: {f: [{request: GET /}]}\n"
    )
    groups = with_rate(scenario, total).groups.values()
    assert sum(group.most_per_s for group in groups) == pytest.approx(total)


def test_a_rate_for_a_closed_scenario_is_refused(shop) -> None:
    with pytest.raises(ScenarioError, match="--rate: no group has a rate"):
        with_rate(shop, 5)


def test_a_url_at_a_rate() -> None:
    short = from_url("http://127.0.0.1:1/a", rate=200, vus=20)
    assert short.rate_curve_of("url") == ramp(0, 200)
    assert short.curve_of("url") == ramp(0, 20)
    assert from_url("http://127.0.0.1:1/a", rate=200).curve_of("url") == ramp(0, 200)
    assert from_url("http://127.0.0.1:1/a").curve_of("url") == ramp(0, 1)
