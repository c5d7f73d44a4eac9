"""Server samples held against their limits: breaches, recoveries, servers lost and found."""

from __future__ import annotations

from collections.abc import Mapping

from perfconsole.controller.record import Record
from perfconsole.controller.refusal import Refusal
from perfconsole.metrics.moment_words import load_words
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

    def change(self, metric: str, limit: float, server: str | None) -> list[str]:
        """Another limit from the next sample on, of one server or of all that have the metric;
        returns the changes in words. Raises Refusal."""
        servers = [server] if server is not None else list(self._limits)
        having = [name for name in servers if self._has(name, metric)]
        if not having:
            raise Refusal(self._no_metric(metric, server))
        return [self._change(name, metric, limit) for name in having]

    def _has(self, server: str, metric: str) -> bool:
        """A metric of one mount point is known by its samples, when there were any."""
        seen = self._record.view.servers[server].metrics if server in self._limits else {}
        return server in self._limits and (":" not in metric or not seen or metric in seen)

    def _no_metric(self, metric: str, server: str | None) -> str:
        if server is not None and server not in self._limits:
            known = ", ".join(self._limits) or say("none")
            return say("there is no server {name!r}; there are: {known}", name=server, known=known)
        if not self._limits:
            return say("this run watches no servers")
        seen = {name for each in self._record.view.servers.values() for name in each.metrics}
        known = ", ".join(sorted(name for name in seen if ":" in name)) or say("none")
        return say("nobody has {metric!r}; there are: {known}", metric=metric, known=known)

    def _change(self, server: str, metric: str, limit: float) -> str:
        limits = self._limits[server]
        before = _spec_of(limits, metric)
        limits[metric] = (
            LimitSpec(limit=limit) if before is None else before.model_copy(update={"limit": limit})
        )
        self._record.add(ev.ThresholdChanged, server=server, metric=metric, limit=limit)
        for (of, seen), rule in self._rules.items():
            spec = _spec_of(limits, seen)
            if of == server and spec is not None and spec.limit != rule.limit:
                value = self._record.view.servers[server].metrics[seen].value
                if rule.change(spec.limit, value):
                    self._announce(server, seen, rule)
        return say(
            "{server} {what} {before} → {limit:g}{unit}",
            server=server,
            what=metric_words(metric),
            before=say("none") if before is None else f"{before.limit:g}",
            limit=limit,
            unit=metric_unit(metric),
        )

    def _rule(self, server: str, metric: str) -> BreachRule | None:
        spec = _spec_of(self._limits.get(server, {}), metric)
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
            if not view.watches:
                load = load_words(view, since - view.started_at)
                text = say("{breach} at {load}", breach=text, load=load)
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


def _spec_of(limits: Mapping[str, LimitSpec], metric: str) -> LimitSpec | None:
    """``disk_percent`` stands for every mount point that has no limit of its own."""
    return limits.get(metric) or limits.get(metric.split(":", 1)[0])
