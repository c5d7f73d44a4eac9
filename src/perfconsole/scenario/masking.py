"""A scenario as it may be kept and shown: secrets replaced, still valid."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

if TYPE_CHECKING:  # injectors mask too, and start quicker and smaller without pydantic
    from perfconsole.model.scenario import Scenario

MASK = "***"

_SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "x-api-key"})
_SECRET_WORDS = ("password", "passwd", "pwd", "passphrase", "secret", "token", "apikey")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_PIN = re.compile(r"(?:^|[^a-z])pin(?:$|[^a-z])")
_QUOTED_PAIR = re.compile(r"""(["'])([\w.\[\]-]{1,80})\1(\s*:\s*)("(?:[^"\\]|\\.)*"|[^\s,}\]"]+)""")
_PLAIN_PAIR = re.compile(r"""([\w.%+\[\]-]{1,80})(=)("[^"]*"|[^&;,\s"'<>]*)""")
_ELEMENT = re.compile(r"<([\w.:-]{1,80})((?:\s[^<>]*)?>)([^<]*)(?=</)")


def is_secret_name(name: str) -> bool:
    """Whether a header, field or parameter of this name carries a secret."""
    words = _CAMEL.sub("-", name).lower()
    joined = re.sub(r"[\s_.-]", "", words)
    return (
        name.lower() in _SECRET_HEADERS
        or any(word in joined for word in _SECRET_WORDS)
        or bool(_PIN.search(words))
    )


def masked(scenario: Scenario) -> dict[str, Any]:
    """JSON-able, as loaded, with `MASK` in place of secrets; it validates as a Scenario."""
    tree = scenario.model_dump(mode="json", by_alias=True, exclude_unset=True)
    http = tree.get("http", {})
    if "headers" in http:
        http["headers"] = _fields(http["headers"])
    if "variables" in tree:
        tree["variables"] = _fields(tree["variables"])
    flows = tree.get("flows", {})
    tree["flows"] = {name: [_step(step) for step in flow] for name, flow in flows.items()}
    return tree


def masked_text(text: str) -> str:
    """`text` with the values of secret names masked: ``name=value``, JSON members, XML elements."""

    def quoted(match: re.Match[str]) -> str:
        kept = match[0][: match.start(4) - match.start()]
        return f'{kept}"{MASK}"' if is_secret_name(match[2]) else match[0]

    def plain(match: re.Match[str]) -> str:
        return f"{match[1]}={MASK}" if is_secret_name(unquote_plus(match[1])) else match[0]

    def element(match: re.Match[str]) -> str:
        return f"<{match[1]}{match[2]}{MASK}" if is_secret_name(match[1]) else match[0]

    return _ELEMENT.sub(element, _PLAIN_PAIR.sub(plain, _QUOTED_PAIR.sub(quoted, text)))


def _step(step: dict[str, Any]) -> dict[str, Any]:
    if "steps" in step:
        return step | {"steps": [_step(inner) for inner in step["steps"]]}
    if "request" not in step:
        return step
    changes: dict[str, Any] = {"request": _request(step["request"])}
    for key, mask in (("headers", _fields), ("form", _fields), ("json", _values)):
        if step.get(key) is not None:
            changes[key] = mask(step[key])
    if step.get("body"):
        changes["body"] = masked_text(step["body"])
    if step.get("name"):
        changes["name"] = masked_text(step["name"])[:80]
    return step | changes


def _request(request: str) -> str:
    path, question, query = request.partition("?")
    pairs = [
        f"{name}={MASK}" if equals and is_secret_name(unquote_plus(name)) else name + equals + value
        for name, equals, value in (pair.partition("=") for pair in query.split("&"))
    ]
    return path + question + "&".join(pairs)


def _fields(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: MASK if is_secret_name(name) else value for name, value in fields.items()}


def _values(value: Any) -> Any:
    """JSON with the members of secret names masked, however deep."""
    if isinstance(value, dict):
        return {k: MASK if is_secret_name(k) else _values(v) for k, v in value.items()}
    return [_values(item) for item in value] if isinstance(value, list) else value
