"""Which of several values: all kinds of places agree with a list and what is picked of it."""

from __future__ import annotations

import json
from html import escape
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfconsole.injector import searching
from perfconsole.injector.answer import Answer
from perfconsole.injector.extract import Extraction
from perfconsole.injector.heads import Heads
from perfconsole.injector.page import Page
from perfconsole.injector.values import NOBODY, Supply
from perfconsole.model.plan import Extract


def page_of(body: bytes, head: bytes = b"") -> Page:
    answer = Answer(Heads())
    answer.expect(head=False, room=10**7, sample_room=0)
    data = b"HTTP/1.1 200 OK\r\n%bContent-Length: %d\r\n\r\n%b" % (head, len(body), body)
    assert answer.feed(data) is None
    assert answer.complete
    return Page(answer, None)


def taken(page: Page, *extracts: Extract) -> dict[str, str] | str:
    """The values, or the kind of the failure."""
    extraction = Extraction.of(extracts)  # before the page is read: a header must be kept
    assert extraction is not None
    values = Supply({}, {}, frozenset()).values(NOBODY)
    failure = extraction.failure(page, values, Random(1))
    return dict(values) if failure is None else failure.kind


WORDS = st.lists(st.text("abcé&<>\"' ", min_size=1, max_size=4).map(str.strip).filter(bool),
                 max_size=6)  # fmt: skip
PICKS = st.sampled_from(["first", "last", "all", "random", 1, 2, 3, 5])


def model(words: list[str], pick: str | int, join: str) -> set[str]:
    """What may be picked; nothing at all for a failure."""
    match pick:
        case "random":
            return set(words)
        case "all":
            return {join.join(words)} if words else set()
        case "first" | "last":
            return {words[0 if pick == "first" else -1]} if words else set()
        case _:
            return {words[pick - 1]} if len(words) >= pick else set()


def in_headers(words: list[str]) -> bytes:
    return b"".join(b"X-Word: %b\r\n" % word.encode("latin-1") for word in words)


@settings(max_examples=150)
@given(WORDS, PICKS, st.sampled_from([",", "", " é "]), st.none() | st.just("other"))
def test_every_place_agrees_with_a_list(words, pick, join, default) -> None:
    elements = "".join(f'<li title="{escape(word)}">{escape(word)}</li>' for word in words)
    lines = "".join(f"[{word}]\n" for word in words)
    pages = {
        ("regex", r"\[(.*)\]"): page_of(lines.encode()),
        ("regex", r"(?s)\[([^\]]*)"): page_of(
            lines.encode("gb18030"), b"Content-Type: a; charset=gb18030\r\n"
        ),
        ("json", "a[*].b"): page_of(json.dumps({"a": [{"b": word} for word in words]}).encode()),
        ("css", "li"): page_of(f"<ul>{elements}</ul>".encode()),
        ("xpath", "//li/@title"): page_of(f"<ul>{elements}</ul>".encode()),
        ("xpath", "//li/text()"): page_of(f"<ul>{elements}</ul>".encode()),
    }  # fmt: skip
    Extraction.of([Extract("v", "header", "X-Word")])
    pages["header", "x-WORD"] = page_of(b"", in_headers(words))
    for (kind, what), page in pages.items():
        found = taken(page, Extract("v", kind, what, pick, None, join, default))
        right = model(words, pick, join) or ({default} if default else set())
        if right:
            assert found["v"] in right, (kind, what)
        else:
            assert found == f"check failed: nothing to extract for v by {kind} {what}"


def test_random_is_fair_and_the_random_given_is_used() -> None:
    page = page_of(b'["a", "b", "c"]')
    extraction = Extraction.of([Extract("v", "json", "@", "random")])
    random = Random(7)
    drawn = []
    for _ in range(600):
        values = Supply({}, {}, frozenset()).values(NOBODY)
        assert extraction.failure(page, values, random) is None
        drawn.append(values["v"])
    assert all(150 < drawn.count(letter) < 250 for letter in "abc")
    twin = Random(7)
    assert drawn == [twin.choice(["a", "b", "c"]) for _ in range(600)]


@pytest.mark.parametrize(
    ("body", "path", "all_of_it"),
    [
        (b'[1, null, "x", true, {"b":  [1.5]}]', "@", '1|x|true|{"b":[1.5]}'),
        (b"[]", "@", None),
        (b"[null]", "@", None),
        (b'{"a": null}', "a", None),
        (b'{"a": 0}', "a", "0"),
        (b'{"a": ""}', "a", ""),
        (b"no", "a", None),
    ],
)
def test_what_is_a_value_in_json(body, path, all_of_it) -> None:
    found = taken(page_of(body), Extract("v", "json", path, "all", join="|"))
    if all_of_it is None:
        assert found == f"check failed: nothing to extract for v by json {path}"
    else:
        assert found == {"v": all_of_it}


def test_a_default_stands_in_for_what_is_missing_and_the_rest_is_taken() -> None:
    page = page_of(b"no gzip", b"Content-Encoding: gzip\r\n")
    found = taken(
        page, Extract("a", "regex", "x", default=""), Extract("b", "json", "x", default="0"),
        Extract("c", "css", "p", default="-"), Extract("d", "cookie", "x", default="none"),
    )  # fmt: skip
    assert found == {"a": "", "b": "0", "c": "-", "d": "none"}


# -------------------------------------------------------------------- expressions that explode


@pytest.fixture
def quick_beats(monkeypatch):
    watch = searching.Watch(0.02)
    searching.watch.stop()
    monkeypatch.setattr(searching, "watch", watch)
    yield
    watch.stop()


@pytest.mark.parametrize(
    ("regex", "body"),
    [
        (r"(a+)+b", b"a" * 40),
        (r"(.*)*x", b"y" * 30_000),
        (r"^(?:\w+\s?)+$", b"ab " * 200 + b"!"),
        (r".*.*.*=.*;", b"x" * 20_000),
        (r"(é+)+b", "é".encode() * 40),
    ],
    ids=["nested", "any of any", "words", "cubic", "text"],
)
def test_an_expression_that_takes_too_long_is_ended_and_given_up(quick_beats, regex, body) -> None:
    extraction = Extraction.of([Extract("v", "regex", regex, default="default")])
    values = Supply({}, {}, frozenset()).values(NOBODY)
    for _ in range(searching.MOST_ENDED + 100):
        failure = extraction.failure(page_of(body), values, Random(1))
        assert failure.kind == "check failed: the regular expression of v takes too long"
        assert failure.shown().startswith(f"HTTP 200 OK; looked for regex {regex}\n")
    assert taken(page_of(b"ab"), Extract("v", "regex", "b")) == {"v": "b"}


def test_one_that_took_too_long_now_and_then_goes_on(quick_beats) -> None:
    extraction = Extraction.of([Extract("v", "regex", "(a+)+b")])
    values = Supply({}, {}, frozenset()).values(NOBODY)
    for turn in range(searching.MOST_ENDED - 1):
        assert extraction.failure(page_of(b"a" * 40), values, Random(1)) is not None
        assert extraction.failure(page_of(b"a" * turn + b"aab"), values, Random(1)) is None
        assert values["v"] == "a" * turn + "aa"


def test_many_short_ones_are_not_mistaken_for_a_long_one(quick_beats) -> None:
    """While they are looked for, the timer beats many times."""
    page = page_of(b"<p>" + b"ab " * 100_000)
    wanted = ",".join(["b"] * 100_000)
    for _ in range(3):
        assert taken(page, Extract("v", "regex", "a(b)", "all")) == {"v": wanted}
