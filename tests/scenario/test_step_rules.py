"""Steps within steps: order, depth, flows within flows, and the names that reach each of them."""

from __future__ import annotations

import pytest

from perfconsole.scenario.problems import where

HEAD = "name: x\ntarget: http://h:1\ngroups: {a: {}}\n"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), "the scenario"),
        (("flows", "a", 2), "flows.a step 3"),
        (("flows", "a", "steps", 2, "think"), "flows.a step 3, think"),
        (("flows", "a", "init", 0), "flows.a.init step 1"),
        (("flows", "a", 1, "steps", 0, "headers", "X"), "flows.a step 2.1, headers.X"),
        (("flows", "a", 2, "then", 0, "steps", 1), "flows.a step 3, then step 1.2"),
        (("flows", "a", 2, "else", 0), "flows.a step 3, else step 1"),
        (("flows", "a", 2, "choose", 1, "steps", 0), "flows.a step 3, choose 2 step 1"),
        (("flows", "a", 2, "choose", 1, "weight"), "flows.a step 3, choose 2, weight"),
        (("flows", "a", 0, "json", "a", 0), "flows.a step 1, json.a 1"),
        (("flows", "a", "steps"), "flows.a.steps"),
        (("groups", "a", "load", 1, "to"), "groups.a.load 2, to"),
    ],
)
def test_places_as_a_person_reads_them(path, text):
    assert where(path) == text


@pytest.mark.parametrize(
    ("flows", "problem"),
    [
        ("a: [{if: x == x, then: [{request: GET /}], else: [{check: {status: 200}}]}]",
         "4: flows.a step 1, else step 1: a check stands right after a request"),
        ("a: [{request: GET /}, {repeat: 2, steps: [{extract: {v: {css: a}}}]}]",
         "4: flows.a step 2.1: an extract step stands right after a request"),
        ("a: {init: [{one_of: [{steps: [{request: GET /, check: {status: 999}}]}]}], "
         "steps: [{think: 1s}]}",
         "4: flows.a.init step 1, one_of 1 step 1, check: a status code is between 100 and 599, "
         "not 999"),
        ("a: [{choose: [{steps: [{think: 1s}]}, {steps: [{request: GET /, timeout: 0}]}]}]",
         "4: flows.a step 1, choose 2 step 1, timeout must be above 0"),
        ("a: [{pacing: every 5s}, {think: 1s}]",
         "4: flows.a step 1: pacing is the last of the steps of a flow"),
        ("a: [{transaction: t, steps: [{pacing: every 5s}]}]",
         "4: flows.a step 1.1: pacing is the last of the steps of a flow"),
        ("a: {init: [{pacing: every 5s}], steps: [{think: 1s}, {pacing: every 1s}]}",
         "4: flows.a.init step 1: pacing is the last of the steps of a flow"),
        ("\n  a: [{flow: lgoin}]\n  login: [{think: 1s}]",
         '5: flows.a step 1: there is no flow "lgoin"; did you mean "login"?'),
        ("a: [{flow: 'flows/a.py:a'}]",
         "4: flows.a step 1: a step cannot play a flow in Python; a group can, with flow: "
         "flows/a.py:a"),
        ("\n  a: [{flow: b}]\n  b:\n    - think: 1s\n    - if: x == x\n      then: [{flow: a}]",
         "5: flows.a step 1: flows play each other in a circle: a > b > a"),
        ("a: [{think: 1s}, {flow: a}]",
         "4: flows.a step 2: flows play each other in a circle: a > a"),
        ("a: [{weight: 1}]",
         "4: flows.a step 1: a step is one of request, transaction, think, pacing, rendezvous, "
         "check, extract, set, if, repeat, while, choose, one_of and flow"),
        ("a: [{if: x == x, then: [{thnk: 1s}]}]",
         "4: flows.a step 1, then step 1: a step is one of request, transaction, think, pacing, "
         "rendezvous, check, extract, set, if, repeat, while, choose, one_of and flow; "
         'did you mean "think"?'),
        ("a: {steps: [{think: 1s}], inti: [{think: 1s}]}",
         '4: unknown key "inti" in flows.a; did you mean "init"?'),
        ("a: {init: [{think: 1s}]}",
         '4: flows.a needs a "steps", such as steps: and a list of steps'),
        ("a: 5", '4: flows.a must be a list of steps, or "steps" with init and end, not 5'),
        ("a: [{choose: [{wieght: 2, steps: [{think: 1s}]}]}]",
         '4: unknown key "wieght" in flows.a step 1, choose 1; did you mean "weight"?'),
        ("a: [{choose: []}]", "4: flows.a step 1, choose must not be empty"),
        ("a: [{if: x == x, then: []}]", "4: flows.a step 1, then must not be empty"),
        ("a: [{while: x == x, steps: [{think: 1s}], limit: true}]",
         "4: flows.a step 1, limit cannot be true; write a number, or quote it if it is text"),
    ],
)  # fmt: skip
def test_a_rule_holds_at_any_depth(refused, flows, problem):
    written = f"flows:{flows}\n" if flows.startswith("\n") else f"flows: {{{flows}}}\n"
    assert refused(HEAD + written) == [problem]


