"""A flow played once in a process of its own: what is told of it, and what never is."""

from __future__ import annotations

import asyncio
import json
import socket
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from perfconsole.injector.page import BODY_ROOM
from perfconsole.injector.rehearsal import rehearsed
from perfconsole.model import rehearsing as told
from perfconsole.pool.rehearsal_child import rehearse
from perfconsole.scenario.load import scenario_from
from perfconsole.scenario.rehearsals import NoSuchFlow, rehearsal_of

PASSWORD = "hunter2/and&more"
TOKEN = "tok-8f1c90aa27"

LOGIN = """\
name: login
target: http://127.0.0.1:{port}
groups: {{a: {{vus: 40, ramp: 1 every 10s}}}}
variables: {{user: anna, password: {password}}}
flows:
  a:
    - transaction: log in
      steps:
        - request: POST /login
          form: {{user: "${{user}}", password: "${{password}}"}}
          check: {{status: 200, body_contains: Hello}}
        - extract: {{token: {{json: access_token}}}}
    - think: 100s
    - request: GET /me
      headers: {{Authorization: "Bearer ${{token}}"}}
    - rendezvous: all
    - request: GET /old?token=${{token}}
"""


async def login_server(seen, writer):
    answers = {
        "/login": (200, "Set-Cookie: sid=5e5510n1d; Path=/\r\n",
                   json.dumps({"text": "Hello", "access_token": TOKEN})),
        "/me": (200, "", "you are " + PASSWORD),
        "/new": (200, "", "moved " + TOKEN),
    }  # fmt: skip
    path = seen.path.partition("?")[0]
    status, headers, body = answers.get(path, (302, "Location: /new\r\n", ""))
    head = f"HTTP/1.1 {status} Words\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
    writer.write((head + body).encode())


def rehearsal(text: str, port: int, flow: str = "a", **more):
    scenario = scenario_from(text, "s.yaml", Path())
    return rehearsal_of(scenario, f"http://127.0.0.1:{port}", flow, seed=1, timeout_s=20, **more)


@pytest.fixture
def play(target):
    async def play(text: str, flow: str = "a", **more):
        """In this process."""
        heard: list[told.Traced] = []
        async with asyncio.timeout(20):
            await rehearsed(rehearsal(text, target.port, flow, **more), heard.append)
        assert isinstance(heard[-1], told.Over)
        return heard

    return play


def of(heard, kind):
    return [each for each in heard if isinstance(each, kind)]


async def test_every_exchange_check_and_value_is_told_in_order(play, target):
    target.script = login_server
    heard = await play(LOGIN.format(port=target.port, password=PASSWORD))
    assert heard[-1].passed, heard[-1]
    assert [(step.label, step.kind) for step in of(heard, told.StepBegan)] == [
        ("1", "transaction"), ("1.1", "request"), ("2", "think"), ("3", "request"),
        ("4", "rendezvous"), ("5", "request"),
    ]  # fmt: skip
    paths = [f"{sent.method} {urlsplit(sent.url).path}" for sent in of(heard, told.Sent)]
    assert paths == ["POST /login", "GET /me", "GET /old", "GET /new"]
    assert len(of(heard, told.Redirected)) == 1
    assert [check.what for check in of(heard, told.Checked)][:2] == [
        "status 200", 'body contains "Hello"',
    ]  # fmt: skip
    (ended,) = of(heard, told.TransactionEnded)
    assert ended.name == "log in" and ended.passed and ended.ms > 0
    assert target.seen[3].headers["cookie"] == "sid=5e5510n1d"


async def test_no_secret_is_told_and_equal_ones_can_be_seen_to_be_equal(play, target):
    target.script = login_server
    heard = await play(LOGIN.format(port=target.port, password=PASSWORD))
    everything = repr(heard)
    for secret in (PASSWORD, "hunter2", TOKEN, "5e5510n1d"):
        assert secret not in everything
    values = heard[-1].values
    assert values["user"] == "anna"
    mark = values["token"]
    assert mark.startswith("***#") and mark != values["password"]
    sent = of(heard, told.Sent)
    assert ("Authorization", f"Bearer {mark}") in sent[1].headers
    assert sent[2].url.endswith(f"?token={mark}")
    assert f"password={values['password']}" in sent[0].body
    answers = of(heard, told.Answered)
    assert mark in answers[0].body and mark in answers[-1].body
    ((name, cookie),) = answers[0].cookies
    assert name == "sid" and ("Cookie", f"sid={cookie}") in sent[1].headers


