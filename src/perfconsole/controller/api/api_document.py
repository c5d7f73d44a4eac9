"""The API's description in OpenAPI 3.1, made of its routes and of the models that they carry."""

from __future__ import annotations

import types
from collections.abc import Iterable, Iterator
from typing import Any, get_args, get_origin

import msgspec
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

import perfconsole
from perfconsole.controller.api.api_problem import Problem
from perfconsole.controller.api.endpoint import Answer, Endpoint
from perfconsole.scenario.json_schema import Writer, bounded
from perfconsole.scenario.model_docs import summary, told

_PLACE = "#/components/schemas/"
_ABOUT = """\
One run's controller: what its console, `ctl` and CI use. It answers on a unix socket that only
its owner can open (`perfconsole ctl RUN api` tells where), and with `perfconsole run --listen` on
TCP too, for those who have the token. Times are Unix seconds, lengths seconds, where a name does
not end in `_ms`. No answer is longer than 1 MB."""
_OVER_TCP = (
    Answer(401, "Over TCP: no token, or a wrong one.", Problem),
    Answer(403, "Over TCP: `Host` or `Origin` is not where this API is.", Problem),
)
_CLIENT = {
    "name": "X-Perfconsole-Client",
    "in": "header",
    "required": False,
    "description": "Who asks, as `KIND:ID`. The kinds `console` and `headless` steer: a run may "
    "end when the last of them is gone. A `viewer` looks on, and its commands are refused; any "
    "other kind only asks.",
    "schema": {"type": "string", "examples": ["viewer:4f1c"]},
}


def document(endpoints: tuple[Endpoint, ...]) -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for each in endpoints:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "perfconsole",
            "version": perfconsole.__version__,
            "description": " ".join(_ABOUT.split()),
        },
        "security": [{"token": []}, {}],
        "paths": paths,
        "components": {
            "schemas": _components(endpoints),
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Over TCP only: the operator's, or the viewer's. The socket "
                    "asks for none.",
                }
            },
        },
    }


def _operation(each: Endpoint) -> dict[str, Any]:
    parameters = [
        {
            "name": one.name,
            "in": one.where,
            "required": one.where == "path",
            "description": one.text,
            "schema": one.schema,
        }
        for one in each.parameters
    ]
    operation: dict[str, Any] = {
        "operationId": each.name,
        "summary": each.text,
        "parameters": [*parameters, _CLIENT],
        "responses": _responses((*each.answers, *_OVER_TCP)),
    }
    if each.takes is not None:
        operation["requestBody"] = {"required": True, "content": _content(each.takes)}
    return operation


def _responses(answers: Iterable[Answer]) -> dict[str, Any]:
    """By status; what is answered in two ways under one status may be either."""
    found: dict[str, Any] = {}
    for answer in answers:
        before = found.get(str(answer.status))
        if before is None:
            content = _content(answer.body)
            found[str(answer.status)] = {"description": answer.text, "content": content}
        else:
            schema = before["content"]["application/json"]["schema"]
            either = {"anyOf": [schema, _schema(answer.body)]}
            before["description"] += f" {answer.text}"
            before["content"] = {"application/json": {"schema": either}}
    return found


def _content(body: Any) -> dict[str, Any]:
    return {"application/json": {"schema": _schema(body)}}


def _schema(body: Any) -> dict[str, Any]:
    """Of a body; what it is made of stands among the components."""
    if isinstance(body, dict):
        return body
    if _is_model(body):
        return {"$ref": f"{_PLACE}{body.__name__}"}
    (schema,), _ = msgspec.json.schema_components([body], ref_template=_PLACE + "{name}")
    return schema


def _is_model(body: Any) -> bool:
    return isinstance(body, type) and issubclass(body, BaseModel)


