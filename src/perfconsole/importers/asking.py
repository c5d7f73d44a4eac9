"""One recorded or described request → the step of a flow that asks the same."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from perfconsole.importers.draft import Draft
from perfconsole.scenario.secret_text import is_secret_name
from perfconsole.texts import say

FORM = "application/x-www-form-urlencoded"
_LONGEST_NAME = 80
_OWN = frozenset(
    {"host", "content-length", "connection", "cookie", "keep-alive", "proxy-connection", "te",
     "trailer", "transfer-encoding", "upgrade", "if-modified-since", "if-none-match",
     "upgrade-insecure-requests", "priority", "dnt", "pragma", "expect"}
)  # fmt: skip
"""Headers that perfconsole sends by itself, or that a recording should not repeat."""
_NEVER = ("sec-", ":")
_PAIR = r"[\w.*+%~!$'()@:/?,;\[\]-]+=[^&]*"
_FIELDS = re.compile(f"{_PAIR}(?:&{_PAIR})*")
"""A body that is fields of a form, and not some other text sent under its name."""


def request_step(
    draft: Draft,
    method: str,
    url: str,
    headers: Iterable[tuple[str, str]] = (),
    body: str | None = None,
    body_file: str | None = None,
) -> dict[str, Any]:
    """A request with what of its headers and body is worth saying; secrets as references.

    `url` may be a path alone.
    """
    parts = urlsplit(url)
    path = _path(draft, parts.path or "/", parts.query)
    step: dict[str, Any] = {"request": f"{method} {path}"}
    if len(step["request"].partition("?")[0]) > _LONGEST_NAME:
        step["name"] = step["request"].partition("?")[0][: _LONGEST_NAME - 3] + "..."
    kept = {name: value for name, value in headers if _worth_saying(name)}
    content_type = next((v for n, v in kept.items() if n.lower() == "content-type"), "")
    login = next((v for n, v in kept.items() if n.lower() == "authorization"), None)
    kept = {n: v for n, v in kept.items() if n.lower() not in ("content-type", "authorization")}
    sent = {"body_file": body_file} if body_file else _body(draft, body, content_type)
    if content_type and not _said_by(sent, content_type):
        kept["Content-Type"] = content_type
    if kept:
        step["headers"] = {
            name: draft.kept_header(name, value.strip()) for name, value in kept.items()
        }
    if login is not None:
        _log_in(draft, step, login)
    return step | sent


def host_of(url: str) -> str:
    """Scheme, host and port of an absolute URL, as a scenario's target; "" for any other."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    usual = 443 if parts.scheme == "https" else 80
    return f"{parts.scheme}://{host}" + ("" if port in (None, usual) else f":{port}")


def hoist_headers(draft: Draft, steps: list[dict[str, Any]]) -> None:
    """Move the headers that all requests have in common to the scenario's own."""
    if len(steps) < 2:
        return
    common = dict(steps[0].get("headers", {}))
    for step in steps[1:]:
        own = step.get("headers", {})
        common = {name: value for name, value in common.items() if own.get(name) == value}
    common = {name: value for name, value in common.items() if name != "Content-Type"}
    if not common:
        return
    draft.tree.setdefault("http", {}).setdefault("headers", {}).update(common)
    for step in steps:
        step["headers"] = {n: v for n, v in step["headers"].items() if n not in common}
        if not step["headers"]:
            del step["headers"]


def _worth_saying(name: str) -> bool:
    lower = name.lower()
    return lower not in _OWN and not lower.startswith(_NEVER)


def _path(draft: Draft, path: str, query: str) -> str:
    whole = quote(path, safe="!$%&'()*+,-./:;=?@_~")
    if not query:
        return draft.text(whole)
    pairs = []
    for pair in query.split("&"):
        name, equals, value = pair.partition("=")
        if equals and value and is_secret_name(name):
            what = say("the query parameter {name}", name=name)
            pairs.append(f"{name}={draft.hidden(name, value, what)}")
        else:
            pairs.append(draft.text(quote(pair, safe="!$%'()*+,-./:;=?@_~")))
    return f"{draft.text(whole)}?{'&'.join(pairs)}"


def _body(draft: Draft, body: str | None, content_type: str) -> dict[str, Any]:
    if not body:
        return {}
    media = content_type.partition(";")[0].strip().lower()
    if media == FORM:
        return _form(draft, body)
    if media == "application/json" or media.endswith("+json"):
        try:
            return {"json": _without_secrets(draft, json.loads(body))}
        except (ValueError, RecursionError):
            pass
    return {"body": draft.text(body)}


def _form(draft: Draft, body: str) -> dict[str, Any]:
    pairs = parse_qsl(body, keep_blank_values=True)
    if not _FIELDS.fullmatch(body) or len({name for name, _ in pairs}) < len(pairs):
        return {"body": draft.text(body)}
    return {
        "form": {
            name: draft.kept(name, value, say("the form's field {name}", name=name))
            for name, value in pairs
        }
    }


def _without_secrets(draft: Draft, value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _without_secrets(draft, each, str(key)) for key, each in value.items()}
    if isinstance(value, list):
        return [_without_secrets(draft, each, name) for each in value]
    if isinstance(value, str):
        return draft.kept(name, value, say("the member {name} of a JSON body", name=name))
    return value


def _said_by(sent: dict[str, Any], content_type: str) -> bool:
    """Whether the step says its content type by the kind of its body."""
    media = content_type.partition(";")[0].strip().lower()
    if "form" in sent:
        return True
    return not sent or ("json" in sent and media == "application/json")


def _log_in(draft: Draft, step: dict[str, Any], login: str) -> None:
    scheme, _, credential = login.strip().partition(" ")
    if scheme.lower() == "bearer" and credential:
        step["auth"] = {"bearer": draft.hidden("TOKEN", credential, say("the bearer token"))}
    elif scheme.lower() == "basic" and not draft.keeps_secrets:
        step["auth"] = {"basic": basic_login(draft, ":")}
    else:
        what = say("the header Authorization")
        kept = draft.hidden("AUTHORIZATION", login.strip(), what)
        step.setdefault("headers", {})["Authorization"] = kept


def basic_login(draft: Draft, pair: str) -> str:
    """``user:password``, or references to them."""
    user, _, password = pair.partition(":")
    first = draft.hidden("LOGIN_USER", user, say("the user of the basic login"))
    return f"{first}:{draft.hidden('LOGIN_PASSWORD', password, say('its password'))}"
