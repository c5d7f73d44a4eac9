"""What the small languages inside a scenario mean."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from perfconsole.model.limit_sets import LIMIT_SETS
from perfconsole.model.limit_spec import LimitSpec
from perfconsole.model.limit_traits import LimitTraits
from perfconsole.model.objective_spec import ObjectiveSpec
from perfconsole.model.point_spec import PointSpec
from perfconsole.model.scenario import Scenario


@pytest.mark.parametrize(
    ("wait_for", "policy"),
    [
        ("100% of all", ("all", 100)),
        (" 50 % of  running ", ("running", 50)),
        ("12", ("count", 12)),
        (12, ("count", 12)),
        ("manual", ("manual", 0)),
    ],
)
def test_what_a_rendezvous_waits_for(wait_for: str | int, policy: tuple[str, int]):
    assert PointSpec(wait_for=wait_for).policy == policy


@given(st.integers(1, 100), st.sampled_from(["all", "running"]))
def test_any_percentage_of_all_or_running(percent: int, kind: str):
    assert PointSpec(wait_for=f"{percent}% of {kind}").policy == (kind, percent)


@pytest.mark.parametrize("wait_for", ["0% of all", "101% of all", "0", 0, -1, "some", "50%", ""])
def test_a_policy_that_could_never_release_is_refused(wait_for: str | int):
    with pytest.raises(ValidationError, match='write "100% of all"'):
        PointSpec(wait_for=wait_for)


@pytest.mark.parametrize(("breach", "rule"), [("9 of 12", (9, 12)), ("1 of 1", (1, 1))])
def test_a_breach_rule(breach: str, rule: tuple[int, int]):
    assert LimitSpec(limit=75, breach=breach).rule == rule


@pytest.mark.parametrize("breach", ["12 of 9", "0 of 3", "often", "9/12", "9 of 2000"])
def test_a_rule_that_cannot_be_is_refused(breach: str):
    with pytest.raises(ValidationError):
        LimitSpec(limit=75, breach=breach)


def watching(server: dict[str, Any], **fields: Any) -> Scenario:
    return Scenario.model_validate(
        {"name": "n", "servers": {"web1": {"local": True, **server}}} | fields
    )


def test_thresholds_are_the_defaults_the_scenarios_and_the_servers_own():
    scenario = watching(
        {"thresholds": {"disk_percent": "off", "load_1m": 8.0}},
        thresholds={"cpu_percent": 90.0, "memory_percent": {"limit": 60, "breach": "3 of 3"}},
    )
    limits = scenario.limits_of("web1")
    assert {name: limit.value for name, limit in limits.items()} == {
        "cpu_percent": 90.0, "memory_percent": 60.0, "load_1m": 8.0,
        "disk_busy_percent": 70.0, "network_percent": 70.0,
    }  # fmt: skip
    assert limits["memory_percent"].rule == (3, 3)


def numbers(scenario: Scenario, chosen: str | None = None) -> list[float]:
    limits = scenario.limits_of("web1", chosen)
    kinds = ("cpu_percent", "memory_percent", "disk_percent", "network_percent")
    return [limits[kind].value for kind in kinds]


def test_a_set_of_limits_is_chosen_for_the_scenario_or_a_server_and_thresholds_stay_over_it():
    assert numbers(watching({})) == [75, 75, 80, 70]
    assert numbers(watching({}, limits="peak")) == [85, 90, 80, 70]
    assert numbers(watching({"limits": "daily"}, limits="peak")) == [70, 80, 80, 70]
    assert numbers(watching({"thresholds": {"cpu_percent": 50}}, limits="peak"))[0] == 50
    own = watching({}, limits="strict", limit_sets={"strict": {"cpu_percent": 40}})
    assert numbers(own) == [40, 75, 80, 70]
    assert numbers(own, "peak") == [85, 90, 80, 70]
    with pytest.raises(KeyError):
        own.limits_of("web1", "lax")


def test_disk_busy_is_judged_only_when_a_scenario_asks_for_it():
    """It is 100 % on a disk that serves many requests at once, long before that is full."""
    for name in LIMIT_SETS:
        traits = watching({}, limits=name).limits_of("web1")["disk_busy_percent"].traits
        assert traits == LimitTraits(judged=False, optional=True)
    asked = watching({}, thresholds={"disk_busy_percent": 70}).limits_of("web1")
    assert asked["disk_busy_percent"].traits == LimitTraits()


@pytest.mark.parametrize("limit", [{}, {"limit": 1, "min": 2}, {"min": 0}, {"limit": -1}])
def test_a_limit_is_at_most_or_at_least(limit: dict[str, Any]):
    with pytest.raises(ValidationError):
        LimitSpec.model_validate(limit)


@pytest.mark.parametrize("metric", ["open_files", "disk_await_ms:sda", "orders_db.locks"])
def test_any_metric_of_a_server_may_have_a_limit(metric: str):
    assert watching({"thresholds": {metric: 5}}).limits_of("web1")[metric].value == 5


@pytest.mark.parametrize(
    "objective",
    [
        {"metric": "p95_ms"},
        {"metric": "p95_ms", "min": 1, "max": 2},
        {"metric": "server", "max": 75},
        {"metric": "server", "of": "web1", "max": 75},
        {"metric": "hits_per_s", "of": "home", "min": 5},
        {"metric": "speed", "min": 5},
    ],
)
def test_an_objective_is_one_limit_on_something_known(objective: dict[str, Any]):
    with pytest.raises(ValidationError):
        ObjectiveSpec.model_validate(objective)
