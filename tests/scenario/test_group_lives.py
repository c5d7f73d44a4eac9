"""Groups that end by themselves or follow others: what is right, and what the run's end is."""

import pytest

from perfconsole.scenario.advice import has_end
from perfconsole.scenario.load import scenario_from
from perfconsole.scenario.planning import plan_for
from perfconsole.scenario.problems import ScenarioError

FLOWS = "flows: {a: [{request: GET /}], b: [{request: GET /}], c: [{request: GET /}]}\n"


@pytest.fixture
def loaded(tmp_path):
    def load(groups: str, rest: str = ""):
        text = f"name: x\ntarget: http://h:1\ngroups: {groups}\n{FLOWS}{rest}"
        return scenario_from(text, "s.yaml", tmp_path)

    return load


@pytest.mark.parametrize(
    ("groups", "ends"),
    [
        ("{a: {iterations: 3}, b: {samples: 9}, c: {duration: 10s, after_group: a}}", True),
        ("{a: {load: [{to: 5}, {hold: 10s}, {to: 0}]}}", True),
        ("{a: {load: [{to: 5}, {hold: 10s}]}}", False),
        ("{a: {iterations: 3}, b: {after_group: a}}", False),
        ("{a: {rate: 5/s, duration: 10s}}", True),
    ],
)
def test_a_run_has_an_end_when_every_group_has(loaded, groups, ends):
    assert has_end(loaded(groups)) is ends
    assert has_end(loaded(groups, "duration: 5m\n"))


@pytest.mark.parametrize(
    ("groups", "text"),
    [
        ("{a: {after_group: buy}}", 'groups.a.after_group: there is no group "buy"'),
        ("{a: {}, bb: {flow: b}, c: {after_group: b}}", 'did you mean "bb"?'),
        ("{a: {after_group: a}}", "it would wait for itself: a after a"),
        (
            "{a: {after_group: b}, b: {after_group: c}, c: {after_group: a}}",
            "it would wait for itself: a after b after c after a",
        ),
        ("{a: {rate: 5/s, samples: 10}}", "give either rate or samples"),
    ],
)
def test_what_cannot_be_is_told_where_it_stands(loaded, groups, text):
    with pytest.raises(ScenarioError) as refused:
        loaded(groups)
    assert text in str(refused.value)


def test_samples_are_planned_where_the_vus_will_be(loaded):
    scenario = loaded(
        "{a: {vus: 1, samples: 7}, b: {vus: 1, samples: 1}, c: {vus: 5, samples: 10}}"
    )
    plans = [
        plan_for(scenario, "http://h:1", injector=number, started_at=0.0, seed=1, lease_s=1.0,
                 injectors=3)
        for number in range(3)
    ]  # fmt: skip
    shares = [[group.samples for group in plan.groups] for plan in plans]
    assert [sum(column) for column in zip(*shares, strict=True)] == [7, 1, 10]
    assert (shares[0][0], shares[1][1]) == (7, 1)
    assert [row[2] for row in shares] == [4, 2, 4]


@pytest.mark.parametrize(
    "load", ["rate: 5/s", "ramp: to 5/s over 9s", "load: [{to: 5/s, over: 9s}]"]
)
def test_a_flow_with_pacing_is_played_at_no_rate(tmp_path, load):
    text = f"""name: x
target: http://h:1
groups: {{a: {{{load}}}, b: {{flow: a}}, c: {{flow: d, {load}}}}}
flows: {{a: {{steps: [{{request: GET /}}, {{pacing: every 5s}}]}}, d: [{{flow: a}}]}}
"""
    with pytest.raises(ScenarioError) as caught:
        scenario_from(text, "s.yaml", tmp_path)
    assert str(caught.value) == (
        "s.yaml:4: flows.a step 2: the group a plays this flow at a rate, which spaces the "
        "iterations: leave the pacing out"
    )


def test_a_curve_of_vus_in_a_folder_is_no_rate(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/day.csv").write_text("time,load\n0s,1\n9s,4\n")
    text = """name: x
target: http://h:1
groups: {a: {load: [{curve: sub/day.csv}]}}
flows: {a: [{request: GET /}, {pacing: every 5s}]}
"""
    assert not scenario_from(text, "s.yaml", tmp_path).groups["a"].open
