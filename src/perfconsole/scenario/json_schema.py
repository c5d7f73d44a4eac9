"""The JSON Schema of a scenario file, for editors: made from the models, as a person writes them.

It knows shapes, not meanings: names that refer to each other are for ``perfconsole check``. A
file may extend another, or be a part for others to include, so that no key of the whole file is
required, and nothing (``null``) may stand for a named thing to take away.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from perfconsole.model.alarm_spec import ERROR_LIMIT_PATTERN, parse_error_limit
from perfconsole.model.duration import DURATION_PATTERN, parse_duration
from perfconsole.model.http_spec import HTTP_VERSIONS, parse_version
from perfconsole.model.rate import parse_rate
from perfconsole.model.scalars import parse_speed
from perfconsole.model.scenario import Scenario
from perfconsole.model.steps import FlowSpec
from perfconsole.scenario.model_docs import TITLES, meanings, summary

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_NUMBER = r"\s*\d+(?:\.\d+)?\s*"


def _written(pattern: str, *examples: str) -> JsonSchemaValue:
    """A number, or a text that is read as one."""
    text = {"type": "string", "pattern": f"^(?:{pattern})$"}
    return {"anyOf": [{"type": "number", "minimum": 0}, text], "examples": list(examples)}


_READERS: dict[Callable[..., Any], JsonSchemaValue] = {
    parse_duration: _written(rf"\s*{DURATION_PATTERN}|{_NUMBER}", "30s", "2m", "1h30m"),
    parse_rate: _written(rf"{_NUMBER}(?:/\s*\w+\s*)?", "500/s", "300/min", "3600/h"),
    parse_error_limit: {
        "type": "string",
        "pattern": f"^(?:{ERROR_LIMIT_PATTERN})$",
        "examples": ["5%", "20/s", "off"],
    },
    parse_version: {"anyOf": [{"enum": [1.1, 2]}, {"enum": [*HTTP_VERSIONS]}]},
    parse_speed: _written(rf"{_NUMBER}[kKmMgG]?[bB][iI][tT]\s*/\s*[sS]\s*", "512kbit/s", "2Mbit/s"),
}
"""What a function of its own reads, by that function."""
_BOUNDS = {"gt": "exclusiveMinimum", "ge": "minimum", "le": "maximum", "lt": "exclusiveMaximum"}
_UNIONS = {"RequestSpec": "Step", "ToSpec": "Stage", "ProbeSpec": "Probe"}
"""What is one of many models, by the first of them."""
_VARIABLE = {
    "title": "A variable",
    "description": "Its value is put in when the scenario is loaded.",
    "type": "string",
    "pattern": r"\$\{[^{}]+\}",
}


class Writer(GenerateJsonSchema):
    """Knows what people may write where a function of ours reads it."""

    def function_before_schema(
        self, schema: core_schema.BeforeValidatorFunctionSchema
    ) -> JsonSchemaValue:
        known = _READERS.get(schema["function"]["function"])
        return dict(known) if known else super().function_before_schema(schema)


def json_schema() -> dict[str, Any]:
    """Draft 2020-12."""
    whole = Scenario.model_json_schema(schema_generator=Writer)
    definitions: dict[str, Any] = whole.pop("$defs")
    definitions[Scenario.__name__] = whole
    for model in TITLES:
        _explain(definitions[model.__name__], model)
    unions: dict[str, Any] = {}
    written = {name: _rewritten(each, unions) for name, each in definitions.items()}
    steps = written[FlowSpec.__name__]["properties"]["steps"]
    unions["Flow"] = {
        "title": TITLES[FlowSpec],
        "anyOf": [steps, _pointer(FlowSpec.__name__)],
    }
    unions["Variable"] = _VARIABLE
    whole = written.pop(Scenario.__name__)
    del whole["required"]
    return {"$schema": DIALECT, **whole, "$defs": written | unions}


def _pointer(name: str) -> JsonSchemaValue:
    return {"$ref": f"#/$defs/{name}"}


def _explain(schema: JsonSchemaValue, model: type[BaseModel]) -> None:
    """Words for a model and its keys, in place of names made of those in the code."""
    schema |= {"title": TITLES[model], "description": summary(model)}
    for key, each in schema["properties"].items():
        each.pop("title", None)
        if each.get("default", ()) is None:
            del each["default"]
        each["description"] = meanings(model)[key]


def _rewritten(value: Any, unions: dict[str, Any]) -> Any:
    """A schema with steps, stages and flows by name, and with variables where there are numbers.

    What steps and stages may be goes into `unions`, by name.
    """
    if isinstance(value, list):
        return [_rewritten(each, unions) for each in value]
    if not isinstance(value, dict):
        return value
    if name := _UNIONS.get(str(value.get("oneOf", [{}])[0].get("$ref", "")).rpartition("/")[2]):
        unions[name] = {"title": f"A {name.lower()}", "anyOf": value["oneOf"]}
        return _pointer(name)
    schema = {key: _rewritten(each, unions) for key, each in bounded(value).items()}
    for key in ("additionalProperties", "patternProperties"):
        if isinstance(schema.get(key), dict):
            schema[key] = _removable(schema[key], named=key == "additionalProperties")
    if schema.get("type") in ("integer", "number", "boolean"):
        about = {key: schema.pop(key) for key in ("description", "default") if key in schema}
        return {"anyOf": [schema, _pointer("Variable")], **about}
    return schema


def bounded(schema: JsonSchemaValue) -> JsonSchemaValue:
    """With the bounds of what is read by a function where they belong: at the number."""
    bounds = {name: schema[key] for key, name in _BOUNDS.items() if key in schema}
    if not bounds:
        return schema
    number, *others = schema["anyOf"]
    rest = {key: each for key, each in schema.items() if key not in _BOUNDS}
    return {**rest, "anyOf": [number | bounds, *others]}


def _removable(schema: JsonSchemaValue, *, named: bool) -> JsonSchemaValue:
    """What stands under names that a person made up, or nothing."""
    if not named:
        return {pattern: _removable(each, named=True) for pattern, each in schema.items()}
    if schema == _pointer(FlowSpec.__name__):
        schema = _pointer("Flow")
    return {"anyOf": [schema, {"type": "null"}]}