def _components(endpoints: tuple[Endpoint, ...]) -> dict[str, Any]:
    answered = [answer.body for each in endpoints for answer in each.answers]
    taken = [each.takes for each in endpoints if each.takes is not None]
    modes: list[tuple[type[BaseModel], JsonSchemaMode]] = [
        *((body, "validation") for body in taken),
        *((body, "serialization") for body in dict.fromkeys(filter(_is_model, answered))),
    ]
    structs = [body for body in answered if not isinstance(body, dict) and not _is_model(body)]
    return dict(sorted((_of_models(modes) | _of_structs([Problem, *structs])).items()))


# ---------------------------------------------------------------- models of pydantic


def _of_models(modes: list[tuple[type[BaseModel], JsonSchemaMode]]) -> dict[str, Any]:
    _, whole = models_json_schema(modes, schema_generator=Writer, ref_template=_PLACE + "{model}")
    schemas: dict[str, Any] = _with_bounds(whole["$defs"])
    kinds = {kind.__name__: kind for model, _ in modes for kind in _models_in(model)}
    for name, schema in schemas.items():
        keys = schema.get("properties", {})
        if kind := kinds.get(name):
            _explain(schema, keys, kind)
        tags = [key for key, each in keys.items() if "const" in each]
        if tags:  # what tells one of many is needed, whatever its model has for a default
            schema["required"] = [*tags, *schema.get("required", ())]
    return schemas


def _models_in(hint: Any) -> Iterator[type]:
    """The models that a type is made of."""
    if _is_model(hint):
        yield hint
        for field in hint.model_fields.values():
            yield from _models_in(field.annotation)
    elif get_origin(hint) is not None or isinstance(hint, types.UnionType):
        for part in get_args(hint):
            yield from _models_in(part)


def _with_bounds(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_bounds(each) for each in value]
    if not isinstance(value, dict):
        return value
    kept = {key: each for key, each in value.items() if key != "title" or isinstance(each, dict)}
    return {key: _with_bounds(each) for key, each in bounded(kept).items()}


# ---------------------------------------------------------------- structs of msgspec


def _of_structs(bodies: list[Any]) -> dict[str, Any]:
    _, schemas = msgspec.json.schema_components(bodies, ref_template=_PLACE + "{name}")
    for kind in _structs_in(msgspec.inspect.multi_type_info(bodies), set()):
        schema = schemas[kind.__name__]
        names = msgspec.structs.fields(kind)
        if "prefixItems" in schema:
            parts = schema["prefixItems"][-len(names) :]
            for name, part in zip(names, parts, strict=True):
                part["title"] = name.encode_name
            keys = {name.name: part for name, part in zip(names, parts, strict=True)}
        else:
            keys = {name.name: schema["properties"][name.encode_name] for name in names}
        _explain(schema, keys, kind)
    return schemas


def _structs_in(found: Iterable[Any], seen: set[type]) -> Iterator[type[msgspec.Struct]]:
    """The structs that types are made of, each once."""
    for each in found:
        if isinstance(each, msgspec.inspect.StructType):
            if each.cls not in seen:
                seen.add(each.cls)
                yield each.cls
                yield from _structs_in((field.type for field in each.fields), seen)
        elif isinstance(each, msgspec.inspect.UnionType):
            yield from _structs_in(each.types, seen)
        elif isinstance(each, msgspec.inspect.DictType):
            yield from _structs_in((each.key_type, each.value_type), seen)
        elif isinstance(each, msgspec.inspect.TupleType):
            yield from _structs_in(each.item_types, seen)
        elif isinstance(each, msgspec.inspect.CollectionType):
            yield from _structs_in((each.item_type,), seen)


# ---------------------------------------------------------------- words


def _explain(schema: dict[str, Any], keys: dict[str, Any], kind: type) -> None:
    """The docstring of a class and the strings below its attributes, in their places."""
    if "description" in schema:
        schema["description"] = summary(kind)
    for base in reversed(kind.__mro__):
        if base.__module__.startswith("perfconsole."):
            for name, text in told(base).items():
                if name in keys:
                    keys[name]["description"] = text
