"""A scenario as it may be kept and shown: secrets replaced, still valid."""

from __future__ import annotations

from typing import Any

from perfconsole.model.scenario import Scenario
from perfconsole.scenario.interpolation import only_references
from perfconsole.scenario.secret_text import (
    MASK,
    is_secret_header,
    is_secret_name,
    masked_form,
    masked_text,
    masked_url,
)


def masked(scenario: Scenario) -> dict[str, Any]:
    """JSON-able, as loaded, with `MASK` in place of secrets; it validates as a Scenario."""
    tree = scenario.model_dump(mode="json", by_alias=True, exclude_unset=True)
    http = tree.get("http", {})
    if "headers" in http:
        http["headers"] = _headers(http["headers"])
    if "auth" in http:
        http["auth"] = _login(http["auth"])
    groups = tree.get("groups", {}).values()
    for each in (http, *(group.get("http", {}) for group in groups)):
        if each.get("proxy"):
            each["proxy"] = masked_url(each["proxy"])
    for owner in (tree, *groups):
        if "variables" in owner:
            owner["variables"] = _variables(owner["variables"])
    for group in groups:
        if "headers" in group:
            group["headers"] = _headers(group["headers"])
    for each in (*tree.get("before", ()), *tree.get("after", ())):
        if each.get("command"):
            each["command"] = masked_text(each["command"])
    tree |= {"data": {name: _data(data) for name, data in tree.get("data", {}).items()}}
    flows = tree.get("flows", {})
    tree["flows"] = {name: _flow(flow) for name, flow in flows.items()}
    return tree


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
    return {kind: f"{MASK}:{MASK}" if kind == "basic" else MASK for kind in login}


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
    if not (secret or is_secret_name(name)):
        return value
    return value if isinstance(value, str) and only_references(value) else MASK


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
    return {name: MASK if is_secret_header(name) else value for name, value in headers.items()}


def _fields(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: MASK if is_secret_name(name) else value for name, value in fields.items()}


def _values(value: Any) -> Any:
    """JSON with the members of secret names masked, however deep."""
    if isinstance(value, dict):
        return {k: MASK if is_secret_name(k) else _values(v) for k, v in value.items()}
    return [_values(item) for item in value] if isinstance(value, list) else value
