"""How the API says that a request cannot be answered: JSON with one clear line."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from perfconsole.texts import say

SHOWN_CHARS = 200
"""Of what somebody asked for."""


class Problem(msgspec.Struct, frozen=True):
    error: str
    """One line for a person."""


def problem(status: int, text: str, headers: Mapping[str, str] | None = None) -> Response:
    body = msgspec.json.encode(Problem(text))
    return Response(body, status, headers, media_type="application/json")


async def no_such_thing(request: Request, error: Exception) -> Response:
    """For a path or a method that there is not."""
    assert isinstance(error, HTTPException)
    path = request.url.path[:SHOWN_CHARS]
    if error.status_code == 405:
        allowed = ", ".join(sorted((error.headers or {}).get("Allow", "").split(", ")))
        text = say("{path} takes {allowed} only", path=path, allowed=allowed)
    else:
        text = say("there is no {path}; /v1/openapi.json tells what there is", path=path)
    return problem(error.status_code, text, error.headers)


async def own_fault(_: Request, error: Exception) -> Response:
    kind = type(error).__name__
    return problem(500, say("the controller itself failed: {kind}; see controller.log", kind=kind))
