"""Redirects: where each leads from /shop/cart?old=1, with which method, body and headers."""

from __future__ import annotations

from dataclasses import dataclass

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
BASE = "/shop/cart?old=1"


@dataclass(frozen=True)
class Row:
    status: int
    location: str | None
    there: str
    """Path and query asked for next; BASE when the redirect is not followed."""
    method: str = "GET"
    then: str = ""
    """The method there; the same when empty."""
    keeps_body: bool = True


ROWS = {
    # ---------------- where to (RFC 9110, 10.2.2; RFC 3986, 5.4)
    "absolute": Row(302, "http://{host}/a", "/a"),
    "absolute, another case": Row(302, "HTTP://{host}/a", "/a"),
    "absolute without a path": Row(302, "http://{host}", "/"),
    "schema-relative": Row(302, "//{host}/a?b=c", "/a?b=c"),
    "root-relative": Row(302, "/a", "/a"),
    "relative": Row(302, "a", "/shop/a"),
    "relative, from here": Row(302, "./a", "/shop/a"),
    "relative, one up": Row(302, "../a", "/a"),
    "relative, above the root": Row(302, "../../../a", "/a"),
    "query only": Row(302, "?b=c", "/shop/cart?b=c"),
    "fragment dropped": Row(302, "/a?b=c#d", "/a?b=c"),
    "white space around": Row(302, " /a\t", "/a"),
    "a space within": Row(302, "/a b", "/a%20b"),
    "UTF-8 not encoded": Row(302, "/\u6b22", "/%E6%AC%A2"),
    "encoded already": Row(302, "/%E6%AC%A2%2F?b=%20", "/%E6%AC%A2%2F?b=%20"),
    # ---------------- which statuses
    "301": Row(301, "/a", "/a"),
    "303": Row(303, "/a", "/a"),
    "307": Row(307, "/a", "/a"),
    "308": Row(308, "/a", "/a"),
    "300 is a choice": Row(300, "/a", BASE),
    "304 is none": Row(304, "/a", BASE),
    "305 is of old": Row(305, "/a", BASE),
    "201 only tells": Row(201, "/a", BASE),
    "no location": Row(302, None, BASE),
    # ---------------- method and body (RFC 9110, 15.4)
    "301 after POST": Row(301, "/a", "/a", "POST", "GET", keeps_body=False),
    "302 after POST": Row(302, "/a", "/a", "POST", "GET", keeps_body=False),
    "303 after POST": Row(303, "/a", "/a", "POST", "GET", keeps_body=False),
    "303 after PUT": Row(303, "/a", "/a", "PUT", "GET", keeps_body=False),
    "303 after HEAD": Row(303, "/a", "/a", "HEAD"),
    "302 after HEAD": Row(302, "/a", "/a", "HEAD"),
    "302 after PUT": Row(302, "/a", "/a", "PUT"),
    "301 after DELETE": Row(301, "/a", "/a", "DELETE"),
    "307 after POST": Row(307, "/a", "/a", "POST"),
    "308 after POST": Row(308, "/a", "/a", "POST"),
    "308 after PATCH": Row(308, "/a", "/a", "PATCH"),
}


async def test_where_they_lead(target, begin, plan_for, step, until) -> None:
    """Each row is a group that tells itself by a header of its own."""
    numbered = list(ROWS.values())

    async def script(seen, writer):
        row = numbered[int(seen.headers["x-row"])]
        if seen.path != BASE:
            writer.write(OK[:-2] if seen.method == "HEAD" else OK)
            return
        where = "" if row.location is None else f"Location: {row.location}\r\n"
        where = where.format(host=f"127.0.0.1:{target.port}")
        head = f"HTTP/1.1 {row.status} x\r\n{where}Set-Cookie: hop=1; Path=/\r\n"
        writer.write(head.encode() + b"Content-Length: 0\r\n\r\n")

    target.script = script
    flows = {
        name: [
            step(BASE, row.method, name=name, body=b"" if row.method in ("GET", "HEAD") else b"x=1",
                 headers=(("X-Row", str(number)), ("Content-Type", "a/b"), ("Accept", "c/d")))
        ]
        for number, (name, row) in enumerate(ROWS.items())
    }  # fmt: skip
    injector = await begin(plan_for(target.port, iterations=1).of(**flows))
    for group in flows:
        await injector.vus(1, group)
    await until(lambda: sum(injector.iterations(g)[0] for g in flows) == len(flows))
    await injector.finish()
    injector.assert_counts_add_up()
    assert not injector.errors
    assert injector.total("requests") == len(target.seen), "each hop is a hit"
    for number, (name, row) in enumerate(ROWS.items()):
        first, *others = [seen for seen in target.seen if seen.headers["x-row"] == str(number)]
        assert injector.transaction(name, "passed") == 1, name
        assert len(others) == (row.there != BASE), name
        if not others:
            continue
        (last,) = others
        assert (last.method, last.path) == (row.then or row.method, row.there), name
        assert last.body == (first.body if row.keeps_body else b""), name
        assert last.headers["accept"] == "c/d", name
        assert not first.body or ("content-type" in last.headers) == row.keeps_body, name
        assert last.headers["cookie"] == "hop=1", name
        assert first.connection == last.connection, name


async def test_a_loop_has_an_end(target, begin, plan_for, step, until) -> None:
    async def script(seen, writer):
        there = {"/": "/a", "/a": "/"}[seen.path]
        head = f"HTTP/1.1 307 x\r\nLocation: {there}\r\nContent-Length: 0\r\n\r\n"
        writer.write(head.encode())

    target.script = script
    maker = plan_for(target.port, iterations=1, max_redirects=4)
    injector = await begin(maker.of(g=[step("/")]))
    await injector.vus(1)
    await until(lambda: injector.iterations()[0])
    await injector.finish()
    injector.assert_counts_add_up()
    assert dict(injector.errors) == {"GET /: too many redirects": 1}
    assert [seen.path for seen in target.seen] == ["/", "/a", "/", "/a", "/"]
