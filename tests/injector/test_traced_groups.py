"""Exchanges kept of traced groups, and none of muted ones."""

from __future__ import annotations

import asyncio

from perfconsole.injector.keeping import MOST_AT_ONCE, Keeping
from perfconsole.model import wire

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
LIMITED = b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\ntoken=abcdef"


def trace(played, count: int, *, all: bool = False, group: str = "g") -> None:
    played.load.trace(wire.Trace(0, group, count, all))


def traced(played) -> list[wire.Exchange]:
    return [e for told in played.stops if isinstance(told, wire.TracedHere) for e in told.exchanges]


async def half_bad(seen, writer) -> None:
    bad = seen.path.startswith("/bad")
    writer.write(b"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nlate" if bad else LIMITED)


async def test_the_next_failing_exchanges_are_kept_and_no_more(
    target, here, plan_for, step, think, until
) -> None:
    target.script = half_bad
    flow = [step(), step("/bad?token=hunter22", headers=(("Authorization", "Bearer hunter2"),))]
    played = here(plan_for(target.port).of(g=[*flow, think(0.01)], other=[step("/bad"), think(1)]))
    played.vus(2)
    played.vus(1, "other")
    await until(lambda: played.iterations()[1] > 2)
    assert not traced(played)
    trace(played, 3)
    await until(lambda: len(traced(played)) == 3)
    failed = played.iterations()[1]
    await until(lambda: played.iterations()[1] > failed + 5)
    kept = traced(played)
    assert len(kept) == 3
    assert {e.key for e in kept} == {"GET /bad?token=hunter22: HTTP 503"}
    assert all(e.failed and e.slot in (0, 1) and e.at > 1e9 for e in kept)
    text = kept[0].text
    assert "> Authorization: Bearer ***" in text
    assert "< HTTP/1.1 503 Busy" in text and "< late" in text
    assert "hunter2" not in text
    told = [each for each in played.stops if isinstance(each, wire.TracedHere)]
    assert told[-1].left == 0
    assert {each.group for each in told} == {"g"}


async def test_a_trace_of_all_keeps_what_passes_redirects_and_bodies_too(
    target, here, plan_for, step, think, until
) -> None:
    async def script(seen, writer) -> None:
        if seen.path == "/login":
            writer.write(b"HTTP/1.1 302 x\r\nLocation: /home\r\nSet-Cookie: sid=hunter2\r\n"
                         b"Content-Length: 0\r\n\r\n")  # fmt: skip
        else:
            await half_bad(seen, writer)

    target.script = script
    flow = [step("/login"), step("/bad"), think(0.01)]
    played = here(plan_for(target.port).of(g=flow))
    trace(played, 3, all=True)
    played.vus(1)
    await until(lambda: len(traced(played)) == 3)
    login, home, bad = traced(played)
    assert [e.failed for e in (login, home, bad)] == [False, False, True]
    assert (login.key, home.key, bad.key) == ("GET /login", "GET /login", "GET /bad: HTTP 503")
    assert "< HTTP/1.1 302 x" in login.text and "hunter2" not in login.text
    assert "> GET /home" in home.text and "< token=***" in home.text
    assert "\n* as it should be, after" in home.text
    assert len(home.text.encode()) <= 4096
    done = played.iterations()[0]
    await until(lambda: played.iterations()[0] > done + 3)
    assert len(traced(played)) == 3
    trace(played, 1, all=True)
    played.vus(2)
    await until(lambda: len(traced(played)) == 4)


async def test_a_trace_that_is_ended_keeps_nothing_more(
    target, here, plan_for, step, think, until
) -> None:
    played = here(plan_for(target.port).of(g=[step(), think(0.01)]))
    played.vus(1)
    trace(played, 1000, all=True)
    await until(lambda: traced(played))
    trace(played, 0)
    kept, done = len(traced(played)), played.iterations()[0]
    await until(lambda: played.iterations()[0] > done + 20)
    assert len(traced(played)) == kept


