"""``vu.httpx``: httpx's own client, its requests counted, held and cut like all others."""

from __future__ import annotations

import asyncio
import socket

import pytest

from perfconsole.model import wire
from perfconsole.model.phase import Phase
from perfconsole.model.states import StopMode, VuState

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


async def test_its_requests_are_counted_like_the_others(target, played) -> None:
    async def answer(seen, writer) -> None:
        status = b"404 x" if seen.path == "/missing" else b"200 OK"
        await asyncio.sleep(0.02)
        writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 5\r\n\r\nhello")

    target.script = answer
    injector = await played(
        """
        import asyncio

        async def checkout(vu):
            client = vu.httpx
            with vu.transaction("t"):
                answers = await asyncio.gather(client.get("/a"), client.get("/b?token=s3cret"))
                assert [answer.text for answer in answers] == ["hello", "hello"]
            await client.get("/item/7", extensions={"name": "item"})
            assert (await client.get("/missing")).status_code == 404
            await client.get("/missing", extensions={"expect": 404})
            async with client.stream("GET", "/left") as answer:
                pass
        """,
        keeps_it=False,
        headers=(("User-Agent", "me"), ("X-Run", "7")),
    )
    assert injector.total("requests") == len(target.seen) == 6
    assert {seen.headers["user-agent"] for seen in target.seen} == {"me"}
    assert target.seen[0].headers["x-run"] == "7"
    rows = {row.name: row for tick in injector.ticks for row in tick.by_request}
    assert set(rows) == {"GET /a", "GET /b", "item", "GET /missing", "GET /left"}
    assert injector.errors == {"GET /missing: HTTP 404": 1}
    assert injector.sample("GET /missing: HTTP 404") == "HTTP 404 Not Found\nhello"
    assert injector.iterations() == (1, 1)
    assert injector.transaction("t", "passed") == injector.transaction("item", "passed") == 1
    assert injector.transaction("t", "max_us") >= 20_000
    assert injector.total("connections_opened") == target.connections
    waited = sum(p.sum_us for t in injector.ticks for p in t.phases if p.phase is Phase.WAIT)
    assert waited >= 6 * 18_000
    assert injector.total("bytes_in") >= 6 * len("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")


async def test_how_it_fails_has_the_same_kinds(target, played) -> None:
    async def answer(seen, writer) -> None:
        match seen.path:
            case "/closed":
                writer.close()
            case "/short":
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello")
                await writer.drain()
                writer.close()
            case "/none":
                writer.write(b"what is this\r\n\r\n")
            case "/slow":
                await asyncio.sleep(60)

    target.script = answer
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        injector = await played(
            f"""
            import httpx

            async def checkout(vu):
                for path in "/closed", "/short", "/none":
                    try:
                        await vu.httpx.post(path)
                    except httpx.HTTPError:
                        pass
                try:
                    await vu.httpx.get("/slow", timeout=0.2)
                except httpx.ReadTimeout:
                    pass
                try:
                    await vu.httpx.get("http://127.0.0.1:{unused.getsockname()[1]}/elsewhere")
                except httpx.UnsupportedProtocol as error:
                    assert "allowed_hosts" in str(error)
            """,
            keeps_it=False,
        )
    assert injector.errors == {
        "POST /closed: closed before the answer": 1,
        "POST /short: body cut short": 1,
        "POST /none: protocol error": 1,
        "GET /slow: timeout: waiting for the first byte": 1,
        "GET /elsewhere: redirect to another host not followed": 1,
    }


async def test_nobody_there(planned, begin, until, target) -> None:
    await target.stop()
    injector = await begin(
        planned("async def checkout(vu):\n    await vu.httpx.get('/')\n", iterations=1)
    )
    await injector.vus(1)
    await until(lambda: injector.errors)
    await injector.finish()
    assert injector.errors == {"GET /: connect refused": 1, "checkout: ConnectError": 1}


@pytest.mark.parametrize("mode", [StopMode.AFTER_REQUEST, StopMode.NOW])
async def test_it_is_held_while_paused_and_cut_by_a_stop_now(
    target, planned, begin, until, mode
) -> None:
    async def answer(_seen, writer) -> None:
        await asyncio.sleep(0.01)
        writer.write(OK)

    target.script = answer
    injector = await begin(
        planned(
            """
            import asyncio
            async def checkout(vu):
                await asyncio.gather(*(vu.httpx.get("/a") for _ in range(3)))
                await vu.httpx.get("/b")
            """
        )
    )
    await injector.vus(4)
    await until(lambda: len(target.seen) > 50)
    await injector.act(wire.Pause, ("g",))
    await injector.next_tick()
    count = len(target.seen)
    await injector.next_tick()
    assert len(target.seen) == count
    await injector.act(wire.Resume, ("g",), 0.0)
    await until(lambda: len(target.seen) > count + 50)
    await injector.vus(0, mode=mode, by_hand=True)
    await until(lambda: injector.ticks[-1].groups[0].states == {VuState.STOPPED: 4})
    await injector.finish()
    injector.assert_counts_add_up()
    assert injector.begun >= len(target.seen)
    assert not injector.errors and not injector.troubles
    if mode is StopMode.AFTER_REQUEST:
        assert injector.total("cut") <= 4 * 3
    await until(lambda: target.open == 0)


async def test_several_that_are_held_at_once_all_go_on(target, planned, begin, until) -> None:
    injector = await begin(
        planned(
            """
            import asyncio
            async def checkout(vu):
                await vu.get("/first")
                await asyncio.sleep(0.5)
                await asyncio.gather(*(vu.httpx.get("/several") for _ in range(3)))
            """,
            iterations=1,
        )
    )
    await injector.vus(1)
    await until(lambda: target.paths["/first"])
    await injector.act(wire.Pause, ("g",))
    await injector.next_tick()
    await injector.next_tick()
    await injector.act(wire.Resume, ("g",), 0.0)
    await until(lambda: injector.iterations() == (1, 0))
    assert target.paths["/several"] == 3
    await injector.finish()


async def test_several_at_once_are_each_a_transaction_of_its_own(target, played) -> None:
    async def answer(seen, writer) -> None:
        await asyncio.sleep(0.02)
        status = b"500 x" if seen.path == "/b" else b"200 OK"
        writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 2\r\n\r\nok")

    target.script = answer
    injector = await played(
        """
        import asyncio

        async def checkout(vu):
            client = vu.httpx
            await asyncio.gather(client.get("/a"), client.get("/b"), vu.get("/c"))
            await vu.get("/d")
        """,
        keeps_it=False,
    )
    for name in ("GET /a", "GET /c", "GET /d"):
        assert injector.transaction(name, "passed") == 1, name
        assert injector.transaction(name, "failed") == 0, name
    assert injector.transaction("GET /b", "failed") == 1
