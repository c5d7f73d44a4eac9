"""Why a request failed: few kinds, named in plain words, with a sample of what was seen."""

from __future__ import annotations

import errno
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from perfconsole.scenario.masking import masked_text
from perfconsole.texts import say

SAMPLE_CHARS = 200
SAMPLE_ROOM = 4 * SAMPLE_CHARS
"""How much of an answer's body, or of another text, a sample is made of."""
TLS_CHARS = 80


class Unusable(Exception):
    """The plan cannot be played here; its text is for a person."""


class Lack(Enum):
    """What this machine had too little of."""

    DESCRIPTORS = auto()
    PORTS = auto()


@dataclass(frozen=True, slots=True)
class Failure:
    kind: str
    """Short and without numbers or addresses of its own: what errors are counted by."""
    sample: str | Callable[[], str] = ""
    """What was seen, as it came, or how to tell it. Never headers: they carry secrets."""
    lack: Lack | None = None
    """Set when it is this machine's fault and not the target's."""

    def shown(self) -> str:
        """The sample for people: a line or two, secrets masked. Too dear to be made for each."""
        try:
            seen = self.sample if isinstance(self.sample, str) else self.sample()
        except Exception:  # what cannot be shown is a failure all the same
            return ""
        lines = masked_head(seen[:SAMPLE_ROOM]).split("\n", 1)
        return "\n".join(shown for line in lines if (shown := one_line(line)))


def masked_head(text: str) -> str:
    """`masked_text` of what may have been cut off in the middle of a secret value."""
    closed = text.rstrip("\\<") + '"</'
    return masked_text(closed).removesuffix("</").removesuffix('"')


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
    return Failure(say("protocol error"), detail)


def head_too_large(limit: str) -> Failure:
    return Failure(say("head too large"), limit)


def unreadable(error: Exception) -> Failure:
    """An answer that nobody foresaw."""
    return Failure(say("answer cannot be read"), f"{type(error).__name__}: {error}")


def of_proxy(failure: Failure) -> Failure:
    """It was the proxy, or the way to it, and not the target."""
    return Failure(say("proxy: {kind}", kind=failure.kind), failure.sample, failure.lack)


def of_connect(error: OSError) -> Failure:
    """A connection could not be opened."""
    if isinstance(error, ConnectionRefusedError):
        return Failure(say("connect refused"), str(error))
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return Failure(say("no descriptors left"), str(error), Lack.DESCRIPTORS)
    if error.errno == errno.EADDRNOTAVAIL:
        return Failure(say("no local port left"), str(error), Lack.PORTS)
    if isinstance(error, TimeoutError):
        return Failure(say("connect timeout"), str(error))
    return of_loss(error)


def of_loss(error: Exception) -> Failure:
    """A connection was lost, before or after its handshake."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return Failure(say("TLS: {why}", why=one_line(error.verify_message, TLS_CHARS)))
    if isinstance(error, ssl.SSLError):
        reason = (error.reason or "handshake failed").replace("_", " ").lower()
        return Failure(say("TLS: {why}", why=one_line(reason, TLS_CHARS)), str(error))
    if isinstance(error, ConnectionError):
        return Failure(say("reset"), str(error))
    why = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
    return Failure(say("connection lost: {why}", why=why.lower()), str(error))
