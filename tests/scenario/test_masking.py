"""Secrets leave no trace in what is kept, and what is kept still loads."""

from __future__ import annotations

import json

import pytest

from perfconsole.model.scenario import Scenario
from perfconsole.scenario.masking import masked
from perfconsole.scenario.secret_text import is_secret_header, is_secret_name, masked_text


def test_a_masked_scenario_has_no_secret_and_is_one(shop):
    kept = masked(shop)
    text = json.dumps(kept)
    for secret in ("hush", "1234", "Bearer", "abc", "t-1", "password=a"):
        assert secret not in text
    assert "anna" in text
    again = Scenario.model_validate(kept)
    assert list(again.groups) == list(shop.groups)
    assert again.flows["browse"].steps[2].request == "GET /list?token=***"
    assert again.flows["buy"].steps[2].json_body["card"] == {"token": "***", "kind": ["é"]}
    assert again.flows["buy"].steps[4].body == "password=***&b=c"


def test_scenario_wide_headers_are_masked(loaded):
    scenario = loaded(
        "name: x\ntarget: http://h\nhttp: {headers: {cookie: a=b, X-Trace: t}}\n"
        "groups: {b: {}}\nflows: {b: [{request: GET /}]}\n"
    )
    assert masked(scenario)["http"]["headers"] == {"cookie": "***", "X-Trace": "t"}


@pytest.mark.parametrize(
    "name", ["X-Access-Key", "Ocp-Apim-Subscription-Key", "X-Auth", "X-Csrf", "X-Signature"]
)
def test_headers_that_carry_credentials_are_masked_by_whatever_name(loaded, name):
    scenario = loaded(
        "name: x\ntarget: http://h\n"
        f"groups: {{b: {{headers: {{{name}: s3cret}}}}}}\n"
        f"flows: {{b: [{{request: GET /, headers: {{{name}: s3cret}}, "
        f"check: {{header: {{{name}: s3cret}}}}}}]}}\n"
    )
    assert "s3cret" not in str(masked(scenario))
    assert is_secret_header(name)
    assert not is_secret_header("Access-Control-Request-Headers")


@pytest.mark.parametrize(
    "name",
    [
        "Authorization",
        "Proxy-Authorization",
        "cookie",
        "X-Api-Key",
        "x-auth-token",
        "client_secret",
        "apiKey",
        "user[password]",
        "newPassword",
        "PWD",
        "pin",
        "userPin",
        "card.pin",
        "access%5Ftoken",
    ],
)
def test_secret_names(name):
    assert is_secret_name(name)


@pytest.mark.parametrize("name", ["shipping", "pinned", "Accept", "user", "spin", "X-Run", "key"])
def test_names_of_no_secret(name):
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("user=a&password=b%20c&x=1", "user=a&password=***&x=1"),
        ('{"user": "a", "password": "b\\"c", "n": 1}', '{"user": "a", "password": "***", "n": 1}'),
        ('{"pin":1234}', '{"pin":"***"}'),
        ("<login><Password type='t'>abc</Password><a>b</a></login>",
         "<login><Password type='t'>***</Password><a>b</a></login>"),
        ("http://anna:b%40c@h/?a=b", "http://***@h/?a=b"),
        ("see http://h:80/a@b and http://h:81", "see http://h:80/a@b and http://h:81"),
        ("Host: h\nAuthorization: Bearer b\n c\nX: y", "Host: h\nAuthorization: ***\nX: y"),
        ("{'token': 'b c'}", "{'token': '***'}"),
        ('{"tokens": ["b", {"c": "]"}], "n": 1}', '{"tokens": "***", "n": 1}'),
        ("url=http://h/?token=b;c&d=e", "url=http://h/?token=***&d=e"),
        ("<a password='b c' x='y'/>", "<a password='***' x='y'/>"),
        ('<meta name="csrf-token" content="b">', '<meta name="csrf-token" content="***">'),
        ('<input value=b name=x><input value=c name=token>',
         '<input value=b name=x><input value=*** name=token>'),
        ("no: bearer abcdefghi= is bad", "no: bearer *** is bad"),
        ("id eyJhbGciOiJI.eyJzdWIi.sig_-x;", "id ***;"),
        ("nothing here", "nothing here"),
    ],
)  # fmt: skip
def test_texts(text, kept):
    assert masked_text(text) == kept
