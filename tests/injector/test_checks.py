"""What is asked of an answer besides its status, through real injectors and in one process."""

from __future__ import annotations

import asyncio
import gzip
import json
import math
import re

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfconsole.injector.answer import Answer
from perfconsole.injector.checks import Expectation
from perfconsole.injector.heads import Heads
from perfconsole.injector.page import BODY_ROOM, Page
from perfconsole.injector.request import Origin, prepare
from perfconsole.injector.template import Template
from perfconsole.injector.values import NOBODY, Supply
from perfconsole.model.holes import Hole, mark
from perfconsole.model.plan import Check


def answered(body: bytes, *head: bytes, room: int = BODY_ROOM, piece: int = 0) -> Answer:
    """The answer in one read, or in pieces of so many bytes."""
    lines = [b"HTTP/1.1 200 OK", *head, b"Content-Length: %d" % len(body)]
    data = b"\r\n".join(lines) + b"\r\n\r\n" + body
    answer = Answer(Heads())
    answer.expect(head=False, room=room, sample_room=0)
    for at in range(0, len(data), piece or len(data)):
        assert answer.feed(data[at : at + (piece or len(data))]) is None
    assert answer.complete
    return answer


def kind_of(answer: Answer, **check: object) -> str | None:
    failure = Expectation.of(Check(**check)).failure(answer, 0.0, Page(answer, None))
    return None if failure is None else failure.kind


async def test_every_kind_of_check(
    target, begin, plan_for, until, check_cases, check_flows, assert_checked
) -> None:
    async def script(seen, writer) -> None:
        case = check_cases[int(seen.path[1:])]
        head = "".join(f"{name}: {value}\r\n" for name, value in case.headers)
        writer.write(f"HTTP/1.1 200 OK\r\n{head}Content-Length: {len(case.body)}\r\n\r\n".encode())
        writer.write(case.body)

    target.script = script
    injector = await begin(plan_for(target.port, iterations=1).of(**check_flows))
    await asyncio.gather(*(injector.vus(1, group) for group in check_flows))
    await until(lambda: all(injector.iterations(group)[0] for group in check_flows))
    await injector.finish()
    injector.assert_counts_add_up()
    assert_checked(injector)


async def test_values_in_checks(target, begin, plan_for, step, until) -> None:
    """They are put in, and the error names what was written."""

    async def script(_seen, writer) -> None:
        body = b'{"id": 17, "name": "ann", "said": "go away 17"}'
        writer.write(b"HTTP/1.1 200 OK\r\nX-Id: no 17 of 20\r\nContent-Length: %d\r\n\r\n%b"
                     % (len(body), body))  # fmt: skip

    target.script = script
    plan = plan_for(target.port, iterations=1)
    holes = (Hole("id", "text"), Hole("pass_word", "text"))
    checks = {
        "a": {"headers": (("x-id", f"no {mark(0)} of"),), "json_values": (("id", mark(0)),)},
        "b": {"json_values": (("name", mark(0)),)},
        "c": {"body_lacks": (f"away {mark(0)}",)},
        "d": {"headers": (("x-id", f"{mark(0)} of 21"),)},
        "e": {"body_contains": (f"<{mark(1)}>",)},
    }
    flows = {
        name: [msgspec.structs.replace(step("/", name=name), check=Check(**check), holes=holes)]
        for name, check in checks.items()
    }
    whole = msgspec.structs.replace(
        plan.of(**flows), variables={"id": "17", "pass_word": "hunter2"}
    )
    injector = await begin(whole)
    await asyncio.gather(*(injector.vus(1, group) for group in flows))
    await until(lambda: all(injector.iterations(group)[0] for group in flows))
    await injector.finish()
    assert set(injector.errors) == {
        'b: check failed: name is not "${id}"',
        'c: check failed: body has "away ${id}"',
        'd: check failed: header X-Id lacks "${id} of 21"',
        'e: check failed: body lacks "<${pass_word}>"',
    }
    assert "hunter2" not in str(injector.ticks)


def test_a_header_that_is_looked_at_later_is_found_in_a_head_that_is_known() -> None:
    heads = Heads()
    data = b"HTTP/1.1 200 OK\r\nX-Met-Late: yes\r\nContent-Length: 0\r\n\r\n"
    answer = Answer(heads)
    for _ in range(3):
        answer.expect(head=False, room=0, sample_room=0)
        assert answer.feed(data) is None
    assert len(heads.known) == 1
    expectation = Expectation.of(Check(headers=(("x-met-late", "yes"),)))
    for _ in range(3):
        answer.expect(head=False, room=0, sample_room=0)
        assert answer.feed(data) is None
        assert expectation.failure(answer, 0.0, Page(answer, None)) is None


# -------------------------------------------------------------------- sizes


