"""The section ``alarms`` of a scenario: what is right, what is told, and that nothing leaks."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from perfconsole.model.scenario import Scenario
from perfconsole.scenario.document import Composer
from perfconsole.scenario.inventory import groups_of_transaction
from perfconsole.scenario.json_schema import json_schema
from perfconsole.scenario.load import load
from perfconsole.scenario.masking import masked
from perfconsole.scenario.outline import outline
from perfconsole.scenario.resolving import start_values

WHOLE = """\
name: x
target: http://h
groups: {a: {}, b: {flow: a}, c: {}}
flows:
  a: [{transaction: buy, steps: [{request: GET /}]}]
  c: [{request: GET /}]
"""
TOKEN = "https://anna:pw-7@hooks.example:8443/services/T000/xyz-77?key=abc"


def test_receivers_have_their_own_level(loaded):
    alarms = loaded(
        WHOLE + "alarms:\n  errors: 20/s\n  receivers:\n"
        "    - {command: 'echo ${NOT_OURS}', level: error}\n    - {webhook: http://127.0.0.1:9/x}\n"
    ).alarms
    assert alarms.errors == "20/s"
    assert [each.level for each in alarms.receivers] == ["error", "info"]
    assert alarms.receivers[0].command == "echo ${NOT_OURS}"
    assert loaded(WHOLE).alarms.errors == "5%"


@pytest.mark.parametrize(
    ("alarms", "problem"),
    [
        ("{errors: 5}", '7: alarms.errors: write a share of all transactions such as 5%, a rate '
         'such as "500/s", "300/min" or "3600/h", or off'),
        ("{errors: 120%}", "7: alarms.errors: a share of errors is above 0 % and at most 100 %"),
        ("{error: 5%}", '7: unknown key "error" in alarms; did you mean "errors"?'),
        (f"{{receivers: [{', '.join(['{command: a}'] * 11)}]}}",
         "7: alarms.receivers has at most 10 entries, not 11"),
        ("{receivers: [{level: info}]}",
         '7: alarms.receivers 1: give either "command" or "webhook"'),
        ("{receivers: [{command: a, webhook: 'http://h/'}]}",
         '7: alarms.receivers 1, command: give either "command" or "webhook"'),
        ("{receivers: [{webhook: 'ftp://h/s3cret'}]}",
         "7: alarms.receivers 1, webhook: a webhook is a URL such as https://hooks.example/alarms; "
         "a secret one can stand in ${env:NAME}"),
        ("{receivers: 'https://h/s3cret'}",
         '7: alarms.receivers must be a list, each line beginning with "-", not ***'),
        ("{receivers: ['https://h/s3cret']}",
         "7: alarms.receivers 1 must be a set of keys, each with its value, not ***"),
        ("{receivers: [{webhook: 'https://h/${who}'}]}",
         '7: alarms.receivers 1, webhook: "who" is none of the scenario\'s variables; only they '
         'and "env:NAME" can stand here'),
        ("{receivers: [{webhook: '${env:NO_SUCH_HOOK}'}]}",
         '7: alarms.receivers 1, webhook: the environment has no "NO_SUCH_HOOK"; set it where '
         "perfconsole is started"),
        ("{receivers: [{command: a, level: loud}]}",
         '7: alarms.receivers 1, level cannot be "loud"; the choices are info, warning, error'),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_and_no_secret_with_it(refused, alarms, problem):
    assert refused(WHOLE + f"alarms: {alarms}\n") == [problem]


def test_a_hook_from_the_environment_is_put_in_at_the_start(tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text(WHOLE + "alarms: {receivers: [{webhook: '${env:HOOK}'}]}\n")
    scenario = load(path, environ={"HOOK": TOKEN})
    assert scenario.alarms.receivers[0].webhook == "${env:HOOK}"
    assert start_values(scenario, {}, {"HOOK": TOKEN}) == {"env:HOOK": TOKEN}


def test_nothing_of_a_hook_is_kept_but_its_host(loaded):
    scenario = loaded(
        WHOLE + f"alarms:\n  receivers:\n    - {{webhook: '{TOKEN}'}}\n"
        "    - {command: 'curl https://me:pa55@h/'}\n"
    )
    kept = masked(scenario)
    text = json.dumps(kept) + outline(scenario)
    assert not any(secret in text for secret in ("pw-7", "T000", "xyz-77", "abc", "anna", "pa55"))
    assert kept["alarms"]["receivers"][0]["webhook"] == "https://hooks.example:8443/***"
    assert masked(Scenario.model_validate(kept)) == kept
    assert "  webhook, from info on: https://hooks.example:8443/***" in outline(scenario)
    assert "alarms" not in outline(loaded(WHOLE))


@pytest.mark.parametrize(
    ("alarms", "right"),
    [
        ("{errors: 5%, receivers: [{command: a}]}", True),
        ("{errors: off}", True),
        ("{errors: 5}", False),
        ("{errors: often}", False),
        ("{receivers: [{command: a, level: loud}]}", False),
    ],
)
def test_the_schema_knows_it(alarms, right):
    root = Composer().read(WHOLE + f"alarms: {alarms}\n")
    assert root is not None
    assert Draft202012Validator(json_schema()).is_valid(root.plain()) is right


def test_who_does_a_transaction(loaded):
    scenario = loaded(WHOLE)
    assert groups_of_transaction(scenario, "buy") == {"a", "b"}
    assert groups_of_transaction(scenario, "GET /") == {"a", "b", "c"}
    assert groups_of_transaction(scenario, "sell") == frozenset()
