"""Redirects: which other origins they may lead to, and what goes along to them."""

from __future__ import annotations

import msgspec
import pytest

from perfconsole.injector.browser import MOST_OTHERS
from perfconsole.injector.failure import Failure
from perfconsole.injector.redirect import Reach, redirected
from perfconsole.injector.request import Origin, prepare
from perfconsole.model.plan import FilePart


def reach_of(plan_for, home: str, *allowed: str) -> Reach:
    scheme, _, netloc = home.partition("://")
    host, _, port = netloc.partition(":")
    maker = plan_for(int(port or {"http": 80, "https": 443}[scheme]), host=host, scheme=scheme)
    return Reach.of(msgspec.structs.replace(maker.of().target, allowed_hosts=allowed))


HOME = "http://shop.example"


@pytest.mark.parametrize(
    ("home", "allowed", "there", "may"),
    [
        (HOME, (), "/x", True),
        (HOME, (), "http://SHOP.example:80/x", True),
        (HOME, (), "https://shop.example/", True),
        (HOME, (), "https://shop.example:8443/", False),
        (HOME, (), "http://shop.example:8080/", False),
        (HOME, (), "ftp://shop.example:80/", False),
        (HOME, (), "https://www.shop.example/", False),
        (HOME, (), "//shop.example.evil/", False),
        (HOME, (), "http://shop.example@evil/", False),
        ("http://shop.example:8080", (), "https://shop.example/", False),
        ("https://shop.example", (), "http://shop.example/", False),
        ("https://shop.example", ("shop.example",), "http://shop.example/", True),
        ("https://shop.example", ("shop.example:80",), "http://shop.example/", True),
        (HOME, ("static.example",), "http://static.example/", True),
        (HOME, ("static.example",), "https://static.example/", True),
        (HOME, ("static.example",), "https://static.example:8443/", False),
        (HOME, ("static.example:8443",), "https://static.example:8443/", True),
        (HOME, ("static.example:8443",), "https://static.example/", False),
        (HOME, ("*.shop.example",), "https://a.b.shop.example/", True),
        (HOME, ("*.shop.example",), "https://myshop.example/", False),
        (HOME, ("*.other.example",), "https://other.example/", False),
        (HOME, ("10.0.0.5:8443",), "http://10.0.0.5:8443/", True),
        (HOME, ("[::1]:8080",), "http://[::1]:8080/", True),
    ],
)
def test_where_a_redirect_may_lead(plan_for, step, home, allowed, there, may) -> None:
    reach = reach_of(plan_for, home, *allowed)
    onward = redirected(prepare(step("/a"), reach.home, 0), 302, there.encode(), reach)
    assert isinstance(onward, Failure) is not may


def test_the_failure_says_what_would_allow_it(plan_for, step) -> None:
    reach = reach_of(plan_for, HOME)
    failure = redirected(prepare(step(), reach.home, 0), 302, b"https://cdn.example:8443/x", reach)
    assert isinstance(failure, Failure)
    assert failure.kind == "redirect to another host not followed"
    assert failure.shown() == (
        'cdn.example; to allow it: allowed_hosts: ["cdn.example:8443"] in http'
    )


def test_what_goes_along(plan_for, step, tmp_path) -> None:
    big = tmp_path / "big.bin"
    big.write_bytes(bytes(100_000))
    headers = (
        ("Authorization", "Basic x"), ("cookie", "own=1"), ("Host", "virtual.example"),
        ("X-Kept", "1"), ("Content-Type", "image/png"),
    )  # fmt: skip
    asked = msgspec.structs.replace(
        step("/a", "POST", headers=headers), pieces=(FilePart(str(big)),)
    )
    reach = reach_of(plan_for, HOME, "cdn.example")
    first = prepare(asked, reach.home, 0)

    same = redirected(first, 307, b"/b", reach)
    assert not isinstance(same, Failure)
    assert same.headers == headers
    assert same.upload is first.upload

    away = redirected(first, 307, b"http://cdn.example/b", reach)
    assert not isinstance(away, Failure)
    assert away.origin == Origin("http", "cdn.example", 80)
    assert away.headers == headers[3:]
    assert away.upload is first.upload
    assert b"Host: cdn.example\r\n" in away.plain
    assert b"Content-Length: 100000\r\n" in away.plain

    fetched = redirected(first, 303, b"http://cdn.example/b", reach)
    assert not isinstance(fetched, Failure)
    assert (fetched.method, fetched.upload, fetched.headers) == ("GET", None, headers[3:4])
    assert b"Content-Length" not in fetched.plain

    up = redirected(first, 308, b"https://shop.example/b", reach)
    assert not isinstance(up, Failure)
    assert up.headers == headers[3:], "another scheme is another origin"


