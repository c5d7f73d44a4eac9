"""Who is logged in, without keeping anything: the cookie carries the name and its seal.

A soak logs in millions of times; a table of sessions would be a leak of its own.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from urllib.parse import quote, unquote

COOKIE = "session"
VISIT = "visit"
"""The cookie of those who have not logged in yet."""
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


def opened_visit() -> str:
    """The cookie's value for somebody not known yet."""
    return secrets.token_hex(8)


def form_token(holder: str) -> str:
    """What a form shown to the holder of a cookie must bring back; of letters and digits."""
    return _seal(f"form {holder}")


def is_form_token(token: str, holder: str | None) -> bool:
    """Whether `token` was in a form shown to the holder of this cookie."""
    return bool(holder) and hmac.compare_digest(token.encode(), form_token(holder or "").encode())


def _seal(name: str) -> str:
    return hmac.new(_SECRET, name.encode(), hashlib.sha256).hexdigest()[:32]
