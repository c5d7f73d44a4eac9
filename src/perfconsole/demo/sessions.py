"""Who is logged in, without keeping anything: the cookie carries the name and its seal.

A soak logs in millions of times; a table of sessions would be a leak of its own.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from urllib.parse import quote, unquote

COOKIE = "session"
_SECRET = secrets.token_bytes(32)


def opened(user: str) -> str:
    """The cookie's value for `user`."""
    name = quote(user, safe="")
    return f"{name}.{_seal(name)}"


def user_of(cookie: str | None) -> str | None:
    """The user whose session `cookie` is; None for none or a forged one."""
    name, dot, seal = (cookie or "").rpartition(".")
    return (
        unquote(name) if dot and hmac.compare_digest(seal.encode(), _seal(name).encode()) else None
    )


def _seal(name: str) -> str:
    return hmac.new(_SECRET, name.encode(), hashlib.sha256).hexdigest()[:32]
