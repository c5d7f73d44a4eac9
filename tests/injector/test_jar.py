"""Cookies of one host, as RFC 6265 wants them."""

from __future__ import annotations

import pytest

from perfconsole.injector.cookie_date import expiry
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
        (b"a=b;", b"a=b"),
        (b"a=b;;; ;Path=/;", b"a=b"),
        (b"a=b; Path=/x; Path=/", b"a=b"),
        (b"a=b; Path=/; Path=/x", b""),
        (b"a=b; Path", b"a=b"),
        (b"a=b; PATH=/x", b""),
        (b"a=b; Domain=", b"a=b"),
        (b"a=b; Domain=..example.com", b""),
        (b"a=b; Domain=deep.shop.example.com", b""),
        (b"a=b; Max-Age=" + b"9" * 5000, b"a=b"),
        (b"a=b; Max-Age=-" + b"9" * 5000, b""),
        (b"a=b; Max-Age=+0", b"a=b"),
        (b"a=b; Max-Age=1_0; Expires=Thu, 01 Jan 1970 00:00:00 GMT", b""),
        (b"a=b; Max-Age=0; Max-Age=soon", b""),
        (b'a=b; Max-Age="0"', b"a=b"),
        (b"a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Expires=never", b""),
        (b"a=b; SameSite=None; Priority=High; what", b"a=b"),
        (b"a b=c d", b"a b=c d"),
        (b"a=\xe6\xac\xa2", b"a=\xe6\xac\xa2"),
        (b"__Secure-a=b; Path=/", b""),
        (b"__Host-a=b; Path=/", b""),
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


@pytest.mark.parametrize(
    ("header", "kept"),
    [
        (b"__Secure-a=b; Secure", True),
        (b"__secure-a=b; Secure", True),
        (b"__Secure-a=b; Secure; Domain=example.com", True),
        (b"__Secure-a=b", False),
        (b"__Host-a=b; Secure; Path=/", True),
        (b"__HOST-a=b; Path=/", False),
        (b"__Host-a=b; Secure", False),
        (b"__Host-a=b; Secure; Path=/x", False),
        (b"__Host-a=b; Secure; Path=/; Domain=shop.example.com", False),
        (b"__Hosta=b", True),
    ],
)
def test_what_the_prefix_of_a_name_promises(header: bytes, kept: bool) -> None:
    assert (sent(header, https=True) != b"") is kept


def test_only_the_very_cookie_is_replaced_or_deleted() -> None:
    """RFC 6265, 5.3: the same name, domain and path."""
    assert sent(b"a=1; Path=/", b"a=2; Path=/x", path=b"/x") == b"a=2; a=1"
    assert sent(b"a=1; Path=/", b"a=; Path=/x; Max-Age=0", path=b"/x") == b"a=1"
    assert sent(b"a=1", b"a=2; Domain=example.com") == b"a=1; a=2"
    assert sent(b"a=1", b"A=2") == b"a=1; A=2"
    assert sent(b"a=1", b"b=2", b"a=3") == b"a=3; b=2", "in the order of their first coming"


def test_it_goes_when_its_time_is_over(monkeypatch) -> None:
    jar, clock = Jar("h", https=False), [1_000_000.0]
    monkeypatch.setattr("perfconsole.injector.jar.time.time", lambda: clock[0])
    jar.learn(b"a=b; Max-Age=10", b"/")
    jar.learn(b"c=d; Expires=Mon, 12 Jan 1970 13:46:45 GMT", b"/")
    for later_s, cookies in [(4, b"a=b; c=d"), (6, b"a=b"), (10, b"")]:
        clock[0] = 1_000_000.0 + later_s
        assert jar.header(b"/") == cookies


DAY = 784_111_777.0


@pytest.mark.parametrize(
    ("text", "at"),
    [
        (b"Sun, 06 Nov 1994 08:49:37 GMT", DAY),
        (b"Sunday, 06-Nov-94 08:49:37 GMT", DAY),
        (b"Sun Nov  6 08:49:37 1994", DAY),
        (b"Sun, 06-Nov-1994 08:49:37 GMT", DAY),
        (b"06 Nov 1994 08:49:37", DAY),
        (b"1994 November 6 8:49:37", DAY),
        (b"6 november 1994 8:49:37 +0800", DAY),
        (b"08:49:37 6 Nov 94", DAY),
        (b"Sun, 06 Nov 1994 08:49 GMT", None),
        (b"Sun, 06 Nov 1994 24:00:00 GMT", None),
        (b"Sun, 31 Feb 1994 08:49:37 GMT", None),
        (b"Sun, 06 Nov 1600 08:49:37 GMT", None),
        (b"Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799.0),
        (b"Thu, 01-Jan-70 00:00:00 GMT", 0.0),
        (b"Thu, 01-Jan-69 00:00:00 GMT", 3_124_224_000.0),
        (b"", None),
        (b"0", None),
        (b"\xff\x00", None),
    ],
)
def test_dates(text: bytes, at: float | None) -> None:
    assert expiry(text) == at


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
