"""``GET /v1/groups/NAME/vus``: a page of a group's VUs."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from perfconsole.controller.api.api_problem import problem
from perfconsole.controller.run import Run
from perfconsole.model.states import VuState
from perfconsole.texts import say

MOST_VUS = 1000
"""Of one page."""
USUAL_VUS = 100
_JSON = msgspec.json.Encoder()


async def vus(run: Run, request: Request) -> Response:
    group = request.path_params["group"]
    if group not in run.record.view.groups:
        known = ", ".join(run.record.view.groups) or say("none")
        text = say("there is no group {name!r}; there are: {known}", name=group, known=known)
        return problem(404, text)
    first, count = _whole(request, "first", 0), _whole(request, "count", USUAL_VUS)
    if first is None:
        return problem(422, say("first is a whole number from 0 on"))
    if count is None or not 1 <= count <= MOST_VUS:
        return problem(422, say("count is a whole number from 1 to {most:,}", most=MOST_VUS))
    wanted = request.query_params.get("state")
    if wanted is not None and wanted not in set(VuState):
        return problem(422, say("state is one of: {states}", states=", ".join(VuState)))
    state = None if wanted is None else VuState(wanted)
    page = await run.vus(group, first, count, state)
    return Response(_JSON.encode(page), media_type="application/json")


def _whole(request: Request, name: str, usual: int) -> int | None:
    """None when it is no whole number from 0 on."""
    text = request.query_params.get(name)
    if text is None:
        return usual
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else None