async def test_from_one_server_to_another_and_back(target, begin, plan_for, step, until) -> None:
    """Each has its own connection and sees its own cookies; both count as requests."""
    other = type(target)()
    await other.start(host="localhost")
    there, back = f"http://localhost:{other.port}", f"http://127.0.0.1:{target.port}"

    async def at_home(seen, writer):
        if seen.path == "/in":
            writer.write(
                f"HTTP/1.1 302 Found\r\nLocation: {there}/sso\r\nSet-Cookie: home=1; Path=/\r\n"
                "Content-Length: 0\r\n\r\n".encode()
            )
        else:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    async def elsewhere(_seen, writer):
        writer.write(
            f"HTTP/1.1 302 Found\r\nLocation: {back}/done\r\nSet-Cookie: sso=2; Path=/\r\n"
            "Content-Length: 0\r\n\r\n".encode()
        )

    target.script, other.script = at_home, elsewhere
    plan = plan_for(target.port, iterations=2).of(
        g=[step("/in", headers=(("Authorization", "Bearer secret"),))]
    )
    allowed = msgspec.structs.replace(plan.target, allowed_hosts=(f"localhost:{other.port}",))
    injector = await begin(msgspec.structs.replace(plan, target=allowed))
    await injector.vus(1)
    await until(lambda: injector.iterations()[0] == 2)
    await injector.finish()
    await other.stop()
    injector.assert_counts_add_up()
    assert dict(injector.errors) == {}
    assert injector.total("requests") == 6
    assert [seen.path for seen in target.seen] == ["/in", "/done"] * 2
    assert [seen.headers.get("cookie") for seen in target.seen] == [None, "home=1"] + ["home=1"] * 2
    assert [seen.headers.get("cookie") for seen in other.seen] == [None, "sso=2"]
    sent = [seen.headers.get("authorization") for seen in target.seen]
    assert sent == ["Bearer secret", None] * 2
    assert all("authorization" not in seen.headers for seen in other.seen)


async def test_many_hosts_cost_few_connections(target, begin, plan_for, step, until) -> None:
    """A redirect to a host for each customer must not leave a connection to each."""
    others = type(target)()
    await others.start(host="0.0.0.0")
    hosts = [f"127.0.1.{number}:{others.port}" for number in range(1, 31)]
    open_at_once = []

    async def to_the_next(_seen, writer):
        there = hosts[len(others.seen) % len(hosts)]
        writer.write(
            f"HTTP/1.1 302 Found\r\nLocation: http://{there}/\r\nContent-Length: 0\r\n\r\n".encode()
        )

    async def elsewhere(_seen, writer):
        open_at_once.append(others.open)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    target.script, others.script = to_the_next, elsewhere
    plan = plan_for(target.port, iterations=60).of(g=[step()])
    allowed = msgspec.structs.replace(plan.target, allowed_hosts=tuple(hosts))
    injector = await begin(msgspec.structs.replace(plan, target=allowed))
    await injector.vus(1)
    await until(lambda: injector.iterations()[0] == 60)
    await injector.finish()
    await others.stop()
    assert max(open_at_once) <= MOST_OTHERS + 2, "two may be closing"
    assert target.connections == 1, "the one to its target is kept"
    injector.assert_counts_add_up()
    assert dict(injector.errors) == {}
