"""The laws of filling: every value arrives as it is, and none becomes anything but a value."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import parse_qs, unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from perfconsole.injector.redirect import Reach, redirected
from perfconsole.injector.request import Origin, Request, prepare
from perfconsole.injector.template import Template
from perfconsole.injector.values import NO_VALUES, NOBODY, Supply
from perfconsole.model.dataset import Table
from perfconsole.model.plan import DataPlan
from perfconsole.scenario.load import scenario_from
from perfconsole.scenario.planning import plan_for

ORIGIN = Origin("http", "h", 80)
VALUES = st.text(max_size=20) | st.text("a/?&=#%\"\\'\r\n: ;${}\x00\x1a\t", max_size=12)


def step_of(text: str):
    """The only request of a scenario's flow, its variables a and b."""
    scenario = scenario_from(
        "name: x\ntarget: http://h\nvariables: {a: '', b: ''}\ngroups: {g: {}}\n"
        f"flows:\n  g:\n    - {text}\n",
        "s.yaml", Path("/"),
    )  # fmt: skip
    plan = plan_for(scenario, "http://h", injector=0, started_at=0, seed=0, lease_s=5)
    return plan.groups[0].script.steps[0]


def filled(text: str, a: str = "", b: str = "") -> Request:
    step = step_of(text)
    values = Supply({"a": a, "b": b}, {}, frozenset()).values({})
    return Template(prepare(step, ORIGIN, 0), step.holes).filled(values)


def read(data: bytes) -> tuple[list[str], dict[str, str], bytes]:
    """Words of the request line, headers (each once), body: as a strict server reads them."""
    head, body = data.split(b"\r\n\r\n", 1)
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = [line.split(": ", 1) for line in lines]
    headers = {name.lower(): value for name, value in pairs}
    assert len(headers) == len(pairs)
    assert not any(ord(c) < 32 and c != "\t" for line in (first, *lines) for c in line)
    assert int(headers.get("content-length", 0)) == len(body)
    return first.split(" "), headers, body


@settings(max_examples=300)
@given(VALUES, VALUES)
def test_in_a_path_and_a_query(a, b):
    request = filled('request: "GET /x/${a}/y?q=${b}&z=${a}"', a, b)
    (method, target, version), headers, _ = read(request.plain)
    assert (method, version, set(headers)) == (
        "GET", "HTTP/1.1", {"host", "user-agent", "accept"}
    )  # fmt: skip
    assert target.encode() == request.path
    path, query = target.split("?")
    assert [unquote(part) for part in path.split("/")] == ["", "x", a, "y"]
    pairs = [pair.split("=") for pair in query.split("&")]
    assert [(name, unquote(value)) for name, value in pairs] == [("q", b), ("z", a)]


@settings(max_examples=300)
@given(VALUES, VALUES)
def test_in_json(a, b):
    text = 'request: POST /x\n      json: {"k${a}": ["<${a}>${b}", 1.5], "$${a}": "${b}"}'
    _, _, body = read(filled(text, a, b).plain)
    wanted = {"k" + a: [f"<{a}>{b}", 1.5], "${a}": b}
    assert json.loads(body) == wanted


@settings(max_examples=300)
@given(VALUES, VALUES)
def test_in_a_form(a, b):
    _, _, body = read(
        filled('request: POST /x\n      form: {a: "${a}", b b: "<${b}>"}', a, b).plain
    )
    assert parse_qs(body.decode(), keep_blank_values=True, strict_parsing=True) == {
        "a": [a], "b b": [f"<{b}>"],
    }  # fmt: skip


@settings(max_examples=300)
@given(VALUES, VALUES)
def test_headers_cannot_be_ended(a, b):
    text = 'request: GET /\n      headers: {X-A: "1 ${a} 2", Cookie: "s=${b}"}'
    request = filled(text, a, b)
    _, headers, _ = read(request.plain)
    assert set(headers) == {"host", "user-agent", "accept", "x-a", "cookie"}
    assert headers["x-a"].startswith("1 ")
    assert headers["x-a"].endswith(" 2")
    _, headers, _ = read(request.with_cookies(b"jar=1"))
    assert headers["cookie"].startswith("s=")
    assert headers["cookie"].endswith("; jar=1")


