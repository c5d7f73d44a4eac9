"""A curl command as typed or pasted → its words, and what its options mean."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus

from perfconsole.importers.draft import ImportFault
from perfconsole.texts import say

_ANSI = re.compile(r"(?<![\\\w])\$'((?:[^'\\]|\\.)*)'", re.DOTALL)
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{1,2}|u[0-9a-fA-F]{1,4}|[0-7]{1,3}|.)", re.DOTALL)
_SINGLE = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "e": "\x1b"}

_TAKING = {
    "-X": "request", "--request": "request",
    "-H": "header", "--header": "header",
    "-d": "data", "--data": "data", "--data-ascii": "data",
    "--data-raw": "data_raw", "--data-binary": "data_binary",
    "--data-urlencode": "data_urlencode", "--json": "json",
    "-F": "form", "--form": "form", "--form-string": "form_string",
    "-u": "user", "--user": "user", "-A": "agent", "--user-agent": "agent",
    "-e": "referer", "--referer": "referer", "-b": "cookie", "--cookie": "cookie",
    "-m": "max_time", "--max-time": "max_time", "--connect-timeout": "connect_timeout",
    "--url": "url", "--cacert": "ca", "-E": "cert", "--cert": "cert", "--key": "key",
    "-x": "proxy", "--proxy": "proxy", "--oauth2-bearer": "bearer", "--url-query": "url_query",
    "-r": "range", "--range": "range",
}  # fmt: skip
_ALONE = {
    "-G": "get", "--get": "get", "-I": "head", "--head": "head", "-k": "insecure",
    "--insecure": "insecure", "-L": "location", "--location": "location",
    "--compressed": "compressed", "--http2": "http2", "--http2-prior-knowledge": "http2",
}  # fmt: skip
_IGNORED_TAKING = frozenset(
    {"-o", "--output", "-w", "--write-out", "-D", "--dump-header", "-c", "--cookie-jar",
     "--retry", "--retry-delay", "--max-redirs", "--resolve", "--limit-rate", "--interface",
     "--ciphers", "--tls-max", "-T", "--upload-file", "--stderr", "--trace", "--trace-ascii",
     "--proxy-user", "-U", "--noproxy", "--dns-servers", "-K", "--config", "-Y", "-y", "-z",
     "--connect-to", "--capath", "--cert-type", "--key-type", "--pass"}
)  # fmt: skip
TOLD_WHEN_IGNORED = frozenset(
    {"-T", "--upload-file", "-K", "--config", "--resolve", "--connect-to", "-U", "--proxy-user",
     "--limit-rate", "--interface", "--pass"}
)  # fmt: skip
"""Options that change what is asked, or how: leaving them out is worth a word."""


@dataclass(slots=True)
class Curl:
    """What the words of one command say."""

    urls: list[str] = field(default_factory=list)
    given: dict[str, list[str]] = field(default_factory=dict)
    """By the names above, each option's values in order; an option alone has ""."""
    data: list[tuple[str, str]] = field(default_factory=list)
    """Bodies of any kind, in order: the option's name and its text."""
    ignored: list[str] = field(default_factory=list)

    def one(self, name: str) -> str | None:
        """The last value of an option."""
        return self.given[name][-1] if name in self.given else None

    def has(self, name: str) -> bool:
        return name in self.given


def commands_in(text: str) -> list[list[str]]:
    """The words of every curl command in a text, "curl" left out. Raises ImportFault."""
    plain = _of_windows(text) if '^"' in text else text
    joined = re.sub(r"[\\^]\r?\n[ \t]*", " ", plain.strip())
    joined = _ANSI.sub(lambda match: shlex.quote(_unescaped(match[1])), joined)
    commands: list[list[str]] = []
    for line in _lines(joined):
        words = _words(line)
        if not words or words[0] == "$":
            words = words[1:]
        if not words:
            continue
        if words[0].rsplit("/", 1)[-1] not in ("curl", "curl.exe"):
            raise ImportFault(
                say("this is no curl command: it begins with {word!r}", word=words[0][:40])
            )
        commands.append(words[1:])
    if not commands:
        raise ImportFault(say("there is no curl command here"))
    return commands


