"""The row of commands: how soon every injector has acted, while they are four fifths busy.

A small group is paused and resumed in turn; the big one goes on, so that every command meets busy
injectors, resumes too. Time runs from right before the API call to the controller's event that
all injectors have acted (both stamped with this machine's clock).
"""

from __future__ import annotations

import asyncio
import math
import random
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import ours
from machine import cores
from nginx import Target
from processes import BenchError
from rows import Reach, Row, figure, percentile

from perfconsole.client.api import RunClient
from perfconsole.model.command import ChangeVus, PauseGroups, ResumeGroups
from perfconsole.model.event import TookEffect

BUSY = 0.80
COMMANDS = 120
FIRST_VUS, STEERED_VUS = 800, 50
THINK = "40ms to 60ms"


@dataclass(slots=True)
class Steered:
    injectors: int
    busy: float = 0.0
    """Of their core, all of them together, while commands came."""
    vus: int = FIRST_VUS
    sent: dict[str, float] = field(default_factory=dict)
    """When each command was sent, Unix time, by its id."""
    effect_ms: list[float] = field(default_factory=list)
    own_ms: list[float] = field(default_factory=list)
    """As the controller says: from the command's arrival."""


def measure(target: Target) -> Row:
    _, core, _ = cores()
    row = Row(f"a command to all injectors, {COMMANDS} of them, injectors' core 80 % busy")
    row.head = (
        "injectors",
        "core busy",
        "VUs",
        "p50 ms",
        "p99 ms",
        "most ms",
        "controller's own p99",
    )
    for injectors in ([core], [core, core]):
        seen = _steered(target, injectors)
        times = seen.effect_ms
        p50, p99 = percentile(times, 0.5), percentile(times, 0.99)
        own_p99 = percentile(seen.own_ms, 0.99)
        row.table.append(
            (
                f"{seen.injectors}", f"{seen.busy:.0%}", f"{seen.vus:,}", figure(p50),
                figure(p99), figure(max(times)), figure(own_p99),
            )
        )  # fmt: skip
        what = f"p99 with {seen.injectors} injector{'s' if seen.injectors > 1 else ''}"
        row.reaches.append(Reach(what, p99, 100, " ms"))
        if abs(seen.busy - BUSY) > 0.1:
            row.notes.append(f"{what}: {seen.busy:.0%} busy is not what was wanted")
    row.notes += [
        "two injectors on one core are 80 % busy together: each finds the core taken by the other"
    ]
    return row


def _steered(target: Target, injectors: list[int]) -> Steered:
    steered = Steered(len(injectors))
    with ours.running(_scenario(target), injectors) as run:
        asyncio.run(_commands(run, steered))
        run.stop()
        run.finish(60)
        for event in run.events():
            if isinstance(event, TookEffect) and event.id in steered.sent:
                steered.effect_ms.append(1000 * (event.at - steered.sent[event.id]))
                steered.own_ms.append(event.effect_ms)
    if len(steered.effect_ms) < COMMANDS:
        raise BenchError(f"{len(steered.effect_ms)} of {COMMANDS} commands took effect")
    return steered


async def _commands(run: ours.Run, steered: Steered) -> None:
    client = RunClient(run.folder.socket, kind="bench", by="bench")
    chance = random.Random(1)
    try:
        await asyncio.sleep(2)
        await _make_busy(client, run, steered)
        began, used_s = time.monotonic(), run.used_s()
        for number in range(COMMANDS):
            groups = ("steered",)
            command = ResumeGroups(groups=groups) if number % 2 else PauseGroups(groups=groups)
            name = uuid.uuid4().hex
            steered.sent[name] = time.time()
            answer = await client.send(command, id=name)
            if not answer.ok:
                raise BenchError(answer.said)
            await asyncio.sleep(chance.uniform(0.02, 0.15))
        steered.busy = (run.used_s() - used_s) / (time.monotonic() - began)
    finally:
        await client.close()


async def _make_busy(client: RunClient, run: ours.Run, steered: Steered) -> None:
    """As many VUs as take the injectors to BUSY: cost for each changes with load, so in steps."""
    for _ in range(5):
        began, used_s = time.monotonic(), run.used_s()
        await asyncio.sleep(1.5)
        busy = (run.used_s() - used_s) / (time.monotonic() - began)
        if abs(busy - BUSY) < 0.03:
            return
        steered.vus = min(8000, math.ceil(steered.vus * min(2.0, BUSY / busy)))
        answer = await client.send(ChangeVus(group="load", to=steered.vus), sure=True)
        if not answer.ok:
            raise BenchError(answer.said)
        await asyncio.sleep(1.0)


def _scenario(target: Target) -> dict[str, Any]:
    flow = [{"request": "GET /", "check": {"status": 200}}, {"think": THINK}]
    return {
        "name": "steering",
        "target": target.url(),
        "duration": "90s",
        "groups": {
            "load": {"flow": "page", "vus": FIRST_VUS},
            "steered": {"flow": "page", "vus": STEERED_VUS},
        },
        "flows": {"page": flow},
    }
