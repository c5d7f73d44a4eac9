"""A typed client of one controller's API, over its unix socket."""

from __future__ import annotations

import contextlib
import uuid
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote

import httpx
import msgspec

from perfconsole.metrics.view import RunView, ServerView
from perfconsole.model.command import Command, CommandAnswer, CommandRequest
from perfconsole.model.event import RunEvent, SnapshotTaken
from perfconsole.model.states import VuState
from perfconsole.model.vu_page import VuPage
from perfconsole.texts import say

ANSWER_WITHIN_S = 10.0
_EVENTS = msgspec.json.Decoder(list[RunEvent])
_VIEW = msgspec.json.Decoder(RunView)
_SERVER = msgspec.json.Decoder(ServerView)
_SNAPSHOT = msgspec.json.Decoder(SnapshotTaken)
_VUS = msgspec.json.Decoder(VuPage)


class ControllerGone(Exception):
    """The controller cannot be reached: it ended, hangs, or never was."""


class NoSuchThing(Exception):
    """The controller has nothing to answer with; str() says why."""


class RunClient:
    """One front end's connection to a run.

    `kind` tells the controller whether somebody is steering (``console``, ``headless``), only
    asking (``ctl``), or looking on without a hand (``viewer``: its commands are refused); `by` is
    the author of its commands.
    """

    def __init__(self, socket: Path, *, kind: str, by: str) -> None:
        self.by = by
        self._http = httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(uds=str(socket)),
            base_url="http://controller",
            timeout=ANSWER_WITHIN_S,
            headers={"X-Perfconsole-Client": f"{kind}:{uuid.uuid4().hex[:12]}"},
        )

    async def snapshot(self) -> RunView:
        """The run so far; series rolled up to what a screen can show, peaks kept."""
        return _VIEW.decode(await self._get("/v1/snapshot"))

    async def events(self, after: int, wait_s: float) -> list[RunEvent]:
        """Events with `seq` above `after`, oldest first; none when `wait_s` passed without any."""
        body = await self._get(
            "/v1/events", params={"after": after, "wait": wait_s}, timeout=wait_s + ANSWER_WITHIN_S
        )
        return _EVENTS.decode(body)

    async def status(self) -> dict[str, Any]:
        status: dict[str, Any] = msgspec.json.decode(await self._get("/v1/status"))
        return status

    async def vus(self, group: str, first: int, count: int, state: VuState | None = None) -> VuPage:
        """`count` VUs of `group`, from the `first`-th on; of those in `state`, when one is given.

        Raises NoSuchThing when there is no such group, or nobody may ask so.
        """
        path = f"/v1/groups/{quote(group, safe='')}/vus"
        params = {"first": first, "count": count} | ({"state": state.value} if state else {})
        return _VUS.decode(await self._get(path, params=params))

    async def server(self, name: str) -> ServerView:
        """One server with all its metrics and their history, as far as 1 MB carries it.

        Raises NoSuchThing when there is no such server.
        """
        return _SERVER.decode(await self._get(f"/v1/servers/{quote(name, safe='')}"))

    async def server_snapshot(self, number: int) -> SnapshotTaken:
        """Raises NoSuchThing when there is none of this number."""
        return _SNAPSHOT.decode(await self._get(f"/v1/server-snapshots/{number}"))

    async def send(
        self,
        command: Command,
        id: str | None = None,
        *,
        revision: int | None = None,
        sure: bool = False,
    ) -> CommandAnswer:
        """Ask for `command`; sending the same `id` twice does it once. An answer that `asks` has
        done nothing: send again, `sure`. With the `revision` of what the author saw, a change of
        the same thing by somebody else since then is a refusal."""
        request = CommandRequest(
            id=id or uuid.uuid4().hex, by=self.by, command=command, revision=revision, sure=sure
        )
        try:
            answer = await self._http.post(
                "/v1/commands",
                content=request.model_dump_json(),
                headers={"Content-Type": "application/json"},
            )
        except httpx.HTTPError as error:
            _gone(error)
        if answer.status_code not in (200, 403, 409, 413, 422, 428):
            _gone(say("it answered {status}", status=answer.status_code))
        return CommandAnswer.model_validate_json(answer.content)

    async def close(self) -> None:
        await self._http.aclose()

    async def _get(self, path: str, **how: Any) -> bytes:
        try:
            answer = await self._http.get(path, **how)
        except httpx.HTTPError as error:
            _gone(error)
        if answer.status_code in (404, 422):
            with contextlib.suppress(msgspec.MsgspecError, KeyError, TypeError):
                raise NoSuchThing(msgspec.json.decode(answer.content)["error"])
        if answer.status_code != 200:
            _gone(say("it answered {status}", status=answer.status_code))
        return answer.content


def _gone(why: object) -> NoReturn:
    cause = why if isinstance(why, BaseException) else None
    text = str(why) or type(why).__name__
    raise ControllerGone(say("the controller cannot be reached: {why}", why=text)) from cause