def _of_windows(text: str) -> str:
    """What cmd makes of a command that Chrome copied for it: ``^`` takes the next character as it
    is, and a line break only before a second one."""
    joined = re.sub(r"\^\r?\n(\r?\n)?[ \t]*", lambda match: "\n" if match[1] else " ", text)
    return re.sub(r"\^(.)", r"\1", joined)


def _lines(text: str) -> list[str]:
    """Commands: one in a line, but a line break within quotes ends none."""
    lines, open_quote, begun = [], "", 0
    for at, char in enumerate(text):
        if char in "\"'" and (at == 0 or text[at - 1] != "\\" or open_quote == "'"):
            open_quote = "" if open_quote == char else open_quote or char
        elif char in "\n;" and not open_quote:
            lines.append(text[begun:at])
            begun = at + 1
    return [line for line in [*lines, text[begun:]] if line.strip() and line.strip()[0] != "#"]


def _words(line: str) -> list[str]:
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise ImportFault(
            say("the quotes of this command do not match: {why}", why=error)
        ) from None
    for n, word in enumerate(words):
        if word in ("|", ">", ">>", "&&", "||", "&", "2>&1"):
            return words[:n]
    return words


def _unescaped(text: str) -> str:
    """What bash makes of the inside of ``$'...'``."""

    def one(match: re.Match[str]) -> str:
        code = match[1]
        if code[0] in "xu" and len(code) > 1:
            return chr(int(code[1:], 16))
        return chr(int(code, 8)) if code[0] in "01234567" else _SINGLE.get(code, code)

    return _ESCAPE.sub(one, text)


def understood(words: list[str]) -> Curl:
    """Raises ImportFault for an option that is not known."""
    curl = Curl()
    rest = iter(words)
    for word in rest:
        if word == "--":
            curl.urls += rest
        elif word.startswith("-") and len(word) > 1:
            _option(curl, word, rest)
        else:
            curl.urls.append(word)
    curl.urls = [*curl.given.get("url", []), *curl.urls]
    return curl


def _option(curl: Curl, word: str, rest: Iterator[str]) -> None:
    if not word.startswith("--") and len(word) > 2:
        _letters(curl, word, rest)
        return
    name, equals, value = word.partition("=")
    if word in _ALONE:
        curl.given.setdefault(_ALONE[word], []).append("")
    elif word in _TAKING or (equals and name in _TAKING):
        taken = value if equals and word not in _TAKING else _value(word, rest)
        _take(curl, _TAKING[name if name in _TAKING else word], taken)
    elif word in _IGNORED_TAKING:
        curl.ignored.append(word)
        _value(word, rest)
    else:
        curl.ignored.append(word)


def _letters(curl: Curl, word: str, rest: Iterator[str]) -> None:
    """``-sSLkXPOST``: letters in one word; the first that takes a value takes all after it."""
    for at in range(1, len(word)):
        letter = f"-{word[at]}"
        if letter in _TAKING or letter in _IGNORED_TAKING:
            value = word[at + 1 :] or _value(letter, rest)
            if letter in _TAKING:
                _take(curl, _TAKING[letter], value)
            else:
                curl.ignored.append(letter)
            return
        _option(curl, letter, rest)


def _value(word: str, rest: Iterator[str]) -> str:
    value = next(rest, None)
    if value is None:
        raise ImportFault(say("{option} needs a value behind it", option=word))
    return value


def _take(curl: Curl, name: str, value: str) -> None:
    if name.startswith("data") or name == "json":
        curl.data.append((name, value))
    curl.given.setdefault(name, []).append(value)


def encoded_data(value: str) -> str:
    """What ``--data-urlencode`` makes of ``name=content``, ``=content`` or ``content``."""
    name, equals, content = value.partition("=")
    if not equals:
        return quote_plus(value)
    return f"{quote(name)}={quote_plus(content)}" if name else quote_plus(content)
