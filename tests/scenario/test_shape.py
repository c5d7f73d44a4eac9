"""Another total of VUs by the groups' proportion, another length."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.demo.example import demo_scenario_path
from perfconsole.model.scenario import Scenario
from perfconsole.model.vu_shares import shared
from perfconsole.scenario.inventory import planned_vus
from perfconsole.scenario.load import load
from perfconsole.scenario.problems import ScenarioError
from perfconsole.scenario.shape import scaled, with_duration


@given(st.dictionaries(st.text(max_size=3), st.integers(1, 10_000), min_size=1), st.data())
def test_shares_add_up_and_keep_the_proportion(weights, data):
    total = data.draw(st.integers(len(weights), 100_000))
    counts = shared(total, weights)
    assert sum(counts.values()) == total
    assert min(counts.values()) >= 1
    if total * min(weights.values()) >= sum(weights.values()):  # nobody lives on the minimum
        for name, weight in weights.items():
            assert abs(counts[name] - total * weight / sum(weights.values())) < 1


@given(st.integers(3, 5_000))
def test_a_scaled_scenario_has_that_many_vus_and_is_valid(total):
    demo = load(demo_scenario_path())
    bigger = scaled(demo, total)
    assert planned_vus(bigger) == total
    assert Scenario.model_validate(bigger.model_dump(by_alias=True, exclude_unset=True)) == bigger
    for name in bigger.groups:
        before, after = demo.curve_of(name), bigger.curve_of(name)
        (steps,), (planned,) = after.stages, before.stages
        assert steps.step == max(1, round(planned.step * after.target / before.target))
        assert steps.every_s == planned.every_s


def test_linear_ramps_and_single_vus(shop):
    bigger = scaled(shop, 100)
    groups = bigger.groups
    assert {name: bigger.curve_of(name).target for name in groups} == {
        "browse": 60, "buy": 30, "again": 10,
    }  # fmt: skip
    assert (groups["browse"].ramp, groups["buy"].ramp) == ("20 every 5s", "to 30 over 10s")


def test_too_few_vus(shop):
    assert planned_vus(scaled(shop, 3)) == 3
    with pytest.raises(ScenarioError, match="--vus: 2 VUs are too few for 3 groups"):
        scaled(shop, 2)


def test_servers_alone_have_no_vus(loaded):
    scenario = loaded("name: x\nservers: {a: {local: true}}\n")
    with pytest.raises(ScenarioError, match="there are no groups that could have 5 VUs"):
        scaled(scenario, 5)


def test_another_length(shop):
    assert with_duration(shop, 30).duration == 30.0
    with pytest.raises(ScenarioError, match="a duration is above 0"):
        with_duration(shop, 0)
