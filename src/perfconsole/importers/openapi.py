"""An OpenAPI (3) or Swagger (2) description → a scenario with one request for each operation.

Values are the description's own examples, or made after its schemas; what must be real, such as
ids in paths, becomes a variable to be filled in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from perfconsole.importers.asking import host_of
from perfconsole.importers.draft import Draft, ImportFault, Noted, Step
from perfconsole.importers.schema_samples import Resolver, sample_of
from perfconsole.scenario.document import Composer, DocumentError
from perfconsole.scenario.interpolation import literal
from perfconsole.texts import say

_VERBS = ("get", "head", "post", "put", "patch", "delete", "options")
_READING = ("get", "head", "options")
_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Operation:
    verb: str
    path: str
    spec: dict[str, Any]
    parameters: tuple[dict[str, Any], ...]
    """The path's own and those of the operation, references resolved."""


def from_openapi(text: str, target: str | None = None, *, writing: bool = False) -> Draft:
    """`target` instead of the first server; `writing` takes POST, PUT, PATCH and DELETE too.

    Raises ImportFault.
    """
    tree = _tree(text)
    resolver = Resolver(tree)
    base = target or _server(tree)
    parts = urlsplit(base)
    title = str((tree.get("info") or {}).get("title") or parts.netloc or "API")
    draft = Draft(
        {"name": " ".join(title.split())[:80], "target": host_of(base) or "http://127.0.0.1:8080"},
        say("an OpenAPI description"),
    )
    if not host_of(base):
        draft.notes.append(say("the description names no server: set the target"))
    found = list(_operations(tree, resolver))
    if not found:
        raise ImportFault(say("there is no operation in this description"))
    taken = [each for each in found if writing or each.verb in _READING]
    if len(taken) < len(found):
        draft.notes.append(
            say("left out: {n} operations that change something (--writing takes them)",
                n=len(found) - len(taken))
        )  # fmt: skip
    if not taken:
        raise ImportFault(say("every operation changes something: --writing takes them"))
    variables: dict[str, Any] = {}
    _logins(draft, tree, resolver)
    steps = [_step(draft, each, parts.path.rstrip("/"), resolver, variables) for each in taken]
    if variables:
        draft.tree["variables"] = variables
        names = ", ".join(variables)
        draft.notes.append(say("fill in values that the target knows: {names}", names=names))
    draft.tree |= {"groups": {"api": {"vus": 1}}, "flows": {"api": [*steps, {"think": "1s"}]}}
    return draft


def _tree(text: str) -> dict[str, Any]:
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError):
        tree = _yaml(text)
    if not isinstance(tree, dict) or not isinstance(tree.get("paths"), dict):
        raise ImportFault(say('this is no OpenAPI description: there is no "paths" in it'))
    return tree


def _yaml(text: str) -> Any:
    import yaml

    try:
        root = Composer().read(text)
    except DocumentError as error:
        raise ImportFault(f"line {error.line}: {error.text}") from None
    except yaml.YAMLError:
        raise ImportFault(say("this is neither JSON nor YAML")) from None
    return None if root is None else root.plain()


def _server(tree: dict[str, Any]) -> str:
    servers = tree.get("servers")
    if isinstance(servers, list) and servers and isinstance(servers[0], dict):
        url = str(servers[0].get("url") or "")
        given = servers[0].get("variables")
        for name, spec in (given if isinstance(given, dict) else {}).items():
            default = spec.get("default") if isinstance(spec, dict) else None
            url = url.replace(f"{{{name}}}", str(default or ""))
        return url
    if tree.get("host"):  # Swagger 2
        schemes = tree.get("schemes")
        scheme = schemes[0] if isinstance(schemes, list) and schemes else "https"
        return f"{scheme}://{tree['host']}{tree.get('basePath') or ''}"
    return str(tree.get("basePath") or "")


def _operations(tree: dict[str, Any], resolver: Resolver) -> Iterator[Operation]:
    for path, raw_item in tree["paths"].items():
        item = resolver.resolved(raw_item)
        if not isinstance(item, dict) or not str(path).startswith("/"):
            continue
        for verb in _VERBS:
            spec = resolver.resolved(item.get(verb))
            if not isinstance(spec, dict):
                continue
            merged: dict[tuple[str, str], dict[str, Any]] = {}
            for holder in (item, spec):
                given = holder.get("parameters")
                for raw in given if isinstance(given, list) else []:
                    parameter = resolver.resolved(raw)
                    if isinstance(parameter, dict):
                        key = str(parameter.get("in")), str(parameter.get("name"))
                        merged[key] = parameter
            yield Operation(verb, str(path), spec, tuple(merged.values()))


