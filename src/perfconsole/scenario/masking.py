"""A scenario as it may be kept and shown: secrets replaced, still valid.

What only says where a secret is taken from, such as ``${users.password}``, is none and stays.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from perfconsole.model.scenario import Scenario
from perfconsole.scenario.interpolation import literal, only_references
from perfconsole.scenario.secret_mark import sources_told
from perfconsole.scenario.secret_text import (
    MASK,
    is_secret_header,
    is_secret_name,
    masked_argv,
    masked_form,
    masked_page,
    masked_text,
    masked_url,
    masked_webhook,
)
from perfconsole.scenario.variables import known_values

_SCHEME = re.compile(r"(?:Basic|Bearer|Token)\s+", re.IGNORECASE)
"""Before what a header says who asks with."""
LOGIN_COLON = re.compile(r":(?![^{}]*\})")
"""Between a user and a password; the one in ``${env:NAME}`` is none."""
_REFERRED_LOGIN = re.compile(r"^\w+://(?:[^\s/?#@:]+:)?(?:\$\{[^{}]+\})+@[^@]*$")
"""A URL with a password that stands elsewhere."""


def masked(scenario: Scenario, given: Mapping[str, str] | None = None) -> dict[str, Any]:
    """JSON-able, as loaded, with `MASK` in place of secrets; it validates as a Scenario.

    What is `given` to its variables stands there as their value.
    """
    with sources_told():
        tree = _masked(scenario)
    values, variables = given or {}, tree.get("variables", {})
    secret = known_values(scenario.variables, values).secret
    for name in (variables.keys() & values.keys()) - secret:
        entry, value = variables[name], literal(values[name])
        variables[name] = entry | {"value": value} if isinstance(entry, dict) else value
    return tree


def _masked(scenario: Scenario) -> dict[str, Any]:
    tree = scenario.model_dump(mode="json", by_alias=True, exclude_unset=True)
    http = tree.get("http", {})
    if "headers" in http:
        http["headers"] = _headers(http["headers"])
    if "auth" in http:
        http["auth"] = _login(http["auth"])
    groups = tree.get("groups", {}).values()
    for each in (http, *(group.get("http", {}) for group in groups)):
        if each.get("proxy"):
            each["proxy"] = _url(each["proxy"])
    for owner in (tree, *groups):
        if "variables" in owner:
            owner["variables"] = _variables(owner["variables"])
    for group in groups:
        if "headers" in group:
            group["headers"] = _headers(group["headers"])
    _mask_commands(tree)
    for server in tree.get("servers", {}).values():
        if server.get("probes"):
            server["probes"] = {name: _probe(each) for name, each in server["probes"].items()}
    if receivers := tree.get("alarms", {}).get("receivers"):
        tree["alarms"]["receivers"] = [_receiver(each) for each in receivers]
    tree |= {"data": {name: _data(data) for name, data in tree.get("data", {}).items()}}
    if "servers" in tree:
        tree["servers"] = {name: _server(server) for name, server in tree["servers"].items()}
    flows = tree.get("flows", {})
    tree["flows"] = {name: _flow(flow) for name, flow in flows.items()}
    return tree


def _mask_commands(tree: dict[str, Any]) -> None:
    for each in (*tree.get("before", ()), *tree.get("after", ())):
        if each.get("command"):
            each["command"] = masked_text(each["command"])
    for server in tree.get("servers", {}).values():
        if server.get("command"):
            server["command"] = masked_argv(server["command"])


def _probe(probe: dict[str, Any]) -> dict[str, Any]:
    masks = (
        ("argv", masked_argv), ("through", masked_argv), ("stdin", masked_text),
        ("url", masked_page), ("environment", _headers), ("headers", _headers), ("auth", _login),
        ("password", _referred),
    )  # fmt: skip
    return probe | {key: mask(probe[key]) for key, mask in masks if probe.get(key)}


def _receiver(receiver: dict[str, Any]) -> dict[str, Any]:
    masks = (("command", masked_text), ("webhook", masked_webhook))
    return receiver | {key: mask(receiver[key]) for key, mask in masks if receiver.get(key)}


def _server(server: dict[str, Any]) -> dict[str, Any]:
    commands = server.get("snapshots", {})
    masked_ones = {name: masked_argv(words) for name, words in commands.items()}
    return server | ({"snapshots": masked_ones} if commands else {})


_LISTS = ("init", "steps", "end", "then", "else", "choose", "one_of")
"""Keys under which there are lists of steps, or of ways with steps."""


def _flow(holder: dict[str, Any]) -> dict[str, Any]:
    """A flow, a step or a way, with the steps within it masked."""
    return holder | {
        key: [_step(each) for each in holder[key]] for key in _LISTS if holder.get(key)
    }


def _step(step: dict[str, Any]) -> dict[str, Any]:
    if "set" in step:
        return {"set": _fields(step["set"])}
    changes = _answers(step)
    if "request" not in step:
        return _flow(step) | changes
    changes["request"] = _request(step["request"])
    masks = (
        ("headers", _headers), ("form", _fields), ("multipart", _fields), ("json", _values),
        ("auth", _login),
    )  # fmt: skip
    for key, mask in masks:
        if step.get(key) is not None:
            changes[key] = mask(step[key])
    if step.get("body"):
        changes["body"] = masked_text(step["body"])
    if step.get("name"):
        changes["name"] = masked_text(step["name"])[:80]
    return step | changes


def _answers(step: dict[str, Any]) -> dict[str, Any]:
    """What a step asks of an answer and takes out of it, as far as secrets may be in it."""
    changes: dict[str, Any] = {}
    if check := step.get("check"):
        masks = (("header", _headers), ("json", _fields))
        changes["check"] = check | {key: mask(check[key]) for key, mask in masks if check.get(key)}
    if extracts := step.get("extract"):
        changes["extract"] = {
            name: spec | {"default": MASK} if is_secret_name(name) and "default" in spec else spec
            for name, spec in extracts.items()
        }
    return changes


def _request(request: str) -> str:
    path, question, query = request.partition("?")
    return path + question + masked_form(query)


def _login(login: Any) -> Any:
    """Neither user nor password nor token; still a login, or none."""
    if not isinstance(login, dict):
        return login
    return {
        kind: ":".join(map(_referred, LOGIN_COLON.split(written, maxsplit=1))) if kind == "basic"
        else _referred(written)
        for kind, written in login.items()
    }  # fmt: skip


def _referred(secret: Any) -> Any:
    """Where it is taken from, else the mask."""
    return secret if isinstance(secret, str) and only_references(secret) else MASK


def _url(url: str) -> str:
    return url if _REFERRED_LOGIN.match(url) else masked_url(url)


def _variables(entries: dict[str, Any]) -> dict[str, Any]:
    """Without the values of secrets, but for those that only say where they are taken from."""
    return {
        name: {**entry, "value": _variable(name, entry["value"], secret=entry.get("secret", False))}
        if isinstance(entry, dict) and entry.get("value") is not None
        else entry
        if isinstance(entry, dict)
        else _variable(name, entry)
        for name, entry in entries.items()
    }


def _variable(name: str, value: Any, *, secret: bool = False) -> Any:
    return _referred(value) if secret or is_secret_name(name) else value


def _data(data: dict[str, Any]) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if data.get("database"):
        changes["database"] = masked_text(data["database"])
    if data.get("generate"):
        changes["generate"] = {
            name: [MASK] if isinstance(made, list | tuple) and is_secret_name(name) else made
            for name, made in data["generate"].items()
        }
    return data | changes


def _headers(headers: dict[str, Any]) -> dict[str, Any]:
    return {name: _field(value) if is_secret_header(name) else value
            for name, value in headers.items()}  # fmt: skip


def _fields(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: _field(value) if is_secret_name(name) else value
            for name, value in fields.items()}  # fmt: skip


def _field(value: Any) -> Any:
    """Of a secret name; what is before a reference in a header is none of it."""
    bare = _SCHEME.sub("", value, count=1) if isinstance(value, str) else value
    return value if _referred(bare) == bare != MASK else MASK


def _values(value: Any) -> Any:
    """JSON with the members of secret names masked, however deep."""
    if isinstance(value, dict):
        return {k: _referred(v) if is_secret_name(k) else _values(v) for k, v in value.items()}
    return [_values(item) for item in value] if isinstance(value, list) else value
