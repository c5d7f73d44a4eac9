"""Waiting until something is so in a run: by its events, and never by asking in a hurry."""

from __future__ import annotations

import asyncio
from typing import Any

from perfconsole.cli.complaint import Complaint
from perfconsole.cli.finding import alive, author
from perfconsole.cli.status_condition import holds, parse, unknown
from perfconsole.client.api import ControllerGone, RunClient
from perfconsole.journal.folder import RunFolder
from perfconsole.model.condition import Condition
from perfconsole.model.duration import short
from perfconsole.texts import say

POLL_S = 20.0
BREATH_S = 0.1
"""Between two looks, however much happens."""
ENDED = {"state": "ended", "seq": 0}
"""All that is known of a run whose controller has gone."""


async def wait_until(folder: RunFolder, text: str, timeout_s: float | None) -> tuple[int, str, int]:
    """Exit status, what to say, and the event up to which it was so. Raises Complaint."""
    try:
        condition = parse(text)
    except ValueError as error:
        raise Complaint(f"--until: {error}") from None
    client = RunClient(folder.socket, kind="viewer", by=author())
    status: dict[str, Any] = {}
    try:
        async with asyncio.timeout(timeout_s):
            status = await _known(client, condition)
            while not holds(condition, status) and status["state"] != "ended":
                await client.events(status["seq"], POLL_S)
                await asyncio.sleep(BREATH_S)
                status = await client.status()
    except TimeoutError:
        waited = short(timeout_s or 0)
        return 1, say("not within {time}: {condition}", time=waited, condition=text), 0
    except ControllerGone as error:
        if alive(folder):
            return 3, str(error), 0
        status |= ENDED
    finally:
        await client.close()
    if holds(condition, status):
        return 0, say("so it is: {condition}", condition=text), status["seq"]
    return 3, say("the run ended before this was so: {condition}", condition=text), 0


async def _known(client: RunClient, condition: Condition) -> dict[str, Any]:
    """The first status. Raises Complaint when it lacks what is asked for."""
    status = await client.status()
    if wrong := unknown(condition, status):
        raise Complaint(f"--until: {wrong}")
    return status
