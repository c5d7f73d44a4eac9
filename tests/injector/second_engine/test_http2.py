"""HTTP/2 through a real injector process: the target's own log is the truth about the counts."""

from __future__ import annotations

import asyncio
import gzip
import zlib

import msgspec
import pytest

from perfconsole.injector.workload import Load
from perfconsole.model import wire
from perfconsole.model.phase import Phase
from perfconsole.model.plan import Extract, FilePart, TransactionStep
from perfconsole.model.states import StopMode


@pytest.fixture
def h2_plan(plan_for, ca_file):
    def make(port, **how):
        how = {"host": "localhost", "scheme": "https", "ca_file": ca_file, **how}
        return plan_for(port, http_version="2", **how)

    return make


async def played(injector, until, vus: int, iterations: int) -> dict[str, int]:
    """The errors of a run that ends by itself."""
    await injector.vus(vus)
    await until(lambda: injector.iterations()[0] == vus * iterations)
    await injector.finish()
    injector.assert_counts_add_up()
    assert injector.total("cut") == 0
    return dict(injector.errors)


def shop(asked) -> None:
    headers = dict(asked.headers)
    match asked.path:
        case "/login":
            moved = ("location", "/home")
            asked.answer(303, b"", moved, ("set-cookie", "sid=7; Path=/"))
        case "/home":
            asked.answer(200 if headers.get("cookie") == "sid=7" else 401, b"welcome")
        case "/head":
            asked.answer(200, b"")
        case _:
            asked.answer(404, b"none of that")


async def test_counts_cookies_redirects_and_checks(h2_target, begin, h2_plan, step, until) -> None:
    h2_target.script = shop
    flow = [
        TransactionStep("in", (step("/login", "POST", body=b"x" * 200_000),
                               step("/home", body_contains=("welcome",)))),
        step("/head", "HEAD"),
        step("/home", body_contains=("good bye",)),
    ]  # fmt: skip
    injector = await begin(h2_plan(h2_target.port, iterations=5).of(g=flow))
    errors = await played(injector, until, 4, 5)
    assert errors == {'GET /home: check failed: body lacks "good bye"': 20}
    assert h2_target.paths == {"/login": 20, "/home": 60, "/head": 20}
    assert injector.total("requests") == injector.begun == 100
    assert injector.total("connections_opened") == h2_target.connections == 4
    assert injector.total("bytes_in") > 60 * len("welcome")
    assert injector.transaction("in", "passed") == 20
    assert not injector.troubles


async def test_headers_are_those_of_the_plan(h2_target, begin, h2_plan, step, until) -> None:
    sent = (("Accept", "*/*"), ("X-Run", "7"), ("Cookie", "a=b"))
    injector = await begin(
        h2_plan(h2_target.port, iterations=1).of(
            g=[step("/p?q=1", "POST", headers=sent, body=b"abc")]
        )
    )
    assert await played(injector, until, 1, 1) == {}
    (asked,) = h2_target.asked
    assert asked.body == b"abc"
    assert asked.headers == [
        (":method", "POST"), (":authority", f"localhost:{h2_target.port}"), (":scheme", "https"),
        (":path", "/p?q=1"), ("accept", "*/*"), ("x-run", "7"), ("content-length", "3"),
        ("cookie", "a=b"),
    ]  # fmt: skip


