"""Every whole second of the run becomes one `InjectorTick`, whatever the clock or the loop do."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from time import perf_counter

from perfconsole.injector.fitness import Fitness, peak_rss_mb
from perfconsole.injector.recorder import Recorder
from perfconsole.injector.workload import Load
from perfconsole.model.plan import InjectorPlan
from perfconsole.model.wire import GroupCounts, InjectorTick


class SecondHand:
    """Cuts ticks at whole seconds from the run's start, on a clock that never steps."""

    def __init__(
        self,
        plan: InjectorPlan,
        loop: asyncio.AbstractEventLoop,
        recorder: Recorder,
        load: Load,
        send: Callable[[InjectorTick], None],
    ) -> None:
        self._injector = plan.injector
        self._loop = loop
        self._recorder = recorder
        self._load = load
        self._send = send
        self._fitness = Fitness(loop)
        elapsed_s = time.time() - plan.started_at
        self._origin = perf_counter() - elapsed_s
        self._second = max(0, math.floor(elapsed_s))
        self._arm()

    def _arm(self) -> None:
        wait_s = self._origin + self._second + 1 - perf_counter()
        self._timer = self._loop.call_later(max(0.0, wait_s), self._fired)

    def _fired(self) -> None:
        """Seconds that the loop slept through get a tick each; the last has what came late."""
        ended = math.floor(perf_counter() - self._origin)
        while self._second < ended:
            late = self._second < ended - 1
            self._send(self._empty_tick() if late else self._tick())
            self._second += 1
        self._arm()

    def finish(self) -> None:
        """Send the last tick: what came since the last whole second."""
        self._timer.cancel()
        self._send(self._tick(last=True))
        self._fitness.stop()

    def _tick(self, *, last: bool = False) -> InjectorTick:
        recorder, tally = self._recorder, self._recorder.tally
        fitness = self._fitness.take()
        tick = InjectorTick(
            injector=self._injector,
            second=self._second,
            transactions=recorder.transactions(),
            groups=self._load.counts(),
            errors=recorder.errors(),
            requests=tally.finished,
            requests_failed=tally.failed.total(),
            cut=recorder.cut,
            bytes_in=recorder.bytes_in,
            connections_opened=recorder.connections_opened,
            lag_p99_ms=fitness.lag_p99_ms,
            cpu_s=time.process_time(),
            rss_mb=peak_rss_mb(),
            last=last,
            connections_reused=tally.reused,
            phases=tally.phases(),
            by_request=tally.rows(),
            sockets_left=fitness.sockets_left,
            memory_mb=fitness.memory_mb,
            gc_pause_ms=fitness.gc_pause_ms,
        )
        recorder.reset()
        self._load.reset()
        return tick

    def _empty_tick(self) -> InjectorTick:
        groups = tuple(
            GroupCounts(g.name, g.states, 0, 0, waiting=g.waiting) for g in self._load.counts()
        )
        return InjectorTick(
            self._injector, self._second, (), groups, (), 0, 0, 0, 0, 0, 0.0,
            time.process_time(), peak_rss_mb(),
        )  # fmt: skip
