"""The controller's HTTP API, version 1, over its unix socket."""

from __future__ import annotations

import itertools
import os
import time
from typing import Any

import msgspec
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from perfconsole.controller.run import Run
from perfconsole.controller.status import status_of
from perfconsole.controller.vu_answer import vus
from perfconsole.metrics.rolling import shortened_json
from perfconsole.metrics.view import RunView
from perfconsole.model.command import CommandAnswer, CommandRequest
from perfconsole.texts import say

MOST_BYTES = 1_000_000
"""No answer is longer."""
LONGEST_WAIT_S = 20.0
_JSON = msgspec.json.Encoder()


def make_app(run: Run) -> Starlette:
    return Starlette(
        routes=[
            Route("/v1/snapshot", _bound(run, snapshot)),
            Route("/v1/events", _bound(run, events)),
            Route("/v1/status", _bound(run, status)),
            Route("/v1/commands", _bound(run, commands), methods=["POST"]),
            Route("/v1/groups/{group:path}/vus", _bound(run, vus)),
        ]
    )


def _bound(run: Run, handler: Any) -> Any:
    async def endpoint(request: Request) -> Response:
        client = request.headers.get("x-perfconsole-client", "unknown:")
        run.attendance.came(client, time.monotonic())
        try:
            answer: Response = await handler(run, request)
        finally:
            run.attendance.went(client, time.monotonic())
        return answer

    return endpoint


async def snapshot(run: Run, _: Request) -> Response:
    return _json(shortened(run.record.view))


def shortened(view: RunView) -> bytes:
    """The view as JSON, with as much of its history as an answer may carry."""
    return shortened_json(view, MOST_BYTES)


async def events(run: Run, request: Request) -> Response:
    try:
        after = int(request.query_params.get("after", "0"))
        wait_s = float(request.query_params.get("wait", "0"))
    except ValueError:
        return _problem(422, say("after is a whole number, wait is seconds"))
    news = await _news(run, request, after, min(max(0.0, wait_s), LONGEST_WAIT_S))
    if news is None:
        return _problem(410, say("these events are gone; take a new snapshot"))
    return _json(list_of(news))


async def _news(run: Run, request: Request, after: int, wait_s: float) -> list[bytes] | None:
    """Wait in short stretches, so that a client that hung up is not taken for one that waits."""
    until_s = time.monotonic() + wait_s
    while True:
        news = await run.record.after(after, min(1.0, until_s - time.monotonic()))
        if news != [] or time.monotonic() >= until_s or await request.is_disconnected():
            return news


def list_of(news: list[bytes]) -> bytes:
    """A JSON list of the first events of `news` that fit into one answer; at least one."""
    sizes = itertools.accumulate(len(part) + 1 for part in news)
    fit = sum(size <= MOST_BYTES for size in sizes)
    return b"[" + b",".join(news[: max(1, fit)]) + b"]"


async def status(run: Run, _: Request) -> Response:
    return _json(_JSON.encode(status_of(run.record.view, os.getpid())))


async def commands(run: Run, request: Request) -> Response:
    try:
        asked = CommandRequest.model_validate_json(await request.body())
    except ValidationError as error:
        return _answer(CommandAnswer(id="", ok=False, said=refusal_of(error)), 422)
    answer = await run.command(asked)
    return _answer(answer, 200 if answer.ok else 428 if answer.asks else 409)


def refusal_of(error: ValidationError) -> str:
    """The first thing wrong with a command, in one line."""
    first = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "command"
    return f"{where}: {first['msg'].removeprefix('Value error, ')}"


def _answer(answer: CommandAnswer, status_code: int) -> Response:
    return Response(answer.model_dump_json(), status_code, media_type="application/json")


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json")


def _problem(status_code: int, text: str) -> Response:
    return Response(_JSON.encode({"error": text}), status_code, media_type="application/json")