async def test_without_tls_it_is_taken_for_granted(
    bare_h2_target, raw_target, begin, h2_plan, step, until
) -> None:
    plain = {"scheme": "http", "iterations": 2}
    injector = await begin(h2_plan(bare_h2_target.port, **plain).of(g=[step()]))
    assert await played(injector, until, 2, 2) == {}
    assert len(bare_h2_target.asked) == 4

    port = await raw_target(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    injector = await begin(h2_plan(port, **plain).of(g=[step()]))
    (kind,) = await played(injector, until, 1, 2)
    assert kind == "GET /: protocol error"


async def test_a_target_without_it_gets_the_first_version(
    target, tls, begin, h2_plan, step, until
) -> None:
    await target.stop()
    await target.start(tls("http/1.1"))
    injector = await begin(h2_plan(target.port, iterations=2).of(g=[step("/a"), step("/b")]))
    assert await played(injector, until, 3, 2) == {}
    assert target.paths == {"/a": 6, "/b": 6}
    assert target.connections == 3
    assert injector.troubles == ["g: the target does not offer HTTP/2; its VUs go on with HTTP/1.1"]


# ---------------------------------------------------------------- connections that end


async def test_a_server_that_ends_connections_politely(
    h2_target, begin, h2_plan, step, until
) -> None:
    def script(asked):
        if asked.stream == 5:
            asked.goaway(asked.stream)
        asked.answer(200, b"x" * 100_000 if asked.path == "/big" else b"ok")

    h2_target.script = script
    flow = [step("/a"), step("/big", body_contains=("x" * 100_000,))]
    injector = await begin(h2_plan(h2_target.port, iterations=9).of(g=flow))
    assert await played(injector, until, 2, 9) == {}
    assert len(h2_target.asked) == 36
    assert h2_target.connections == 12


async def test_a_request_that_the_server_never_took_goes_out_again(
    h2_target, begin, h2_plan, step, until
) -> None:
    def script(asked):
        if asked.stream == 1:
            asked.answer()
            return
        h2_target.asked.pop()
        asked.goaway(1)
        asked.close()

    h2_target.script = script
    injector = await begin(
        h2_plan(h2_target.port, iterations=4).of(g=[step("/a", "POST", body=b"x")])
    )
    assert await played(injector, until, 2, 4) == {}
    assert len(h2_target.asked) == injector.begun == 8


async def test_a_server_that_takes_none(h2_target, begin, h2_plan, step, until) -> None:
    h2_target.script = lambda asked: asked.goaway(0)
    injector = await begin(h2_plan(h2_target.port, iterations=3).of(g=[step("/a")]))
    assert await played(injector, until, 1, 3) == {"GET /a: protocol error": 3}
    assert h2_target.connections == 3


ENDS = {
    "body cut short": lambda asked: (asked.answer(200, b"part", end=False), asked.close()),
    "closed before the answer": lambda asked: asked.close(),
    "protocol error": lambda asked: asked.session.h2.reset_stream(asked.stream, 7),
    "timeout: waiting for the first byte": lambda asked: None,
}


async def test_what_ends_badly(h2_target, begin, h2_plan, step, until) -> None:
    paths = {kind: f"/{n}" for n, kind in enumerate(ENDS)}
    kinds = {path: kind for kind, path in paths.items()}
    h2_target.script = lambda asked: ENDS[kinds[asked.path]](asked)
    flows = {kind: [step(path, timeout_s=2.0)] for kind, path in paths.items()}
    injector = await begin(h2_plan(h2_target.port, iterations=1).of(**flows))
    for kind in ENDS:
        await injector.vus(1, kind)
    await until(lambda: sum(injector.errors.values()) == len(ENDS))
    await injector.finish()
    injector.assert_counts_add_up()
    assert dict(injector.errors) == {f"GET {path}: {kind}": 1 for kind, path in paths.items()}
    assert len(h2_target.asked) == len(ENDS)
    assert "REFUSED_STREAM" in injector.sample(f"GET {paths['protocol error']}: protocol error")


async def test_a_connection_closed_at_rest_is_no_error(
    h2_target, begin, h2_plan, step, think, until
) -> None:
    def script(asked):
        asked.answer()
        asked.close()

    h2_target.script = script
    injector = await begin(h2_plan(h2_target.port, iterations=4).of(g=[step("/a"), think(0.05)]))
    assert await played(injector, until, 2, 4) == {}
    assert h2_target.connections == len(h2_target.asked) == 8


async def test_no_target(free_port, begin, plan_for, step, until, ca_file) -> None:
    maker = plan_for(free_port, http_version="2", scheme="https", ca_file=ca_file, iterations=1)
    injector = await begin(maker.of(g=[step("/a")]))
    assert await played(injector, until, 2, 1) == {"GET /a: connect refused": 2}


async def test_a_wrong_name(h2_target, begin, h2_plan, step, until) -> None:
    injector = await begin(
        h2_plan(h2_target.port, host="127.0.0.1", iterations=1).of(g=[step("/a")])
    )
    (kind,) = await played(injector, until, 2, 1)
    assert kind == "GET /a: TLS: IP address mismatch"
    assert not h2_target.asked


async def test_a_name_that_is_none(h2_target, begin, h2_plan, step, until) -> None:
    injector = await begin(
        h2_plan(h2_target.port, host="none.invalid", iterations=1).of(g=[step("/a")])
    )
    assert await played(injector, until, 2, 1) == {"GET /a: name does not resolve": 2}


async def test_a_handshake_that_never_ends(raw_target, begin, h2_plan, step, until) -> None:
    maker = h2_plan(await raw_target(b""), connect_timeout_s=0.3, iterations=1)
    injector = await begin(maker.of(g=[step("/a")]))
    assert await played(injector, until, 2, 1) == {"GET /a: timeout: TLS handshake": 2}


# ---------------------------------------------------------------- orders


async def test_pause_keeps_the_sessions_and_a_stop_cuts_what_is_asked(
    h2_target, begin, h2_plan, step, until
) -> None:
    injector = await begin(h2_plan(h2_target.port).of(g=[step("/a"), step("/b")]))
    await injector.vus(10)
    await until(lambda: len(h2_target.asked) > 200)
    await injector.act(wire.Pause, ("g",))
    await injector.until_states(paused=10)
    paused_at = len(h2_target.asked)
    await injector.next_tick()
    assert len(h2_target.asked) == paused_at
    await injector.act(wire.Resume, ("g",), 0.1)
    await until(lambda: len(h2_target.asked) > paused_at + 100)
    h2_target.script = lambda asked: None
    answered = len(h2_target.asked)
    await until(lambda: len(h2_target.asked) == answered + 10)
    await injector.vus(0, mode=StopMode.NOW, by_hand=True)
    await injector.finish()
    injector.assert_counts_add_up()
    assert injector.total("cut") == 10
    assert injector.begun == len(h2_target.asked)
    assert h2_target.connections == 10
    assert not injector.errors


async def test_ramps_and_stops_lose_nothing(h2_target, begin, h2_plan, step, think, until) -> None:
    injector = await begin(h2_plan(h2_target.port).of(g=[step("/a"), think(0.001, 0.01)]))
    await injector.vus(12)
    await until(lambda: len(h2_target.asked) > 100)
    await injector.vus(3, mode=StopMode.AFTER_REQUEST)
    await injector.vus(8)
    await until(lambda: len(h2_target.asked) > 200)
    await injector.vus(0, mode=StopMode.AFTER_ITERATION, by_hand=True)
    await until(lambda: not h2_target.sessions)
    await injector.finish()
    injector.assert_counts_add_up()
    assert injector.total("cut") == 0
    assert injector.total("requests") == len(h2_target.asked) == injector.begun


@pytest.mark.clock
async def test_phases(h2_target, h2_plan, step, until, engine_for) -> None:
    """Two requests of one VU: the first opens the connection."""

    def script(asked):
        asyncio.get_running_loop().call_later(0.03, head, asked)

    def head(asked):
        asked.answer(200, b"part", end=False)
        asked.session.flush()
        asyncio.get_running_loop().call_later(0.05, tail, asked)

    def tail(asked):
        asked.session.h2.send_data(asked.stream, b"rest", end_stream=True)
        asked.session.flush()

    h2_target.script = script
    plan = h2_plan(h2_target.port, iterations=2).of(g=[step("/a")])
    engine = engine_for(plan)
    load = Load(plan, engine)
    load.set_vus(wire.SetVus(1, "g", 1, StopMode.NOW), lambda: None)
    recorder = engine.recorder
    await until(lambda: recorder.tally.finished == 2)
    phases = {phase.phase: phase for phase in recorder.tally.phases()}
    for phase in (Phase.DNS, Phase.CONNECT, Phase.TLS):
        assert phases[phase].count == 1 and phases[phase].sum_us > 0
    assert phases[Phase.WAIT].sum_us >= 2 * 29_000
    assert phases[Phase.RECEIVE].sum_us >= 2 * 49_000
    await load.cut()


async def test_an_upload_is_streamed(h2_target, begin, h2_plan, step, until, tmp_path) -> None:
    """And a failure shows the exchange as it was, secrets masked."""
    (tmp_path / "big.bin").write_bytes(b"x" * 300_000)
    sent = msgspec.structs.replace(
        step("/up", "POST", headers=(("Authorization", "Bearer hunter2"),)),
        pieces=(FilePart(str(tmp_path / "big.bin")),),
    )
    h2_target.script = lambda asked: asked.answer(500, b"no room")
    injector = await begin(h2_plan(h2_target.port, iterations=2).of(g=[sent]))
    assert await played(injector, until, 1, 2) == {"POST /up: HTTP 500": 2}
    exchange = next(e.exchange for t in injector.ticks for e in t.errors if e.exchange)
    assert "HTTP/2 500" in exchange and "no room" in exchange and "hunter2" not in exchange
    assert {p.phase for tick in injector.ticks for p in tick.phases} >= {Phase.SEND, Phase.WAIT}


async def test_values_are_extracted_from_headers(h2_target, begin, h2_plan, step, until) -> None:
    h2_target.script = lambda asked: asked.answer(200, b"ok", ("x-token", "t1"), ("x-token", "t2"))
    first = msgspec.structs.replace(
        step("/a"), extracts=(Extract("token", "header", "X-Token", 2),)
    )
    injector = await begin(h2_plan(h2_target.port, iterations=2).of(g=[first]))
    assert await played(injector, until, 1, 2) == {}


async def test_a_body_of_several_codings(h2_target, begin, h2_plan, step, until) -> None:
    body = gzip.compress(zlib.compress(b"welcome"))
    codings = ("content-encoding", "deflate"), ("content-encoding", "gzip")
    h2_target.script = lambda asked: asked.answer(200, body, *codings)
    flow = [step("/a", body_contains=("welcome",))]
    injector = await begin(h2_plan(h2_target.port, iterations=2).of(g=flow))
    assert await played(injector, until, 1, 2) == {}


async def test_what_was_never_sent_is_not_told_as_sent(
    free_port, begin, h2_plan, step, until
) -> None:
    injector = await begin(h2_plan(free_port, iterations=1).of(g=[step("/a")]))
    await played(injector, until, 1, 1)
    (error,) = (error for tick in injector.ticks for error in tick.errors)
    assert error.exchange.splitlines()[-1].startswith("* not sent: connect refused")
