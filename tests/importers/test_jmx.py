from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.importers.draft import ImportFault, plain, requests_of
from perfconsole.importers.jmx import from_jmx
from perfconsole.importers.jmx_values import Names, jmespath_of
from perfconsole.importers.writing import scenario_text
from perfconsole.scenario.document import Composer

PLAN = (Path(__file__).parent / "plan.jmx").read_text()


def test_the_common_subset():
    draft = from_jmx(PLAN)
    tree = plain(draft.tree)
    assert (tree["name"], tree["target"]) == ("Shop", "http://127.0.0.1:8080")
    assert tree["variables"] == {"page": "2"}
    assert tree["data"] == {
        "users": {"csv": "users.csv", "columns": ["user", "password"], "delimiter": ";",
                  "at_end": "stop_vu"},
        "made": {"generate": {"uuid": "uuid"}},
    }  # fmt: skip
    assert tree["groups"] == {
        "Buyers": {"vus": 20, "ramp": "to 20 over 40s", "duration": "600s", "start_after": "3s",
                   "iterations": 5, "on_error": "next_iteration"},
    }  # fmt: skip
    language = {"Accept-Language": "zh-CN"}
    assert tree["flows"]["Buyers"] == {
        "init": [
            {"request": "POST /login", "headers": language, "name": "log in",
             "form": {"user": "${users.user}", "password": "${env:PASSWORD}"},
             "extract": {"csrf": {"regex": 'name="csrf" value="([^"]+)"', "default": "none"}}},
        ],
        "steps": [
            {"transaction": "look", "steps": [
                {"think": "1s to 3s"},
                {"request": "GET /list?page=${page}", "headers": language, "name": "list",
                 "check": {"body_contains": ["items"]},
                 "extract": {"id": {"json": "items[0].id"}}, "timeout": "5s"},
                {"if": '${id} == "7"', "then": [
                    {"think": "1s to 3s"},
                    {"request": "POST /order", "headers": language, "name": "order",
                     "body": '{"id": "${id}", "key": "${made.uuid}"}'},
                ]},
            ]},
        ],
    }  # fmt: skip
    assert draft.notes == [
        'not carried over: JSONPostProcessor "id": the JSONPath $..id is to be written as JMESPath',
        'not carried over: JSR223Sampler "groovy"',
    ]


def test_what_is_written_is_read_back():
    draft = from_jmx(PLAN)
    text = scenario_text(draft)
    assert "hunter2" not in text
    read = Composer().read(text)
    assert read is not None
    assert read.plain() == plain(draft.tree)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "this is no XML, so no JMX file"),
        ("<a/>", 'this is no JMX file: it does not begin with "jmeterTestPlan"'),
        ("<jmeterTestPlan><hashTree/></jmeterTestPlan>", "no request names a server"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><jmeterTestPlan/>', "a test plan has no DOCTYPE"),
    ],
)
def test_one_clear_line(text, why):
    with pytest.raises(ImportFault, match=why):
        from_jmx(text)


@pytest.mark.parametrize(
    ("json_path", "jmespath"),
    [
        ("$.a.b", "a.b"), ("$.items[0].id", "items[0].id"), ("$['a']['b']", "a.b"),
        ("$.a[*].b", "a[*].b"), ("$.x-id", '"x-id"'), ("$..id", None), ("$.a[?(@.b)]", None),
        ("$.a[1:2]", None), ("a", None),
    ],
)  # fmt: skip
def test_json_paths(json_path, jmespath):
    assert jmespath_of(json_path) == jmespath


def test_functions():
    names = Names()
    said = "${__P(host,h)} ${__UUID()} ${__Random(1,9)} ${__time(yyyy)} ${a.b}"
    assert names.text(said) == ("${host} ${made.uuid} ${made.number_1_9} $${__time(yyyy)} ${a_b}")
    assert names.variables == {"host": "h"}
    assert names.generated == {"uuid": "uuid", "number_1_9": "number 1 to 9"}
    assert names.notes() == [
        "the function ${__time(yyyy)} is not carried over: it is sent as it stands"
    ]


@given(st.data())
def test_a_damaged_plan_is_refused_or_understood(data):
    at = data.draw(st.integers(0, len(PLAN)))
    length = data.draw(st.integers(0, 200))
    damaged = PLAN[:at] + data.draw(st.text(max_size=10)) + PLAN[at + length :]
    try:
        draft = from_jmx(damaged)
    except ImportFault:
        return
    scenario_text(draft)


def test_properties_have_their_defaults_and_names_no_values():
    plan = (Path(__file__).parents[1] / "cli/market.jmx").read_text()
    draft = from_jmx(plan)
    assert draft.tree["target"] == "http://${host}:${port}"
    assert draft.tree["variables"] == {
        "host": "127.0.0.1", "port": "PORT", "password": "${env:PASSWORD}", "undefined_thing": "",
    }  # fmt: skip
    assert draft.tree["groups"]["Buyers"]["vus"] == 10
    named = {step["name"]: step for step in requests_of(draft.tree["flows"]["Buyers"])}
    assert "POST login {user}" in named
    assert named["message"]["auth"] == {"bearer": "${title}"}
    assert "fill in what the plan has from elsewhere: undefined_thing" in draft.notes
