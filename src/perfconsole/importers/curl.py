"""curl commands → a scenario that asks the same, one request after the other."""

from __future__ import annotations

import os
import re
from typing import Any
from urllib.parse import urlsplit

from perfconsole.importers.asking import FORM, basic_login, hoist_headers, host_of, request_step
from perfconsole.importers.curl_words import (
    TOLD_WHEN_IGNORED,
    Curl,
    commands_in,
    encoded_data,
    understood,
)
from perfconsole.importers.draft import Draft, ImportFault
from perfconsole.texts import say

GROUP = "curl"
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_PIECE = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^;"])+', re.DOTALL)
"""What stands between the semicolons of a part of a form."""


def from_curl(text: str, *, with_secrets: bool = False) -> Draft:
    """The commands in `text`, all to one host. Raises ImportFault.

    `with_secrets` keeps logins and passwords as they are, for a scenario that is never written.
    """
    made = Draft({"name": "curl", "target": ""}, say("a curl command"), keeps_secrets=with_secrets)
    steps: list[dict[str, Any]] = []
    for words in commands_in(text):
        curl = understood(words)
        if not curl.urls:
            raise ImportFault(say("this curl command has no URL"))
        for url in curl.urls:
            steps.append(_step(made, curl, url if "://" in url else f"http://{url}"))
            _way(made, curl)
        made.notes += [
            say("curl's {option} is left out", option=option)
            for option in dict.fromkeys(curl.ignored)
            if option in TOLD_WHEN_IGNORED
        ]
    host = urlsplit(made.tree["target"]).netloc
    made.tree["name"] = host[:80]
    hoist_headers(made, steps)
    made.tree |= {"groups": {GROUP: {"vus": 1}}, "flows": {GROUP: steps}}
    return made


def _step(draft: Draft, curl: Curl, url: str) -> dict[str, Any]:
    target = host_of(url)
    if not target:
        raise ImportFault(
            say("this is no URL of http or https: {url}", url=url.split("?", maxsplit=1)[0][:80])
        )
    if draft.tree["target"] not in ("", target):
        raise ImportFault(
            say("a scenario has one target, but these commands ask {a} and {b}",
                a=draft.tree["target"], b=target)
        )  # fmt: skip
    draft.tree["target"] = target
    body, content_type = _body(curl)
    headers = _headers(curl, content_type)
    method = curl.one("request") or ("HEAD" if curl.has("head") else None)
    if curl.has("get") and body is not None:
        url, body = f"{url}{'&' if '?' in url else '?'}{body}", None
        headers = [(name, value) for name, value in headers if name.lower() != "content-type"]
    for more in curl.given.get("url_query", []):
        url = f"{url}{'&' if '?' in url else '?'}{encoded_data(more)}"
    parts = curl.given.get("form", []) or curl.given.get("form_string", [])
    sends = body is not None or bool(parts) or curl.has("json")
    verb = (method or ("POST" if sends else "GET")).upper()
    if body is not None and body.startswith("@"):
        step = request_step(draft, verb, url, headers, body_file=os.path.abspath(body[1:]))
    else:
        step = request_step(draft, verb, url, headers, body)
    if parts:
        step["multipart"] = dict(_part(draft, part, is_plain="form" not in curl.given)
                                 for part in parts)  # fmt: skip
    _login(draft, curl, step)
    _cookie(draft, curl, step)
    if not curl.has("location"):
        step["follow_redirects"] = False
    if (limit := curl.one("max_time")) is not None:
        step["timeout"] = f"{limit}s"
    return step


