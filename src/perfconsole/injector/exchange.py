"""The first failing exchange of a kind as text: what was asked and answered, secrets masked.

Marked as curl does it: ``>`` for what was sent, ``<`` for what came, ``*`` for what was wrong.
Made once for each kind, never on the way of a request.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from perfconsole.injector.answer import Answer
from perfconsole.injector.echoes import hidden, login_in, readings
from perfconsole.injector.failure import Failure
from perfconsole.injector.page import sample_of
from perfconsole.scenario.secret_mark import mark_of
from perfconsole.scenario.secret_text import MASK, is_secret_header, masked_form, masked_text
from perfconsole.texts import say

MOST_BYTES = 4096
"""Of the whole, as UTF-8."""
HEAD_CHARS = 1200
BODY_CHARS = 600
LINE_CHARS = 400

_HEAD_END = re.compile(rb"\r?\n\r?\n")
_INTERIM = re.compile(rb"\A(?:HTTP/1\.\d 1\d\d[^\n]*\n(?:[^\r\n]+\r?\n)*\r?\n)+(?=.)", re.DOTALL)
_FOLD = re.compile(r"\r?\n[ \t]+")
_SCHEME = re.compile(r"(?:basic|bearer|digest|negotiate|ntlm|token) +(?=\S)", re.IGNORECASE)
_ATTRIBUTES = frozenset(
    {"domain", "expires", "httponly", "max-age", "partitioned", "path", "priority", "samesite",
     "secure"}
)  # fmt: skip
_SHORTEST_ECHO = 5
"""Characters that a secret must have to be looked for wherever else it may stand."""
_MOST_UNREADABLE = 0.1
"""Part of the characters above which a body is no text."""


def exchange_text(
    sent: bytes, came: bytes, body: str, failure: Failure, *, was_sent: bool = True
) -> str:
    """Lines of at most `MOST_BYTES` together; no secret that was sent is in what came either.

    `sent` and `came` are as they went over the wire, or begin so; `body` is that of the answer,
    decoded. Without one the rest of `came` is shown.
    """
    taken: set[str] = set()
    asked = _marked(">", _message(sent[: 4 * HEAD_CHARS], None, taken))
    secrets = worth_hiding(taken)
    answered = _marked("<", _message(_final(came), body or None, taken, secrets))
    (last,) = _marked("*", [hidden(_wrong(failure, was_sent), secrets)])
    told = "\n".join([*asked, *(hidden(line, worth_hiding(taken)) for line in answered)])
    return f"{_cut(told, MOST_BYTES - len(last.encode()) - 1)}\n{last}"


def without_echoes(sample: str | Callable[[], str], sent: bytes) -> str:
    """What a failure shows, without the secrets that `sent`, a request, has in it."""
    taken: set[str] = set()
    _message(sent[: 4 * HEAD_CHARS], None, taken)
    return hidden(sample if isinstance(sample, str) else sample(), worth_hiding(taken))


def shown_of(answer: Answer) -> tuple[bytes, str]:
    """What came of an answer, and its body as far as it was kept."""
    if not answer.started:
        return b"", ""
    return answer.beginning, sample_of(answer).partition("\n")[2] if answer.body else ""


def _wrong(failure: Failure, was_sent: bool) -> str:
    told = [failure.kind]
    if failure.sample and isinstance(failure.sample, str):
        told.append(failure.shown())
    return ": ".join(told if was_sent else [say("not sent"), *told])


def unfolded(head: bytes) -> bytes:
    """Each header on a line of its own, ended as it should be; 1xx answers before it left out."""
    lines = _FOLD.sub(" ", _final(head).decode("latin-1")).replace("\r\n", "\n")
    return lines.replace("\n", "\r\n").encode("latin-1")


def _final(came: bytes) -> bytes:
    """Without the 1xx answers before it, where more than they came."""
    return _INTERIM.sub(b"", came)


def _message(
    data: bytes, body: str | None, taken: set[str], secrets: Iterable[str] = ()
) -> list[str]:
    """Lines of a request or an answer: its head, and the beginning of its body."""
    if not data:
        return []
    end = _HEAD_END.search(data)
    head = data[: end.start()] if end else data
    text = hidden(_FOLD.sub(" ", head[:HEAD_CHARS].decode("latin-1")), secrets)
    first, *headers = text.replace("\r\n", "\n").split("\n")
    lines = [first_line(first, taken), *(header_line(line, taken) for line in headers)]
    if len(head) > HEAD_CHARS:
        lines.append("…")
    if body is None and end:
        body = data[end.end() :].decode("utf-8", "replace")
    if body:
        is_form = "application/x-www-form-urlencoded" in text.lower()
        lines += ["", *_body(hidden(body, secrets), is_form, taken)]
    return lines


def first_line(line: str, taken: set[str]) -> str:
    """Of a request or an answer: a query ends at the next space."""
    before, question, after = line.partition("?")
    query, space, version = after.partition(" ")
    return masked_text(before, taken) + question + masked_form(query, taken) + space + version


def header_line(line: str, taken: set[str]) -> str:
    name, colon, value = line.partition(":")
    value = value.strip()
    if not colon or not value:
        return masked_text(line, taken)
    return f"{name}: {masked_header(name.strip(), value, taken)}"


def masked_header(name: str, value: str, taken: set[str]) -> str:
    """A header's `value`: of credentials their scheme and of cookies their names are kept."""
    kind = name.lower()
    if kind == "cookie":
        return "; ".join(_cookie(pair, taken) for pair in value.split(";"))
    if kind == "set-cookie":
        cookie, *attributes = value.split(";")
        return "; ".join([_cookie(cookie, taken), *map(_attribute, attributes)])
    if not is_secret_header(name):
        return masked_text(value, taken)
    scheme = _SCHEME.match(value)
    kept = scheme[0] if scheme else ""
    credential = value.removeprefix(kept)
    taken.add(credential)
    if kept.lower().startswith("basic"):
        taken.update(login_in(credential))
    return kept + mark_of(credential)


