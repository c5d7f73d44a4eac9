"""Why a request failed: few kinds, named in plain words, with a sample of what was seen.

A kind holds no number, address or value of its own but a status and what a step's check says: a
run has as many as there are ways to fail. What differs from one failure to the next is in its
sample. ARCHITECTURE.md lists them all.
"""

from __future__ import annotations

import errno
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from perfconsole.metrics.words import phase_words
from perfconsole.model.phase import Phase
from perfconsole.scenario.secret_text import masked_text
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
    """What was seen, as it came, or how to tell it. Of headers only what `masked_header` leaves."""
    lack: Lack | None = None
    """Set when it is this machine's fault and not the target's."""

    def shown(self) -> str:
        """The sample for people: a line or two, secrets masked. Too dear to be made for each."""
        try:
            seen = self.sample if isinstance(self.sample, str) else self.sample()
        except Exception:  # what cannot be shown is a failure all the same
            return ""
        lines = masked_text(seen[:SAMPLE_ROOM]).split("\n", 1)
        return "\n".join(shown for line in lines if (shown := one_line(line)))


def one_line(text: str, most: int = SAMPLE_CHARS) -> str:
    """`text` printable in a single line of at most `most` characters."""
    shown = " ".join(text[: 2 * most].split())
    if len(shown) > most:
        shown = shown[: most - 1] + "…"
    if shown.isprintable():
        return shown
    return "".join(c if c.isprintable() else "·" for c in shown)


def timed_out(timeout_s: float, phase: Phase) -> Failure:
    """The time was up in `phase`."""
    return _late(phase, say("not over within {s:g} s", s=timeout_s))


def _late(phase: Phase, sample: str) -> Failure:
    return Failure(say("timeout: {phase}", phase=phase_words(phase)), sample)


def led_elsewhere(where: str) -> Failure:
    return Failure(say("redirect to another host not followed"), where)


def led_too_often(most: int) -> Failure:
    return Failure(say("too many redirects"), say("more than {most}", most=most))


def unresolved(error: Exception) -> Failure:
    return Failure(say("name does not resolve"), str(error))


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


def no_value(name: str) -> Failure:
    """A step asks for a variable before anything gave it a value."""
    return Failure(say("${{{name}}} has no value", name=name))


def still_so(rounds: int) -> Failure:
    """The condition of a ``while`` holds after all its rounds."""
    return Failure(say("check failed: still so after {rounds:,} rounds", rounds=rounds))


def no_count(text: str) -> Failure:
    """What a ``repeat`` was to count by."""
    return Failure(say("check failed: no number of times"), text)


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
        return _late(Phase.CONNECT, str(error))
    return of_loss(error)


def of_loss(error: Exception) -> Failure:
    """A connection was lost, before or after its handshake."""
    if isinstance(error, ssl.SSLCertVerificationError):
        why = error.verify_message.partition(",")[0]  # what follows names the host
        return Failure(say("TLS: {why}", why=one_line(why, TLS_CHARS)), error.verify_message)
    if isinstance(error, ssl.SSLError):
        reason = (error.reason or "handshake failed").replace("_", " ").lower()
        return Failure(say("TLS: {why}", why=one_line(reason, TLS_CHARS)), str(error))
    if isinstance(error, ConnectionError):
        return Failure(say("reset"), str(error))
    why = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
    return Failure(say("connection lost: {why}", why=why.lower()), str(error))