async def test_marks_of_one_rehearsal_are_of_no_use_in_another(play, target):
    target.script = login_server
    marks = {
        (await play(LOGIN.format(port=target.port, password=PASSWORD)))[-1].values["token"]
        for _ in range(3)
    }
    assert len(marks) == 3


@pytest.mark.parametrize(
    ("step", "why"),
    [
        ("{request: GET /, check: {status: 201}}", "HTTP 200"),
        ("{request: GET /, check: {body_contains: nothing}}", 'lacks "nothing"'),
        ("{request: GET /, extract: {x: {regex: 'never(.)'}}}", "nothing to extract for x"),
    ],
)
async def test_the_first_failure_is_the_last_word(play, target, step, why):
    heard = await play(f"name: a\ntarget: http://127.0.0.1:1\ngroups: {{a: {{}}}}\n"
                       f"flows: {{a: [{{request: GET /}}, {step}]}}\n")  # fmt: skip
    (failed,) = of(heard, told.Failed)
    assert failed.label == "2" and why in failed.why
    over = heard[-1]
    assert not over.passed and not over.unreachable
    assert over.why.startswith("step 2: GET /: ") and why in over.why


PLAIN = """\
name: a
target: http://127.0.0.1:1
groups: {a: {}}
flows: {a: [{request: GET /one}, {think: 100s}, {request: GET /two}]}
"""


async def test_one_without_a_target_says_so():
    with socket.socket() as nobody_listens:
        nobody_listens.bind(("127.0.0.1", 0))
        port = nobody_listens.getsockname()[1]
        over = await rehearse(rehearsal(PLAIN, port), lambda _: None, 20)
    assert over.unreachable and "connect refused" in over.why


@pytest.mark.clock
async def test_a_target_that_never_answers_ends_it_in_time(target):
    async def hang(seen, writer):
        if seen.path == "/two":
            await asyncio.sleep(600)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    target.script = hang
    heard: list[told.Traced] = []
    over = await rehearse(rehearsal(PLAIN, target.port), heard.append, 4.0)
    assert over is heard[-1] and not over.passed
    assert over.why == "not over within 4 s in step 3"
    assert [sent.url[-3:] for sent in of(heard, told.Sent)] == ["one", "two"]


def rehearsing() -> list[psutil.Process]:
    """Rehearsals that this process has started."""
    module = "perfconsole.injector.rehearsal"
    return [child for child in psutil.Process().children() if module in child.cmdline()]


async def test_nothing_of_it_lives_when_whoever_asked_goes_away(target):
    arrived = asyncio.Event()

    async def hang(_seen, _writer):
        arrived.set()
        await asyncio.sleep(600)

    target.script = hang
    playing = asyncio.create_task(rehearse(rehearsal(PLAIN, target.port), lambda _: None, 600))
    async with asyncio.timeout(20):
        await arrived.wait()
        playing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await playing
    assert rehearsing() == []


async def test_one_that_is_killed_is_told_as_failed(target):
    async def kill(_seen, _writer):
        (child,) = rehearsing()
        child.kill()

    target.script = kill
    over = await rehearse(rehearsal(PLAIN, target.port), lambda _: None, 20)
    assert over.why.startswith("it died in step 1, with status ")


