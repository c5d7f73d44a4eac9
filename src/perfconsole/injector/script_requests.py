"""The requests of a flow in Python, made ready to be sent; one that comes again is kept."""

from __future__ import annotations

import json as json_text
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from perfconsole.injector.checks import Expectation
from perfconsole.injector.request import Origin, Request, built
from perfconsole.injector.script_names import Named, ScriptNames
from perfconsole.injector.values import Values
from perfconsole.model.duration import parse_duration
from perfconsole.model.plan import Check, GroupPlan
from perfconsole.scenario.interpolation import Reference, names_in, pieces
from perfconsole.scenario.python_files import automatic_name
from perfconsole.scenario.request_plans import encoded_path, merged_headers
from perfconsole.texts import say

MOST_KEPT = 1000
"""Requests of a group that are kept made; then it begins anew."""

Statuses = int | Iterable[int] | None
Pairs = tuple[tuple[str, str], ...]

_METHOD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+").fullmatch
_HEADER_NAME = _METHOD
_PLAIN_PATH = re.compile(r"/[\w.~/!$&'()*+,;=:@?-]*", re.ASCII).fullmatch
"""Sent as it is written."""


class _Unset:
    """No JSON body: None is one."""


UNSET = _Unset()


class Requests:
    """Of one group."""

    def __init__(
        self, group: GroupPlan, timeout_s: float, origin: Origin, names: ScriptNames
    ) -> None:
        self._headers = group.headers
        self._are_filled = any(names_in(value) for _, value in group.headers)
        self._timeout_s = timeout_s
        self._origin = origin
        self._names = names
        self._kept: dict[tuple[object, ...], Request] = {}
        self._named: dict[int, Named] = {}

    def transaction_of(self, request: Request) -> int:
        """The number of the transaction that a request is by itself."""
        return self._named[request.number].transaction

    def common(self, values: Values) -> Pairs:
        """The headers that go with every request."""
        if not self._are_filled:
            return self._headers
        return tuple((name, _filled(value, values)) for name, value in self._headers)

    def plain(
        self, values: Values, method: str, path: str, name: str | None, follow: bool
    ) -> Request:
        """One that has nothing of its own but its path. Raises ValueError when it can be none."""
        if self._are_filled:
            return self.made(values, method, path, name=name, follow=follow)
        key = method, path, name, follow
        request = self._kept.get(key)
        if request is None:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            request = self._kept[key] = self.made(values, method, path, name=name, follow=follow)
        return request

    def made(
        self,
        values: Values,
        method: str,
        path: str,
        *,
        name: str | None = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        body: str | bytes | None = None,
        json: Any = UNSET,
        form: Mapping[str, Any] | None = None,
        timeout: str | float | None = None,
        follow: bool = True,
        expect: Statuses = None,
    ) -> Request:
        """Raises ValueError when it can be none."""
        if not path.startswith("/"):
            raise ValueError(
                say("a path begins with a slash, not {path}; other hosts: vu.httpx",
                    path=repr(path[:80]))
            )  # fmt: skip
        if not _METHOD(method):
            raise ValueError(say("{method} is no method", method=repr(method[:80])))
        content, content_type = _content(body, json, form)
        sent_path = path if _PLAIN_PATH(path) else encoded_path(path)
        if query:
            sent_path += ("&" if "?" in path else "?") + urlencode(query, doseq=True)
        named = self._name(method, path, name)
        return built(
            named.name, named.number, method, sent_path.encode("latin-1", "replace"),
            self._merged(values, content_type, headers), content,
            self._timeout_s if timeout is None else parse_duration(timeout), follow,
            _expectation(_as_statuses(expect)), None, self._origin,
        )  # fmt: skip

    def _name(self, method: str, path: str, name: str | None) -> Named:
        if name is None:
            named = self._names.automatic(automatic_name(method, path))
        else:
            named = self._names.given(name)
        self._named[named.number] = named
        return named

    def _merged(
        self, values: Values, content_type: str | None, own: Mapping[str, str] | None
    ) -> Pairs:
        common = self.common(values)
        if content_type is None and not own:
            return common
        natural = {"Content-Type": content_type} if content_type is not None else {}
        return merged_headers(natural, dict(common), _checked(own or {}))


def _content(
    body: str | bytes | None, json: Any, form: Mapping[str, Any] | None
) -> tuple[bytes, str | None]:
    """A body's bytes, and what it is when no header says it. Raises ValueError."""
    if sum((body is not None, json is not UNSET, form is not None)) > 1:
        raise ValueError(say("give only one of body, json and form"))
    if json is not UNSET:
        text = json_text.dumps(json, ensure_ascii=False, separators=(",", ":"))
        return text.encode(), "application/json"
    if form is not None:
        return urlencode(form, doseq=True).encode(), "application/x-www-form-urlencoded"
    if isinstance(body, str):
        return body.encode(), "text/plain; charset=utf-8"
    return body or b"", None


def _checked(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers that end nothing. Raises ValueError."""
    for name, value in headers.items():
        if not _HEADER_NAME(name) or "\r" in value or "\n" in value:
            raise ValueError(say("{name} is no header that can be sent", name=repr(name[:80])))
    return dict(headers)


def _filled(text: str, values: Values) -> str:
    return "".join(
        values[piece.name] if isinstance(piece, Reference) else piece for piece in pieces(text)
    ).translate(_NO_BREAKS)


_NO_BREAKS = {ord(sign): None for sign in "\r\n\0"}


def _as_statuses(expect: Statuses) -> tuple[int, ...]:
    if expect is None:
        return ()
    return (expect,) if isinstance(expect, int) else tuple(expect)


@lru_cache(maxsize=64)
def _expectation(statuses: tuple[int, ...]) -> Expectation:
    """The body is kept for the flow to read."""
    return Expectation.of(Check(statuses=statuses), keeps_body=True)