def _cookie(pair: str, taken: set[str]) -> str:
    name, equals, value = pair.strip().partition("=")
    taken.add(value if equals else name)
    return f"{name}={mark_of(value)}" if equals else mark_of(name)


def _attribute(text: str) -> str:
    name = text.strip().partition("=")[0].strip().lower()
    return text.strip() if name in _ATTRIBUTES else MASK


def _body(text: str, is_form: bool, taken: set[str]) -> list[str]:
    some = text[: 2 * BODY_CHARS]
    if is_unreadable(some):
        return [say("(a body that is no text)")]
    shown = masked_form(some, taken) if is_form else masked_text(some, taken)
    lines = shown[:BODY_CHARS].replace("\r\n", "\n").rstrip().split("\n")
    return [*lines, "…"] if len(text) > 2 * BODY_CHARS or len(shown) > BODY_CHARS else lines


def is_unreadable(text: str) -> bool:
    """Whether it is no text, but bytes read as one."""
    strange = sum(not (char.isprintable() or char in "\r\n\t") or char == "�" for char in text)
    return strange > _MOST_UNREADABLE * len(text)


def worth_hiding(secrets: Iterable[str]) -> list[str]:
    """`secrets` in all their readings, but for those that any text may have in it."""
    return [read for secret in secrets for read in readings(secret) if len(read) >= _SHORTEST_ECHO]


def _marked(mark: str, lines: Iterable[str]) -> list[str]:
    """Printable, none too long, each with its mark."""
    return [f"{mark} {_printable(line)}".rstrip() for line in lines]


def _printable(line: str) -> str:
    if len(line) > LINE_CHARS:
        line = line[: LINE_CHARS - 1] + "…"
    return "".join(c if c.isprintable() else " " if c == "\t" else "·" for c in line)


def _cut(text: str, most_bytes: int) -> str:
    data = text.encode("utf-8", "replace")
    if len(data) <= most_bytes:
        return text
    return data[: most_bytes - 3].decode("utf-8", "ignore") + "…"
