"""Write api.md, the reference of the API, from its own description.

``make docs`` runs it; what stands there is what ``/v1/openapi.json`` says.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from perfconsole.controller.api.api_document import document
from perfconsole.controller.api.http_api import ENDPOINTS
from perfconsole.model.event import RunEvent

PAGE = Path(__file__).parent / "api.md"
TABLE = ("| key | type | default | meaning |", "| --- | --- | --- | --- |")
HEAD = """\
# The API of a run

Made by `make docs` from the models; a run serves the same as OpenAPI at `/v1/openapi.json`.

{about}

```sh
perfconsole ctl last api    # prints these lines with the run's own socket
curl --unix-socket SOCKET http://controller/v1/status
curl --unix-socket SOCKET http://controller/v1/commands \\
    -d '{{"id": "1", "by": "anna", "command": {{"do": "pause", "groups": ["all"]}}}}'
```

With `perfconsole run SCENARIO --listen 127.0.0.1:8300` the API is on TCP too: plain HTTP, and only
for those who send `Authorization: Bearer TOKEN`. The token is in the run's folder, in a file that
only its owner can read (`api.token`; `viewer.token` for those who only look on); from elsewhere
come with `ssh -L 8300:127.0.0.1:8300 HOST`. Whatever goes wrong is answered in JSON, in one line:
`{{"error": ...}}`, or for a command `{{"ok": false, "said": ...}}`. Over TCP every route may answer
401 (no token, or a wrong one) and 403 (`Host` or `Origin` is not where this API is).

The header `X-Perfconsole-Client` says {client}
"""
UNIONS = {"do": "[command](#commands)", "type": "[event](#events)"}
"""What is one of many, by the key that tells which."""
BOUNDS = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤"}
EVERYWHERE = "Over TCP: "
"""Answers of every route, told once."""


def page() -> str:
    described = document(ENDPOINTS)
    schemas = described["components"]["schemas"]
    commands = schemas["CommandRequest"]["properties"]["command"]["discriminator"]["mapping"]
    events = [kind.__name__ for kind in RunEvent.__args__]
    parts = _reached(described, set(commands.values()) | {f"/{name}" for name in events})
    (*_, client) = described["paths"]["/v1/status"]["get"]["parameters"]
    who = client["description"][0].lower() + client["description"][1:]
    return "\n".join(
        [
            HEAD.format(about=described["info"]["description"], client=who),
            *(line for path, ways in described["paths"].items() for line in _route(path, ways)),
            "## The body of a command\n",
            *_object(schemas["CommandRequest"]),
            "## Commands\n",
            *(line for do, at in commands.items() for line in _command(do, schemas[_name(at)])),
            "## Events\n",
            *(line for name in events for line in _event(schemas[name])),
            "## What they are made of\n",
            *(line for name in parts for line in _part(name, schemas[name])),
        ]
    )


def _route(path: str, ways: dict[str, Any]) -> Iterator[str]:
    for method, operation in ways.items():
        yield f"## {method.upper()} {path}\n\n{operation['summary']}\n"
        own = [one for one in operation["parameters"] if one["in"] != "header"]
        if own:
            yield "| parameter | type | default | meaning |\n| --- | --- | --- | --- |"
            yield from (_row(p["name"], p["schema"], p["description"], p["required"]) for p in own)
            yield ""
        yield "| status | body | when |\n| --- | --- | --- |"
        answers = operation["responses"]
        for status, answer in sorted(answers.items()):
            if not answer["description"].startswith(EVERYWHERE):
                yield f"| {status} | {_type(_body(answer))} | {answer['description']} |"
        yield ""
        if "properties" in _body(answers["200"]):
            yield from _object(_body(answers["200"]))


def _body(answer: dict[str, Any]) -> dict[str, Any]:
    schema: dict[str, Any] = answer["content"]["application/json"]["schema"]
    return schema


def _command(do: str, schema: dict[str, Any]) -> Iterator[str]:
    yield f"### {do}\n\n{schema.get('description', '')}".rstrip() + "\n"
    yield from _object(schema, without="do")


def _event(schema: dict[str, Any]) -> Iterator[str]:
    (tag,) = schema["properties"]["type"]["enum"]
    yield f"### {tag}\n\n{schema.get('description', '')}".rstrip() + "\n"
    yield from _object(schema, without="type")


def _part(name: str, schema: dict[str, Any]) -> Iterator[str]:
    yield f"### {name}\n\n{schema.get('description', '')}".rstrip() + "\n"
    if "enum" in schema:
        yield " ".join(f"`{value}`" for value in schema["enum"]) + "\n"
    elif "prefixItems" in schema:
        yield "A list of these, in this order:\n"
        keys = {each["title"]: each for each in schema["prefixItems"]}
        yield from _object({"properties": keys})
    else:
        yield from _object(schema)


def _object(schema: dict[str, Any], without: str = "") -> Iterator[str]:
    rows = [
        _row(key, each, each.get("description", ""), key in schema.get("required", ()))
        for key, each in schema["properties"].items()
        if key != without
    ]
    yield "\n".join([*TABLE, *rows]) + "\n" if rows else "No keys.\n"


def _row(key: str, schema: dict[str, Any], text: str, needed: bool) -> str:
    default = schema.get("default")
    shown = "" if default in (None, [], {}) else f"`{json.dumps(default)}`"
    name = f"**`{key}`**" if needed else f"`{key}`"
    cells = (name, _type(schema), shown, text)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _type(schema: dict[str, Any]) -> str:  # noqa: PLR0911 - one for each kind of schema
    """As a person reads it."""
    if "$ref" in schema:
        name = _name(schema["$ref"])
        return f"[{name}](#{name.lower()})"
    if "enum" in schema:
        return " or ".join(f"`{json.dumps(value)}`" for value in schema["enum"])
    for either in ("anyOf", "oneOf"):
        if either in schema:
            if whole := UNIONS.get(schema.get("discriminator", {}).get("propertyName")):
                return whole
            return " or ".join(dict.fromkeys(_type(each) for each in schema[either]))
    kind = schema.get("type", "anything")
    if "prefixItems" in schema:
        return f"[{', '.join(_type(each) for each in schema['prefixItems'])}]"
    if kind == "array":
        return f"list of {_type(schema.get('items', {}))}"
    if isinstance(schema.get("additionalProperties"), dict):
        return f"name: {_type(schema['additionalProperties'])}"
    if isinstance(kind, list):
        return " or ".join(kind)
    bounds = [f"{sign} {schema[key]:g}" for key, sign in BOUNDS.items() if key in schema]
    return f"{kind} {', '.join(bounds)}".strip()


def _reached(described: dict[str, Any], told: set[str]) -> list[str]:
    """Names of the schemas that are told nowhere else."""
    there = {_name(place) for place in told} | {"CommandRequest"}
    return [name for name in described["components"]["schemas"] if name not in there]


def _name(place: str) -> str:
    return place.rpartition("/")[2]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
