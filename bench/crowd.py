"""The row of a crowd: 5,000 VUs in two injectors four fifths busy, paused and changed as a whole.

Whoever is paused is busy no more, so every pause is followed by a resume and some time in which
the crowd comes back to its load; how busy the injectors are is taken in the seconds before the
commands, as far as they count. Times are those of the row of commands: from right before the API
call to the controller's event that all injectors have acted. Of VUs that are to come it says that
all of them have been started, which is later than "under way".
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import ours
import psutil
from machine import cores
from nginx import Target
from processes import BenchError
from rows import Reach, Row, figure, percentile

from perfconsole.client.api import RunClient
from perfconsole.model.command import ChangeThink, ChangeVus, Command, PauseGroups, ResumeGroups
from perfconsole.model.event import TookEffect

BUSY = 0.80
NEAR = 0.1
QUIET = 0.05
"""Share of the time that others may have the injectors' core."""
VUS = 5000
MORE = 500
"""VUs that come and leave again."""
FULL, QUICK = 100, 25
"""Commands of each kind."""
THINK, THINK_S = "400ms to 600ms", 0.5
RAMP_S = 6.0
PAUSED_S = 0.1
REST_S = 0.3
BACK_S = 3 * THINK_S
"""After a resume all come at once: until they are spread again."""
WATCHED_S = 0.3
"""Before a command that counts."""
PAUSE, RESUME, COME, LEAVE = "pause", "resume", f"{MORE} more VUs", f"{MORE} fewer VUs"
LIMITS_MS = {PAUSE: 100, COME: 250, LEAVE: 250}


@dataclass(slots=True)
class Steered:
    busy: list[float] = field(default_factory=list)
    """Of their core, both together, right before each command that counts."""
    sent: dict[str, tuple[str, float]] = field(default_factory=dict)
    """Kind of each command and when it was sent, Unix time, by its id."""
    effect_ms: dict[str, list[float]] = field(default_factory=dict)
    others: float = 0.0
    """Share of the time in which somebody else had their core."""


def measure(target: Target, count: int) -> Row:
    steered = Steered()
    _, core, _ = cores()
    with ours.running(_scenario(target), [core, core]) as run:
        asyncio.run(_commands(run, steered, count))
        run.stop()
        run.finish(60)
        for event in run.events():
            if isinstance(event, TookEffect) and event.id in steered.sent:
                kind, at = steered.sent[event.id]
                steered.effect_ms.setdefault(kind, []).append(1000 * (event.at - at))
    if sum(map(len, steered.effect_ms.values())) < len(steered.sent):
        raise BenchError("not every command took effect")
    return _row(steered)


def _row(steered: Steered) -> Row:
    row = Row(f"{VUS:,} VUs in two injectors, their core 80 % busy: all paused, {MORE} come and go")
    row.head = ("command", "times", "p50 ms", "p99 ms", "most ms")
    for kind in (PAUSE, RESUME, COME, LEAVE):
        times = steered.effect_ms[kind]
        p50, p99 = percentile(times, 0.5), percentile(times, 0.99)
        row.table.append((kind, f"{len(times)}", figure(p50), figure(p99), figure(max(times))))
        if kind in LIMITS_MS:
            row.reaches.append(Reach(f"p99 of {kind}", p99, LIMITS_MS[kind], " ms"))
    busy, least, most = (percentile(steered.busy, share) for share in (0.5, 0.1, 0.9))
    row.notes.append(
        f"the core was {busy:.0%} busy before commands (one time in ten under {least:.0%}, "
        f"one in ten over {most:.0%}); before resumes it was idle, all being paused"
    )
    if steered.others > QUIET:
        row.notes.append(
            f"**disturbed**: others had the injectors' core {steered.others:.0%} of the time; "
            "measure anew"
        )
    if abs(busy - BUSY) > NEAR:
        row.notes.append(f"**{busy:.0%} busy is not what was wanted**; measure anew")
    return row


async def _commands(run: ours.Run, steered: Steered, count: int) -> None:
    client = RunClient(run.folder.socket, kind="bench", by="bench")
    try:
        await asyncio.sleep(RAMP_S + BACK_S)
        await _make_busy(client, run)
        began, others_s = time.monotonic(), _others_s(run)
        for rest_s, kind, command in _in_turn(count):
            await asyncio.sleep(rest_s)
            if kind != RESUME:
                steered.busy.append(await _busy(run, WATCHED_S))
            name = uuid.uuid4().hex
            steered.sent[name] = kind, time.time()
            await _do(client, command, name)
        steered.others = (_others_s(run) - others_s) / (time.monotonic() - began)
    finally:
        await client.close()


def _in_turn(count: int) -> Iterator[tuple[float, str, Command]]:
    """Each after a rest, in seconds."""
    for _ in range(count):
        yield REST_S, PAUSE, PauseGroups(groups=("crowd",))
        yield PAUSED_S, RESUME, ResumeGroups(groups=("crowd",))
        yield BACK_S, COME, ChangeVus(group="crowd", by=MORE)
        yield REST_S, LEAVE, ChangeVus(group="crowd", by=-MORE)


async def _make_busy(client: RunClient, run: ours.Run) -> None:
    """Think times that take the injectors to BUSY, found in steps."""
    factor = 1.0
    for _ in range(8):
        busy = await _busy(run, 2 * THINK_S)
        if abs(busy - BUSY) < 0.03:
            return
        factor *= min(2.0, max(0.5, busy / BUSY))
        await _do(client, ChangeThink(groups=("crowd",), factor=round(factor, 3)))
        await asyncio.sleep(BACK_S * factor)


async def _busy(run: ours.Run, seconds: float) -> float:
    began, used_s = time.monotonic(), run.used_s()
    await asyncio.sleep(seconds)
    return (run.used_s() - used_s) / (time.monotonic() - began)


def _others_s(run: ours.Run) -> float:
    """What the injectors' core has worked for anybody else so far."""
    _, core, _ = cores()
    times = psutil.cpu_times(percpu=True)[core]
    return float(times.user + times.nice + times.system) - run.used_s()


async def _do(client: RunClient, command: Command, id: str | None = None) -> None:
    answer = await client.send(command, id, sure=True)
    if not answer.ok:
        raise BenchError(answer.said)


def _scenario(target: Target) -> dict[str, Any]:
    return {
        "name": "crowd",
        "target": target.url(),
        "duration": "20m",
        "groups": {"crowd": {"ramp": f"to {VUS} over {RAMP_S:g}s"}},
        "flows": {"crowd": [{"request": "GET /", "check": {"status": 200}}, {"think": THINK}]},
    }