async def test_what_is_kept_last_is_told_at_the_end(target, here, plan_for, step, until) -> None:
    played = here(plan_for(target.port, iterations=1).of(g=[step()]))
    trace(played, 9, all=True)
    played.vus(1)
    await until(played.over)
    await played.load.cut()
    assert [e.key for e in traced(played)] == ["GET /"]


async def test_a_muted_group_keeps_no_exchange_but_a_traced_one(
    target, here, plan_for, step, think, until
) -> None:
    target.script = half_bad
    flow = [step("/bad"), think(0.01)]
    played = here(plan_for(target.port).of(g=flow, other=[step("/bad2"), think(0.01)]))
    played.load.mute("g", on=True)
    played.vus(1)
    played.vus(1, "other")
    await until(lambda: played.iterations()[1] > 2 and played.iterations("other")[1] > 2)
    errors = {error.key: error for error in played.engine.recorder.errors()}
    assert errors["GET /bad: HTTP 503"].exchange == ""
    assert errors["GET /bad: HTTP 503"].sample.endswith("late")
    assert "> GET /bad2" in errors["GET /bad2: HTTP 503"].exchange
    trace(played, 1)
    await until(lambda: traced(played))
    played.load.mute("g", on=False)
    played.engine.recorder.reset()
    await until(lambda: len(played.errors) == 2)
    errors = {error.key: error for error in played.engine.recorder.errors()}
    assert "> GET /bad" in errors["GET /bad: HTTP 503"].exchange


async def test_flows_in_python_are_traced_as_well(target, here, planned, until) -> None:
    target.script = half_bad
    played = here(
        planned(
            """
            async def checkout(vu):
                await vu.get("/one")
                await vu.httpx.get("/two", headers={"X-Token": "hunter2"})
                await vu.httpx.get("/bad", extensions={"name": "three"})
                await vu.think(0.01)
                raise LookupError("nothing there")
            """
        )
    )
    trace(played, 4, all=True)
    played.vus(1)
    await until(lambda: len(traced(played)) == 4)
    one, two, three, error = traced(played)
    assert [e.key for e in (one, two)] == ["GET /one", "GET /two"]
    assert "> GET /two HTTP/1.1" in two.text and "hunter2" not in two.text
    assert "< token=***" in two.text
    assert (three.key, three.failed) == ("three: HTTP 503", True)
    assert (error.key, error.failed) == ("checkout: LookupError", True)
    assert "nothing there" in error.text


# ---------------------------------------------------------------- how much at once


async def test_no_more_is_told_in_one_go_than_can_be_sent() -> None:
    told: list[wire.TracedHere] = []
    over: list[bool] = []
    keeping = Keeping("g", asyncio.get_running_loop(), told.append)
    keeping.trace(MOST_AT_ONCE + 10, all=True, over=lambda: over.append(True))
    for n in range(MOST_AT_ONCE + 30):
        keeping.passed(n, "GET /", lambda n=n: f"> {n}")
    keeping.tell()
    assert (len(told[0].exchanges), told[0].left, over) == (MOST_AT_ONCE, 10, [])
    for n in range(30):
        keeping.failed(n, "GET /: HTTP 500", lambda: "> x")
    keeping.tell()
    assert (len(told[1].exchanges), told[1].left, over) == (10, 0, [True])
    assert not keeping.takes_all


async def test_one_that_cannot_be_put_into_words_is_kept_without() -> None:
    told: list[wire.TracedHere] = []
    keeping = Keeping("g", asyncio.get_running_loop(), told.append)

    def broken() -> str:
        raise ValueError

    keeping.trace(1, all=False, over=lambda: None)
    keeping.failed(0, "set x: nothing", None)
    keeping.passed(0, "GET /", broken)
    keeping.failed(0, "GET /: reset", broken)
    keeping.tell()
    (exchange,) = told[0].exchanges
    assert (exchange.key, exchange.text) == ("GET /: reset", "")
