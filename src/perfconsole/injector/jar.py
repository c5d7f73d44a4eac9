"""A VU's cookies: the part of RFC 6265 that matters when all requests go to one host."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from email.utils import mktime_tz, parsedate_tz
from functools import lru_cache

MOST_COOKIES = 200
"""Per VU; the oldest goes. A soak must not grow because names carry an id."""
LONGEST_COOKIE = 8192
"""Bytes of a header; a longer one is ignored, as browsers do."""


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


def _number(value: bytes) -> float | None:
    try:
        return float(int(value))
    except OverflowError:
        return math.inf if int(value) > 0 else -math.inf
    except ValueError:
        return None


def _date(value: bytes) -> float | None:
    try:
        parsed = parsedate_tz(value.decode("latin-1"))
        return float(mktime_tz(parsed)) if parsed else None
    except (ValueError, OverflowError, TypeError):
        return None


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
                max_age = _number(given)
            case b"expires":
                expires = _date(given)
    return SetCookie(name, value.strip(), domain, path, secure, max_age, expires)


def _default_path(request_path: bytes) -> bytes:
    """RFC 6265, 5.1.4."""
    return request_path.partition(b"?")[0].rpartition(b"/")[0] or b"/"


def _path_matches(request_path: bytes, cookie_path: bytes) -> bool:
    if not request_path.startswith(cookie_path):
        return False
    rest = request_path[len(cookie_path) :]
    return not rest or cookie_path.endswith(b"/") or rest.startswith(b"/")


class Jar:
    """Cookies of one VU at one `host`; `https` tells whether secure ones are sent."""

    __slots__ = ("_cookies", "_host", "_https")

    def __init__(self, host: str, *, https: bool) -> None:
        self._host = host.lower()
        self._https = https
        self._cookies: dict[tuple[bytes, bytes, str], _Cookie] = {}

    def learn(self, header: bytes, request_path: bytes) -> None:
        """Keep, replace or drop the cookie that a ``Set-Cookie`` header is about."""
        if len(header) > LONGEST_COOKIE:
            return
        cookie = read(header)
        if cookie is None or not self._may_set(cookie.domain):
            return
        expires_at = math.inf
        if cookie.max_age_s is not None:
            expires_at = time.time() + cookie.max_age_s if cookie.max_age_s > 0 else 0.0
        elif cookie.expires_at is not None:
            expires_at = cookie.expires_at
        key = (cookie.name, cookie.path or _default_path(request_path), cookie.domain)
        if expires_at <= time.time():
            self._cookies.pop(key, None)
            return
        self._cookies[key] = _Cookie(cookie.value, cookie.secure, expires_at)
        if len(self._cookies) > MOST_COOKIES:
            del self._cookies[next(iter(self._cookies))]

    def _may_set(self, domain: str) -> bool:
        """RFC 6265, 5.1.3: its own host or a domain above it (never of an address)."""
        if not domain or domain == self._host:
            return True
        is_address = self._host.replace(".", "").isdigit() or ":" in self._host
        return not is_address and "." in domain and self._host.endswith("." + domain)

    def value(self, name: bytes) -> bytes | None:
        """Of the cookie of this name that came last, whatever its path; None for none."""
        now, found = time.time(), None
        for key, cookie in self._cookies.items():
            if key[0] == name and cookie.expires_at > now:
                found = cookie.value
        return found

    def header(self, request_path: bytes) -> bytes:
        """The value of ``Cookie`` for a request; empty when none applies."""
        if not self._cookies:
            return b""
        now, path = time.time(), request_path.partition(b"?")[0]
        fitting = [
            (len(key[1]), key[0] + b"=" + cookie.value)
            for key, cookie in self._cookies.items()
            if cookie.expires_at > now
            and (self._https or not cookie.secure)
            and _path_matches(path, key[1])
        ]
        # Longer paths first, else the order in which they came (RFC 6265, 5.4).
        fitting.sort(key=lambda cookie: -cookie[0])
        return b"; ".join(pair for _, pair in fitting)
