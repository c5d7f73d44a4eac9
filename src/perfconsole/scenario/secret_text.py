"""Any text as it may be kept and shown: the values of secret names masked, however it is written.

For bodies, URLs and lines of headers that came from anywhere, whole or cut off in the middle: what
begins as a secret and does not end is one up to the end of the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from urllib.parse import unquote_plus

from perfconsole.scenario.interpolation import only_references
from perfconsole.scenario.secret_mark import MASK, mark_of

__all__ = [
    "MASK", "is_secret_header", "is_secret_name", "masked_argv", "masked_form", "masked_page",
    "masked_text", "masked_url", "masked_webhook",
]  # fmt: skip

_SECRET_HEADERS = frozenset(
    {"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key"}
)
_SECRET_WORDS = (
    "password", "passwd", "pwd", "passphrase", "secret", "token", "apikey", "sessionid", "sessid",
)  # fmt: skip
_CREDENTIAL = re.compile(
    r"auth|cookie|credential|csrf|jwt|key|otp|passw|secret|session|signature|token|xsrf"
)
_HARMLESS = re.compile(r"www-authenticate|proxy-authenticate|access-control-")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_PIN = re.compile(r"(?:^|[^a-z])pin(?:$|[^a-z])")

_QUOTE = re.compile(r"\\{0,7}[\"']")
_LOGIN = re.compile(r"(://(?:[^\s/?#@:]{0,200}:)?)[^\s/?#]{1,400}@")
_USERINFO = re.compile(
    r"""://(?=[^/?#\s"'<>]*@|"""
    r"""[^[/?#\s"'<>]*:\d*[^\d/?#\s"'<>][^/?#\s"'<>]*\Z)"""  # cut off before the @: no port
)
_AUTHORITY_END = re.compile(r"[/?#\s\"'<>]")
_TOKEN = re.compile(r"\bbearer[ \t]+(?=[\w.~+/-]{8})|\b(?=eyJ[\w-]{8,400}\.)", re.IGNORECASE)
_TOKEN_END = re.compile(r"[^\w.~+/=-]")
_PART = re.compile(
    r"""^Content-Disposition:[^\r\n]*?\bname="?(?P<name>[^"\r\n;]*)[^\r\n]*\r?\n"""
    r"""(?:[^\r\n]+\r?\n)*\r?\n""",
    re.IGNORECASE | re.MULTILINE,
)
_PART_END = re.compile(r"\r?\n--")
_LINE = re.compile(r"^[ \t]*(?P<name>[\w.-]{1,80})[ \t]*:[ \t]*(?=\S)", re.MULTILINE)
_LINE_END = re.compile(r"\r?\n(?![ \t])")
_MEMBER = re.compile(r"""(\\{0,7}["'])(?P<name>[^"'\\\r\n]{1,200})\1\s*:\s*""")
_REFERENCE = re.compile(r"\$\{[^{}]*\}")
_WORD_END = re.compile(r"[\s,}\]\"]")
_FIELD = re.compile(r"<(?:input|meta)\b[^<>]*", re.IGNORECASE)
_FIELD_NAME = re.compile(r"""\b(?:name|id|property)\s*=\s*["']?([^"'\s<>]+)""", re.IGNORECASE)
_FIELD_VALUE = re.compile(r"\b(?:value|content)\s*=\s*", re.IGNORECASE)
_ELEMENT = re.compile(r"<(?P<name>[\w.:-]{1,80})(?:\s[^<>]*)?(?<!/)>")
_PAIR = re.compile(r"(?P<name>[\w.%+\[\]-]{1,200})[ \t]?=[ \t]?")
_PAIR_END = re.compile(r"[&\s\"<>]")


def is_secret_name(name: str) -> bool:
    """Whether a header, field or parameter of this name carries a secret."""
    words = _CAMEL.sub("-", name).lower()
    joined = re.sub(r"[\s_.-]", "", words)
    return (
        name.lower() in _SECRET_HEADERS
        or any(word in joined for word in _SECRET_WORDS)
        or bool(_PIN.search(words))
    )


def is_secret_header(name: str) -> bool:
    """Whether a header of this name carries a secret. Of what a header is called by people who
    made it up, more is taken for one than of a field."""
    kind = name.lower()
    return is_secret_name(name) or bool(_CREDENTIAL.search(kind) and not _HARMLESS.match(kind))


def masked_text(text: str, taken: set[str] | None = None) -> str:
    """`text` with the values of secret names masked; they are added to `taken`.

    ``name=value``, lines ``name: value``, JSON members, XML elements, parts and inputs of forms;
    bearer and web tokens; and who is named in a URL before its host.
    """
    taken = set() if taken is None else taken
    text = _without(text, _USERINFO, _always, _end_of_userinfo, taken)
    text = _without(text, _TOKEN, _always, _end_of_token, taken)
    text = _without(text, _PART, _named, _end_of_part, taken)
    text = _without(text, _LINE, _named, _end_of_line, taken)
    text = _without(text, _MEMBER, _named, _end_of_member, taken)
    text = _FIELD.sub(lambda match: _field(match, taken), text)
    text = _without(text, _ELEMENT, _named, _end_of_element, taken)
    return _without(text, _PAIR, _named, _end_of_pair, taken)