@settings(max_examples=150)
@given(
    st.integers(0, 400), st.integers(1, 300), st.integers(0, 400), st.integers(0, 400),
    st.sampled_from(["plain", "chunked", "gzip", "identity"]), st.integers(1, 200),
)  # fmt: skip
def test_sizes_count_what_is_not_kept_too(size, room, least, more, way, piece) -> None:
    """Whatever the framing, the reads and the room."""
    body, head, most = b"x" * size, [], least + more
    if way == "chunked":
        chunks = [b"%x\r\n%b\r\n" % (len(body[n : n + 50]), body[n : n + 50])
                  for n in range(0, size, 50)]  # fmt: skip
        data = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"".join(chunks)
        answer = Answer(Heads())
        answer.expect(head=False, room=room, sample_room=0)
        for at in range(0, len(data), piece):
            assert answer.feed(data[at : at + piece]) is None
        assert answer.feed(b"0\r\n\r\n") is None
        assert answer.complete
    else:
        if way == "gzip":
            body, room = gzip.compress(body), 100_000
        if way != "plain":
            head = [f"Content-Encoding: {way}".encode()]
        answer = answered(body, *head, room=room, piece=piece)
    kind = kind_of(answer, least_bytes=least, most_bytes=most)
    assert (kind is None) == (least <= size <= most)
    assert kind is None or kind.startswith(
        f"check failed: body {'under' if size < least else 'over'} "
    )


def test_what_is_too_large_to_be_decoded_is_not_guessed() -> None:
    body = gzip.compress(bytes(range(256)) * 40)
    answer = answered(body, b"Content-Encoding: gzip", room=len(body) - 10)
    assert kind_of(answer, least_bytes=1) is None
    assert kind_of(answer, most_bytes=200) == "check failed: body over 200 bytes"
    assert kind_of(answer, most_bytes=20_000) == "check failed: body cannot be decoded"


# -------------------------------------------------------------------- JSON

SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=6)
    | st.floats(allow_nan=False, allow_infinity=False)
)  # fmt: skip


def same(first: object, second: object) -> bool:
    """As a person means it: numbers by value, nothing else across kinds."""
    numbers = (int, float)
    if type(first) in numbers and type(second) in numbers:
        return first == second
    return type(first) is type(second) and first == second


@given(SCALARS, SCALARS)
def test_json_is_equal_as_a_person_means_it(there, expected) -> None:
    body = json.dumps({"a": [there, 0]}).encode()
    (there,) = json.loads(json.dumps([there]))
    answer = answered(body)
    assert (kind_of(answer, json_values=(("a[0]", expected),)) is None) == same(there, expected)
    assert kind_of(answer, json_values=(("a[0]", there),)) is None


@given(st.integers() | st.text(max_size=8) | st.booleans() | st.floats(-1e9, 1e9))
def test_what_was_extracted_is_found_again(there) -> None:
    """A value has no kind but text, so a number is what is written like it."""
    step = msgspec.structs.replace(
        prepared_step(), check=Check(json_values=(("a", mark(0)),)), holes=(Hole("id", "text"),)
    )
    value = there if isinstance(there, str) else msgspec.json.encode(there).decode()
    values = Supply({"id": value}, {}, frozenset()).values(NOBODY)
    request = Template(prepare(step, Origin("http", "h", 80), 0), step.holes).filled(values)
    answer = answered(msgspec.json.encode({"a": there, "b": value}))
    assert request.expectation.failure(answer, 0.0, Page(answer, None)) is None


def prepared_step():
    from perfconsole.model.plan import RequestStep

    return RequestStep("n", "GET", "/", (), b"", Check(), 1.0)


# -------------------------------------------------------------------- anything

GARBAGE = st.binary(max_size=200) | st.text(max_size=80).map(str.encode)
CODINGS = st.sampled_from([b"", b"gzip", b"br", b"identity", b"no, such"])
TYPES = st.sampled_from(
    [b"text/html", b"a/b; charset=utf-16", b"a; charset=gbk", b"a; charset=none", b"text/xml", b""]
)


@settings(max_examples=300)
@given(GARBAGE, CODINGS, TYPES, st.text(min_size=1, max_size=5))
def test_no_page_makes_a_check_raise(body, coding, content_type, text) -> None:
    """And what is told of it is text."""
    answer = answered(body, b"Content-Encoding: " + coding, b"Content-Type: " + content_type)
    page = Page(answer, None)
    for check in (
        {"body_contains": (text,)}, {"body_lacks": (text,)}, {"least_bytes": 50},
        {"most_bytes": 50}, {"body_matches": (re.escape(text),)}, {"json_values": (("a", 1),)},
        {"headers": (("content-type", text),)},
    ):  # fmt: skip
        failure = Expectation.of(Check(**check)).failure(answer, 0.0, page)
        if failure is not None:
            assert failure.kind.startswith("check failed: ")
            assert failure.shown()
    if coding in (b"", b"identity"):
        has = kind_of(answer, body_contains=(text,)) is None
        assert has == (kind_of(answer, body_lacks=(text,)) is not None)


@pytest.mark.parametrize("number", [math.inf, math.nan])
def test_json_without_an_end(number) -> None:
    answer = answered(b'{"a": "1e999"}')
    assert kind_of(answer, json_values=(("to_number(a)", number),)) in (
        None, f"check failed: to_number(a) is not {json.dumps(number)}",
    )  # fmt: skip
