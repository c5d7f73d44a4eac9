"""What the small languages inside a scenario mean."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from perfconsole.model.objective_spec import ObjectiveSpec
from perfconsole.model.point_spec import PointSpec
from perfconsole.model.scenario import Scenario
from perfconsole.model.server_spec import LimitSpec


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
    assert {name: limit.limit for name, limit in limits.items()} == {
        "cpu_percent": 90.0, "memory_percent": 60.0, "load_1m": 8.0,
    }  # fmt: skip
    assert limits["memory_percent"].rule == (3, 3)
    assert {n: s.limit for n, s in watching({}).limits_of("web1").items()} == {
        "cpu_percent": 75.0, "memory_percent": 75.0, "disk_percent": 80.0,
    }  # fmt: skip


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