def masked_argv(words: Sequence[str]) -> list[str]:
    """The words of a command, masked; one behind ``--token`` and the like is a secret as well."""
    behind = [False, *(word.startswith("-") and is_secret_name(word) for word in words)]
    return [
        mark_of(word) if is_value and not word.startswith("-") else masked_text(word)
        for word, is_value in zip(words, behind, strict=False)
    ]


def masked_form(text: str, taken: set[str] | None = None) -> str:
    """The same for a query string or an encoded form, in which only ``&`` ends a value."""
    taken = set() if taken is None else taken
    pairs = []
    for pair in text.split("&"):
        name, _, value = pair.partition("=")
        if value and is_secret_name(unquote_plus(name)):
            taken |= {value, unquote_plus(value)}
            pairs.append(f"{name}={mark_of(unquote_plus(value))}")
        else:
            pairs.append(masked_text(pair, taken))
    return "&".join(pairs)


def _without(
    text: str,
    beginning: re.Pattern[str],
    is_secret: Callable[[re.Match[str]], bool],
    end_of: Callable[[str, re.Match[str]], int],
    taken: set[str],
) -> str:
    """`text` with a mask for what stands behind each secret `beginning`, up to where it ends.

    What is in quotes stays in quotes; a JSON value that is in none gets some.
    """
    kept: list[str] = []
    done = 0
    for match in beginning.finditer(text):
        if match.start() < done or not is_secret(match):
            continue
        end = end_of(text, match)
        value = text[match.end() : end]
        if opening := _QUOTE.match(value):
            quote = opening[0]
            closing = quote if len(value) > len(quote) and value.endswith(quote) else ""
        else:
            quote = closing = match[1] if beginning is _MEMBER else ""
        if bare := value.removeprefix(quote).removesuffix(closing):
            taken |= {bare, unquote_plus(bare)}
            secret = unquote_plus(bare) if beginning is _PAIR else bare
            if (mark := mark_of(secret)) == secret:
                continue
            kept += [text[done : match.end()], quote, mark, closing]
            done = end
    return "".join([*kept, text[done:]])


def _always(_: re.Match[str]) -> bool:
    return True


def _named(match: re.Match[str]) -> bool:
    return is_secret_name(unquote_plus(match["name"]))


def _field(match: re.Match[str], taken: set[str]) -> str:
    """An input of an HTML form whose name says that its value is a secret."""
    if not any(is_secret_name(name) for name in _FIELD_NAME.findall(match[0])):
        return match[0]
    return _without(match[0], _FIELD_VALUE, _always, _end_of_pair, taken)


# ---------------------------------------------------------------- where a value ends


def _end(text: str, sign: re.Pattern[str], start: int) -> int:
    found = sign.search(text, start)
    return found.start() if found else len(text)


def _end_of_userinfo(text: str, match: re.Match[str]) -> int:
    end = _end(text, _AUTHORITY_END, match.end())
    place = text.rfind("@", match.end(), end)
    return place if place >= 0 else end


def _end_of_token(text: str, match: re.Match[str]) -> int:
    return _end(text, _TOKEN_END, match.end())


def _end_of_part(text: str, match: re.Match[str]) -> int:
    return _end(text, _PART_END, match.end())


def _end_of_line(text: str, match: re.Match[str]) -> int:
    return _end(text, _LINE_END, match.end())


def _end_of_element(text: str, match: re.Match[str]) -> int:
    place = text.find(f"</{match['name']}", match.end())
    return place if place >= 0 else len(text)


def _end_of_pair(text: str, match: re.Match[str]) -> int:
    if quote := _QUOTE.match(text, match.end()):
        return _end_of_string(text, match.end(), quote[0])
    return _end(text, _PAIR_END, match.end())


def _end_of_member(text: str, match: re.Match[str]) -> int:
    """Of the JSON value that begins where `match` ends: a string, a list, an object or a word."""
    place = match.end()
    if quote := _QUOTE.match(text, place):
        return _end_of_string(text, place, quote[0])
    if text[place : place + 1] in ("[", "{"):
        return _end_of_nest(text, place)
    if reference := _REFERENCE.match(text, place):
        place = reference.end()
    return _end(text, _WORD_END, place)


def _end_of_string(text: str, place: int, quote: str) -> int:
    """Behind the closing `quote`, which is as deeply escaped as the opening one at `place`."""
    depth = len(quote) - 1
    for found in re.compile(rf"(\\*){quote[-1]}").finditer(text, place + len(quote)):
        if len(found[1]) <= depth or (not depth and len(found[1]) % 2 == 0):
            return found.end()
    return len(text)


def _end_of_nest(text: str, place: int) -> int:
    depth = 0
    while place < len(text):
        sign = text[place]
        if sign == '"':
            place = _end_of_string(text, place, sign)
            continue
        depth += (sign in "[{") - (sign in "]}")
        place += 1
        if not depth:
            break
    return place


def masked_url(url: str) -> str:
    """A URL without its password; without its user where there is none: that may be a token."""
    return _LOGIN.sub(rf"\1{MASK}@", url)


def masked_page(url: str) -> str:
    """A URL with its query, without the secrets in either."""
    address, question, query = url.partition("?")
    return masked_url(address) + question + masked_form(query)


def masked_webhook(url: str) -> str:
    """Scheme and host of a URL whose path may be a token; what only says where it is taken from
    stays."""
    if only_references(url):
        return url
    scheme, _, rest = url.partition("://")
    host = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[2]
    return f"{scheme}://{host}/{MASK}"
