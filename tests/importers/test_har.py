from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.importers.draft import ImportFault, plain, requests_of
from perfconsole.importers.har import from_har
from perfconsole.importers.writing import scenario_text


def entry(
    at: float,
    url: str,
    method: str = "GET",
    *,
    page: str = "",
    status: int = 200,
    kind: str = "text/html",
    answer: str = "",
    headers: dict[str, str] | None = None,
    body: str | None = None,
) -> dict[str, Any]:
    made: dict[str, Any] = {
        "startedDateTime": f"2026-03-01T10:00:{at:06.3f}Z", "time": 100.0,
        "request": {"method": method, "url": url,
                    "headers": [{"name": n, "value": v} for n, v in (headers or {}).items()]},
        "response": {"status": status, "content": {"mimeType": kind, "text": answer}},
    }  # fmt: skip
    if page:
        made["pageref"] = page
    if body is not None:
        made["request"]["postData"] = {"mimeType": "", "text": body}
    return made


def har(*entries: dict[str, Any], pages: dict[str, str] | None = None) -> str:
    rows = [{"id": key, "title": title} for key, title in (pages or {}).items()]
    return json.dumps({"log": {"version": "1.2", "pages": rows, "entries": list(entries)}})


def test_pages_pauses_and_what_is_left_out():
    text = har(
        entry(0, "https://shop.example/", page="p1", headers={"User-Agent": "me", "Cookie": "a=b"}),
        entry(0.2, "https://shop.example/app.js", page="p1", kind="application/javascript"),
        entry(0.3, "https://ads.example/x", page="p1", kind="image/gif"),
        entry(4.1, "https://shop.example/list?page=2", page="p2", headers={"User-Agent": "me"}),
        entry(4.3, "https://shop.example/api", "POST", page="p2", kind="application/json",
              headers={"User-Agent": "me", "Content-Type": "application/json"}, body='{"a": 1}'),
        pages={"p1": "Home", "p2": "https://shop.example/list"},
    )  # fmt: skip
    draft = from_har(text)
    tree = plain(draft.tree)
    assert tree["target"] == "https://shop.example"
    assert tree["http"] == {"headers": {"User-Agent": "me"}}
    assert tree["flows"]["recorded"] == [
        {"transaction": "Home", "steps": [{"request": "GET /"}]},
        {"think": "4s"},
        {"transaction": "/list", "steps": [
            {"request": "GET /list?page=2"}, {"request": "POST /api", "json": {"a": 1}},
        ]},
    ]  # fmt: skip
    assert draft.notes == [
        "left out, of other hosts: ads.example (1)",
        "left out: 1 static files (--static keeps them)",
    ]


def test_a_value_that_must_be_carried_over_is_marked():
    page = '<form><input type="hidden" name="csrf" value="9f31c0ffee7788"></form>'
    text = har(
        entry(0, "http://h/login", answer=page),
        entry(1, "http://h/login", "POST", kind="application/json",
              body="user=anna&csrf=9f31c0ffee7788",
              headers={"Content-Type": "application/x-www-form-urlencoded"},
              answer='{"session": {"id": "abc-4711-xyz"}}'),
        entry(2, "http://h/items/abc-4711-xyz"),
    )  # fmt: skip
    written = scenario_text(from_har(text))
    assert (
        "# correlate: the field csrf is a value (9f31***) out of the answer to request 1: extract "
        'it there by css: input[name="csrf"], attribute: value, and send the variable'
    ) in written
    assert "a part of the path is a value (abc-***) out of the answer to request 2" in written
    assert "json: session.id" in written


def test_the_host_can_be_chosen():
    text = har(entry(0, "http://a/"), entry(1, "http://b:81/x", kind="application/json"))
    assert from_har(text).tree["target"] == "http://a"
    assert from_har(text, ["b:81"]).tree["target"] == "http://b:81"
    with pytest.raises(ImportFault, match="not in the recording; there are: a, b:81"):
        from_har(text, ["c"])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "this is no JSON, so no HAR file"),
        ("[]", 'this is no HAR file: there is no "log"'),
        ('{"log": {"entries": []}}', "there is no request in this HAR file"),
        ('{"log": {"entries": [{"request": 1}]}}', "entry 1 of the HAR file is not as HAR 1.2"),
    ],
)
def test_one_clear_line(text, why):
    with pytest.raises(ImportFault, match=why):
        from_har(text)


def test_errors_of_the_recording_are_expected_again():
    tree = plain(from_har(har(entry(0, "http://h/gone", status=404))).tree)
    assert tree["flows"]["recorded"] == [{"request": "GET /gone", "check": {"status": 404}}]


json_trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["log", "entries", "request", "response", "url", "method", "headers",
                         "content", "status", "startedDateTime", "time", "postData", "name"]),
        inner, max_size=5),
    max_leaves=20,
)  # fmt: skip


@given(json_trees)
def test_nonsense_is_refused_or_understood(tree):
    for wrapped in (tree, {"log": {"entries": [tree]}}, {"log": {"entries": tree, "pages": tree}}):
        try:
            draft = from_har(json.dumps(wrapped))
        except ImportFault:
            continue
        assert list(requests_of(draft.tree["flows"]["recorded"]))
