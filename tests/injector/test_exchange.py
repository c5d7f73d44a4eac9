"""What a target answers and what the injector makes of it, through a real process."""

from __future__ import annotations

import asyncio
import gzip
import socket
import time
import zlib

import pytest

from perfconsole.injector import browser
from perfconsole.injector.workload import Load
from perfconsole.model import wire
from perfconsole.model.states import StopMode, VuState

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def say(raw: bytes, *, close: bool = False):
    async def script(_seen, writer):
        writer.write(raw)
        if close:
            writer.close()

    return script


def body(text: bytes, head: str = "") -> bytes:
    return f"HTTP/1.1 200 OK\r\n{head}Content-Length: {len(text)}\r\n\r\n".encode() + text


KINDS = {
    "ok": (say(OK), {}, None),
    "close": (say(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
                  close=True), {}, None),
    "until the end": (say(b"HTTP/1.1 200 OK\r\n\r\nok", close=True), {}, None),
    "404": (say(b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone"), {}, "HTTP 404"),
    "404 wanted": (say(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
                   {"statuses": (404,)}, None),
    "200 not wanted": (say(OK), {"statuses": (201, 202)}, "HTTP 200"),
    "cut short": (say(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok", close=True), {},
                  "body cut short"),
    "nothing": (say(b"", close=True), {}, "closed before the answer"),
    "garbage": (say(b"what?\r\n\r\n"), {}, "protocol error"),
    "body has it": (say(body(b"<h1>welcome</h1>")), {"body_contains": ("welcome",)}, None),
    "body lacks it": (say(body(b"go away")), {"body_contains": ("welcome",)},
                      'check failed: body lacks "welcome"'),
    "gzip": (say(body(gzip.compress(b"welcome"), "Content-Encoding: gzip\r\n")),
             {"body_contains": ("welcome",)}, None),
    "deflate": (say(body(zlib.compress(b"welcome"), "Content-Encoding: deflate\r\n")),
                {"body_contains": ("welcome",)}, None),
    "bare deflate": (say(body(zlib.compress(b"welcome")[2:-4], "Content-Encoding: deflate\r\n")),
                     {"body_contains": ("welcome",)}, None),
    "not gzip": (say(body(b"welcome", "Content-Encoding: gzip\r\n")),
                 {"body_contains": ("welcome",)}, "check failed: body cannot be decoded"),
    "gzip unseen": (say(body(b"welcome", "Content-Encoding: gzip\r\n")), {}, None),
    "GBK": (say(body("欢迎".encode("gbk"), "Content-Type: text/html; charset=GBK\r\n")),
            {"body_contains": ("欢迎",)}, None),
    **{f"charset {name}": (
        say(body(b"\xff\xfe away", f"Content-Type: text/html; charset={name}\r\n")),
        {"body_contains": ("welcome",)}, 'check failed: body lacks "welcome"')
       for name in ("undefined", "idna", "punycode", "nonsense")},
    "charset that takes hours": (
        say(body(b"a" * 2_000_000, "Content-Type: text/html; charset=punycode\r\n")),
        {"body_contains": ("welcome",)}, 'check failed: body lacks "welcome"'),
    "charset of an error": (
        say(body(b"no", "Content-Type: a/b; charset=undefined\r\n").replace(b"200 OK", b"500 x")),
        {}, "HTTP 500"),
    "endless cookie": (say(body(b"", f"Set-Cookie: a=b; Max-Age={'9' * 400}\r\n")), {}, None),
    "too slow": (say(OK), {"max_s": 0.0}, "check failed: slower than 0ms"),
    "fast enough": (say(OK), {"max_s": 30.0}, None),
}  # fmt: skip


async def test_kinds(target, begin, plan_for, step, until) -> None:
    """All of them in one run, each a group that asks for a path of its own."""
    cases = {f"/{n}": case for n, case in enumerate(KINDS.values())}

    async def script(seen, writer):
        await cases[seen.path][0](seen, writer)

    target.script = script
    flows = {path: [step(path, **check)] for path, (_, check, _) in cases.items()}
    injector = await begin(plan_for(target.port, iterations=1).of(**flows))
    for path in cases:
        await injector.vus(1, path)
    await until(lambda: sum(injector.iterations(path)[0] for path in cases) == len(cases))
    await injector.finish()
    injector.assert_counts_add_up()
    assert len(target.seen) == injector.total("requests") == len(cases)
    for name, path, (_, _, kind) in zip(KINDS, cases, cases.values(), strict=True):
        errors = {key: n for key, n in injector.errors.items() if key.startswith(f"GET {path}: ")}
        assert errors == ({f"GET {path}: {kind}": 1} if kind else {}), name
        assert injector.transaction(f"GET {path}", "failed" if kind else "passed") == 1, name
        assert injector.iterations(path) == (1, int(kind is not None)), name
    assert injector.total("requests_failed") == sum(k is not None for _, _, k in cases.values())


async def test_samples_show_the_answer_but_no_headers(target, begin, plan_for, step, until):
    target.script = say(
        b"HTTP/1.1 500 Oops\r\nSet-Cookie: sid=secret\r\nContent-Length: 8\r\n\r\nno\n disk"
    )
    flow = [step("/a", headers=(("Authorization", "Bearer secret"),))]
    injector = await begin(plan_for(target.port, iterations=1).of(g=flow))
    await injector.vus(1)
    await until(lambda: injector.errors)
    assert injector.sample("GET /a: HTTP 500") == "HTTP 500 Internal Server Error\nno disk"


SECRETS = [
    (b'{"access_token": "%s"}' % (b"hunter2" * 200), '{"access_token": "***'),
    (b"<user><password>hunter2" + b" hunter2" * 200, "<user><password>***"),
    (b"retry with ?page=1&api_key=hunter2 please", "retry with ?page=1&api_key=*** please"),
    (b'{"error": "no", "pwd": "hunter2"}', '{"error": "no", "pwd": "***"}'),
]


async def test_samples_show_no_secrets(target, begin, plan_for, step, until) -> None:
    """Not even those that a sample's end cuts in two."""

    async def script(seen, writer):
        if seen.path == "/moved":
            writer.write(b"HTTP/1.1 302 x\r\nLocation: http://[/?token=hunter2\r\n")
            writer.write(b"Content-Length: 0\r\n\r\n")
            return
        text = SECRETS[int(seen.path[1:])][0]
        writer.write(b"HTTP/1.1 500 x\r\nContent-Length: %d\r\n\r\n" % len(text) + text)

    target.script = script
    flows = {path: [step(path)] for path in ("/0", "/1", "/2", "/3", "/moved")}
    injector = await begin(plan_for(target.port, iterations=1).of(**flows))
    for group in flows:
        await injector.vus(1, group)
    await until(lambda: len(injector.errors) == len(flows))
    assert injector.sample("GET /moved: redirect to no URL") == "http://[/?token=***"
    for n, (_, shown) in enumerate(SECRETS):
        head, rest = injector.sample(f"GET /{n}: HTTP 500").split("\n")
        assert (head, rest) == ("HTTP 500 Internal Server Error", shown)


async def test_an_answer_nobody_foresaw_costs_no_request_its_count(
    target, plan_for, step, until, monkeypatch, engine_for
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("at /?token=hunter2")

    monkeypatch.setattr(browser, "redirected", broken)
    target.script = say(b"HTTP/1.1 302 x\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n")
    plan = plan_for(target.port, iterations=3).of(g=[step("/a")])
    engine = engine_for(plan)
    load = Load(plan, engine)
    load.set_vus(wire.SetVus(1, "g", 2, StopMode.NOW), lambda: None)
    await until(lambda: load.counts()[0].states == {VuState.FAILED: 2})
    tally = engine.recorder.tally
    assert (tally.finished, tally.failed.total()) == (6, 6)
    (error,) = engine.recorder.errors()
    assert error.key == "GET /a: answer cannot be read"
    assert (error.count, error.sample) == (6, "RuntimeError: at /?token=***")


async def test_the_request_as_sent(target, begin, plan_for, step, until) -> None:
    flow = [
        step("/a?b=%20c"),
        step("/b", "POST", headers=(("X-A", "1"), ("Host", "shop.example")), body=b"a=1"),
        step("/c", "POST"),
        step("/d", "HEAD"),
        step("/e", "PUT", body=b"x" * 300_000),
    ]
    injector = await begin(plan_for(target.port, iterations=1).of(g=flow))
    target.script = lambda seen, writer: say(OK[:-2] if seen.method == "HEAD" else OK)(seen, writer)
    await injector.vus(1)
    await until(lambda: injector.iterations()[0])
    await injector.finish()
    assert not injector.errors
    got, post, empty, _, put = target.seen
    assert (got.method, got.path, got.body) == ("GET", "/a?b=%20c", b"")
    assert got.headers["host"] == f"127.0.0.1:{target.port}"
    assert set(got.headers) == {"host"}, "what else is sent stands in the plan"
    assert (post.headers["host"], post.headers["x-a"], post.body) == ("shop.example", "1", b"a=1")
    assert empty.headers["content-length"] == "0"
    assert len(put.body) == 300_000
    assert target.connections == 1, "one connection, kept alive"


async def test_bytes_and_connections_are_counted(target, begin, plan_for, step, until) -> None:
    injector = await begin(plan_for(target.port, iterations=5).of(g=[step()]))
    await injector.vus(3)
    await until(lambda: injector.iterations()[0] == 15)
    await injector.finish()
    assert injector.total("bytes_in") == 15 * len(OK)
    assert injector.total("connections_opened") == target.connections == 3


async def test_cookies_are_each_vus_own(target, begin, plan_for, step, until) -> None:
    async def script(seen, writer):
        cookie = f"Set-Cookie: sid={seen.connection}; Path=/\r\n" if seen.path == "/login" else ""
        writer.write(f"HTTP/1.1 200 OK\r\n{cookie}Content-Length: 0\r\n\r\n".encode())

    target.script = script
    flow = [step("/login"), step("/home"), step("/own", headers=(("Cookie", "own=1"),))]
    injector = await begin(plan_for(target.port, iterations=1).of(g=flow))
    await injector.vus(3)
    await until(lambda: injector.iterations()[0] == 3)
    for seen in target.seen:
        mine = f"sid={seen.connection}"
        wanted = {"/login": None, "/home": mine, "/own": f"own=1; {mine}"}
        assert seen.headers.get("cookie") == wanted[seen.path]


REDIRECTS = [
    (301, "GET", "/{n}/b", "GET", b""),
    (302, "GET", "{n}/b?c=d", "GET", b""),
    (302, "POST", "/{n}/b", "GET", b""),
    (301, "POST", "/{n}/b", "GET", b""),
    (303, "POST", "/{n}/b", "GET", b""),
    (303, "PUT", "/{n}/b", "GET", b""),
    (302, "PUT", "/{n}/b", "PUT", b"x"),
    (307, "POST", "/{n}/b", "POST", b"x"),
    (308, "POST", "//127.0.0.1:{port}/{n}/b", "POST", b"x"),
    (307, "GET", "http://127.0.0.1:{port}/{n}/b#there", "GET", b""),
]


async def test_redirects(target, begin, plan_for, step, until) -> None:
    async def script(seen, writer):
        _, number, *there = seen.path.split("/")
        if there:
            writer.write(OK)
            return
        status, _, location, _, _ = REDIRECTS[int(number)]
        where = location.format(port=target.port, n=number)
        writer.write(
            f"HTTP/1.1 {status} x\r\nLocation: {where}\r\nContent-Length: 0\r\n\r\n".encode()
        )

    target.script = script
    flows = {
        f"g{n}": [step(f"/{n}", method, body=b"" if method == "GET" else b"x")]
        for n, (_, method, *_) in enumerate(REDIRECTS)
    }
    injector = await begin(plan_for(target.port, iterations=1).of(**flows))
    for group in flows:
        await injector.vus(1, group)
    await until(lambda: sum(injector.iterations(g)[0] for g in flows) == len(flows))
    await injector.finish()
    injector.assert_counts_add_up()
    assert not injector.errors
    assert injector.total("requests") == len(target.seen) == 2 * len(flows), "each hop is a hit"
    for n, (_, method, location, then, carried) in enumerate(REDIRECTS):
        last = next(seen for seen in target.seen if seen.path.startswith(f"/{n}/"))
        wanted = f"/{n}/b?c=d" if "?" in location else f"/{n}/b"
        assert (last.method, last.path, last.body) == (then, wanted, carried), location
        assert injector.transaction(f"{method} /{n}", "passed") == 1, "the step is one transaction"


NOT_FOLLOWED = [
    ("http://other.example/x", {}, "redirect to another host not followed"),
    ("https://127.0.0.1/x", {}, "redirect to another host not followed"),
    ("http://other.example/x", {"statuses": (302,)}, None),
    ("/{n}", {"statuses": (302,)}, None),
    ("/3", {"follow": False}, None),
    ("/{n}", {}, "too many redirects"),
]


async def test_redirects_not_followed(target, begin, plan_for, step, until) -> None:
    async def script(seen, writer):
        location = NOT_FOLLOWED[int(seen.path[1:])][0].format(n=seen.path[1:])
        writer.write(
            f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()
        )

    target.script = script
    flows = {f"g{n}": [step(f"/{n}", **how)] for n, (_, how, _) in enumerate(NOT_FOLLOWED)}
    injector = await begin(plan_for(target.port, iterations=1, max_redirects=3).of(**flows))
    for group in flows:
        await injector.vus(1, group)
    await until(lambda: sum(injector.iterations(g)[0] for g in flows) == len(flows))
    await injector.finish()
    injector.assert_counts_add_up()
    assert len(target.seen) == injector.total("requests")
    kinds = {f"GET /{n}: {kind}": 1 for n, (_, _, kind) in enumerate(NOT_FOLLOWED) if kind}
    assert dict(injector.errors) == kinds


async def test_a_connection_closed_while_the_vu_thinks_is_no_error(
    target, begin, plan_for, step, think, until
) -> None:
    async def script(_seen, writer):
        writer.write(OK)
        await writer.drain()
        writer.close()

    target.script = script
    flow = [step("/a", "POST"), think(0.1), step("/b", "POST"), think(0.1)]
    injector = await begin(plan_for(target.port, iterations=3).of(g=flow))
    await injector.vus(2)
    await until(lambda: injector.iterations()[0] == 6)
    await injector.finish()
    assert not injector.errors
    assert injector.total("requests") == len(target.seen) == 12


async def test_bytes_after_the_answer_cost_the_connection(target, begin, plan_for, step, until):
    target.script = say(OK + b"HTTP/1.1 400 Bad\r\n")
    injector = await begin(plan_for(target.port, iterations=4).of(g=[step()]))
    await injector.vus(1)
    await until(lambda: injector.iterations()[0] == 4)
    assert not injector.errors
    assert target.connections == 4


async def test_refused(begin, plan_for, step, until, free_port) -> None:
    injector = await begin(plan_for(free_port).of(g=[step("/a")]))
    await injector.vus(5)
    await until(lambda: injector.errors["GET /a: connect refused"] >= 20)
    await injector.finish()
    injector.assert_counts_add_up()
    seconds = len(injector.ticks)
    assert injector.total("requests") < 5 * 12 * (seconds + 1), "a dead target is no busy loop"


async def test_name_that_does_not_resolve(begin, plan_for, step, until) -> None:
    injector = await begin(plan_for(80, host="no-such-host.invalid", iterations=2).of(g=[step()]))
    await injector.vus(1)
    await until(lambda: injector.iterations()[0] == 2)
    assert dict(injector.errors) == {"GET /: name does not resolve": 2}


async def test_a_target_at_an_ipv6_address(target, begin, plan_for, step, until) -> None:
    await target.stop()
    try:
        await target.start(host="::1")
    except OSError:
        pytest.skip("this machine has no ::1")
    injector = await begin(plan_for(target.port, host="::1", iterations=3).of(g=[step()]))
    await injector.vus(2)
    await until(lambda: injector.iterations()[0] == 6)
    assert not injector.errors
    assert target.seen[0].headers["host"] == f"[::1]:{target.port}"


async def test_localhost_is_found_whatever_address_it_has(target, begin, plan_for, step, until):
    injector = await begin(plan_for(target.port, host="localhost", iterations=3).of(g=[step()]))
    await injector.vus(2)
    await until(lambda: injector.iterations()[0] == 6)
    assert not injector.errors


async def test_connect_timeout(begin, plan_for, step, until) -> None:
    """A listener whose backlog is full answers no SYN."""
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        port = deaf.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            maker = plan_for(port, iterations=1, connect_timeout_s=0.3)
            injector = await begin(maker.of(g=[step("/a", timeout_s=5.0)]))
            await injector.vus(2)
            await until(lambda: injector.errors["GET /a: timeout: connecting"])
            await injector.finish()
            injector.assert_counts_add_up()


async def test_timeouts(target, begin, plan_for, step, until) -> None:
    """No answer, half an answer and a slow drip all end at the request's own time."""

    async def script(seen, writer):
        if seen.path == "/half":
            writer.write(OK[:20])
        if seen.path == "/drip":
            for byte in OK * 100:
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(0.05)
        if seen.path == "/ok":
            writer.write(OK)
        else:
            await asyncio.sleep(30)

    target.script = script
    drip = step("/drip", timeout_s=0.3, body_contains=("never",))
    flows = {
        "silent": [step("/ok", timeout_s=9.0), step("/silent", timeout_s=0.3)],
        "half": [step("/half", timeout_s=0.3)],
        "drip": [drip],
    }
    injector = await begin(plan_for(target.port, iterations=1).of(**flows))
    began = time.monotonic()
    for group in flows:
        await injector.vus(1, group)
    await until(lambda: len(injector.errors) >= 2)
    assert time.monotonic() - began < 5
    await until(lambda: sum(injector.iterations(g)[0] for g in flows) == 3)
    await injector.finish()
    injector.assert_counts_add_up()
    assert injector.errors["GET /silent: timeout: waiting for the first byte"] == 1
    assert injector.errors["GET /half: timeout: receiving"] == 1
    failed = injector.transaction("GET /silent", "failed_max_us")
    assert 0.29e6 < failed < 3e6


async def test_reset_in_the_answer(target, begin, plan_for, step, until, reset_connection) -> None:
    async def script(_seen, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok")
        await writer.drain()
        reset_connection(writer)

    target.script = script
    injector = await begin(plan_for(target.port, iterations=1).of(g=[step("/a")]))
    await injector.vus(1)
    await until(lambda: injector.errors)
    assert set(injector.errors) <= {"GET /a: reset", "GET /a: body cut short"}


async def test_error_keys_are_few(target, begin, plan_for, step, until) -> None:
    target.script = say(b"HTTP/1.1 500 x\r\nContent-Length: 0\r\n\r\n")
    flows = {f"g{n}": [step(f"/{n}")] for n in range(220)}
    injector = await begin(plan_for(target.port, iterations=1).of(**flows))
    for group in flows:
        await injector.vus(1, group)
    await until(lambda: sum(injector.errors.values()) == 220)
    assert len(injector.errors) == 201
    assert injector.errors["other"] == 20


async def test_no_descriptors_left(target, begin, plan_for, step, until) -> None:
    injector = await begin(plan_for(target.port).of(g=[step("/a")]), descriptors=40)
    await injector.vus(60)
    await until(lambda: injector.errors["GET /a: no descriptors left"])
    await injector.finish()
    injector.assert_counts_add_up()
    assert len(injector.troubles) == 1
    assert "40 files" in injector.troubles[0]