def test_a_header_carries_what_a_header_can():
    text = 'request: GET /\n      headers: {X-A: "${a}"}'
    plain = filled(text, "é\r\nX-Evil: 1").plain
    assert b"X-A: \xe9X-Evil: 1\r\n" in plain
    assert "X-A: 名\r\n".encode() in filled(text, "名").plain


@given(VALUES)
def test_a_raw_body_is_written_as_its_type_needs_it(a):
    def body_of(content_type: str) -> bytes:
        head = f"headers: {{Content-Type: {content_type}}}"
        return read(filled(f"request: POST /\n      {head}\n      body: 'v=${{a}}'", a).plain)[2]

    assert body_of("text/xml") == f"v={a}".encode()
    assert json.loads('"' + body_of("application/json; charset=utf-8").decode() + '"') == f"v={a}"
    form = body_of("application/x-www-form-urlencoded").decode()
    assert parse_qs(form, keep_blank_values=True) == {"v": [a]}


def test_filling_again_starts_from_the_template():
    step = step_of('request: POST /${a}\n      json: ["${b}"]')
    template = Template(prepare(step, ORIGIN, 0), step.holes)
    for a, b in (("1", "22"), ("333", ""), ("1", "22")):
        values = Supply({"a": a, "b": b}, {}, frozenset()).values({})
        words, _, body = read(template.filled(values).plain)
        assert (words[1], json.loads(body)) == (f"/{a}", [b])


def test_a_redirect_goes_on_with_the_values():
    request = filled('request: POST /${a}\n      headers: {X-A: "${b}"}\n      body: "<${a}>"',
                     "1", "two")  # fmt: skip
    onward = redirected(request, 307, b"/there", Reach(ORIGIN, ()))
    assert isinstance(onward, Request)
    words, headers, body = read(onward.plain)
    assert (words[:2], headers["x-a"], body) == (["POST", "/there"], "two", b"<1>")


def test_needles_are_named_as_written():
    request = filled('request: GET /\n      check: {body_contains: ["Hi ${a}", ok]}', "ann")
    assert [(ask.sought.shown, ask.sought.text) for ask in request.expectation.asks] == [
        ("Hi ${a}", "Hi ann"), ("ok", "ok"),
    ]  # fmt: skip


# -------------------------------------------------------------------- secrets


@pytest.mark.parametrize(
    "text",
    ["no hunter&2 here", "hunter%262", '{"p": "hunter&2"}', "cut off: hunter", "hunter&2hunter&2"],
)
def test_no_secret_in_what_is_shown(text):
    supply = Supply({"password": "hunter&2", "user": "ann"}, {}, frozenset({"password"}))
    shown = supply.values(NOBODY).hidden(text + " ann" if not text.endswith("hunter") else text)
    assert "hunter" not in shown
    assert "***" in shown


@given(st.text(min_size=1, max_size=12), st.text(max_size=10), st.integers(0, 40))
def test_no_secret_wherever_the_text_is_cut(secret, around, cut):
    supply = Supply({"token": secret}, {}, frozenset({"token"}))
    shown = supply.values(NOBODY).hidden((around + "|" + secret + "|")[:cut])
    assert secret not in shown.replace("***", "") or secret in "*" or secret in around + "|"


def test_a_vu_without_values_hides_nothing():
    assert NO_VALUES.hidden("as it is") == "as it is"


def test_rows_come_in_turn_or_at_random():
    scenario = scenario_from(
        "name: x\ntarget: http://h\nvariables: {a: ''}\ngroups: {g: {}}\n"
        "flows: {g: [{request: 'GET /${a}'}]}\n", "s.yaml", Path("/"),
    )  # fmt: skip
    plan = plan_for(scenario, "http://h", injector=0, started_at=0, seed=0, lease_s=5)
    table = Table(("n", "m"), tuple((str(n), str(-n)) for n in range(3)))
    for order in ("sequential", "random"):
        supply = Supply.of(replace(plan, data={"d": DataPlan(table, order)}))
        drawn = []
        for _ in range(60):
            values = supply.values(NOBODY)
            assert values["d.m"] == (values["d.n"] if values["d.n"] == "0" else f"-{values['d.n']}")
            drawn.append(values["d.n"])
        if order == "sequential":
            assert drawn == ["0", "1", "2"] * 20
        else:
            assert set(drawn) == {"0", "1", "2"}
            assert drawn != ["0", "1", "2"] * 20
