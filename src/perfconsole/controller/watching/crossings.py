"""Objectives held against the last seconds: the moment one is crossed, and when it comes back.

The verdict is about the whole run; this is about now: the last `WINDOW_S` seconds, and for times
and pass rates as many more as it takes to have `ENOUGH` transactions, `LONGEST_S` at most. Warm-up,
pauses of all groups and the end of the run say nothing; nor do means of servers, which have their
thresholds.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from perfconsole.controller.record import Record
from perfconsole.controller.watching.goals import Goals
from perfconsole.metrics.columns import whole
from perfconsole.metrics.facts import RunFacts
from perfconsole.metrics.merge import MergedSecond
from perfconsole.metrics.moment_words import load_words
from perfconsole.metrics.objectives import client_value, limited
from perfconsole.metrics.totals import Accumulator
from perfconsole.model import event as ev
from perfconsole.model.crossing import CrossingRule, objective_key
from perfconsole.model.objective_spec import ObjectiveSpec
from perfconsole.model.states import RunState
from perfconsole.model.tick import RunTick
from perfconsole.model.wire import TransactionCounts
from perfconsole.texts import say

WINDOW_S = 10
ENOUGH = 20
"""Transactions that a percentile or a rate of passes needs."""
LONGEST_S = 60
_RATES = ("tps", "hits_per_s", "throughput_bytes_s")


@dataclass(frozen=True, slots=True)
class _Second:
    rows: dict[str | None, TransactionCounts]
    """Added up by what objectives are of; None is all."""
    requests: int
    bytes_in: int


class Crossings:
    """`warms_up`: the run has a warm-up, before the end of which nothing is held against."""

    def __init__(self, goals: Goals, record: Record, *, warms_up: bool) -> None:
        self._goals = goals
        self._record = record
        self._warms_up = warms_up
        self._rules: dict[str, CrossingRule] = {}
        self._last: deque[_Second] = deque(maxlen=LONGEST_S)

    def take(self, merged: MergedSecond, tick: RunTick) -> None:
        """A second that closed and is recorded."""
        if not self._counts(tick.second):
            return
        specs = [spec for spec in self._goals.held_to if spec.metric != "server"]
        self._follow(specs, tick.second)
        rows: dict[str | None, TransactionCounts] = {}
        for of in {spec.of for spec in specs}:
            row = whole([each for each in merged.rows if of in (None, each.name)])
            if row is not None:
                rows[of] = row
        self._last.append(_Second(rows, merged.requests, merged.bytes_in))
        for rule in self._rules.values():
            value = self._value(rule.spec)
            if value is not None and rule.add(tick.second, value):
                self._tell(rule)

    def _counts(self, second: int) -> bool:
        view = self._record.view
        if view.state is not RunState.RUNNING or view.loaded_from is None or view.paused:
            return False
        if self._warms_up and (view.warm_up is None or second < view.warm_up.second):
            return False
        return view.started_at + second >= view.loaded_from

    def _follow(self, specs: list[ObjectiveSpec], second: int) -> None:
        """A hand may have changed them: what was past a limit that is no more is told as over."""
        wanted = {objective_key(spec): spec for spec in specs}
        for key, rule in list(self._rules.items()):
            if wanted.get(key) == rule.spec:
                continue
            del self._rules[key]
            if rule.crossed:
                what, limit = limited(rule.spec)
                text = say("{what}: its limit is {limit} no more", what=what, limit=limit)
                self._add(key, False, second, text)
        for key, spec in wanted.items():
            self._rules.setdefault(key, CrossingRule(spec))

    # ---------------------------------------------------------------- values

    def _value(self, spec: ObjectiveSpec) -> float | None:
        """Over the last seconds; None while they are too few, or hold too little."""
        if len(self._last) < WINDOW_S:
            return None
        sums, requests, bytes_in = Accumulator(), 0, 0
        for back, second in enumerate(reversed(self._last)):
            if back >= WINDOW_S and (spec.metric in _RATES or sums.completed >= ENOUGH):
                break
            if (row := second.rows.get(spec.of)) is not None:
                sums.add(row)
            requests += second.requests
            bytes_in += second.bytes_in
        if spec.metric in _RATES:
            return client_value(spec, sums, RunFacts(WINDOW_S, requests, bytes_in, {}))
        facts = RunFacts(len(self._last), requests, bytes_in, {})
        return client_value(spec, sums, facts) if sums.completed >= ENOUGH else None

    # ---------------------------------------------------------------- telling

    def _tell(self, rule: CrossingRule) -> None:
        what, limit = limited(rule.spec)
        sides = {
            (True, True): "{what} under {limit} at {load}",
            (True, False): "{what} back over {limit} at {load}",
            (False, True): "{what} over {limit} at {load}",
            (False, False): "{what} back under {limit} at {load}",
        }
        template = sides[rule.spec.min is not None, rule.crossed]
        load = load_words(self._record.view, rule.since)
        text = say(template, what=what, limit=limit, load=load)
        self._add(objective_key(rule.spec), rule.crossed, rule.since, text)

    def _add(self, key: str, over: bool, second: int, text: str) -> None:
        since = self._record.view.started_at + second
        self._record.add(ev.Crossed, key=key, over=over, since=since, text=text)
