"""A VU's cookies by RFC 6265: those of its target, and of the hosts that redirects lead to.

And of its successor the name prefixes: browsers refuse cookies that break their promise.
"""

from __future__ import annotations

import math
import re
import time
from dataclasses import dataclass
from functools import lru_cache

from perfconsole.injector.cookie_date import expiry

MOST_COOKIES = 200
"""Per VU; the oldest goes. A soak must not grow because names carry an id."""
LONGEST_COOKIE = 8192
"""Bytes of a header; a longer one is ignored, as browsers do."""
_WHOLE_NUMBER = re.compile(rb"-?[0-9]+")


@dataclass(frozen=True, slots=True)
class SetCookie:
    """A ``Set-Cookie`` header, read (RFC 6265, 5.2)."""

    name: bytes
    value: bytes
    domain: str
    path: bytes
    """Empty when not given."""
    secure: bool
    max_age_s: float | None
    expires_at: float | None
    """Unix time."""


@dataclass(frozen=True, slots=True)
class _Cookie:
    value: bytes
    secure: bool
    expires_at: float
    host_only: bool
    """For the very host that set it, not for those below."""


def _seconds(value: bytes) -> float | None:
    """RFC 6265, 5.2.2; `float` takes any number of digits."""
    return float(value) if _WHOLE_NUMBER.fullmatch(value) else None


@lru_cache(maxsize=1024)
def read(header: bytes) -> SetCookie | None:
    """What a ``Set-Cookie`` header says; None when it names no cookie."""
    pair, *attributes = header.split(b";")
    name, equals, value = pair.partition(b"=")
    name = name.strip()
    if not equals or not name:
        return None
    domain, path, secure = "", b"", False
    max_age: float | None = None
    expires: float | None = None
    for attribute in attributes:
        key, _, given = attribute.partition(b"=")
        given = given.strip()
        match key.strip().lower():
            case b"domain":
                domain = given.decode("latin-1").lower().removeprefix(".")
            case b"path":
                path = given if given.startswith(b"/") else b""
            case b"secure":
                secure = True
            case b"max-age":
                max_age = max_age if (seconds := _seconds(given)) is None else seconds
            case b"expires":
                expires = expires if (at := expiry(given)) is None else at
    cookie = SetCookie(name, value.strip(), domain, path, secure, max_age, expires)
    return cookie if _keeps_its_promise(cookie) else None


def _keeps_its_promise(cookie: SetCookie) -> bool:
    """RFC 6265bis, 4.1.3: what a cookie must be for the prefix of its name."""
    name = cookie.name.lower()
    if name.startswith(b"__secure-"):
        return cookie.secure
    if name.startswith(b"__host-"):
        return cookie.secure and not cookie.domain and cookie.path == b"/"
    return True


def _default_path(request_path: bytes) -> bytes:
    """RFC 6265, 5.1.4."""
    return request_path.partition(b"?")[0].rpartition(b"/")[0] or b"/"


def _path_matches(request_path: bytes, cookie_path: bytes) -> bool:
    if not request_path.startswith(cookie_path):
        return False
    rest = request_path[len(cookie_path) :]
    return not rest or cookie_path.endswith(b"/") or rest.startswith(b"/")


def _domain_matches(host: str, domain: str) -> bool:
    """RFC 6265, 5.1.3: the domain itself, or a host below it (never of an address)."""
    if host == domain:
        return True
    is_address = host.replace(".", "").isdigit() or ":" in host
    return not is_address and host.endswith("." + domain)


class Jar:
    """Cookies of one VU. `host` and `https` are its target's: where a request goes unless it says
    otherwise; secure cookies are sent by https alone."""

    __slots__ = ("_cookies", "_host", "_https")

    def __init__(self, host: str, *, https: bool) -> None:
        self._host = host.lower()
        self._https = https
        self._cookies: dict[tuple[bytes, bytes, str], _Cookie] = {}

    def learn(self, header: bytes, request_path: bytes, host: str | None = None) -> None:
        """Keep, replace or drop the cookie that a ``Set-Cookie`` header from `host` is about."""
        host = self._host if host is None else host
        if len(header) > LONGEST_COOKIE:
            return
        cookie = read(header)
        if cookie is None or not self._may_set(host, cookie.domain):
            return
        expires_at = math.inf
        if cookie.max_age_s is not None:
            expires_at = time.time() + cookie.max_age_s if cookie.max_age_s > 0 else 0.0
        elif cookie.expires_at is not None:
            expires_at = cookie.expires_at
        domain = cookie.domain or host
        key = (cookie.name, cookie.path or _default_path(request_path), domain)
        if expires_at <= time.time():
            self._cookies.pop(key, None)
            return
        self._cookies[key] = _Cookie(cookie.value, cookie.secure, expires_at, not cookie.domain)
        if len(self._cookies) > MOST_COOKIES:
            del self._cookies[next(iter(self._cookies))]

    def _may_set(self, host: str, domain: str) -> bool:
        """For itself or for a domain above it, but not for a whole top level."""
        if not domain or domain == host:
            return True
        return "." in domain and _domain_matches(host, domain)

    def value(self, name: bytes) -> bytes | None:
        """Of the cookie of this name that came last, whatever its host and path; None for none."""
        now, found = time.time(), None
        for key, cookie in self._cookies.items():
            if key[0] == name and cookie.expires_at > now:
                found = cookie.value
        return found

    def header(
        self, request_path: bytes, host: str | None = None, *, https: bool | None = None
    ) -> bytes:
        """The value of ``Cookie`` for a request to `host`; empty when none applies."""
        if not self._cookies:
            return b""
        host = self._host if host is None else host
        https = self._https if https is None else https
        now, path = time.time(), request_path.partition(b"?")[0]
        fitting = [
            (len(key[1]), key[0] + b"=" + cookie.value)
            for key, cookie in self._cookies.items()
            if cookie.expires_at > now
            and (https or not cookie.secure)
            and (host == key[2] if cookie.host_only else _domain_matches(host, key[2]))
            and _path_matches(path, key[1])
        ]
        # Longer paths first, else the order in which they came (RFC 6265, 5.4).
        fitting.sort(key=lambda cookie: -cookie[0])
        return b"; ".join(pair for _, pair in fitting)
