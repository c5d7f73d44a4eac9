"""Cookies of one host, as RFC 6265 wants them."""

from __future__ import annotations

import pytest

from perfconsole.injector.jar import MOST_COOKIES, Jar


def sent(*set_cookies: bytes, path: bytes = b"/", at: bytes = b"/", https: bool = False) -> bytes:
    """What is sent to `path` after answers from `at` set these."""
    jar = Jar("shop.example.com", https=https)
    for header in set_cookies:
        jar.learn(header, at)
    return jar.header(path)


@pytest.mark.parametrize(
    ("header", "cookies"),
    [
        (b"a=b", b"a=b"),
        (b" a = b ; Path=/; HttpOnly; SameSite=Lax", b"a=b"),
        (b'a="b c"', b'a="b c"'),
        (b"a=b=c", b"a=b=c"),
        (b"a=", b"a="),
        (b"a", b""),
        (b"=b", b""),
        (b"", b""),
        (b"a=b; Domain=shop.example.com", b"a=b"),
        (b"a=b; Domain=.example.com", b"a=b"),
        (b"a=b; domain=EXAMPLE.COM", b"a=b"),
        (b"a=b; Domain=com", b""),
        (b"a=b; Domain=other.com", b""),
        (b"a=b; Domain=hop.example.com", b""),
        (b"a=b; Secure", b""),
        (b"a=b; Max-Age=100", b"a=b"),
        (b"a=b; Max-Age=0", b""),
        (b"a=b; Max-Age=-1", b""),
        (b"a=b; Max-Age=soon", b"a=b"),
        (b"a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT", b""),
        (b"a=b; Expires=Wed, 01-Jan-2070 00:00:00 GMT", b"a=b"),
        (b"a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=5", b"a=b"),
        (b"a=b; Expires=never", b"a=b"),
        (b"a=b; Path=/x", b""),
        (b"a=b; Path=x", b"a=b"),
    ],
)
def test_one_cookie(header: bytes, cookies: bytes) -> None:
    assert sent(header) == cookies


@pytest.mark.parametrize(
    ("path", "matches"),
    [(b"/a", True), (b"/a/", True), (b"/a/b?c=d", True), (b"/a?x", True), (b"/ab", False),
     (b"/", False)],
)  # fmt: skip
def test_paths(path: bytes, matches: bool) -> None:
    assert (sent(b"a=b; Path=/a", path=path) == b"a=b") is matches


def test_the_default_path_is_the_directory_of_the_request() -> None:
    assert sent(b"a=b", at=b"/shop/login?x=/y/z", path=b"/shop/cart") == b"a=b"
    assert sent(b"a=b", at=b"/shop/login", path=b"/") == b""
    assert sent(b"a=b", at=b"/login", path=b"/anything") == b"a=b"


def test_replaced_deleted_ordered() -> None:
    assert sent(b"a=1", b"a=2") == b"a=2"
    assert sent(b"a=1", b"b=2", b"a=; Max-Age=0") == b"b=2"
    assert sent(b"a=1; Path=/", b"b=2; Path=/x", b"c=3; Path=/", path=b"/x") == b"b=2; a=1; c=3"
    assert sent(b"a=b; Secure", https=True) == b"a=b"


def test_an_address_has_no_domain_above_it() -> None:
    jar = Jar("127.0.0.1", https=False)
    jar.learn(b"a=b; Domain=0.0.1", b"/")
    assert jar.header(b"/") == b""
    jar.learn(b"a=b; Domain=127.0.0.1", b"/")
    assert jar.header(b"/") == b"a=b"


def test_a_soak_does_not_grow_by_names_with_an_id() -> None:
    jar = Jar("h", https=False)
    for n in range(3 * MOST_COOKIES):
        jar.learn(b"n%d=1" % n, b"/")
    assert jar.header(b"/").count(b";") + 1 == MOST_COOKIES


def test_each_host_gets_its_own_cookies_and_those_of_its_domain() -> None:
    jar = Jar("shop.example.com", https=False)
    jar.learn(b"own=1", b"/")
    jar.learn(b"all=2; Domain=example.com", b"/")
    jar.learn(b"static=3", b"/", "static.example.com")
    jar.learn(b"foreign=4; Domain=example.com", b"/", "elsewhere.org")
    jar.learn(b"secure=5; Secure", b"/", "elsewhere.org")
    assert jar.header(b"/") == b"own=1; all=2"
    assert jar.header(b"/", "static.example.com") == b"all=2; static=3"
    assert jar.header(b"/", "a.static.example.com") == b"all=2"
    assert jar.header(b"/", "elsewhere.org") == b""
    assert jar.header(b"/", "elsewhere.org", https=True) == b"secure=5"
