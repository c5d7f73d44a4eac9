"""Why a request failed: few kinds, named in plain words, with a sample of what was seen."""

from __future__ import annotations

import errno
import ssl
from dataclasses import dataclass

from perfconsole.texts import say

SAMPLE_CHARS = 200
TLS_CHARS = 80


class Unusable(Exception):
    """The plan cannot be played here; its text is for a person."""


@dataclass(frozen=True, slots=True)
class Failure:
    kind: str
    """Short and without numbers or addresses of its own: what errors are counted by."""
    sample: str = ""
    """A line or two of what was seen. Never headers: they carry secrets."""


def one_line(text: str, most: int = SAMPLE_CHARS) -> str:
    """`text` printable in a single line of at most `most` characters."""
    shown = " ".join(text[: 2 * most].split())
    if len(shown) > most:
        shown = shown[: most - 1] + "…"
    if shown.isprintable():
        return shown
    return "".join(c if c.isprintable() else "·" for c in shown)


def timed_out(timeout_s: float) -> Failure:
    return Failure(say("timeout"), say("no complete answer within {s:g} s", s=timeout_s))


def connect_timed_out(timeout_s: float) -> Failure:
    return Failure(say("connect timeout"), say("no connection within {s:g} s", s=timeout_s))


def closed_early() -> Failure:
    return Failure(say("closed before the answer"))


def cut_short() -> Failure:
    return Failure(say("body cut short"))


def protocol_error(detail: str) -> Failure:
    return Failure(say("protocol error"), one_line(detail))


def of_connect(error: OSError) -> Failure:
    """A connection could not be opened."""
    if isinstance(error, ConnectionRefusedError):
        return Failure(say("connect refused"), str(error))
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return Failure(say("no descriptors left"), str(error))
    if error.errno == errno.EADDRNOTAVAIL:
        return Failure(say("no local port left"), str(error))
    if isinstance(error, TimeoutError):
        return Failure(say("connect timeout"), str(error))
    return of_loss(error)


def of_loss(error: Exception) -> Failure:
    """A connection was lost, before or after its handshake."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return Failure(say("TLS: {why}", why=one_line(error.verify_message, TLS_CHARS)))
    if isinstance(error, ssl.SSLError):
        reason = (error.reason or "handshake failed").replace("_", " ").lower()
        return Failure(say("TLS: {why}", why=one_line(reason, TLS_CHARS)), one_line(str(error)))
    if isinstance(error, ConnectionError):
        return Failure(say("reset"), str(error))
    why = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
    return Failure(say("connection lost: {why}", why=why.lower()), str(error))
