"""The target's own addresses under ``/-/``: knobs and counts. They are never counted."""

from __future__ import annotations

import json

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from perfconsole.demo.knobs import KnobError
from perfconsole.demo.site import Site
from perfconsole.texts import say


def target_app(site: Site) -> ASGIApp:
    """`site` with its control addresses beside it."""

    async def show_knobs(_: Request) -> Response:
        return JSONResponse(site.knobs.as_dict())

    async def turn_knobs(request: Request) -> Response:
        try:
            changes = json.loads(await request.body())
            if not isinstance(changes, dict):
                raise KnobError(
                    say("send a JSON object such as {example}", example='{"workers": 4}')
                )
            site.set_knobs(site.knobs.changed(changes))
        except KnobError as error:
            return PlainTextResponse(f"{error}\n", 400)
        except (ValueError, RecursionError):
            return PlainTextResponse(say("this is not JSON") + "\n", 400)
        return JSONResponse(site.knobs.as_dict())

    async def stats(_: Request) -> Response:
        now = {
            "busy_workers": site.queue.busy,
            "waiting": site.queue.waiting,
            "leaked_kb": site.leaked_bytes // 1024,
        }
        return JSONResponse(site.counts.as_dict() | now)

    async def reset(_: Request) -> Response:
        site.counts.reset()
        return JSONResponse(site.counts.as_dict())

    control = Starlette(
        routes=[
            Route("/-/knobs", show_knobs),
            Route("/-/knobs", turn_knobs, methods=["POST"]),
            Route("/-/stats", stats),
            Route("/-/reset", reset, methods=["POST"]),
        ]
    )

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        """Pages go straight to the site: routing would cost more than they do."""
        chosen = control if scope["path"].startswith("/-/") else site
        await chosen(scope, receive, send)

    return app
