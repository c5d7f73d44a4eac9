"""JMESPath on what the JSON of an answer stands for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from perfconsole.injector.searching import sendable


def compiled(path: str) -> Callable[[Any], Any]:
    """What finds it. That raises nearly anything where a function does not fit what is there."""
    import jmespath

    search: Callable[[Any], Any] = jmespath.compile(path).search
    return search


def as_text(found: Any) -> str:
    """A text as it is, all else as compact JSON. Raises TypeError for what is neither."""
    return sendable(found if isinstance(found, str) else msgspec.json.encode(found).decode())