@pytest.mark.parametrize(
    "steps",
    [
        "[{if: x == x, then: [{set: {v: 1}}]}, {request: 'GET /${v}'}]",
        "[{choose: [{steps: [{request: GET /, extract: {v: {css: a}}}]}]}, {request: 'GET /${v}'}]",
        "[{flow: other}, {request: 'GET /${o}'}]",
        "{init: [{set: {v: 1}}], steps: [{request: 'GET /${v}'}], end: [{request: 'GET /${v}'}]}",
        "{init: [{request: GET /, extract: {v: {css: a}}}], steps: [{request: 'GET /${v}'}]}",
        "[{if: '${v} is set', then: [{request: 'GET /${v}'}]}, {set: {v: 1}}]",
        "[{set: {v: 1}}, {while: '${v} < 3', steps: [{set: {v: 4}}]}, {repeat: '${v}', "
        "steps: [{think: 1s}]}]",
        "[{request: GET /, query: {a: '${g}', b: ['${g}']}, check: {header: {A: '${g}'}}}]",
    ],
)
def test_a_value_that_may_be_there_is_known(loaded, steps):
    loaded(
        HEAD.replace("{}", "{variables: {g: 1}}")
        + f"flows:\n  a: {steps}\n  other: [{{set: {{o: 1}}}}]\n"
    )


@pytest.mark.parametrize(
    ("steps", "problem"),
    [
        ("[{if: x == x, then: [{set: {v: 1}}], else: [{request: 'GET /${v}'}]}]",
         '5: flows.a step 1, else step 1, request: "v" has no value yet; '
         "flows.a step 1, then step 1 sets it"),
        ("[{while: '${v} != 1', steps: [{set: {v: 1}}]}]",
         '5: flows.a step 1, while: "v" has no value yet; flows.a step 1.1 sets it'),
        ("[{if: '${w} is set', then: [{think: 1s}]}, {set: {v: 1}}]",
         '5: flows.a step 1, if: there is no variable "w"; the variables are g, v'),
        ("{steps: [{set: {token: 1}}], end: [{request: 'GET /${token}'}]}",
         '5: flows.a.end step 1, request: there is no variable "token"; the variables are g'),
        ("[{set: {b: '${vv}', v: 1}}]",
         '5: flows.a step 1, set.b: there is no variable "vv"; did you mean "v"?'),
        ("[{repeat: '${n}', steps: [{think: 1s}]}]",
         '5: flows.a step 1, repeat: there is no variable "n"; the variables are g'),
        ("[{request: GET /, check: {body_lacks: '${n}'}}]",
         '5: flows.a step 1, check.body_lacks: there is no variable "n"; the variables are g'),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_there(refused, steps, problem):
    head = HEAD.replace("{}", "{variables: {g: 1}}")
    assert refused(f"{head}flows:\n  a: {steps}\n") == [problem]


def test_what_only_some_groups_have(refused, loaded):
    flows = "flows: {f: [{request: 'GET /${v}'}]}\n"
    groups = (
        "name: x\ntarget: http://h:1\ngroups: {a: {flow: f, variables: {v: 1}}, b: {flow: f}}\n"
    )
    assert refused(groups + flows) == [
        '4: flows.f step 1, request: "v" has no value in the group b; give it one there, or under '
        "variables"
    ]
    loaded(groups + flows + "variables: {v: 2}\n")


def test_groups_that_wait_for_each_other(refused):
    text = """\
name: x
target: http://h:1
groups:
  a: {after_group: b}
  b: {after_group: c}
  c: {after_group: a}
  d: {after_group: aa}
flows: {a: &a [{think: 1s}], b: *a, c: *a, d: *a}
"""
    assert refused(text) == [
        "4: groups.a.after_group: it would wait for itself: a after b after c after a",
        '7: groups.d.after_group: there is no group "aa"; did you mean "a"?',
    ]


def test_flows_within_flows_have_an_end(refused, loaded):
    """Each is played in the place of its step: a few lines could ask for billions of steps."""

    def doubling(count: int) -> str:
        flows = "".join(f"  f{n}: [{{flow: f{n + 1}}}, {{flow: f{n + 1}}}]\n" for n in range(count))
        return f"{HEAD}flows:\n  a: [{{flow: f0}}]\n{flows}  f{count}: [{{think: 1s}}]\n"

    loaded(doubling(9))
    assert refused(doubling(40)) == [
        "35: flows.f29: flows are played within flows more than 10 deep"
    ]
    wide = "a: [" + ", ".join(["{flow: b}"] * 400) + "]\n  b: [" + ", ".join(["{think: 1s}"] * 400)
    assert refused(f"{HEAD}flows:\n  {wide}]\n") == [
        "5: flows.a: more than 100,000 steps, with the flows it plays"
    ]
