"""The limits that each server is held to now: as in its scenario, until a hand changes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from perfconsole.controller.refusal import Refusal
from perfconsole.metrics.limit_words import limit_text
from perfconsole.metrics.view import RunView
from perfconsole.metrics.words import metric_words
from perfconsole.model.limit_sets import no_such_set
from perfconsole.model.limit_spec import LimitSpec
from perfconsole.model.limit_traits import of_metric
from perfconsole.model.scenario import Scenario
from perfconsole.model.server_metrics import METRICS, kind_of
from perfconsole.texts import say

Held = dict[str, LimitSpec]
"""By metric."""


@dataclass(frozen=True, slots=True)
class LimitChange:
    server: str
    metric: str
    before: LimitSpec | None
    spec: LimitSpec | None
    """None: its own limit is gone."""
    now: LimitSpec | None
    """What it is held to; without one of its own, what all of its kind are."""
    unit: str | None = None
    """The metric's own; None: by how its name ends."""

    @property
    def words(self) -> str:
        """``web1 CPU 75 → 80 %``."""
        before = _text(self.metric, self.before, self.unit)
        now = _text(self.metric, self.now, self.unit)
        if before.endswith(" %") and now.endswith(" %"):
            before = before.removesuffix(" %")
        return f"{self.server} {metric_words(self.metric)} {before} → {now}"


class HeldLimits:
    """`view` knows which metrics there are. Changes are made as they are iterated over."""

    def __init__(self, scenario: Scenario, view: RunView) -> None:
        self._scenario = scenario
        self._view = view
        self._limits: dict[str, Held] = {
            name: scenario.limits_of(name) for name in scenario.servers
        }
        self._before: dict[str, Held] = {name: {} for name in self._limits}
        """What metrics were held to last, also those that have no limit now."""

    def of(self, server: str, metric: str) -> LimitSpec | None:
        return of_metric(self._limits.get(server, {}), metric)

    def by(self, server: str) -> Held:
        """All that a server is held to."""
        return dict(self._limits.get(server, {}))

    def change(self, metric: str, limit: float | None, server: str | None) -> Iterator[LimitChange]:
        """Another limit, or none, of one server or of all that have the metric. Raises Refusal with
        nothing changed."""
        having = [name for name in self._named(server) if self._has(name, metric)]
        if not having:
            raise Refusal(self._nobody_has(metric))
        if limit is None and not any(metric in self._limits[name] for name in having):
            self._refuse_off(having, metric)
        return self._replace(
            {name: {**self._limits[name], metric: self._spec(name, metric, limit)}
             for name in having}
        )  # fmt: skip

    def adopt(self, chosen: str, server: str | None) -> Iterator[LimitChange]:
        """A set of limits by its name, with the scenario's own thresholds over it, in place of all
        that is there. Raises Refusal."""
        try:
            wanted = {name: self._scenario.limits_of(name, chosen) for name in self._named(server)}
        except KeyError:
            raise Refusal(no_such_set(chosen, self._scenario.limit_sets)) from None
        return self._replace(wanted)

    def put(
        self, limits: Mapping[str, float | LimitSpec], server: str | None
    ) -> Iterator[LimitChange]:
        """These limits and no others. Raises Refusal."""
        return self._replace(
            {
                name: {metric: self._spec(name, metric, value) for metric, value in limits.items()}
                for name in self._named(server)
            }
        )

    def _replace(
        self, wanted: Mapping[str, Mapping[str, LimitSpec | None]]
    ) -> Iterator[LimitChange]:
        for server, limits in wanted.items():
            for metric in dict.fromkeys([*self._limits[server], *limits]):
                if limits.get(metric) != self._limits[server].get(metric):
                    yield self._put(server, metric, limits.get(metric))

    def _put(self, server: str, metric: str, spec: LimitSpec | None) -> LimitChange:
        held, before = self._limits[server], self.of(server, metric)
        if metric in held:
            self._before[server][metric] = held.pop(metric)
        if spec is not None:
            held[metric] = spec
        unit = self._view.servers[server].units.get(metric)
        return LimitChange(server, metric, before, spec, self.of(server, metric), unit)

    def _spec(self, server: str, metric: str, limit: float | LimitSpec | None) -> LimitSpec | None:
        """Another number keeps the rule and the kind that the metric's limit has, or had."""
        if limit is None or isinstance(limit, LimitSpec):
            return limit
        known = self.of(server, metric) or of_metric(self._before[server], metric)
        return LimitSpec(limit=limit) if known is None else known.at(limit)

    # ---------------------------------------------------------------- who is meant

    def _named(self, server: str | None) -> list[str]:
        if not self._limits:
            raise Refusal(say("this run watches no servers"))
        if server is not None and server not in self._limits:
            known = ", ".join(self._limits)
            raise Refusal(
                say("there is no server {name!r}; there are: {known}", name=server, known=known)
            )
        return list(self._limits) if server is None else [server]

    def _has(self, server: str, metric: str) -> bool:
        """A metric of one place, or of a probe, is known by its samples, when there were any."""
        seen = self._view.servers[server].metrics
        return metric in METRICS or not seen or metric in {*seen, *map(kind_of, seen)}

    def _refuse_off(self, servers: list[str], metric: str) -> None:
        """Raises Refusal for what is held to the limit of all of its kind, and to none besides."""
        if any(self.of(name, metric) is not None for name in servers):
            raise Refusal(
                say("{metric} has no limit of its own but that of {kind}: give it one that it "
                    "cannot pass, or turn that off", metric=metric, kind=kind_of(metric))
            )  # fmt: skip

    def _nobody_has(self, metric: str) -> str:
        kind = kind_of(metric)
        seen = {name for each in self._view.servers.values() for name in each.metrics}
        near = sorted(
            name for name in seen
            if (kind_of(name) == kind if kind in METRICS else kind_of(name) not in METRICS)
        )  # fmt: skip
        known = ", ".join(near) or say("none")
        return say("nobody has {metric!r}; there are: {known}", metric=metric, known=known)


def _text(metric: str, spec: LimitSpec | None, unit: str | None) -> str:
    if spec is None:
        return say("none")
    return limit_text(metric, spec.value, least=spec.traits.least, unit=unit)
