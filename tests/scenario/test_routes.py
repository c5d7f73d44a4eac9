"""The way to the target: HTTP's version and a proxy, for all groups or for one."""

from __future__ import annotations

import json

import pytest

from perfconsole.model.scenario import Scenario
from perfconsole.scenario import extras
from perfconsole.scenario.masking import masked, masked_text, masked_url
from perfconsole.scenario.outline import outline
from perfconsole.scenario.planning import plan_for

SCENARIO = """\
name: x
target: https://h:1
http: {version: 2, proxy: "http://anna:hush@p:3128"}
groups:
  a: {}
  b: {flow: a, http: {version: 1.1, proxy: none}}
  c: {flow: a, http: {proxy: "socks5://tok3n@q:1080"}}
flows: {a: [{request: GET /}]}
"""
PLAIN = "name: x\ntarget: {}\nhttp: {}\ngroups: {{a: {{}}}}\nflows: {{a: [{{request: GET /}}]}}\n"


def test_a_group_over_its_scenario(loaded):
    plan = plan_for(
        loaded(SCENARIO), "https://h:1", injector=0, started_at=0.0, seed=1, lease_s=5.0
    )
    ways = {group.name: (group.http_version, group.proxy) for group in plan.groups}
    assert ways == {
        "a": ("2", "http://anna:hush@p:3128"),
        "b": ("1.1", None),
        "c": ("2", "socks5://tok3n@q:1080"),
    }
    assert [group.on_second_engine for group in plan.groups] == [True, False, True]


def test_an_outline_says_what_it_costs_and_no_password(loaded):
    lines = outline(loaded(SCENARIO)).splitlines()
    slow = "on the second engine (httpx), about 35 times the CPU a request"
    assert f"    HTTP/2 through http://anna:***@p:3128: {slow}" in lines
    assert f"    HTTP/2 through socks5://***@q:1080: {slow}" in lines
    assert sum("second engine" in line for line in lines) == 2


def test_masked_it_is_still_a_scenario(loaded):
    text = json.dumps(masked(loaded(SCENARIO)))
    assert "hush" not in text and "tok3n" not in text
    assert Scenario.model_validate_json(text).proxy_of("a") == "http://anna:***@p:3128"


@pytest.mark.parametrize(
    ("text", "kept", "in_prose"),
    [
        ("http://a:b@h:1/x", "http://a:***@h:1/x", "http://***@h:1/x"),
        ("http://a:b@c@h:1", "http://a:***@h:1", "http://***@h:1"),
        ("socks5://a@h:1", "socks5://***@h:1", "socks5://***@h:1"),
        ("http://h:1/a@b", "http://h:1/a@b", "http://h:1/a@b"),
        ("http://h:1", "http://h:1", "http://h:1"),
    ],
)
def test_urls(text, kept, in_prose):
    assert masked_url(text) == kept
    assert masked_text(f"to {text} now") == f"to {in_prose} now"


@pytest.mark.parametrize(
    "proxy",
    ["p:3128", "ftp://a:hush@p:1", "http://a:hush@p", "http://a:hush@p:99999", "http://:1",
     "http://a:hush@p:1/x", "http://a:hush@p p:1", "5", "{url: 'http://a:hush@p:1'}"],
)  # fmt: skip
def test_what_is_no_proxy(refused, proxy):
    value = proxy if proxy.startswith("{") else f"'{proxy}'"
    (problem,) = refused(PLAIN.format("http://h:1", f"{{proxy: {value}}}"))
    assert problem.startswith("3: http.proxy")
    assert "hush" not in problem


@pytest.mark.parametrize("http", ["'http://a:hush@p:1'", "{proxi: 'http://a:hush@p:1'}"])
def test_a_misplaced_password_is_not_repeated(refused, http):
    assert "hush" not in "".join(refused(PLAIN.format("http://h:1", http)))


@pytest.mark.parametrize("version", ["3", "1", "yes", "[2]", "x"])
def test_what_is_no_version(refused, version):
    (problem,) = refused(PLAIN.format("http://h:1", f"{{version: {version}}}"))
    assert problem.startswith("3: ")
    assert "1.1" in problem or "cannot be" in problem


def test_keys_of_a_groups_own(refused):
    text = SCENARIO.replace("version: 1.1", "versoin: 1.1")
    assert refused(text) == ['6: unknown key "versoin" in groups.b.http; did you mean "version"?']


def test_what_an_http_proxy_cannot_carry(refused):
    assert refused(SCENARIO.replace("https://h:1", "http://h:1")) == [
        "3: http.proxy: an HTTP proxy carries HTTP/2 to an https target only",
    ]
    (problem,) = refused(PLAIN.format("'https://[::1]:1'", "{proxy: 'http://p:1'}"))
    assert "no IPv6 address" in problem


def test_sessions_are_resumed_on_the_first_engine_alone(refused, loaded):
    """Full handshakes where others were asked for would be measured as if they were those."""
    (problem,) = refused(PLAIN.format("https://h:1", "{version: 2, resume_tls: true}"))
    assert problem.startswith("3: http.resume_tls: ")
    (problem,) = refused(SCENARIO.replace("version: 2, ", "resume_tls: true, "))
    assert problem.startswith("3: http.resume_tls: ") and "hush" not in problem
    assert loaded(PLAIN.format("https://h:1", "{resume_tls: true, proxy: none}"))


def test_what_must_be_installed(monkeypatch):
    monkeypatch.setattr(extras, "find_spec", lambda name: None)
    assert extras.lacks_package("2", None)
    assert extras.lacks_package("1.1", "socks5://h:1")
    assert not extras.lacks_package("1.1", "http://h:1")
    assert "perfconsole[http2]" in extras.what_to_install()