async def test_a_body_of_any_size_and_kind_is_shown_in_part(play, target):
    bodies = {"/one": b"x" * (BODY_ROOM // 40), "/two": bytes(range(256)) * 10}

    async def answer(seen, writer):
        body = bodies[seen.path]
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    target.script = answer
    heard = await play(PLAIN)
    one, two = of(heard, told.Answered)
    assert one.body_bytes == BODY_ROOM // 40 and one.body.endswith("x…")
    assert two.body == "(a body that is no text)" and two.body_bytes == 2560


async def test_a_long_head_is_told_to_its_end(play, target):
    async def answer(_seen, writer):
        head = "".join(f"X-{n}: {'v' * 100}\r\n" for n in range(60)) + "X-Last: here\r\n"
        writer.write(f"HTTP/1.1 200 OK\r\n{head}Content-Length: 0\r\n\r\n".encode())

    target.script = answer
    heard = await play(PLAIN)
    assert ("X-Last", "here") in of(heard, told.Answered)[0].headers


async def test_think_times_are_waited_when_asked_for(play):
    text = PLAIN.replace("100s", "300ms")
    heard = await play(text, think=True)
    assert [step.what for step in of(heard, told.StepBegan) if step.kind == "think"] == ["300ms"]
    heard = await play(text)
    assert "not waited" in next(s.what for s in of(heard, told.StepBegan) if s.kind == "think")


def test_a_flow_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(NoSuchFlow, match=r"no flow 'b'; there are: a$"):
        rehearsal(PLAIN, 1, "b")


NUMBERED = """\
name: numbers
target: http://127.0.0.1:1
groups: {g: {flow: main}}
flows:
  login:
    - request: GET /login
    - check: {status: 200}
    - request: GET /home
  main:
    init: [{flow: login}]
    steps:
      - request: GET /a
      - check: {status: 200}
      - flow: login
      - if: ${x} == 1
        then: [{request: GET /then}]
        else: [{request: GET /else}]
      - repeat: 2
        steps: [{think: 1s}, {request: GET /r}]
      - choose:
          - steps: [{request: GET /c1}]
          - steps: [{request: GET /c2}]
      - pacing: every 10s
    end: [{request: GET /out}]
variables: {x: 1}
"""


def test_steps_have_the_numbers_they_have_in_the_file():
    labels = rehearsal(NUMBERED, 1, "main").labels
    assert labels == (
        "init 1.1", "init 1.3",
        "1", "3.1", "3.3", "4", "4.1", "4.else.1", "5", "5.1", "5.2", "6", "6.1.1", "6.2.1",
        "end 1",
    )  # fmt: skip
    assert rehearsal(NUMBERED, 1, "g").labels == labels


CONTROL = """\
name: control
target: http://127.0.0.1:1
groups: {a: {}}
variables: {count: 2, state: new}
flows:
  a:
    init: [{request: GET /in}]
    steps:
      - set: {greeting: "Hello ${count}"}
      - if: ${count} == 2
        then: [{request: GET /then}]
        else: [{request: GET /else}]
      - repeat: ${count}
        steps: [{request: GET /again}]
      - while: ${state} != done
        steps: [{think: 100s}]
        limit: 2
    end: [{request: GET /out}]
"""


async def test_each_step_that_is_played_is_told_and_the_one_that_fails(play):
    heard = await play(CONTROL)
    assert [step.label for step in of(heard, told.StepBegan)] == [
        "init 1", "1", "2", "2.1", "3", "3.1", "3.1", "4", "4.1", "4.1", "end 1",
    ]  # fmt: skip
    assert ("greeting", "Hello 2") in [(v.name, v.value) for v in of(heard, told.Valued)]
    (failed,) = of(heard, told.Failed)
    assert failed.label == "4" and "still so after 2 rounds" in failed.why
    assert heard[-1].why.startswith("step 4: while ${state} != done: ")


async def test_a_variable_marked_secret_is_one_wherever_it_comes_back(play, target):
    async def echo(seen, writer):
        body = f"you asked {seen.path}".encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    target.script = echo
    text = PLAIN.replace("{request: GET /one}", "{request: 'GET /one/${word}'}")
    heard = await play(text + "variables: {word: {value: geheimes-wort, secret: true}}\n")
    mark = heard[-1].values["word"]
    assert mark.startswith("***#") and "geheimes-wort" not in repr(heard)
    assert of(heard, told.Sent)[0].url.endswith(f"/one/{mark}")
    assert of(heard, told.Answered)[0].body == f"you asked /one/{mark}"
