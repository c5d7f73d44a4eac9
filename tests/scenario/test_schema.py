"""The JSON Schema takes every scenario that loads, and none that is obviously wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from perfconsole.cli.main import program
from perfconsole.scenario.document import Composer
from perfconsole.scenario.json_schema import json_schema
from perfconsole.scenario.model_docs import TITLES, meanings
from perfconsole.scenario.places import fields_of

ROOT = Path(__file__).parents[2]
SCENARIOS = sorted((ROOT / "scenarios").rglob("*.yaml"))
SCHEMA = json_schema()
VALIDATOR = Draft202012Validator(SCHEMA)


def mistakes(text: str) -> list[str]:
    """Of a file alone, whatever it extends and includes."""
    root = Composer().read(text)
    assert root is not None
    return [error.message for error in VALIDATOR.iter_errors(root.plain())]


def test_it_is_a_schema():
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"].endswith("2020-12/schema")


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_every_shipped_scenario_is_right_by_it(path):
    assert mistakes(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "text",
    [
        "extends: base.yaml\ngroups: {a: {vus: 3, ramp: null}, b: null}\nflows: {a: null}\n",
        "include: [a.yaml]\nvariables: {a: 1, b: {value: x, secret: true}, c: null}\n",
        "groups: {a: {vus: '${n}', start_after: '${t}', bandwidth: 2Mbit/s, rate: 300/min}}\n",
        "duration: 1h30m\nwarmup: 30\nhttp: {version: 2, insecure: '${insecure}'}\n",
        "flows: {a: {init: [{think: 1}], steps: [{pacing: every 5s}], end: [{flow: a}]}}\n",
        "groups: {a: {load: [{to: 5, add: 1, every: 1s}, {hold: 1s}]}}\n",
    ],
)
def test_what_a_person_may_write(text):
    assert mistakes(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "[]", "name: 5", "nmae: x", "name: ''", "duration: soon", "duration: -1", "include: a.yaml",
        "vus: 0", "seed: -1", "on_error: panic", "groups: [a]", "groups: {a: 5}",
        "groups: {a: {vsu: 1}}", "groups: {a: {rate: fast}}", "groups: {a: {bandwidth: 2Mb}}",
        "groups: {a: {arrivals: random}}", "groups: {a: {load: []}}",
        "groups: {a: {load: [{hodl: 1s}]}}", "groups: {a: {load: [{hold: 1s, over: 2s}]}}",
        "flows: {a: 5}", "flows: {a: []}", "flows: {a: {init: [{think: 1s}]}}",
        "flows: {a: [{requst: GET /}]}", "flows: {a: [{request: GET /, think: 1s}]}",
        "flows: {a: [{if: x == x}]}", "flows: {a: [{repeat: 2, steps: [{foo: 1}]}]}",
        "flows: {a: [{request: GET /, check: {status: [x]}}]}",
        "flows: {a: [{request: GET /, extract: {v: {regx: a}}}]}",
        "flows: {a: [{choose: [{weight: 0, steps: [{think: 1s}]}]}]}",
        "thresholds: {cpu_percent: {breach: 1 of 2}}", "objectives: [{metric: p95}]",
        "data: {d: {order: best}}", "http: {resolve: never}", "servers: {a: {every: 0.1}}",
    ],
)  # fmt: skip
def test_what_is_obviously_wrong(text):
    assert mistakes(text) != []


def test_every_key_is_explained():
    for model in TITLES:
        assert meanings(model).keys() >= fields_of(model).keys()
        known = SCHEMA if model.__name__ == "Scenario" else SCHEMA["$defs"][model.__name__]
        assert known["title"] == TITLES[model]
        for key, each in known["properties"].items():
            assert each["description"] == meanings(model)[key]


def test_the_command_prints_it_or_writes_it(tmp_path):
    printed = CliRunner().invoke(program, ["schema"])
    assert json.loads(printed.output) == SCHEMA
    path = tmp_path / "scenario.schema.json"
    assert CliRunner().invoke(program, ["schema", "-o", str(path)]).output == ""
    assert json.loads(path.read_text(encoding="utf-8")) == SCHEMA
    refused = subprocess.run(
        [sys.executable, "-m", "perfconsole", "schema", "-o", str(tmp_path)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert refused.returncode == 2
    assert refused.stderr == f"{tmp_path}: cannot be written: Is a directory\n"
