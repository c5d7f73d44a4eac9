"""The servers of a run, watched: their samples against limits, and what else they have to tell."""

from __future__ import annotations

from collections.abc import Callable

from perfconsole.controller.record import Record
from perfconsole.controller.secret_values import mask_for, masked_sample
from perfconsole.controller.watching.breaches import BreachWatch
from perfconsole.controller.watching.log_matches import LogMatches
from perfconsole.controller.watching.own_machine import own_machine
from perfconsole.controller.watching.probe_news import ProbeNews
from perfconsole.controller.watching.snapshots import Snapshots
from perfconsole.model.sample import ServerSample
from perfconsole.model.scenario import Scenario
from perfconsole.model.server_news import LogMatched, LogTold, ProbeTold, ServerNews, SnapshotCame
from perfconsole.model.start import StartSpec
from perfconsole.scenario.probe_values import with_probe_values
from perfconsole.servers.watch_all import Servers


class ServerWatch:
    """`sampled` hears each sample of a server under load once it is recorded."""

    def __init__(
        self,
        spec: StartSpec,
        scenario: Scenario,
        record: Record,
        sampled: Callable[[ServerSample], None],
    ) -> None:
        self._record = record
        self._hear = sampled
        self._over = False
        self._mask = mask_for(scenario, spec.variables)
        specs = with_probe_values(scenario, spec.variables) | own_machine(scenario)
        self._servers = Servers(specs, self._sampled, spec.credentials, self._told)
        self.breaches = BreachWatch(scenario, record)
        self._probes = ProbeNews(record, self._mask)
        self._logs = LogMatches(scenario.servers, record, self._mask)
        self.snapshots = Snapshots(
            scenario.servers, record, self._servers.take_snapshot, self._mask
        )  # fmt: skip

    def start(self) -> None:
        self._servers.start()

    def beat(self) -> None:
        """To be called many times a second."""
        self.snapshots.beat()

    async def stop(self) -> None:
        """Leave the servers and tell what there is still to tell: nothing comes any more."""
        await self._servers.stop()
        await self.snapshots.close()
        self._logs.close()
        self._over = True

    def _sampled(self, sample: ServerSample) -> None:
        if self._over:
            return
        self.breaches.take(masked_sample(sample, self._mask))
        if not self._record.view.servers[sample.server].generator:
            self._hear(sample)

    def _told(self, news: ServerNews) -> None:
        if self._over:
            return
        match news:
            case ProbeTold():
                self._probes.told(news)
            case LogMatched():
                self._logs.matched(news)
            case LogTold():
                self._logs.told(news)
            case SnapshotCame():
                self.snapshots.came(news)
