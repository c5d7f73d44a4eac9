"""Secrets wherever they may come back: each hidden in all the ways in which a text may write it.

In small or capital letters: ``%2F`` is ``%2f`` as well.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import partial
from html import escape, unescape
from json.encoder import encode_basestring, encode_basestring_ascii
from urllib.parse import quote, quote_plus

from perfconsole.scenario.secret_mark import mark_of

_SHORTEST_ENCODED = 5
"""Bytes; fewer come together by chance in any encoded text."""
_URL_SAFE = str.maketrans("+/", "-_")
_SHORTEST_BEGINNING = 4
"""A cut text may end within a secret; fewer letters of one tell nothing."""


def hidden(text: str, secrets: Iterable[str]) -> str:
    """`text`, perhaps cut at its end, with a mask for every one of `secrets` in it."""
    written = {form: secret for secret in secrets for form in _written(secret) if form}
    for form in sorted(written, key=len, reverse=True):
        mark = mark_of(written[form])
        text = re.sub(re.escape(form), mark, text, flags=re.IGNORECASE)
        for length in range(min(len(form), len(text)), _SHORTEST_BEGINNING - 1, -1):
            if text[-length:].lower() == form[:length].lower():
                text = text[:-length] + mark
                break
    return text


def _written(secret: str) -> Iterator[str]:
    """`secret` in every way in which a text may write it."""
    plain = {way(secret) for way in _WAYS}
    yield from plain
    for form in plain:
        raw = form.encode("utf-8", "surrogateescape")
        if len(raw) >= _SHORTEST_ENCODED:
            yield raw.hex()
            yield from _in_base64(raw)


def _in_base64(raw: bytes) -> Iterator[str]:
    """What a base64 text has in it, wherever in the encoded bytes `raw` stands, as a login's
    password does behind the user: the digits that nothing beside it has a part in."""
    for before in range(3):
        digits = b64encode(bytes(before) + raw).decode()
        core = digits[-(-before * 8 // 6) : (before + len(raw)) * 8 // 6]
        for form in {core, core.translate(_URL_SAFE)}:
            yield from {form, quote(form, safe="")}


def readings(secret: str) -> set[str]:
    """What a piece of a request may stand for: as it is, as a JSON string, as text of XML."""
    read = {secret, unescape(secret)}
    with suppress(ValueError):
        read.add(str(json.loads(f'"{secret}"')))
    return read


def login_in(credential: str) -> tuple[str, ...]:
    """Of ``Authorization: Basic``: user and password as one, and the password; nothing of none."""
    try:
        login = b64decode(credential).decode(errors="replace")
    except ValueError:
        return ()
    return login, login.partition(":")[2]


def _in_json(text: str) -> str:
    return encode_basestring(text)[1:-1]


def _in_ascii_json(text: str) -> str:
    return encode_basestring_ascii(text)[1:-1]


def _in_php_json(text: str) -> str:
    return _in_ascii_json(text).replace("/", "\\/")


def _in_page(text: str) -> str:
    """As Python, Java and Go templates escape it; `escape` writes an apostrophe as ``&#x27;``."""
    return escape(text).replace("&#x27;", "&#39;")


def _in_php_page(text: str) -> str:
    return escape(text).replace("&#x27;", "&#039;")


def _in_go_page(text: str) -> str:
    return _in_page(text).replace("&quot;", "&#34;")


def _in_header(text: str) -> str:
    """As a header carries it: in Latin-1, where it can be, without control characters."""
    sent = "".join(c for c in text if c.isprintable() or c == "\t")
    try:
        return sent.encode("latin-1").decode(errors="surrogateescape")
    except UnicodeEncodeError:
        return sent


_WAYS = (
    str, _in_header, partial(quote, safe=""), quote, quote_plus, _in_json, _in_ascii_json,
    _in_php_json, escape, partial(escape, quote=False), _in_page, _in_php_page, _in_go_page,
)  # fmt: skip
