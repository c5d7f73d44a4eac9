"""``GET /v1/servers/NAME``: all that is known of one server."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from perfconsole.controller.api.api_problem import problem
from perfconsole.controller.api.endpoint import MOST_BYTES
from perfconsole.controller.run import Run
from perfconsole.metrics.rolling import shortened_server
from perfconsole.texts import say


async def server(run: Run, request: Request) -> Response:
    name, servers = request.path_params["server"], run.record.view.servers
    if name not in servers:
        known = ", ".join(servers) or say("none")
        return problem(
            404, say("there is no server {name!r}; there are: {known}", name=name, known=known)
        )
    body = shortened_server(servers[name], MOST_BYTES)
    return Response(body, media_type="application/json")
