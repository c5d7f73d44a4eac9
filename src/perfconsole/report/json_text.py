"""The summary as JSON, for machines and for diffs: stable order, few digits, never NaN."""

from __future__ import annotations

import math
from typing import Any

import msgspec

PLACES = 3


def to_json(summary: msgspec.Struct) -> str:
    """Indented, keys in the order of its fields, UTF-8 as it is, a newline at the end."""
    encoded = msgspec.json.encode(_rounded(msgspec.to_builtins(summary)))
    return msgspec.json.format(encoded, indent=2).decode() + "\n"


def _rounded(value: Any) -> Any:
    match value:
        case float():
            return round(value, PLACES) if math.isfinite(value) else None
        case dict():
            return {key: _rounded(item) for key, item in value.items()}
        case list() | tuple():
            return [_rounded(item) for item in value]
        case _:
            return value
