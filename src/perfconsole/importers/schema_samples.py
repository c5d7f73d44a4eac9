"""A value that fits a JSON schema: its example or default, or the plainest there is."""

from __future__ import annotations

from typing import Any

DEEPEST = 8
_FORMATS = {
    "date": "2026-01-31", "date-time": "2026-01-31T12:00:00Z", "time": "12:00:00Z",
    "email": "anna@example.com", "uuid": "00000000-0000-4000-8000-000000000001",
    "uri": "https://example.com/", "ipv4": "192.0.2.1", "byte": "YQ==", "password": "secret",
}  # fmt: skip


class Resolver:
    """Finds what ``$ref`` points to within one document."""

    def __init__(self, root: dict[str, Any]) -> None:
        self._root = root

    def resolved(self, value: Any) -> Any:
        """`value`, or what its reference leads to; None when that is nowhere here."""
        for _ in range(DEEPEST):
            if not isinstance(value, dict) or not isinstance(value.get("$ref"), str):
                return value
            value = self._at(value["$ref"])
        return None

    def _at(self, reference: str) -> Any:
        if not reference.startswith("#/"):
            return None
        here: Any = self._root
        for part in reference[2:].split("/"):
            key = part.replace("~1", "/").replace("~0", "~")
            if not isinstance(here, dict) or key not in here:
                return None
            here = here[key]
        return here


def sample_of(schema: Any, resolver: Resolver, around: tuple[Any, ...] = ()) -> Any:
    """None where nothing is known, below so many levels, and within what it stands in (`around`),
    so that a tree has one node."""
    schema = resolver.resolved(schema)
    within = any(schema is each for each in around)
    if not isinstance(schema, dict) or within or len(around) > DEEPEST:
        return None
    for key in ("example", "default", "const"):
        if key in schema:
            return schema[key]
    for key in ("examples", "enum"):
        if isinstance(schema.get(key), list) and schema[key]:
            return schema[key][0]
    inside = (*around, schema)
    for key in ("oneOf", "anyOf"):
        if isinstance(schema.get(key), list) and schema[key]:
            return sample_of(schema[key][0], resolver, inside)
    if isinstance(schema.get("allOf"), list):
        return _merged(schema["allOf"], resolver, inside)
    return _of_type(schema, resolver, inside)


def _merged(parts: list[Any], resolver: Resolver, around: tuple[Any, ...]) -> Any:
    merged: dict[str, Any] = {}
    for part in parts:
        value = sample_of(part, resolver, around)
        if isinstance(value, dict):
            merged |= value
    return merged


def _of_type(schema: dict[str, Any], resolver: Resolver, around: tuple[Any, ...]) -> Any:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((each for each in kind if each != "null"), None)
    properties = schema.get("properties")
    if kind == "object" or isinstance(properties, dict):
        given = properties if isinstance(properties, dict) else {}
        values = {str(name): sample_of(each, resolver, around) for name, each in given.items()}
        return {name: value for name, value in values.items() if value is not None}
    if kind == "array":
        item = sample_of(schema.get("items"), resolver, around)
        return [] if item is None else [item]
    if kind in ("integer", "number"):
        least = schema.get("minimum")
        return least if isinstance(least, int | float) else 1
    if kind == "boolean":
        return True
    if kind == "string":
        text = _FORMATS.get(str(schema.get("format")), "text")
        least = schema.get("minLength")
        return text + "x" * (least - len(text)) if isinstance(least, int) else text
    return None
