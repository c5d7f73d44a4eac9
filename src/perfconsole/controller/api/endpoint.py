"""What one route of the API takes and answers: the app and its description are made of these."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

from starlette.requests import Request
from starlette.responses import Response

from perfconsole.controller.run import Run

MOST_BYTES = 1_000_000
"""No answer is longer."""

Handler = Callable[[Run, Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    where: Literal["query", "path", "header"]
    schema: dict[str, Any]
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    text: str
    body: Any
    """A type: a msgspec struct, a list of them or a pydantic model; or a JSON Schema."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    method: Literal["GET", "POST"]
    path: str
    handler: Handler
    name: str
    """Of the operation, one word."""
    text: str
    answers: tuple[Answer, ...]
    """Besides those of every route."""
    parameters: tuple[Parameter, ...] = ()
    """Those of a path are needed, others are not."""
    takes: Any = None
    """A pydantic model, in JSON."""
