"""What a scenario file may look like, and that big ones load quickly."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from perfconsole.demo.example import demo_scenario_path
from perfconsole.scenario.load import load
from perfconsole.scenario.outline import outline

SCENARIOS = sorted((Path(__file__).parents[2] / "scenarios").glob("*.yaml"))
HEAD = "name: x\ntarget: http://h:1\ngroups: {browse: {}}\n"


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_shipped_scenarios_load_and_explain_themselves(path):
    scenario = load(path)
    assert scenario.name in outline(scenario)
    first_lines = path.read_text(encoding="utf-8").splitlines()[:5]
    assert all(line.startswith("#") for line in first_lines)


def test_the_demo_is_among_them():
    names = [path.stem for path in SCENARIOS]
    assert len(names) >= 5
    demo = load(demo_scenario_path())
    assert demo == load(next(path for path in SCENARIOS if path.stem == "demo"))
    assert demo.target == "demo"
    assert len(demo.groups) == 3
    assert not demo.servers["this machine"].judged


def test_scalars_follow_yaml_1_2(loaded):
    scenario = loaded(
        HEAD + "flows: {browse: [{request: POST /, json: "
        "[on, no, yes, 12:30, 2024-01-02, 007, 0x10, 1e3, ~, true, .inf, 1_000]}]}\n"
    )
    assert scenario.flows["browse"].steps[0].json_body == [
        "on", "no", "yes", "12:30", "2024-01-02", "007", 16, 1000.0, None, True, ".inf", "1_000",
    ]  # fmt: skip


def test_numbers_as_names_are_text(loaded):
    scenario = loaded("name: x\ntarget: http://h\ngroups: {404: {flow: 'true'}}\n"
                      "flows: {true: [{request: GET /}]}\n")  # fmt: skip
    assert scenario.flow_of("404") == "true"


def test_anchors_and_merged_keys(loaded):
    scenario = loaded("""
name: x
target: http://h
groups:
  a: &base {flow: f, vus: 3, start_after: 5s}
  b: {<<: *base, vus: 4}
flows:
  f: [&home {request: GET /}, *home]
""")
    assert (scenario.groups["b"].vus, scenario.groups["b"].start_after) == (4, 5.0)
    assert len(scenario.flows["f"].steps) == 2


def test_a_byte_order_mark_does_no_harm(loaded):
    assert loaded("\ufeff" + HEAD + "flows: {browse: [{request: GET /}]}\n").name == "x"


def test_chinese_names(loaded):
    scenario = loaded("name: 登录\ntarget: http://h\ngroups: {浏览: {}}\n"
                      "flows: {浏览: [{request: GET /首页, name: 首页}]}\n")  # fmt: skip
    assert list(scenario.groups) == ["浏览"]


def test_200_groups_and_2000_steps_load_quickly(loaded):
    groups = "".join(f"  g{n}: {{vus: 5, ramp: 1 every 1s}}\n" for n in range(200))
    step = "    - request: POST /a\n      form: {a: b}\n      check: {status: 200}\n"
    flows = "".join(f"  g{n}:\n{step * 10}" for n in range(200))
    text = f"name: big\ntarget: http://h\ngroups:\n{groups}flows:\n{flows}"
    begun = time.perf_counter()
    scenario = loaded(text)
    took = time.perf_counter() - begun
    assert sum(len(flow.steps) for flow in scenario.flows.values()) == 2000
    assert took < 10, f"{took:.2f} s"


def test_a_breach_may_be_written_with_any_blanks(loaded):
    scenario = loaded("name: x\nservers: {a: {local: true}}\n"
                      'thresholds: {cpu_percent: {limit: 5, breach: "3\\tof  4"}}\n')  # fmt: skip
    assert scenario.limits_of("a")["cpu_percent"].rule == (3, 4)