def _headers(curl: Curl, content_type: str | None) -> list[tuple[str, str]]:
    headers = []
    for line in curl.given.get("header", []):
        name, colon, value = line.partition(":")
        if colon and value.strip():
            headers.append((name.strip(), value.strip()))
    if (agent := curl.one("agent")) is not None:
        headers.append(("User-Agent", agent))
    if (referer := curl.one("referer")) is not None:
        headers.append(("Referer", referer))
    if (span := curl.one("range")) is not None:
        headers.append(("Range", f"bytes={span}"))
    if curl.has("compressed"):
        headers.append(("Accept-Encoding", "gzip, deflate, br"))
    if content_type is not None and "content-type" not in {name.lower() for name, _ in headers}:
        headers.append(("Content-Type", content_type))
    return headers


def _body(curl: Curl) -> tuple[str | None, str | None]:
    """The body, or ``@file`` for one that is sent as it is; and its content type."""
    if not curl.data:
        return None, None
    kinds = {kind for kind, _ in curl.data}
    content_type = "application/json" if "json" in kinds else FORM
    if len(curl.data) == 1 and curl.data[0][0] in ("data", "data_binary", "json"):
        return curl.data[0][1], content_type
    if any(text.startswith("@") for kind, text in curl.data if kind != "data_raw"):
        raise ImportFault(say("several bodies of which one is a file: give only one -d"))
    texts = [encoded_data(text) if kind == "data_urlencode" else text for kind, text in curl.data]
    return ("" if "json" in kinds else "&").join(texts), content_type


def _part(draft: Draft, part: str, *, is_plain: bool) -> tuple[str, Any]:
    """``name=text``, or ``name=@file;type=image/png;filename=a.png``."""
    name, equals, value = part.partition("=")
    if not equals:
        raise ImportFault(say("{part!r} is no field of a form: write name=value", part=part[:40]))
    if is_plain or value[:1] not in ("@", "<"):
        text = value if is_plain else _unquoted(value)
        return name, draft.kept(name, text, say("the form's field {name}", name=name))
    file, *attributes = _PIECE.findall(value[1:])
    spec: dict[str, Any] = {"file": os.path.abspath(_unquoted(file))}
    for attribute in attributes:
        key, _, text = attribute.strip().partition("=")
        if key in ("type", "filename"):
            spec["name" if key == "filename" else "type"] = _unquoted(text)
    return name, spec


def _unquoted(text: str) -> str:
    """A value of ``-F``, which may stand in double quotes."""
    match = _QUOTED.fullmatch(text)
    return text if match is None else re.sub(r"\\(.)", r"\1", match[1])


def _login(draft: Draft, curl: Curl, step: dict[str, Any]) -> None:
    user, bearer = curl.one("user"), curl.one("bearer")
    if user is not None:
        step["auth"] = {"basic": basic_login(draft, user if ":" in user else f"{user}:")}
    elif bearer is not None:
        step["auth"] = {"bearer": draft.hidden("TOKEN", bearer, say("the bearer token"))}


def _cookie(draft: Draft, curl: Curl, step: dict[str, Any]) -> None:
    """As ``-b`` or ``-H 'Cookie: ...'`` gives it."""
    lines = (line.partition(":") for line in curl.given.get("header", []))
    given = (value.strip() for name, _, value in lines if name.strip().lower() == "cookie")
    cookie = next(given, curl.one("cookie"))
    if cookie is not None and "=" in cookie:
        kept = draft.hidden("COOKIE", cookie, say("the header Cookie"))
        step.setdefault("headers", {})["Cookie"] = kept


def _way(draft: Draft, curl: Curl) -> None:
    """How the target is reached, which holds for all requests of a scenario."""
    http = draft.tree.setdefault("http", {})
    if curl.has("insecure"):
        http["insecure"] = True
    if curl.has("http2"):
        http["version"] = "2"
    for name in ("ca", "cert", "key"):
        if (file := curl.one(name)) is not None:
            http[name] = os.path.abspath(file)
    if (proxy := curl.one("proxy")) is not None:
        http["proxy"] = proxy if "://" in proxy else f"http://{proxy}"
    if (limit := curl.one("connect_timeout")) is not None:
        http["connect_timeout"] = f"{limit}s"
    if not http:
        del draft.tree["http"]
