"""What the run is held to, changed by hand: thresholds, objectives, how long it lasts."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import ValidationError

from perfconsole.controller.hands.doing import Deeds, Done
from perfconsole.controller.hands.roster import Roster
from perfconsole.controller.load.run_length import RunLength
from perfconsole.controller.record import Record
from perfconsole.controller.refusal import Refusal
from perfconsole.controller.watching.breaches import BreachWatch
from perfconsole.controller.watching.goals import Goals
from perfconsole.metrics.objectives import limited
from perfconsole.model import command as cmd
from perfconsole.model import event as ev
from perfconsole.model.duration import short
from perfconsole.model.invalid import first_fault_and_place
from perfconsole.model.objective_spec import ObjectiveSpec
from perfconsole.model.server_metrics import is_metric, no_such_metric
from perfconsole.model.states import GroupState
from perfconsole.texts import say


class LimitHand:
    """`loaded_s` is how long ago the first VU began."""

    def __init__(
        self,
        record: Record,
        roster: Roster,
        breaches: BreachWatch,
        goals: Goals,
        length: RunLength,
        loaded_s: Callable[[], float],
    ) -> None:
        self._record = record
        self._roster = roster
        self._breaches = breaches
        self._goals = goals
        self._length = length
        self._loaded_s = loaded_s

    @property
    def deeds(self) -> Deeds:
        return {
            cmd.ChangeThreshold: self._threshold,
            cmd.ChangeLimits: self._set,
            cmd.ChangeObjective: self._objective,
            cmd.ChangeDuration: self._duration,
        }

    # ---------------------------------------------------------------- thresholds

    def _threshold(self, command: cmd.ChangeThreshold) -> Done:
        self._refuse_metric(command.metric)
        return _limits(self._breaches.change(command.metric, command.limit, command.server))

    def _set(self, command: cmd.ChangeLimits) -> Done:
        if command.set is not None:
            done = _limits(self._breaches.adopt(command.set, command.server))
            return Done(say("limits {name}: {changes}", name=command.set, changes=done.said))
        for metric in command.limits or {}:
            self._refuse_metric(metric)
        return _limits(self._breaches.put(command.limits or {}, command.server))

    def _refuse_metric(self, metric: str) -> None:
        """Raises Refusal for one that no server can have."""
        servers = self._record.view.servers.values()
        if not is_metric(metric) and not any(metric in each.metrics for each in servers):
            raise Refusal(no_such_metric(metric))

    # ---------------------------------------------------------------- objectives

    def _objective(self, command: cmd.ChangeObjective) -> Done:
        if command.min is None and command.max is None:
            return self._drop(command)
        fields = command.model_dump(exclude={"do"}, exclude_none=True)
        try:
            spec = ObjectiveSpec.model_validate(fields)
        except ValidationError as error:
            raise Refusal(first_fault_and_place(error)) from None
        self._refuse_unknown(spec)
        before = self._goals.change(spec)
        what, limit = limited(spec)
        sign = "≥" if spec.min is not None else "≤"
        if before is None:
            return Done(say("new objective: {what} {sign} {to}", what=what, sign=sign, to=limit))
        return Done(
            say(
                "objective {what} {sign} {before} → {to}",
                what=what,
                sign=sign,
                before=limited(before)[1],
                to=limit,
            )
        )

    def _drop(self, command: cmd.ChangeObjective) -> Done:
        dropped = self._goals.drop(command.metric, command.of)
        held = {(each.metric, each.of) for each in self._goals.held_to}
        if not dropped and held == {(command.metric, command.of)}:
            raise Refusal(say("it is all that the run is held to: change its limit instead"))
        if not dropped:
            held_to = ", ".join(limited(each)[0] for each in self._goals.specs) or say("none")
            raise Refusal(say("there is no such objective to drop; there are: {known}",
                              known=held_to))  # fmt: skip
        texts = (" ".join((what, limit)) for what, limit in map(limited, dropped))
        return Done(say("held no longer to: {objectives}", objectives=", ".join(texts)))

    def _refuse_unknown(self, spec: ObjectiveSpec) -> None:
        view = self._record.view
        if spec.of is None:
            if not view.groups:
                raise Refusal(say("this run has no groups; it has servers to watch"))
            return
        if spec.metric == "server":
            server = spec.of.partition("/")[0]
            if server not in view.servers:
                known = ", ".join(view.servers) or say("none")
                raise Refusal(
                    say("there is no server {name!r}; there are: {known}", name=server, known=known)
                )
            return
        known_names = [*view.transactions, *(each.of for each in self._goals.held_to if each.of)]
        if spec.of not in known_names:
            known = ", ".join(dict.fromkeys(known_names)) or say("none")
            raise Refusal(
                say(
                    "there is no transaction {name!r} so far; there are: {known}",
                    name=spec.of,
                    known=known,
                )
            )

    # ---------------------------------------------------------------- duration

    def _duration(self, command: cmd.ChangeDuration) -> Done:
        before, elapsed_s = self._length.duration_s, self._loaded_s()
        try:
            self._length.change(command.to_s, command.by_s, elapsed_s)
        except ValueError:
            raise Refusal(
                say("the run lasts until a hand ends it; give it a duration first")
            ) from None
        now = self._length.duration_s
        self._record.add(ev.DurationChanged, duration_s=now)
        said = say("duration {before} → {to}", before=_time(before), to=_time(now))
        if self._length.over(elapsed_s):
            return Done(say("{done}: it is over, the run ends", done=said))
        ended = [s for s in self._roster.schedules.values() if s.state is GroupState.FINISHED]
        if ended and (now is None or now > (before or 0.0)):
            groups = self._roster.words(ended)
            return Done(say("{done}; what has ended stays so: {groups}", done=said, groups=groups))
        return Done(said)


def _limits(changes: list[str]) -> Done:
    if not changes:
        return Done(say("the limits are so already"))
    return Done(say("limit of {changes}", changes=", ".join(changes)))


def _time(seconds: float | None) -> str:
    return say("without end") if seconds is None else short(round(seconds, 1))
