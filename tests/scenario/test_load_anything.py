"""The law of loading: whatever the text, a Scenario or a ScenarioError, and nothing else."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from perfconsole.cli.planned_load import planned_load
from perfconsole.demo.example import demo_scenario_path
from perfconsole.model.group import GroupSpec
from perfconsole.model.scenario import Scenario
from perfconsole.model.steps import StepSpec
from perfconsole.scenario.load import scenario_from
from perfconsole.scenario.masking import masked
from perfconsole.scenario.outline import outline
from perfconsole.scenario.places import Model, bare, fields_of, members
from perfconsole.scenario.planning import plan_for
from perfconsole.scenario.problems import ScenarioError

DEMO = demo_scenario_path().read_text(encoding="utf-8")
KEYS = [
    *sorted(set(re.findall(r"\w+(?=:)", DEMO))),
    "duration", "thresholds", "objectives", "think", "headers", "timeout", "iterations", "max_time",
    "on", "ssh", "every", "disks", "metric", "of", "min", "max", "limit", "breach", "cpu_percent",
    "ca", "cert", "key", "identity", "a", "<<", "extract", "regex", "header", "cookie", "nth",
    "variables", "data", "csv", "delimiter", "columns",
]  # fmt: skip
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from(["GET /", "POST /a?b", "1s", "1s to 2s", "5 every 1s", "to 5 over 1m", "off",
                       "http://h:1", "demo", "p95_ms", "server", "a/b", "9 of 12", "9\tof\t12",
                       "http://[", "100% of all", "a", "９ of 12", "1e999",
                       "${a}", "${", "GET /${a.b}", "a.csv", "(", "[", "a[0]"])
)  # fmt: skip
TREES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=3), inner, max_size=5)
    ),
    max_leaves=25,
)
SHAPES = st.fixed_dictionaries(
    {"name": st.just("x"), "target": st.just("http://h:1") | SCALARS},
    optional={
        "groups": st.dictionaries(st.sampled_from("abc"), TREES, max_size=3),
        "flows": st.dictionaries(st.sampled_from("abc"), st.lists(TREES, max_size=4), max_size=3),
        "rendezvous": st.dictionaries(st.sampled_from("abc"), TREES, max_size=2),
        "servers": st.dictionaries(st.sampled_from("abc"), TREES, max_size=2),
        "thresholds": TREES,
        "objectives": st.lists(TREES, max_size=3),
        "http": TREES,
        "variables": st.dictionaries(st.sampled_from("ab") | st.text(max_size=3), SCALARS),
        "data": st.dictionaries(st.sampled_from("ab"), TREES, max_size=2),
        "duration": TREES,
    },
)


ODD = SCALARS | st.sampled_from(
    [2, 1.1, "2", "none", "http://u:p@h:1", "socks5://h:1", "http://h", "*.h", "[::1]:9", "h:0",
     "run", "vu", 4, 6, "u:p", "5/s", "0/s", "300/min", "1e5/s", 0.1, "to 5/s over 1m",
     "to 0/s over 1s", "5/s every 1s", "1/s every 0s", "poisson", "constant", "(a*)*b", "(?P<a>",
     "a[?b > `1`]", "lenght(a)", "max_by(@, &a)", "X-Id", ".", "/dev/null", "a" * 300, "image/png",
     "sequential", "random", ";", "\x1avalue:0\x1a", "${v}", "${d.a}", "$${v}", -1]
)  # fmt: skip


def keyed(*keys: str, inner: st.SearchStrategy = ODD) -> st.SearchStrategy:
    """A mapping with some of `keys`, each with anything that may stand at one of them."""
    return st.dictionaries(st.sampled_from(keys), inner, max_size=4)


AUTH = ODD | keyed("basic", "bearer")
ROUTE = ODD | keyed("version", "proxy")
EXTRACT = ODD | st.dictionaries(
    st.sampled_from(["v", "t", "d"]), ODD | keyed("regex", "json", "header", "cookie", "nth"),
    max_size=2,
)  # fmt: skip
PARTS = ODD | st.dictionaries(st.text(max_size=3), ODD | keyed("file", "type", "name"), max_size=3)
HTTP = st.fixed_dictionaries(
    {},
    optional={
        "auth": AUTH,
        "headers": ODD | st.dictionaries(st.sampled_from(["X-A", "Authorization", "Host"]), ODD),
        "allowed_hosts": ODD | st.lists(ODD, max_size=3),
        **dict.fromkeys(
            ["version", "proxy", "resolve", "ip", "server_name", "resume_tls", "insecure",
             "max_redirects", "timeout", "connect_timeout", "ca", "cert", "key"], ODD
        ),
    },
)  # fmt: skip
GROUP = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(["rate", "ramp", "arrivals", "vus", "iterations", "start_after"], ODD),
        "http": ROUTE,
    },
)
REQUEST = st.fixed_dictionaries(
    {"request": st.sampled_from(["GET /", "POST /${v}", "PUT /a?b=${d.a}"]) | ODD},
    optional={
        **dict.fromkeys(["body", "body_file", "timeout", "follow_redirects", "name"], ODD),
        "json": TREES,
        "form": PARTS,
        "multipart": PARTS,
        "auth": AUTH,
        "extract": EXTRACT,
        "check": ODD | keyed("status", "body_contains", "max_time"),
    },
)
ENGINE = st.fixed_dictionaries(
    {
        "name": st.just("x"),
        "target": st.just("http://h:1"),
        "groups": st.fixed_dictionaries({"a": GROUP}),
        "flows": st.fixed_dictionaries(
            {"a": st.lists(REQUEST | st.fixed_dictionaries({"extract": EXTRACT}), max_size=3)}
        ),
    },
    optional={
        "http": HTTP,
        "variables": st.dictionaries(st.sampled_from(["v", "d", "a b"]), ODD, max_size=2),
        "data": st.dictionaries(
            st.sampled_from(["d", "v"]),
            ODD | keyed("csv", "order", "delimiter", "columns"),
            max_size=2,
        ),
    },
)


def anything_for(hint: Any) -> st.SearchStrategy:
    """Something of the type that a model has there, or not."""
    hint = bare(hint)
    kinds = [_of_type(bare(kind)) for kind in members(hint) or (hint,)]
    return st.sampled_from([*kinds * (1 + 7 // len(kinds)), ODD]).flatmap(lambda kind: kind)


@cache
def _of_model(model: Model) -> st.SearchStrategy:
    """With all the keys that it needs, and a few others."""

    def strategy() -> st.SearchStrategy:
        values = {key: anything_for(hint) for key, hint in fields_of(model).items()}
        needed = {field.alias or name for name, field in model.model_fields.items()
                  if field.is_required()}  # fmt: skip
        return st.sets(st.sampled_from(sorted(values)), max_size=3).flatmap(
            lambda some: st.fixed_dictionaries({key: values[key] for key in sorted(needed | some)})
        )

    return st.deferred(strategy)


def _of_type(hint: Any) -> st.SearchStrategy:
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return _of_model(hint)
    if get_origin(hint) is dict:
        names = st.sampled_from(["a", "b", "v", "d", "X-A", "cpu_percent"])
        return st.dictionaries(names, anything_for(get_args(hint)[1]), max_size=2)
    if get_origin(hint) is tuple:
        return st.lists(anything_for(get_args(hint)[0]), max_size=3)
    if get_origin(hint) is Literal:
        return st.sampled_from(get_args(hint))
    return FORMS


FORMS = st.sampled_from([
    1, 2, 0.5, True, "1", "2s", "1s to 3s", "normal 3s sd 1s", "exponential 1s", "a", "b", "..",
    "lognormal 3s sd 2s", "after 5s", "every 50s to 70s", "GET /", "POST /${v}", "${v} == 1",
    "${v} is set and ${w} > 1", "2 to 5", "${v}", "30%", "500/s", "2Mbit/s", "10.0.0.0/28",
    "10.0.0.1-10.0.0.3", "a.csv", "flows/a.py:a", "sqlite://a.db", "counter from 5 by 2",
    "number 1 to 9", "text 5", "faker name", "1 KB to 20 KB", "at least 5", "div > a",
    "//a/@href", "${env:HOME}", "${d.a}", "to 5 over 1s", "5 every 1s", "http://h:1", "9 of 12",
    "50% of running", "/dev/null",
])  # fmt: skip
NEEDED = {
    "name": st.just("x"),
    "target": st.just("http://h:1"),
    "variables": st.just({"v": 1, "w": "2"}),
    "groups": st.dictionaries(st.sampled_from("ab"), _of_model(GroupSpec), min_size=1),
    "flows": st.fixed_dictionaries(
        {name: st.lists(anything_for(StepSpec), min_size=1, max_size=3) for name in "ab"}
    ),
}
OTHERS = {k: anything_for(hint) for k, hint in fields_of(Scenario).items() if k not in NEEDED}
WHOLE = st.sets(st.sampled_from(sorted(OTHERS)), max_size=2).flatmap(
    lambda some: st.fixed_dictionaries(NEEDED | {key: OTHERS[key] for key in sorted(some)})
)


def words_only(refusal: ScenarioError) -> None:
    assert refusal.problems
    assert len(str(refusal).splitlines()) == len(refusal.problems)
    for jargon in ("pydantic", "Value error", "Traceback", "expected str", "int()", "unpack"):
        assert jargon not in str(refusal)


def outcome(text: str) -> Scenario | ScenarioError:
    """Also everything that is asked of a valid one, and one clean line for each problem."""
    try:
        scenario = scenario_from(text, "s.yaml", Path("/nowhere"))
    except ScenarioError as refusal:
        words_only(refusal)
        return refusal
    assert Scenario.model_validate(masked(scenario))
    assert outline(scenario)
    planned_load(scenario)
    url = scenario.target or "http://h"
    plan_for(scenario, url, injector=0, started_at=0, seed=0, lease_s=5)
    return scenario


@settings(max_examples=60)
@given(SHAPES | TREES)
def test_any_tree(tree):
    outcome(yaml.safe_dump(tree, allow_unicode=True))


@settings(max_examples=80)
@given(ENGINE)
def test_anything_at_the_keys_of_the_load_engine(tree):
    outcome(yaml.safe_dump(tree, allow_unicode=True))


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(WHOLE)
def test_anything_at_any_key_of_the_models(tree):
    outcome(yaml.safe_dump(tree, allow_unicode=True))


@settings(max_examples=50)
@given(st.data())
def test_the_demo_with_a_piece_replaced(data):
    start = data.draw(st.integers(0, len(DEMO)))
    length = data.draw(st.integers(0, 40))
    piece = data.draw(
        st.text(max_size=10) | st.sampled_from(["\t", "- ", ": ", "&a ", "*a", "{", "]", "\n", "'"])
    )
    outcome(DEMO[:start] + piece + DEMO[start + length :])


@settings(max_examples=50)
@given(st.data())
def test_the_demo_with_a_value_replaced(data):
    tree = yaml.safe_load(DEMO)
    node = tree
    while isinstance(node, dict | list) and node:
        keys = list(node) if isinstance(node, dict) else range(len(node))
        key = data.draw(st.sampled_from(list(keys)))
        if not isinstance(node[key], dict | list) or data.draw(st.integers(0, 3)) == 0:
            node[key] = data.draw(TREES)
            break
        node = node[key]
    outcome(yaml.safe_dump(tree, allow_unicode=True))


@settings(max_examples=50)
@given(st.text(max_size=60))
def test_any_text(text):
    outcome(text)
