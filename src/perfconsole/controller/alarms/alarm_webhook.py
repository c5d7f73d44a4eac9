"""Alarms to a webhook: posted as JSON, a few tries, each of them bounded in time."""

from __future__ import annotations

import asyncio

import httpx
import msgspec

from perfconsole.controller.alarms.alarm_message import AlarmMessage, Undelivered
from perfconsole.texts import say

TIMEOUT_S = 5.0
"""Of one try, all of it."""
PAUSES_S = (1.0, 3.0)
"""Before each further try."""


class _Refused(Exception):
    """An answer that another try would get again."""


class AlarmWebhook:
    """`url` may be a secret; `shown` is what of it may be seen."""

    def __init__(self, url: str, level: str, shown: str) -> None:
        self.label = say("webhook {url}", url=shown)
        self.level = level
        self._url = url
        self._tls = httpx.create_ssl_context()  # which takes its time: here, and not in the run

    async def deliver(self, message: AlarmMessage) -> None:
        body = msgspec.json.encode(message)
        try:
            for pause_s in PAUSES_S:
                if not await self._fails(body):
                    return
                await asyncio.sleep(pause_s)
            why = await self._fails(body)
        except _Refused as refused:
            raise Undelivered(str(refused)) from None
        if why:
            raise Undelivered(say("{why} ({n} tries)", why=why, n=len(PAUSES_S) + 1))

    async def _fails(self, body: bytes) -> str:
        """Why this try failed; empty when it did not. Raises _Refused."""
        try:
            async with asyncio.timeout(TIMEOUT_S):
                status = await self._post(body)
        except TimeoutError:
            return say("no answer within {s:g} s", s=TIMEOUT_S)
        except httpx.ConnectError:
            return say("cannot be reached")
        except (httpx.HTTPError, OSError):
            return say("the connection was lost")
        except (httpx.InvalidURL, ValueError):  # whose texts may repeat it
            raise _Refused(say("its URL cannot be used")) from None
        if httpx.codes.is_success(status):
            return ""
        why = say("answered with HTTP {status}", status=status)
        if httpx.codes.is_redirect(status):
            raise _Refused(say("{why}; redirects are not followed", why=why))
        if httpx.codes.is_client_error(status) and status != httpx.codes.TOO_MANY_REQUESTS:
            raise _Refused(why)
        return why

    async def _post(self, body: bytes) -> int:
        """The status; no more of the answer is read."""
        headers = {"Content-Type": "application/json"}
        client = httpx.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False, verify=self._tls)
        async with (
            client,
            client.stream("POST", self._url, content=body, headers=headers) as response,
        ):
            return response.status_code
