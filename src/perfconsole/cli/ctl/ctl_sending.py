"""Sending a command of ``perfconsole ctl`` and printing its answer, as text or in JSON."""

from __future__ import annotations

import asyncio
import sys
import uuid
from typing import TYPE_CHECKING, Any

import click

from perfconsole.cli.complaint import Complaint
from perfconsole.cli.ctl.ctl_group import IN_JSON, SURE, answer_in_json, found
from perfconsole.cli.finding import author
from perfconsole.texts import say

if TYPE_CHECKING:
    from perfconsole.model.command import Command


def send(run: str, command: Command) -> int:
    """Prints the answer; a question is put to whoever sits at a terminal."""
    from perfconsole.client.api import ControllerGone

    meta, id = click.get_current_context().meta, uuid.uuid4().hex
    try:
        answer = asyncio.run(ask(run, command, id, sure=meta[SURE]))
        if answer.asks:
            if meta.get(IN_JSON) or not sys.stdin.isatty():
                how = say("{question} Nothing was done; --yes answers with yes",
                          question=answer.said)  # fmt: skip
                return told(answer.said if meta.get(IN_JSON) else how, 1, asks=True)
            if not click.confirm(answer.said, default=False):
                return told(say("nothing was done"), 1)
            answer = asyncio.run(ask(run, command, id, sure=True))
    except ControllerGone as error:
        return told(over_text(run, error), 3)
    status = 0 if answer.ok else 3 if _has_ended(run) else 1
    return told(answer.said, status, seq=answer.seq)


def told(said: str, status: int, *, seq: int = 0, asks: bool = False) -> int:
    """Print an answer as it was asked for; returns the exit status, or raises Complaint."""
    if click.get_current_context().meta.get(IN_JSON):
        answer_in_json(said, ok=status == 0, seq=seq, asks=asks)
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


async def ask(run: str, command: Command | None, id: str = "", *, sure: bool = False) -> Any:
    from perfconsole.client.api import RunClient

    client = RunClient(found(run).socket, kind="ctl", by=author())
    try:
        return await (client.send(command, id, sure=sure) if command else client.status())
    finally:
        await client.close()


def over_text(run: str, error: Exception) -> str:
    from perfconsole.cli.finding import alive

    if alive(found(run)):
        return str(error)
    return say("run {run} is over; perfconsole show {run} tells how it ended", run=found(run).run)
