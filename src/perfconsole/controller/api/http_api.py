"""The controller's HTTP API, version 1: over its unix socket, and on TCP when asked.

`ENDPOINTS` is the one table of routes: both the app and its OpenAPI description are made from it.
"""

from __future__ import annotations

import asyncio
import itertools
import math
import os
import re
import time
from functools import cache
from typing import Any

import msgspec
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from perfconsole.controller.api.api_problem import Problem, no_such_thing, own_fault, problem
from perfconsole.controller.api.door import WITH_VIEWERS_TOKEN
from perfconsole.controller.api.endpoint import MOST_BYTES, Answer, Endpoint, Parameter
from perfconsole.controller.api.server_answer import server
from perfconsole.controller.api.snapshot_answer import server_snapshot
from perfconsole.controller.api.status import STATUS, status_of
from perfconsole.controller.api.vu_answer import MOST_VUS, USUAL_VUS, vus
from perfconsole.controller.attendance import VIEWER, is_viewer
from perfconsole.controller.run import Run
from perfconsole.metrics.rolling import shortened_json
from perfconsole.metrics.view import RunView, ServerView
from perfconsole.model.command import CommandAnswer, CommandRequest
from perfconsole.model.event import RunEvent, SnapshotTaken
from perfconsole.model.invalid import first_fault_and_place
from perfconsole.model.states import VuState
from perfconsole.model.vu_page import VuPage
from perfconsole.texts import say

MOST_BODY = 4_000_000
"""Bytes of a request: an edited scenario whole, and then some."""
MOST_CLIENT_CHARS = 100
"""Of what a client says of itself; the rest is left out."""
LONGEST_WAIT_S = 20.0
_WHOLE = re.compile(r"[0-9]{1,15}")
_JSON = msgspec.json.Encoder()


def make_app(run: Run) -> Starlette:
    app = Starlette(
        routes=[
            Route(_with_any_name(each.path), _bound(run, each.handler), methods=[each.method])
            for each in ENDPOINTS
        ],
        exception_handlers={HTTPException: no_such_thing, Exception: own_fault},
    )
    app.router.redirect_slashes = False
    return app


def _with_any_name(path: str) -> str:
    """Groups and servers may have a slash in their names."""
    return path.replace("{group}", "{group:path}").replace("{server}", "{server:path}")


def _bound(run: Run, handler: Any) -> Any:
    async def endpoint(request: Request) -> Response:
        client = client_of(request)
        run.attendance.came(client, time.monotonic())
        try:
            answer: Response = await handler(run, request)
        finally:
            run.attendance.went(client, time.monotonic())
        return answer

    return endpoint


def client_of(request: Request) -> str:
    """Who asks, as ``kind:id``; with a viewer's token it is a viewer, whatever it says it is."""
    client = request.headers.get("x-perfconsole-client", "unknown:")[:MOST_CLIENT_CHARS]
    if request.scope.get(WITH_VIEWERS_TOKEN) and not is_viewer(client):
        return f"{VIEWER}:{client}"
    return client


async def openapi(_run: Run, _request: Request) -> Response:
    return _json(await asyncio.to_thread(_description))  # it reads the sources of the models


@cache
def _description() -> bytes:
    from perfconsole.controller.api.api_document import document

    return _JSON.encode(document(ENDPOINTS))


async def snapshot(run: Run, _: Request) -> Response:
    return _json(shortened(run.record.view))


def shortened(view: RunView) -> bytes:
    """The view as JSON, with as much of its history as an answer may carry."""
    return shortened_json(view, MOST_BYTES)


async def events(run: Run, request: Request) -> Response:
    after, wait_s = request.query_params.get("after", "0"), _seconds(request)
    if not _WHOLE.fullmatch(after) or wait_s is None:
        return problem(422, say("after is a whole number, wait is seconds; neither is below 0"))
    news = await _news(run, request, int(after), min(wait_s, LONGEST_WAIT_S))
    if news is None:
        return problem(410, say("these events are gone; take a new snapshot"))
    return _json(list_of(news))


def _seconds(request: Request) -> float | None:
    try:
        wait_s = float(request.query_params.get("wait", "0"))
    except ValueError:
        return None
    return wait_s if math.isfinite(wait_s) and wait_s >= 0 else None


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
    if is_viewer(client_of(request)):
        return _answer(CommandAnswer(id="", ok=False, said=say("a viewer only looks on")), 403)
    body = await _body(request)
    if body is None:
        too_long = say("a command has at most {most:,} bytes", most=MOST_BODY)
        return _answer(CommandAnswer(id="", ok=False, said=too_long), 413)
    try:
        asked = CommandRequest.model_validate_json(body, strict=True)
    except ValidationError as error:
        wrong = first_fault_and_place(error, "command")
        return _answer(CommandAnswer(id="", ok=False, said=wrong), 422)
    answer = await run.command(asked, client_of(request))
    return _answer(answer, 200 if answer.ok else 428 if answer.asks else 409)


