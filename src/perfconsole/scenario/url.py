"""``perfconsole run URL``: a scenario of one group that sends one request, by curl's habits."""

from __future__ import annotations

import base64
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from perfconsole.model.scenario import Scenario
from perfconsole.model.steps import METHODS
from perfconsole.scenario.interpolation import literal
from perfconsole.scenario.planning import ascii_host
from perfconsole.scenario.problems import Problem, ScenarioError, one_line
from perfconsole.scenario.references import reference_complaints
from perfconsole.scenario.request_plans import encoded_path
from perfconsole.scenario.validating import validated
from perfconsole.texts import say

GROUP = "url"
_FORM = "application/x-www-form-urlencoded"
_MOST_MB = 10
"""Of a body that is read before it is sent."""


def from_url(
    url: str,
    *,
    vus: int | None = None,
    rate: float | None = None,
    duration_s: float | None = None,
    method: str | None = None,
    headers: Sequence[str] = (),
    body: str | Sequence[str] | None = None,
    raw_body: Sequence[str] = (),
    user: str | None = None,
    ca: str | None = None,
    cert: str | None = None,
    key: str | None = None,
    insecure: bool = False,
    http2: bool = False,
    proxy: str | None = None,
) -> Scenario:
    """The group "url" running the flow "url" with the request that curl would send.

    With a `rate`, in arrivals a second, `vus` is the ceiling.

    `headers` are lines such as ``Accept: text/html``. A body makes it a POST of form data unless
    method or Content-Type say otherwise; ``@file`` (``@-`` for standard input) is read without
    its line breaks, several bodies are joined with ``&``. A `raw_body` keeps its line breaks, and
    a file given as one is sent as it is. User and password, as `user` or in the URL, become basic
    authentication. A `proxy` without a scheme is an HTTP one. Raises ScenarioError.
    """
    parts = _split(url)
    raw_file = _raw_file(body, raw_body)
    path = encoded_path((parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
    text = None if raw_file else _body(body, raw_body)
    has_body = raw_file is not None or text is not None
    sent = _headers(headers, None if user else parts, has_body=has_body)
    verb = _method(method, has_body=has_body)
    request: dict[str, Any] = {"request": f"{verb} {path}", "name": _name(verb, path)}
    if sent:
        request["headers"] = {name: literal(value) for name, value in sent.items()}
    if text is not None:
        request["body"] = literal(text)
    if raw_file is not None:
        request["body_file"] = os.path.abspath(raw_file)
    if user is not None:
        request["auth"] = {"basic": literal(user)}
    http: dict[str, Any] = {
        name: os.path.abspath(file)
        for name, file in (("ca", ca), ("cert", cert), ("key", key))
        if file
    }
    host = _host(parts)
    tree: dict[str, Any] = {
        "name": one_line(host)[:80],
        "target": f"{parts.scheme}://{host}",
        "http": http | _way(insecure=insecure, http2=http2, proxy=proxy),
        "groups": {GROUP: {"flow": GROUP, **_load(vus, rate)}},
        "flows": {GROUP: [request]},
    }
    if duration_s is not None:
        tree["duration"] = duration_s
    return checked(tree)


def checked(tree: dict[str, Any]) -> Scenario:
    """The scenario that a plain tree is. Raises ScenarioError."""
    outcome = validated(tree)
    complaints = [*(outcome if isinstance(outcome, list) else []), *reference_complaints(tree)]
    if complaints or isinstance(outcome, list):
        raise _error(*(complaint.text for complaint in complaints))
    return outcome


def _way(*, insecure: bool, http2: bool, proxy: str | None) -> dict[str, Any]:
    """How the target is reached, where that is not plain."""
    way: dict[str, Any] = {"insecure": True} if insecure else {}
    if http2:
        way["version"] = "2"
    if proxy:
        way["proxy"] = proxy if "://" in proxy else f"http://{proxy}"
    return way


def _load(vus: int | None, rate: float | None) -> dict[str, float]:
    if rate is None:
        return {"vus": 1 if vus is None else vus}
    return {"rate": rate} if vus is None else {"rate": rate, "vus": vus}


def _error(*texts: str) -> ScenarioError:
    return ScenarioError(Problem(say("command line"), 0, one_line(text)) for text in texts)


def _split(url: str) -> SplitResult:
    whole = url.strip() if "://" in url else f"http://{url.strip()}"
    example = say("write one such as http://127.0.0.1:8080/path")
    try:
        parts = urlsplit(whole)
        port = parts.port
    except ValueError:
        raise _error(say("{url} is no URL; {example}", url=_safe(url), example=example)) from None
    if parts.scheme not in ("http", "https"):
        raise _error(say("{scheme} cannot be loaded, only http and https; {example}",
                         scheme=parts.scheme, example=example))  # fmt: skip
    if not parts.hostname or port == 0:
        raise _error(say("{url} names no host and port; {example}", url=_safe(url),
                         example=example))  # fmt: skip
    return parts


def _safe(url: str) -> str:
    """A URL as it may be shown: without user, password and query."""
    return repr(url.split("?", 1)[0].rsplit("@", 1)[-1][:100])


def _host(parts: SplitResult) -> str:
    """Host and port for the target; a name in other letters as DNS writes it."""
    name = parts.hostname or ""
    try:
        name = ascii_host(name)
    except ValueError:
        raise _error(say("{name} is no host name", name=repr(name[:100]))) from None
    host = f"[{name}]" if ":" in name else name
    return host if parts.port is None else f"{host}:{parts.port}"


def _name(method: str, path: str) -> str:
    """The transaction's name: method and path, at most 80 characters."""
    name = f"{method} {path.split('?', 1)[0]}"
    return name if len(name) <= 80 else f"{name[:77]}..."


def _method(method: str | None, *, has_body: bool) -> str:
    chosen = method if method is not None else "POST" if has_body else "GET"
    if chosen.upper() not in METHODS:
        raise _error(say("{method} is no method; use one of {methods}",
                         method=repr(chosen[:40]), methods=", ".join(METHODS)))  # fmt: skip
    return chosen.upper()


def _headers(lines: Sequence[str], parts: SplitResult | None, *, has_body: bool) -> dict[str, str]:
    """Those of `lines`, and a login out of `parts`, the URL's."""
    sent: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            wrong = repr(line.split("=", 1)[0][:40])
            raise _error(say('{line} is no header; write "Name: value"', line=wrong))
        sent[name.strip()] = value.strip()
    given = {name.lower() for name in sent}
    if has_body and "content-type" not in given:
        sent["Content-Type"] = _FORM
    if parts is not None and parts.username is not None and "authorization" not in given:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        sent["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    return sent


def _pieces(body: str | Sequence[str] | None) -> list[str]:
    return [body] if isinstance(body, str) else list(body or ())


def _raw_file(body: str | Sequence[str] | None, raw_body: Sequence[str]) -> str | None:
    """The one file that is the whole body, to be read by whoever sends it."""
    if len(raw_body) == 1 and not _pieces(body):
        (piece,) = raw_body
        return piece[1:] if piece.startswith("@") and piece != "@-" else None
    return None


def _body(body: str | Sequence[str] | None, raw_body: Sequence[str]) -> str | None:
    pieces = [_read(piece) for piece in _pieces(body)]
    pieces += [_read(piece, raw=True) for piece in raw_body]
    return "&".join(pieces) if pieces else None


def _bytes(name: str, most: int) -> bytes:
    """At most so many of a file's, or of what is piped."""
    if name == "-":
        return sys.stdin.buffer.read(most)
    with Path(name).open("rb") as file:
        return file.read(most)


def _read(piece: str, *, raw: bool = False) -> str:
    if not piece.startswith("@"):
        return piece
    name = piece[1:]
    if not name:
        raise _error(
            say('"@" needs the name of a file, such as @body.json, or @- for what is piped')
        )
    try:
        data = _bytes(name, _MOST_MB * 1_000_000 + 1)
        if len(data) > _MOST_MB * 1_000_000:
            raise _error(say("{file} is over {most} MB; --data-binary @FILE alone sends any size",
                             file=name, most=_MOST_MB))  # fmt: skip
        text = data.decode()
        return text if raw else text.replace("\r", "").replace("\n", "")
    except UnicodeDecodeError:
        raise _error(say("{file} is not UTF-8 text", file=name)) from None
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or say("no file name")).lower()
        raise _error(say("cannot read {file}: {reason}", file=name, reason=reason)) from None
