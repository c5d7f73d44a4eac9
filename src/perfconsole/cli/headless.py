"""The front end without a screen: a line now and then, ctrl+c stops the run, the end is told."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from dataclasses import dataclass, field

from perfconsole.cli.finding import alive, author
from perfconsole.cli.interrupts import Interrupts
from perfconsole.cli.printing import fit, show
from perfconsole.client.api import ControllerGone, RunClient
from perfconsole.injector.failure import one_line
from perfconsole.journal.folder import RunFolder
from perfconsole.journal.journal_error import JournalError
from perfconsole.journal.reader import JournalReader
from perfconsole.metrics.alarm_bell import Bell
from perfconsole.metrics.figures import count, milliseconds, three_digits
from perfconsole.metrics.view import RunView
from perfconsole.metrics.words import metric_unit, metric_words
from perfconsole.model.command import StopRun
from perfconsole.model.duration import clock
from perfconsole.model.rate import rate_text
from perfconsole.model.states import RunState, StopMode
from perfconsole.texts import say

LINE_EVERY_S = 5
POLL_S = 2.0
GIVE_UP_AFTER = 5
"""Polls without an answer before the controller counts as gone."""


@dataclass(slots=True)
class _Follower:
    client: RunClient
    view: RunView
    quiet: bool
    interrupts: int = 0
    shown_until: int = 0
    """Number of the last event whose line is printed."""
    next_line_s: float = 0.0
    stops: set[asyncio.Task[object]] = field(default_factory=set)
    bell: Bell = field(default_factory=Bell)

    def interrupted(self) -> None:
        """The first ctrl+c lets requests finish; the next one cuts them."""
        self.interrupts += 1
        mode = StopMode.AFTER_REQUEST if self.interrupts == 1 else StopMode.NOW
        if not self.quiet:
            show(say("stopping the run; once more cuts what is in flight"), err=True)
        task = asyncio.ensure_future(self._stop(mode))
        self.stops.add(task)
        task.add_done_callback(self.stops.discard)

    async def _stop(self, mode: StopMode) -> None:
        with contextlib.suppress(ControllerGone):
            await self.client.send(StopRun(mode=mode), sure=True)

    async def look_on(self) -> None:
        """Until the run ends, or its controller has not answered for too long."""
        failures, attached = 0, False
        while self.view.verdict is None and failures < GIVE_UP_AFTER:
            try:
                if not attached:  # what was missed may be gone by now
                    self.view, attached = await self.client.snapshot(), True
                else:
                    for event in await self.client.events(self.view.seq, POLL_S):
                        self.view.fold(event)
                failures = 0
                self.show()
            except ControllerGone:
                failures, attached = failures + 1, False
                await asyncio.sleep(0.2)

    def read_up(self, folder: RunFolder) -> None:
        """What a controller that is gone had told its journal only."""
        with contextlib.suppress(JournalError), JournalReader(folder.journal) as journal:
            self.view = journal.view()
            self.show()

    def show(self) -> None:
        if self.quiet:
            return
        if self.bell.rings(self.view) and sys.stderr.isatty():
            show("\a", err=True, newline=False)
        for line in [line for line in self.view.lines if line.seq > self.shown_until]:
            self.shown_until = line.seq
            at = clock(line.at - self.view.started_at)
            show(fit(f"{at}  {line.text}"), err=True)
            more_lines = line.detail.splitlines()
            if line.level != "info" and len(more_lines) > 1:
                for more in more_lines:
                    show(f"{' ' * len(at)}    {one_line(more)}", err=True)
        if self.view.second >= self.next_line_s:
            self.next_line_s = self.view.second + LINE_EVERY_S
            show(progress(self.view), err=True)


def progress(view: RunView) -> str:
    """One line: run clock, VUs, TPS, p95, errors, the worst server metric."""
    parts = [clock(view.elapsed_s)]
    if view.state is RunState.STARTING:
        return "  ".join([*parts, say("preparing")])
    if view.groups:
        parts += [
            say("VUs {vus}/{target}", vus=view.vus, target=view.vus_target),
            f"TPS {three_digits(view.tps)}",
            f"p95 {milliseconds(view.times.p95_ms)}",
            say("errors {n}/s", n=three_digits(view.errors_per_s)),
            *_arrivals(view),
        ]
    if worst := view.worst_metric():
        server, name, metric = worst
        sign = "≥" if metric.traits.least else ""
        shown = f"{three_digits(metric.value)}/{sign}{three_digits(metric.limit)}"
        parts.append(f"{server} {metric_words(name)} {shown}{metric_unit(name, metric.unit)}")
    answering, servers = sum(bool(s.ok) for s in view.servers.values()), len(view.servers)
    if answering < servers:
        parts.append(say("{n} of {all} servers answer", n=answering, all=servers))
    if view.generator.causes:
        parts.append(say("the load generator is the bottleneck"))
    return "  ".join(parts)


def _arrivals(view: RunView) -> list[str]:
    """Of the open groups together: offered of wanted in the last second, waiting, dropped."""
    arrivals = [g.arrivals for g in view.groups.values() if g.arrivals is not None]
    if not arrivals:
        return []
    offered, wanted = sum(a.offered for a in arrivals), sum(a.rate for a in arrivals)
    waiting, dropped = (
        sum(a.waiting for a in arrivals),
        sum(g.dropped for g in view.groups.values()),
    )
    counts = ((say("waiting {n}", n=count(waiting)), waiting),
              (say("dropped {n}", n=count(dropped)), dropped))  # fmt: skip
    return [say("arrivals {offered} of {rate}", offered=offered, rate=rate_text(wanted)),
            *(text for text, number in counts if number)]  # fmt: skip


async def _follow(folder: RunFolder, interrupts: Interrupts, quiet: bool) -> bool:
    client = RunClient(folder.socket, kind="headless", by=author())
    follower = _Follower(client, RunView(), quiet)
    loop = asyncio.get_running_loop()
    interrupts.listen(lambda: loop.call_soon_threadsafe(follower.interrupted))
    try:
        await follower.look_on()
    finally:
        interrupts.listen(lambda: None)
        await client.close()
    if follower.view.verdict is None and not alive(folder):
        follower.read_up(folder)
    return follower.view.verdict is not None


def follow(folder: RunFolder, interrupts: Interrupts, *, quiet: bool = False) -> bool:
    """Look on until the run ends, each interrupt stopping it harder. Returns whether it did (False:
    its controller vanished)."""
    return asyncio.run(_follow(folder, interrupts, quiet))
