"""The live knee: hints that throughput does not follow the load any more."""

from __future__ import annotations

from collections.abc import Mapping

from perfconsole.controller.load.schedule import GroupSchedule
from perfconsole.controller.record import Record
from perfconsole.metrics.figures import milliseconds, three_digits
from perfconsole.metrics.knee import BehindWatch, GroupSecond, Knee, KneeWatch
from perfconsole.metrics.merge import MergedSecond
from perfconsole.model import event as ev
from perfconsole.model.rate import rate_text
from perfconsole.model.states import RunState, VuState, at_work
from perfconsole.model.tick import Arrivals, GroupTick, RunTick
from perfconsole.texts import say


class Knees:
    """`schedules` are the run's groups, those that a hand adds among them. While the load generator
    is the bottleneck itself it says nothing."""

    def __init__(self, record: Record, schedules: Mapping[str, GroupSchedule]) -> None:
        self._record = record
        self._schedules = schedules
        self._knee = KneeWatch()
        self._behind: dict[str, BehindWatch] = {}
        self._thinks: dict[str, float] = {}

    def take(self, merged: MergedSecond, tick: RunTick) -> None:
        """A second that closed and is recorded."""
        view = self._record.view
        if view.state is not RunState.RUNNING or view.generator.causes:
            self._knee.reset()
            return
        self._closed(merged, [group for group in tick.groups if group.arrivals is None])
        for group in tick.groups:
            if group.arrivals is not None:
                self._open(group, group.arrivals)

    def _closed(self, merged: MergedSecond, groups: list[GroupTick]) -> None:
        thinks = {
            group.name: self._schedules[group.name].think.effective_factor for group in groups
        }
        paused = any(group.states.get(VuState.PAUSED) for group in groups)
        if paused or any(
            self._thinks.get(name, factor) != factor for name, factor in thinks.items()
        ):
            self._knee.reset()
        self._thinks = thinks
        if paused or not groups:
            return
        seconds = {g.name: GroupSecond(at_work(g.states), g.passed) for g in groups}
        rows = [row for row in merged.rows if row.group in seconds]
        if (knee := self._knee.take(seconds, rows)) is not None:
            self._hint(self._words(knee))

    def _words(self, knee: Knee) -> str:
        whose = say("TPS")
        if set(knee.groups) != set(self._thinks):
            whose = say("TPS of {groups}", groups=", ".join(knee.groups))
        then, now = knee.p95_ms
        return say(
            "{whose} flat since {vus:.0f} VUs: {tps} TPS, p95 {then} → {now}",
            whose=whose,
            vus=knee.vus,
            tps=three_digits(knee.tps),
            then=milliseconds(then),
            now=milliseconds(now),
        )

    def _open(self, group: GroupTick, arrivals: Arrivals) -> None:
        watch = self._behind.setdefault(group.name, BehindWatch())
        since = watch.take(arrivals.rate, arrivals.due, arrivals.offered, arrivals.waiting)
        if since is None:
            return
        self._hint(
            say(
                "arrivals of {group} fall behind since {rate}: {begun}/s begun, {waiting:,} wait "
                "for a free VU, p95 {p95}",
                group=group.name,
                rate=rate_text(since),
                begun=arrivals.offered,
                waiting=arrivals.waiting,
                p95=milliseconds(group.times.p95_ms),
            )
        )

    def _hint(self, text: str) -> None:
        self._record.add(ev.Noted, level="warning", kind="knee", text=text)
