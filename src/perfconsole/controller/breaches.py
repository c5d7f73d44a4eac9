"""Server samples held against their limits: breaches, recoveries, servers lost and found."""

from __future__ import annotations

from perfconsole.controller.record import Record
from perfconsole.metrics.words import metric_unit, metric_words
from perfconsole.model import event as ev
from perfconsole.model.breach import BreachRule
from perfconsole.model.sample import ServerSample
from perfconsole.model.scenario import Scenario
from perfconsole.model.server_spec import LimitSpec
from perfconsole.texts import say


class BreachWatch:
    def __init__(self, scenario: Scenario, record: Record) -> None:
        self._record = record
        self._limits: dict[str, dict[str, LimitSpec]] = {
            server: scenario.limits_of(server) for server in scenario.servers
        }
        self._rules: dict[tuple[str, str], BreachRule] = {}
        self._well: dict[str, bool] = {}

    def take(self, sample: ServerSample) -> None:
        """Record the sample and whatever follows from it."""
        view = self._record.view
        self._record.add(
            ev.Sampled,
            second=round(max(0.0, self._record.now() - view.started_at), 3),
            sample=sample,
        )
        self._reachability(sample)
        for metric, value in sample.metrics.items():
            if rule := self._rule(sample.server, metric):
                changed = rule.add(view.now_at, value)
                if changed:
                    self._announce(sample.server, metric, rule)

    def _rule(self, server: str, metric: str) -> BreachRule | None:
        limits = self._limits.get(server, {})
        spec = limits.get(metric) or limits.get(metric.split(":", 1)[0])
        if spec is None:
            return None
        over, of = spec.rule
        return self._rules.setdefault((server, metric), BreachRule(spec.limit, over, of))

    def _announce(self, server: str, metric: str, rule: BreachRule) -> None:
        what, view = metric_words(metric), self._record.view
        since = rule.since or view.now_at
        unit = metric_unit(metric)
        if not rule.breached:
            text = say(
                "{server} {what} back under {limit:g}{unit}",
                server=server,
                what=what,
                limit=rule.limit,
                unit=unit,
            )
        else:
            text = say(
                "{server} {what} over {limit:g}{unit}",
                server=server,
                what=what,
                limit=rule.limit,
                unit=unit,
            )
            if view.groups:
                vus, tps = view.load_at(since - view.started_at)
                text = say("{breach} at {vus:g} VUs, {tps:g} TPS", breach=text, vus=vus, tps=tps)
        self._record.add(
            ev.Breached,
            server=server,
            metric=metric,
            limit=rule.limit,
            over=rule.breached,
            since=since,
            text=text,
        )

    def _reachability(self, sample: ServerSample) -> None:
        before = self._well.get(sample.server)
        self._well[sample.server] = sample.ok
        if not sample.ok and before is not False:
            self._note("warning", f"{sample.server}: {sample.detail}")
        elif sample.ok and before is False:
            self._note("info", say("{server} answers", server=sample.server))

    def _note(self, level: str, text: str) -> None:
        self._record.add(ev.Noted, level=level, kind="server", text=text)
