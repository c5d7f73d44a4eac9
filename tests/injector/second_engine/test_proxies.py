"""Proxies: HTTP in the absolute form and by CONNECT, TLS to the proxy itself, SOCKS."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from msgspec.structs import replace

from perfconsole.model.plan import FilePart

PASSWORD = "hunter2"


def going(plan, proxies: dict[str, str]):
    """The plan with each of its groups on a way of its own, by group."""
    return replace(plan, groups=tuple(replace(g, proxy=proxies[g.name]) for g in plan.groups))


@pytest.fixture
def run(begin, until):
    """Each group twice, one VU each: the errors, and no secret in anything that was said."""

    async def play(maker, flow, proxies: dict[str, str]) -> dict[str, int]:
        maker.iterations = 2
        injector = await begin(going(maker.of(**dict.fromkeys(proxies, flow)), proxies))
        for group in proxies:
            await injector.vus(1, group)
        await until(lambda: sum(injector.iterations(g)[0] for g in proxies) == 2 * len(proxies))
        await injector.finish()
        injector.assert_counts_add_up()
        assert injector.total("cut") == 0
        assert injector.begun == injector.total("requests") == 2 * len(proxies) * len(flow)
        assert PASSWORD not in repr((injector.ticks, injector.troubles))
        assert not injector.troubles
        return dict(injector.errors)

    return play


@pytest.fixture
async def tls_target(target, tls):
    await target.stop()
    await target.start(tls("http/1.1"))
    return target


async def test_plain_http(target, proxy, plan_for, step, run) -> None:
    place = f"127.0.0.1:{target.port}"
    ways = {"http": f"http://127.0.0.1:{proxy.port}", "socks": f"socks5://127.0.0.1:{proxy.port}"}
    flow = [step("/a?b=c", headers=(("X-Run", "7"),))]
    assert await run(plan_for(target.port), flow, ways) == {}
    assert Counter(proxy.lines) == {f"GET http://{place}/a?b=c HTTP/1.1": 2, f"SOCKS {place}": 1}
    assert {seen.path for seen in target.seen} == {"/a?b=c"}
    assert [seen.headers for seen in target.seen] == [{"host": place, "x-run": "7"}] * 4


async def test_https(tls_target, proxy, plan_for, step, run, ca_file) -> None:
    proxy.user = f"anna:{PASSWORD}"
    place = f"anna:{PASSWORD}@127.0.0.1:{proxy.port}"
    maker = plan_for(tls_target.port, host="localhost", scheme="https", ca_file=ca_file)
    flow = [step("/a"), step("/b", "POST", body=b"x" * 100_000)]
    assert await run(maker, flow, {"http": f"http://{place}", "socks": f"socks5://{place}"}) == {}
    there = f"localhost:{tls_target.port}"
    assert sorted(proxy.lines) == [f"CONNECT {there} HTTP/1.1", f"SOCKS {there}"]
    assert tls_target.paths == {"/a": 4, "/b": 4}
    assert all("proxy-authorization" not in seen.headers for seen in tls_target.seen)


async def test_http2(h2_target, proxy, plan_for, step, run, ca_file) -> None:
    place = f"127.0.0.1:{proxy.port}"
    maker = plan_for(
        h2_target.port, host="localhost", scheme="https", ca_file=ca_file, http_version="2"
    )
    ways = {"http": f"http://{place}", "socks": f"socks5://{place}"}
    assert await run(maker, [step("/a")], ways) == {}
    assert len(h2_target.asked) == 4
    assert h2_target.connections == len(proxy.lines) == 2


async def test_tls_in_tls(tls_target, tls_proxy, plan_for, step, run, ca_file) -> None:
    maker = plan_for(tls_target.port, host="localhost", scheme="https", ca_file=ca_file)
    right, wrong = f"https://localhost:{tls_proxy.port}", f"https://127.0.0.1:{tls_proxy.port}"
    errors = await run(maker, [step("/a")], {"right": right, "wrong": wrong})
    ((kind, count),) = errors.items()
    assert kind == "GET /a: proxy: TLS: IP address mismatch"
    assert count == len(tls_target.seen) == 2


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_each_failure_has_its_name(
    scheme, target, proxy, silent_proxy, free_port, plan_for, step, run
) -> None:
    proxy.user = f"anna:{PASSWORD}"
    place = f"anna:{PASSWORD}x@127.0.0.1:{proxy.port}"
    ways = {
        "no password": f"http://127.0.0.1:{proxy.port}",
        "wrong password": f"http://{place}",
        "wrong password, SOCKS": f"socks5://{place}",
        "nobody there": f"http://127.0.0.1:{free_port}",
        "nobody there, SOCKS": f"socks5://127.0.0.1:{free_port}",
        "closes, SOCKS": f"socks5://127.0.0.1:{silent_proxy.port}",
    }
    errors = await run(plan_for(target.port, scheme=scheme), [step("/a")], ways)
    closed = {
        errors.pop(f"GET /a: proxy: {why}", 0) for why in ("closed before the answer", "reset")
    }
    assert closed == {0, 2}
    assert errors == {
        "GET /a: proxy: 407 Proxy Authentication Required": 4,
        "GET /a: proxy: Invalid username/password": 2,
        "GET /a: proxy: connect refused": 4,
    }
    assert not target.seen


async def test_a_target_that_the_proxy_cannot_reach(free_port, proxy, plan_for, step, run) -> None:
    place = f"127.0.0.1:{proxy.port}"
    ways = {"http": f"http://{place}", "socks": f"socks5://{place}"}
    assert await run(plan_for(free_port, scheme="https"), [step("/a")], ways) == {
        "GET /a: proxy: 502 Bad Gateway": 2,
        "GET /a: proxy: Proxy Server could not connect: Connection refused.": 2,
    }


async def test_the_targets_own_failures_are_not_the_proxys(
    tls_target, proxy, plan_for, step, run
) -> None:
    ways = {"http": f"http://127.0.0.1:{proxy.port}"}
    assert await run(plan_for(tls_target.port, scheme="https"), [step("/a")], ways) == {
        "GET /a: TLS: unable to get local issuer certificate": 2
    }


async def test_the_name_asked_for_is_the_targets_alone(
    tls_target, proxy, tls_proxy, plan_for, step, run, ca_file
) -> None:
    """The target is reached by its address and asked for by name; an https proxy has its own."""
    maker = plan_for(tls_target.port, scheme="https", ca_file=ca_file, server_name="localhost")
    ways = {
        "http": f"http://127.0.0.1:{proxy.port}",
        "https": f"https://localhost:{tls_proxy.port}",
        "socks": f"socks5://127.0.0.1:{proxy.port}",
    }
    assert await run(maker, [step("/a")], ways) == {}
    assert len(tls_target.seen) == 6


async def test_an_upload_that_nobody_reads_is_late_in_sending(
    plan_for, step, run, tmp_path
) -> None:
    over = asyncio.Event()

    async def deaf(_reader, writer) -> None:
        await over.wait()
        writer.transport.abort()

    server = await asyncio.start_server(deaf, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with (tmp_path / "big.bin").open("wb") as file:
        file.truncate(100_000_000)
    upload = replace(
        step("/up", "POST", timeout_s=0.3), pieces=(FilePart(str(tmp_path / "big.bin")),)
    )
    errors = await run(plan_for(port), [upload], {"g": f"http://127.0.0.1:{port}"})
    assert errors == {"POST /up: timeout: sending": 2}
    over.set()
    server.close()
    await server.wait_closed()
