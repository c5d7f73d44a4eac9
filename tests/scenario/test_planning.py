"""What an injector is told: encoded, merged, folded."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole import __version__
from perfconsole.model import plan as plan_types
from perfconsole.model.plan import Check, InjectorPlan, RendezvousStep, ThinkStep
from perfconsole.model.wait import Wait
from perfconsole.scenario.inventory import (
    groups_of_point,
    needed_descriptors,
    planned_vus,
    points_of,
)
from perfconsole.scenario.planning import plan_for, target_plan
from perfconsole.scenario.request_plans import encoded_path, merged_headers

HEAD = "name: x\ntarget: http://h:1\ngroups: {browse: {}}\n"


def steps_of(whole: plan_types.InjectorPlan, group: str) -> tuple[plan_types.Step, ...]:
    return next(each.script.steps for each in whole.groups if each.name == group)


@pytest.fixture
def plan(shop) -> InjectorPlan:
    return plan_for(shop, "http://127.0.0.1:8080", injector=3, started_at=9.5, seed=7, lease_s=5.0)


def test_groups_points_and_only_the_flows_that_run(plan):
    assert [(group.name, group.iterations) for group in plan.groups] == [
        ("browse", None), ("buy", 4), ("again", None),
    ]  # fmt: skip
    assert (plan.rendezvous, plan.rendezvous_off) == (("pay", "side"), ("pay",))
    assert (plan.injector, plan.started_at, plan.seed, plan.lease_s) == (3, 9.5, 7, 5.0)


def test_it_survives_the_wire(plan):
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(plan), type=InjectorPlan) == plan


def test_headers_are_merged_whatever_their_case(plan):
    home, think, listed = steps_of(plan, "browse")
    assert home.headers == (
        ("User-Agent", f"perfconsole/{__version__}"), ("accept", "text/html"), ("X-Run", "7"),
    )  # fmt: skip
    assert dict(listed.headers)["ACCEPT"] == "*/*"
    assert think == ThinkStep(Wait("uniform", 1.0, 2.0))
    assert (home.name, home.path, listed.name) == ("GET /home", "/home?a=b", "list")
    assert home.timeout_s == 5.0


def test_bodies_and_their_content_types(plan):
    order, rendezvous, pay, _, note = steps_of(plan, "buy")
    login = order.steps[0]
    assert login.body == b"user=anna&password=hush&pin=1234"
    assert dict(login.headers)["Content-Type"] == "application/x-www-form-urlencoded"
    assert pay.body == '{"amount":5,"card":{"token":"t-1","kind":["é"]}}'.encode()
    assert dict(pay.headers)["Content-Type"] == "application/vnd.pay+json"
    assert note.body == b"password=a&b=c"
    assert dict(note.headers)["Content-Type"] == "text/plain; charset=utf-8"
    assert rendezvous == RendezvousStep("pay")


def test_check_steps_are_folded_into_the_request_before_them(plan):
    order = steps_of(plan, "buy")[0]
    assert len(order.steps) == 1
    assert order.steps[0].check == Check((200,), ("Welcome", "back"), 2.0)


def test_json_null_is_a_body(loaded):
    scenario = loaded(HEAD + "flows: {browse: [{request: POST /, json: null}]}\n")
    plan = plan_for(scenario, "http://h:1", injector=0, started_at=0, seed=0, lease_s=5)
    assert steps_of(plan, "browse")[0].body == b"null"


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("/a b", "/a%20b"),
        ("/a%20b%", "/a%20b%25"),
        ("/%zz%41", "/%25zz%41"),
        ("/搜索?q=é&x=[1]", "/%E6%90%9C%E7%B4%A2?q=%C3%A9&x=%5B1%5D"),
        ("/a?b=c+d&e=f%2Fg#part", "/a?b=c+d&e=f%2Fg"),
        ("//a/../b", "//a/../b"),
        ("/a;v=1,2:3@!$'()*~", "/a;v=1,2:3@!$'()*~"),
        ('/"<>\\^`{|}', "/%22%3C%3E%5C%5E%60%7B%7C%7D"),
    ],
)
def test_paths_as_sent(written, sent):
    assert encoded_path(written) == sent


@given(st.text())
def test_an_encoded_path_is_clean_and_stays_as_it_is(path):
    once = encoded_path("/" + path)
    assert once.isascii() and once.isprintable() and " " not in once and "#" not in once
    assert encoded_path(once) == once


def test_later_headers_win():
    merged = merged_headers({"A": "1", "B": "2"}, {"b": " 3 "}, {"C": "4", "a": "5"})
    assert merged == (("a", "5"), ("b", "3"), ("C", "4"))


@pytest.mark.parametrize(
    ("url", "host", "port", "scheme"),
    [
        ("http://localhost", "localhost", 80, "http"),
        ("https://Shop.example", "shop.example", 443, "https"),
        ("http://[::1]:8080", "::1", 8080, "http"),
        ("http://münchen.example:81", "xn--mnchen-3ya.example", 81, "http"),
    ],
)
def test_targets(shop, url, host, port, scheme):
    target = target_plan(shop, url)
    assert (target.host, target.port, target.scheme, target.verify) == (host, port, scheme, True)


def test_what_a_scenario_contains(shop):
    assert list(points_of(shop)) == ["pay", "side"]
    assert points_of(shop)["side"].policy == ("all", 100)
    assert groups_of_point(shop, "pay") == ("buy", "again")
    assert groups_of_point(shop, "nobody") == ()
    assert planned_vus(shop) == 10
    assert needed_descriptors(shop) > planned_vus(shop)