def _step(
    draft: Draft, operation: Operation, base: str, resolver: Resolver, variables: dict[str, Any]
) -> Step:
    path = base + operation.path
    step: dict[str, Any] = {
        "request": "",
        "name": f"{operation.verb.upper()} {operation.path}"[:80],
    }
    query: dict[str, Any] = {}
    headers: dict[str, str] = {}
    for parameter in operation.parameters:
        name, place = str(parameter.get("name")), parameter.get("in")
        value = _value(parameter, resolver)
        if place == "path":
            path = path.replace(f"{{{name}}}", _variable(name, value, variables))
        elif place == "query" and parameter.get("required"):
            query[name] = literal(str(value))
        elif place == "header" and parameter.get("required"):
            headers[name] = draft.kept_header(name, str(value))
    for name in re.findall(r"(?<!\$)\{([^{}]+)\}", path):
        path = path.replace(f"{{{name}}}", _variable(name, 1, variables), 1)
    step["request"] = f"{operation.verb.upper()} {_encoded(path)}"
    if query:
        step["query"] = query
    if headers:
        step["headers"] = headers
    step |= _body(draft, operation, resolver)
    summary = str(operation.spec.get("summary") or "")
    return Noted(step, (" ".join(summary.split())[:100],)) if summary.strip() else step


def _encoded(path: str) -> str:
    pieces = re.split(r"(\$\{[^{}]*\})", path)
    return "".join(
        p if p.startswith("${") else quote(p, safe="/!$&'()*+,;=:@%-._~") for p in pieces
    )


def _variable(name: str, value: Any, variables: dict[str, Any]) -> str:
    """A reference; the same name in several paths is one variable."""
    plain = re.sub(r"[^\w-]", "_", name)
    plain = plain if plain[:1].isalpha() else f"v_{plain}"
    variables.setdefault(plain[:80], value if isinstance(value, str | int | float) else 1)
    return f"${{{plain[:80]}}}"


def _value(parameter: dict[str, Any], resolver: Resolver) -> Any:
    if "example" in parameter:
        return parameter["example"]
    examples = parameter.get("examples")
    if isinstance(examples, dict) and examples:
        first = resolver.resolved(next(iter(examples.values())))
        if isinstance(first, dict) and "value" in first:
            return first["value"]
    schema = parameter.get("schema") or parameter
    value = sample_of(schema, resolver)
    if isinstance(value, list) and value:
        value = value[0]
    return value if isinstance(value, str | int | float) else "1"


def _body(draft: Draft, operation: Operation, resolver: Resolver) -> dict[str, Any]:
    body = resolver.resolved(operation.spec.get("requestBody"))
    content = body.get("content") if isinstance(body, dict) else None
    if isinstance(content, dict):
        for media, raw in content.items():
            spec = resolver.resolved(raw)
            if not isinstance(spec, dict):
                continue
            value = (
                spec["example"] if "example" in spec else sample_of(spec.get("schema"), resolver)
            )
            plain = str(media).partition(";")[0].strip()
            if plain == _JSON or plain.endswith("+json"):
                return {"json": _hidden(draft, value)}
            if plain == _FORM and isinstance(value, dict):
                return {"form": {k: _hidden(draft, str(v), str(k)) for k, v in value.items()}}
        _tell_unfilled(draft, operation, ", ".join(content))
    for parameter in operation.parameters:  # Swagger 2
        if parameter.get("in") == "body":
            return {"json": _hidden(draft, sample_of(parameter.get("schema"), resolver))}
    fields = [each for each in operation.parameters if each.get("in") == "formData"]
    if any(each.get("type") == "file" for each in fields):
        _tell_unfilled(draft, operation, "multipart/form-data")
        return {}
    form = {str(each.get("name")): str(_value(each, resolver)) for each in fields}
    return {"form": {k: _hidden(draft, v, k) for k, v in form.items()}} if form else {}


def _tell_unfilled(draft: Draft, operation: Operation, kinds: str) -> None:
    name = f"{operation.verb.upper()} {operation.path}"
    draft.notes.append(say("{name}: its body ({kinds}) is to be filled in", name=name, kinds=kinds))


def _hidden(draft: Draft, value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {str(key): _hidden(draft, each, str(key)) for key, each in value.items()}
    if isinstance(value, list):
        return [_hidden(draft, each, name) for each in value]
    if isinstance(value, str):
        return draft.kept(name, value, say("the member {name} of a body", name=name))
    return value


def _logins(draft: Draft, tree: dict[str, Any], resolver: Resolver) -> None:
    """The first way to log in that the description names."""
    schemes = (tree.get("components") or {}).get("securitySchemes") or tree.get(
        "securityDefinitions"
    )
    for raw in (schemes if isinstance(schemes, dict) else {}).values():
        scheme = resolver.resolved(raw)
        if not isinstance(scheme, dict):
            continue
        kind, how = scheme.get("type"), str(scheme.get("scheme") or "").lower()
        http = draft.tree.setdefault("http", {})
        if kind == "basic" or (kind == "http" and how == "basic"):
            user = draft.hidden("LOGIN_USER", "", say("the user of the basic login"))
            password = draft.hidden("LOGIN_PASSWORD", "", say("its password"))
            http["auth"] = {"basic": f"{user}:{password}"}
        elif kind == "apiKey" and scheme.get("in") == "header":
            name = str(scheme.get("name"))
            http["headers"] = {name: draft.hidden(name, "", say("the header {name}", name=name))}
        elif kind in ("http", "oauth2", "openIdConnect"):
            http["auth"] = {"bearer": draft.hidden("TOKEN", "", say("a bearer token"))}
        else:
            draft.notes.append(say("the login by {kind} is to be filled in", kind=str(kind)))
            if not http:
                del draft.tree["http"]
            continue
        return