async def _body(request: Request) -> bytes | None:
    """None when there is more of it than there may be; then the rest is not read."""
    said = request.headers.get("content-length", "0")
    if _WHOLE.fullmatch(said) is None or int(said) > MOST_BODY:
        return None
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MOST_BODY:
            return None
    return bytes(body)


def _answer(answer: CommandAnswer, status_code: int) -> Response:
    return Response(answer.model_dump_json(), status_code, media_type="application/json")


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json")


ENDPOINTS = (
    Endpoint(
        "GET", "/v1/status", status, "status",
        "The run's state in a few keys.",
        (Answer(200, "How the run stands now.", STATUS),),
    ),
    Endpoint(
        "GET", "/v1/snapshot", snapshot, "snapshot",
        "All that is known of the run, its series rolled up to what a screen can show, peaks kept.",
        (Answer(200, "The run up to its event `seq`.", RunView),),
    ),
    Endpoint(
        "GET", "/v1/events", events, "events",
        "What happened since an event, oldest first: ask with the `seq` of a snapshot, and then "
        "with that of the last event.",
        (
            Answer(200, "The next events; none when `wait` passed without any.", list[RunEvent]),
            Answer(410, "Events in between are gone: take a new snapshot.", Problem),
            Answer(422, "A parameter is wrong.", Problem),
        ),
        parameters=(
            Parameter("after", "query", {"type": "integer", "minimum": 0, "default": 0,
                                         "maximum": 10**15 - 1},
                      "`seq` of the last event that is known."),
            Parameter("wait", "query", {"type": "number", "minimum": 0, "default": 0},
                      f"Seconds to wait for the first, {LONGEST_WAIT_S:.0f} at most."),
        ),
    ),
    Endpoint(
        "GET", "/v1/groups/{group}/vus", vus, "vus",
        "VUs of a group, by load generator and number, each with what it is at.",
        (
            Answer(200, "A page of them; load generators that did not answer are `missing`.",
                   VuPage),
            Answer(404, "There is no such group.", Problem),
            Answer(422, "A parameter is wrong.", Problem),
        ),
        parameters=(
            Parameter("group", "path", {"type": "string"}, "The group's name."),
            Parameter("first", "query", {"type": "integer", "minimum": 0, "default": 0,
                                         "maximum": 999_999_999},
                      "How many to leave out before."),
            Parameter("count", "query", {"type": "integer", "minimum": 1, "maximum": MOST_VUS,
                                         "default": USUAL_VUS}, "How many."),
            Parameter("state", "query", {"enum": [state.value for state in VuState]},
                      "Only those in this state."),
        ),
    ),
    Endpoint(
        "GET", "/v1/servers/{server}", server, "server",
        "One server with all its metrics, and more of their history than a snapshot of many "
        "servers has room for.",
        (
            Answer(200, "The server as of now.", ServerView),
            Answer(404, "There is no such server.", Problem),
        ),
        parameters=(Parameter("server", "path", {"type": "string"}, "The server's name."),),
    ),
    Endpoint(
        "GET", "/v1/server-snapshots/{number}", server_snapshot, "server_snapshot",
        "What ran on a server at one moment, whole; the view has only headings.",
        (
            Answer(200, "The snapshot, as it was recorded.", SnapshotTaken),
            Answer(404, "There is no such snapshot.", Problem),
            Answer(503, "The journal cannot be read.", Problem),
        ),
        parameters=(
            Parameter("number", "path", {"type": "string"}, "Of the snapshot in the run."),
        ),
    ),
    Endpoint(
        "POST", "/v1/commands", commands, "command",
        "Ask for a change. It is done, and in the journal, when the answer says so. Sent again "
        "with the same `id` it is not done again.",
        (
            Answer(200, "Done.", CommandAnswer),
            Answer(403, "A viewer may ask for nothing.", CommandAnswer),
            Answer(409, "Refused; nothing was changed.", CommandAnswer),
            Answer(413, f"The body is over {MOST_BODY:,} bytes.", CommandAnswer),
            Answer(422, "This is no command.", CommandAnswer),
            Answer(428, "Nothing was changed yet: `said` is a question. Send the same again with "
                        "`sure` true.", CommandAnswer),
        ),
        takes=CommandRequest,
    ),
    Endpoint(
        "GET", "/v1/openapi.json", openapi, "openapi",
        "This description.",
        (Answer(200, "OpenAPI 3.1.", {"type": "object"}),),
    ),
)  # fmt: skip
"""A route is added here, and nowhere else."""
