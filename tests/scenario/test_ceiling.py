"""A scenario must keep its own `max_vus`."""

import pytest

from perfconsole.model.scenario import Scenario
from perfconsole.scenario.problems import ScenarioError
from perfconsole.scenario.shape import scaled

TWO = """\
name: x
target: http://h:1
max_vus: {most}
groups: {{a: {{vus: 30}}, b: {{vus: 20{more}}}}}
flows: {{a: [{{request: GET /}}], b: [{{request: GET /}}]}}
"""


def test_a_plan_over_the_ceiling_is_refused_with_its_line(refused, loaded):
    assert refused(TWO.format(most=49, more="")) == [
        "3: max_vus: the groups come to 50 VUs at one time, over max_vus, 49"
    ]
    assert loaded(TWO.format(most=50, more="")).max_vus == 50
    assert loaded(TWO.format(most=30, more=", after_group: a")).max_vus == 30


def test_the_command_lines_total_must_keep_it_too() -> None:
    scenario = Scenario.model_validate({
        "name": "x", "target": "http://h:1", "max_vus": 40, "groups": {"a": {"vus": 30}},
        "flows": {"a": [{"request": "GET /"}]},
    })  # fmt: skip
    assert scaled(scenario, 40).vus_of("a") == 40
    with pytest.raises(ScenarioError, match="--vus: the groups come to 41 VUs at one time"):
        scaled(scenario, 41)
