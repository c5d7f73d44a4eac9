"""Sending a command of ``perfconsole ctl`` and printing its answer, as text or in JSON."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import click

from perfconsole.cli.complaint import Complaint
from perfconsole.cli.ctl.ctl_group import IN_JSON
from perfconsole.cli.finding import author, find
from perfconsole.texts import say

if TYPE_CHECKING:
    from perfconsole.model.command import Command


def send(run: str, command: Command) -> int:
    from perfconsole.client.api import ControllerGone

    try:
        answer = asyncio.run(ask(run, command))
    except ControllerGone as error:
        return told(over_text(run, error), 3)
    status = 0 if answer.ok else 3 if _has_ended(run) else 1
    return told(answer.said, status, seq=answer.seq, asks=answer.asks)


def told(said: str, status: int, *, seq: int = 0, asks: bool = False) -> int:
    """Print an answer as it was asked for; returns the exit status, or raises Complaint."""
    if click.get_current_context().meta.get(IN_JSON):
        told = {"ok": status == 0, "said": said, "seq": seq, "asks": asks}
        click.echo(json.dumps(told, ensure_ascii=False))
    elif status:
        raise Complaint(said, status)
    else:
        click.echo(said)
    return status


def _has_ended(run: str) -> bool:
    """Whether a refusal came from a run that is over and only lingers."""
    from perfconsole.client.api import ControllerGone

    try:
        status = asyncio.run(ask(run, None))
    except ControllerGone:
        return True
    return bool(status["state"] == "ended")


async def ask(run: str, command: Command | None) -> Any:
    from perfconsole.client.api import RunClient

    client = RunClient(find(run).socket, kind="ctl", by=author())
    try:
        return await (client.send(command) if command else client.status())
    finally:
        await client.close()


def over_text(run: str, error: Exception) -> str:
    from perfconsole.cli.finding import alive

    if alive(find(run)):
        return str(error)
    return say("run {run} is over; perfconsole show {run} tells how it ended", run=find(run).run)
