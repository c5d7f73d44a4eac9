"""What a scenario file may look like, and that big ones load quickly."""

from __future__ import annotations

import cProfile
import re
from contextlib import suppress
from pathlib import Path

import pytest

from perfconsole.demo.example import demo_scenario_path
from perfconsole.scenario.load import load, scenario_from
from perfconsole.scenario.outline import outline
from perfconsole.scenario.problems import ScenarioError

SCENARIOS = sorted((Path(__file__).parents[2] / "scenarios").glob("*.yaml"))
HEAD = "name: x\ntarget: http://h:1\ngroups: {browse: {}}\n"


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_shipped_scenarios_load_and_explain_themselves(path, monkeypatch):
    for name in re.findall(r"\$\{env:(\w+)\}", path.read_text(encoding="utf-8")):
        monkeypatch.setenv(name, "s3cr3t")
    scenario = load(path)
    assert scenario.name in outline(scenario)
    first_lines = path.read_text(encoding="utf-8").splitlines()[:4]
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


def large(groups: int, step: str) -> str:
    """Each group with a flow of ten steps."""
    loads = "".join(f"  g{n}: {{vus: 5, ramp: 1 every 1s}}\n" for n in range(groups))
    flows = "".join(f"  g{n}:\n{step * 10}" for n in range(groups))
    return f"name: big\ntarget: http://h\nvariables: {{v: 1}}\ngroups:\n{loads}flows:\n{flows}"


def calls(text: str) -> int:
    """What loading a text takes, counted: the same on any machine."""
    with cProfile.Profile() as profile, suppress(ScenarioError):
        scenario_from(text, "s.yaml", Path())
    return sum(entry.callcount for entry in profile.getstats())


@pytest.mark.parametrize(
    "step",
    [
        "    - request: POST /a/${v}\n      form: {a: b}\n      check: {status: 200}\n",
        "    - if: ${v} == 1\n      then: [{transaction: t, steps: [{think: 1s}]}]\n",
        "    - {thnk: 1s}\n",
        "    - {request: GET /, hedaers: {}, check: {status: x}}\n",
    ],
)
def test_twice_as_large_takes_twice_the_work(step):
    """So that 200 groups and 2,000 steps load in under two seconds: `make bench` says so."""
    calls(large(2, step))
    assert calls(large(24, step)) < 2.2 * calls(large(12, step))


def test_a_breach_may_be_written_with_any_blanks(loaded):
    scenario = loaded("name: x\nservers: {a: {local: true}}\n"
                      'thresholds: {cpu_percent: {limit: 5, breach: "3\\tof  4"}}\n')  # fmt: skip
    assert scenario.limits_of("a")["cpu_percent"].rule == (3, 4)
