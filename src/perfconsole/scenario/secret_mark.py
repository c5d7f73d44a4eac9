"""What stands for a secret wherever it would be shown: a mask, or one that tells equals apart.

A rehearsal shows ``***#3fa2``: the same letters are the same secret, so that one can see whether a
token that was received is the one that was sent. The letters are of a keyed hash whose key lives
as long as the rehearsal: nobody can try guesses on them.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from perfconsole.scenario.interpolation import only_references

MASK = "***"

_LETTERS = 4
_KEY_BYTES = 32
_MARK = re.compile(rf"{re.escape(MASK)}(?:#[0-9a-f]{{{_LETTERS}}})?")
_key: ContextVar[bytes | None] = ContextVar("key of marks", default=None)
_sources_told: ContextVar[bool] = ContextVar("where secrets are taken from is told", default=False)


@contextmanager
def equals_told() -> Iterator[None]:
    """Within it, marks of equal secrets are equal and those of others differ."""
    token = _key.set(secrets.token_bytes(_KEY_BYTES))
    try:
        yield
    finally:
        _key.reset(token)


@contextmanager
def sources_told() -> Iterator[None]:
    """Within it, what only says where a secret is taken from stays: ``${users.password}``."""
    token = _sources_told.set(True)
    try:
        yield
    finally:
        _sources_told.reset(token)


def mark_of(secret: str) -> str:
    """What is shown instead of it; a mark stays as it is."""
    if _sources_told.get() and only_references(secret):
        return secret
    key = _key.get()
    if key is None or _MARK.fullmatch(secret):
        return MASK if key is None else secret
    digest = hmac.digest(key, secret.encode(errors="surrogatepass"), "sha256")
    return f"{MASK}#{digest.hex()[:_LETTERS]}"
