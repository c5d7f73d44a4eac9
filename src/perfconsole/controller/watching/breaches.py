"""Server samples held against their limits: breaches and recoveries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from perfconsole.controller.record import Record
from perfconsole.controller.watching.held_limits import HeldLimits, LimitChange
from perfconsole.controller.watching.reachability import Reachability
from perfconsole.metrics.limit_words import back_words, beyond_words
from perfconsole.metrics.moment_words import load_words
from perfconsole.metrics.words import metric_words
from perfconsole.model import event as ev
from perfconsole.model.breach import BreachRule
from perfconsole.model.limit_spec import LimitSpec
from perfconsole.model.limit_traits import PLAIN
from perfconsole.model.sample import ServerSample
from perfconsole.model.scenario import Scenario
from perfconsole.model.server_metrics import is_percent
from perfconsole.texts import say


class BreachWatch:
    def __init__(self, scenario: Scenario, record: Record) -> None:
        self._record = record
        self._held = HeldLimits(scenario, record.view)
        self._rules: dict[tuple[str, str], tuple[LimitSpec, BreachRule]] = {}
        """By server and metric, with the limit that each was made of."""
        self._reachability = Reachability(record)

    def take(self, sample: ServerSample) -> None:
        """Record the sample and whatever follows from it."""
        view = self._record.view
        self._record.add(
            ev.Sampled,
            second=round(max(0.0, self._record.now() - view.started_at), 3),
            sample=sample,
        )
        self._reachability.take(sample)
        for metric, value in sample.metrics.items():
            if metric in sample.held:
                continue  # a reading counts once, however many samples repeat it
            if rule := self._rule(sample.server, metric):
                changed = rule.add(view.now_at, value)
                if changed:
                    self._announce(sample.server, metric, rule)

    # ---------------------------------------------------------------- limits by hand

    def change(self, metric: str, limit: float | None, server: str | None) -> list[str]:
        """Another limit from the next sample on, or none, of one server or of all that have the
        metric; returns the changes in words. Raises Refusal."""
        return self._follow(self._held.change(metric, limit, server))

    def adopt(self, chosen: str, server: str | None) -> list[str]:
        """All limits by the name of their set; as `change`."""
        return self._follow(self._held.adopt(chosen, server))

    def put(self, limits: Mapping[str, float | LimitSpec], server: str | None) -> list[str]:
        """These limits and no others; as `change`."""
        return self._follow(self._held.put(limits, server))

    def held(self, server: str) -> Mapping[str, LimitSpec]:
        """What a server is held to now, by metric."""
        return self._held.by(server)

    def _follow(self, changes: Iterable[LimitChange]) -> list[str]:
        return [self._changed(change) for change in changes]

    def _changed(self, change: LimitChange) -> str:
        spec = change.spec
        self._record.add(
            ev.ThresholdChanged,
            server=change.server,
            metric=change.metric,
            limit=None if spec is None else spec.value,
            traits=PLAIN if spec is None else spec.traits,
        )
        for server, metric in list(self._rules):
            if server == change.server:
                self._hold_anew(server, metric)
        return change.words

    def _hold_anew(self, server: str, metric: str) -> None:
        """Against the present limit, if that is another one."""
        (was, rule), spec = self._rules[server, metric], self._held.of(server, metric)
        if spec is None:
            del self._rules[server, metric]
            if rule.breached:
                text = say("{server} {what} is held to no limit any more", server=server,
                           what=metric_words(metric))  # fmt: skip
                self._tell(server, metric, rule, over=False, text=text)
        elif spec != was:
            fresh = _rule_of(metric, spec)
            fresh.breached, fresh.since = rule.breached, rule.since
            self._rules[server, metric] = spec, fresh
            if fresh.change(spec.value, self._record.view.servers[server].metrics[metric].value):
                self._announce(server, metric, fresh)

    # ---------------------------------------------------------------- what samples tell

    def _rule(self, server: str, metric: str) -> BreachRule | None:
        if (known := self._rules.get((server, metric))) is not None:
            return known[1]
        if (spec := self._held.of(server, metric)) is None:
            return None
        rule = _rule_of(metric, spec)
        self._rules[server, metric] = spec, rule
        return rule

    def _announce(self, server: str, metric: str, rule: BreachRule) -> None:
        view = self._record.view
        words = beyond_words if rule.breached else back_words
        unit = view.servers[server].units.get(metric)
        text = words(server, metric, rule.limit, least=rule.least, unit=unit)
        if rule.breached and not view.watches:
            load = load_words(view, (rule.since or view.now_at) - view.started_at)
            text = say("{breach} at {load}", breach=text, load=load)
        self._tell(server, metric, rule, over=rule.breached, text=text)

    def _tell(self, server: str, metric: str, rule: BreachRule, *, over: bool, text: str) -> None:
        self._record.add(
            ev.Breached,
            server=server,
            metric=metric,
            limit=rule.limit,
            over=over,
            since=rule.since or self._record.view.now_at,
            text=text,
        )


def _rule_of(metric: str, spec: LimitSpec) -> BreachRule:
    over, of = spec.rule
    return BreachRule(spec.value, over, of, least=spec.traits.least, percent=is_percent(metric))
