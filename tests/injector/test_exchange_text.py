"""The exchange kept of a failure: what was asked and answered, short, and without a secret."""

from __future__ import annotations

import html
import json
from base64 import b64encode
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from perfconsole.injector.answer import Answer
from perfconsole.injector.exchange import MOST_BYTES, exchange_text, shown_of, without_echoes
from perfconsole.injector.failure import Failure, protocol_error, timed_out
from perfconsole.injector.heads import Heads
from perfconsole.injector.recorder import Recorder
from perfconsole.model.phase import Phase

ASKED = (
    b"POST /login?next=/home&access_token=hunter2 HTTP/1.1\r\nHost: shop\r\n"
    b"Authorization: Bearer hunter2\r\nCookie: sid=hunter2; lang=de\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 30\r\n\r\n"
    b"user=anna&password=hunter2;a,b\r\n"
)
CAME = (
    b"HTTP/1.1 503 Service Unavailable\r\nSet-Cookie: sid=other5; Path=/; HttpOnly\r\n"
    b"Content-Length: 24\r\n\r\nno room for hunter2 here"
)
TOLD = """\
> POST /login?next=/home&access_token=*** HTTP/1.1
> Host: shop
> Authorization: Bearer ***
> Cookie: sid=***; lang=***
> Content-Type: application/x-www-form-urlencoded
> Content-Length: 30
>
> user=anna&password=***
< HTTP/1.1 503 Service Unavailable
< Set-Cookie: sid=***; Path=/; HttpOnly
< Content-Length: 24
<
< no room for *** here
* HTTP 503"""


@dataclass(frozen=True)
class Named:
    name: str
    number: int = 0


def answered(*reads: bytes) -> Answer:
    answer = Answer(Heads())
    answer.expect(head=False, room=0, sample_room=800)
    for read in reads:
        answer.feed(read)
    return answer


def test_the_whole_of_it() -> None:
    failure = Failure("HTTP 503", lambda: "not needed: it is above")
    assert exchange_text(ASKED, *shown_of(answered(CAME)), failure) == TOLD


def test_the_same_when_the_answer_comes_after_an_interim_one() -> None:
    answer = answered(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + CAME)
    assert exchange_text(ASKED, *shown_of(answer), Failure("HTTP 503")) == TOLD


@pytest.mark.parametrize(
    ("reads", "failure", "end"),
    [
        ((), timed_out(5, Phase.WAIT),
         "* timeout: waiting for the first byte: not over within 5 s"),
        ((b"SSH-2.0-OpenSSH\r\n",), protocol_error("no HTTP"),
         "< SSH-2.0-OpenSSH\n<\n* protocol error: no HTTP"),
        ((b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", b"half"), timed_out(5, Phase.RECEIVE),
         "< HTTP/1.1 200 OK\n< Content-Length: 9\n* timeout: receiving: not over within 5 s"),
    ],
)  # fmt: skip
def test_what_came_is_shown_whatever_it_was(reads, failure, end) -> None:
    told = exchange_text(b"GET / HTTP/1.1\r\n\r\n", *shown_of(answered(*reads)), failure)
    assert told == f"> GET / HTTP/1.1\n{end}"


def test_an_answer_of_before_is_not_shown_for_one_that_did_not_come() -> None:
    answer = answered(CAME)
    answer.expect(head=False, room=0, sample_room=800)
    assert shown_of(answer) == (b"", "")


def test_what_was_never_sent_is_said_to_be_so() -> None:
    failure = Failure("connect refused", "[Errno 111] to 127.0.0.1")
    told = exchange_text(b"GET / HTTP/1.1\r\n\r\n", b"", "", failure, was_sent=False)
    assert told.endswith("\n* not sent: connect refused: [Errno 111] to 127.0.0.1")


def test_pictures_and_packed_bodies_are_not_shown() -> None:
    came = b"HTTP/1.1 500 x\r\nContent-Length: 40\r\n\r\n" + bytes(range(128, 168))
    told = exchange_text(b"GET / HTTP/1.1\r\n\r\n", *shown_of(answered(came)), Failure("HTTP 500"))
    assert "< (a body that is no text)" in told


SECRET = st.text("abcdefgXYZ0189+/=!$%&;,:'\"<>\\ {}[]@?#-_.~äß", min_size=6, max_size=40).map(
    lambda text: f"zq{text}qz"
)


def as_part(secret: str) -> str:
    head = 'Content-Disposition: form-data; name="password"'
    safe = secret.replace("--", "__")
    return f"--b\r\n{head}\r\n\r\n{safe}\r\n--b--\r\n"


PLACES = {
    "query": lambda s: (f"GET /a?x=1&api_key={quote_plus(s)}&y=2", "", ""),
    "userinfo": lambda s: ("GET /a", f"Referer: http://anna:{quote(s, safe='')}@shop/a", ""),
    "authorization": lambda s: ("GET /a", f"Authorization: Bearer {quote(s)}", ""),
    "basic": lambda s: ("GET /a", f"Proxy-Authorization: Basic {quote(s)}", ""),
    "cookie": lambda s: ("GET /a", f"cookie: a=b; sid={quote(s)}", ""),
    "api key": lambda s: ("GET /a", f"X-Api-Key: {quote(s)}", ""),
    "signature": lambda s: ("GET /a", f"X-Hub-Signature: {quote(s)}", ""),
    "folded": lambda s: ("GET /a", f"Authorization: Digest\r\n username={quote(s)}", ""),
    "form": lambda s: ("POST /a", "Content-Type: application/x-www-form-urlencoded",
                       f"user=a&pwd={s.replace('&', '')}&b=c"),
    "json": lambda s: ("POST /a", "", json.dumps({"a": 1, "password": s, "b": 2})),
    "json list": lambda s: ("POST /a", "", json.dumps({"tokens": [s, {"x": s}], "b": 2})),
    "json object": lambda s: ("POST /a", "", json.dumps({"secret": {"value": s}}, indent=2)),
    "json in json": lambda s: ("POST /a", "", json.dumps({"b": json.dumps({"token": s})})),
    "xml": lambda s: ("POST /a", "", f"<l><password>{quote(s)}</password></l>"),
    "multipart": lambda s: ("POST /a", "", as_part(s)),
    "hidden input": lambda s: ("POST /a", "", f"<input name='csrf_token' value='{quote(s)}'>"),
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
@settings(max_examples=40)
@given(secret=SECRET, cut=st.floats(0, 1))
@example(secret="zq'; drop, me&qz", cut=1.0)
@example(secret='zq\\" x\\\\"qz', cut=1.0)
def test_a_secret_never_appears(place: str, secret: str, cut: float) -> None:
    """Neither in what was sent nor in what came, nor where a read or a limit cuts it in two."""
    line, header, body = PLACES[place](secret)
    lines = [f"{line} HTTP/1.1", "Host: shop", *([header] if header else [])]
    sent = ("\r\n".join(lines) + "\r\n\r\n" + body).encode()
    came = f"HTTP/1.1 500 x\r\n{header or 'A: b'}\r\n\r\n".encode() + body.encode()
    some = came[: int(cut * len(came))] if cut < 1 else came
    told = exchange_text(sent, some, "", Failure("HTTP 500"))
    if "?" in line:
        told += exchange_text(b"GET / HTTP/1.1\r\n\r\n", b"Location: " + line[4:].encode(), "",
                              Failure("x"))  # fmt: skip
    core = secret[2:-2]
    for form in {core, quote(core), quote_plus(core), quote(core, safe=""), json.dumps(core)[1:-1]}:
        assert form not in told
    assert "zq" not in told
    assert "HTTP 500" in told


SENDERS = {
    "form": lambda s: (
        f"Content-Type: application/x-www-form-urlencoded\r\n\r\nu=a&pwd={quote_plus(s)}"
    ),
    "json": lambda s: "\r\n" + json.dumps({"a": 1, "password": s}),
    "xml": lambda s: f"\r\n<a><password>{html.escape(s)}</password></a>",
    "basic": lambda s: f"Authorization: Basic {b64encode(f'anna:{s}'.encode()).decode()}\r\n\r\n",
}
ECHOES = {
    "plain": str,
    "page": html.escape,
    "page of PHP": lambda s: html.escape(s).replace("&#x27;", "&#039;"),
    "JSON": json.dumps,
    "JSON in UTF-8": lambda s: json.dumps(s, ensure_ascii=False),
    "URL": quote,
    "URL in small letters": lambda s: quote(s).lower(),
    "capitals": lambda s: s if "ß" in s else s.upper(),
}


@pytest.mark.parametrize("sender", SENDERS)
@settings(max_examples=40)
@given(secret=SECRET, echo=st.sampled_from(list(ECHOES.values())))
@example(secret="zq\"o&te<'é'>/x yqz", echo=html.escape)
def test_a_secret_that_comes_back_is_hidden_however_it_is_written(sender, secret, echo) -> None:
    sent = f"POST /a HTTP/1.1\r\n{SENDERS[sender](secret)}".encode()
    body = f"no user has {echo(secret)} here"
    came = f"HTTP/1.1 500 x\r\nContent-Length: {len(body.encode())}\r\n\r\n{body}".encode()
    told = exchange_text(sent, came, body, Failure("HTTP 500"))
    assert "zq" not in told.lower()
    assert "no user has" in told
    assert without_echoes(lambda: body, sent).count("***") == 1
    assert "zq" not in without_echoes(body, sent).lower()


@given(st.binary(max_size=6000), st.binary(max_size=6000), st.text(max_size=3000))
def test_whatever_was_said_it_stays_short_and_printable(sent, came, body) -> None:
    told = exchange_text(sent, came, body, Failure("x", "y" * 300))
    assert len(told.encode()) <= MOST_BYTES
    assert all(char.isprintable() or char == "\n" for char in told)


def test_it_is_told_once_for_each_key() -> None:
    made: list[int] = []

    def told() -> str:
        made.append(1)
        return "> GET /"

    recorder = Recorder()
    for _ in range(2):
        for name in ("GET /", "GET /", "GET /b"):
            recorder.request_failed(Named(name), Failure("reset"), told, answered=False)
        errors = {error.key: error for error in recorder.errors()}
        recorder.reset()
    assert len(made) == 2
    assert errors["GET /: reset"].count == 2
    assert errors["GET /: reset"].exchange == ""


def test_what_cannot_be_told_is_a_failure_all_the_same() -> None:
    recorder = Recorder()
    recorder.request_failed(Named("GET /"), Failure("reset"), lambda: 1 / 0, answered=False)
    (error,) = recorder.errors()
    assert (error.count, error.exchange) == (1, "")
