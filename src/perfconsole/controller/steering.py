"""What a hand asked, done: commands become changes of schedules, gates and points."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from perfconsole.controller.arrival_rates import Rates
from perfconsole.controller.fleet import Fleet
from perfconsole.controller.lives import Lives
from perfconsole.controller.refusal import Refusal
from perfconsole.controller.releases import Releases
from perfconsole.controller.reloading import Reloads
from perfconsole.controller.schedule import GroupSchedule
from perfconsole.model import command as cmd
from perfconsole.model.duration import short
from perfconsole.model.rate import rate_text
from perfconsole.model.states import StopMode
from perfconsole.texts import say


@dataclass(frozen=True, slots=True)
class Done:
    said: str
    """What was done, past tense."""
    orders: list[int] = field(default_factory=list)
    """Orders whose carrying out is the command's effect."""


STOP_WORDS = {
    StopMode.AFTER_ITERATION: "after the iteration",
    StopMode.AFTER_REQUEST: "after the request",
    StopMode.NOW: "now",
}


class Steering:
    """`spread` sends a group's present target to the injectors; `end` begins the run's end;
    `leave` is told when the operator detaches and says what follows."""

    def __init__(
        self,
        schedules: dict[str, GroupSchedule],
        fleet: Fleet,
        releases: Releases,
        rates: Rates,
        lives: Lives,
        reloads: Reloads,
        spread: Callable[[GroupSchedule], list[int]],
        end: Callable[[StopMode], None],
        leave: Callable[[], str],
    ) -> None:
        self._schedules = schedules
        self._fleet = fleet
        self._releases = releases
        self._rates = rates
        self._lives = lives
        self._reloads = reloads
        self._spread = spread
        self._end = end
        self._leave = leave

    def apply(self, command: cmd.Command) -> Done:  # noqa: PLR0911, PLR0912 - one branch per command
        """Do it, or raise Refusal with nothing changed."""
        match command:
            case cmd.StartGroups():
                return self._start(self._named(command.groups))
            case cmd.InitializeGroups():
                return self._initialize(self._named(command.groups))
            case cmd.StopGroups():
                return self._stop(self._named(command.groups), command.mode)
            case cmd.PauseGroups():
                return self._pause(self._named(command.groups))
            case cmd.ResumeGroups():
                return self._resume(self._named(command.groups), command.over_s)
            case cmd.HoldGroups():
                return self._hold(self._named(command.groups), command.on)
            case cmd.ChangeVus():
                return self._vus(command)
            case cmd.ChangeRate():
                return self._rate(command)
            case cmd.LoadFlows():
                said, order = self._reloads.load(command)
                return Done(said, [order])
            case cmd.ChangeThink():
                return self._think(self._named(command.groups), command.factor)
            case cmd.ReleasePoint():
                return self._release(command)
            case cmd.SwitchPoint():
                return self._switch(command)
            case cmd.AddNote():
                return Done(say("note: {text}", text=command.text))
            case cmd.StopRun():
                self._end(command.mode)
                return Done(say("stopped the run {how}", how=say(STOP_WORDS[command.mode])))
            case cmd.KeepRunning():
                return Done(self._leave())
            case _:
                raise NotImplementedError(command)

    # ---------------------------------------------------------------- groups

    def _named(self, names: tuple[str, ...]) -> list[GroupSchedule]:
        if "all" in names and "all" not in self._schedules:
            return list(self._schedules.values())
        return [self._group(name) for name in dict.fromkeys(names)]

    def _group(self, name: str) -> GroupSchedule:
        if name not in self._schedules:
            known = ", ".join(self._schedules) or say("none")
            raise Refusal(
                say("there is no group {name!r}; there are: {known}", name=name, known=known)
            )
        return self._schedules[name]

    def _words(self, groups: list[GroupSchedule]) -> str:
        if len(groups) == len(self._schedules) > 1:
            return say("all groups")
        return ", ".join(group.name for group in groups)

    def _start(self, groups: list[GroupSchedule]) -> Done:
        idle = [group for group in groups if not group.running]
        if not idle:
            raise Refusal(say("already running: {groups}", groups=self._words(groups)))
        orders: list[int] = []
        for group in idle:
            if not group.initializing:
                self._forget(group)
            group.start()
            orders += self._spread(group)
        return Done(say("started {groups}", groups=self._words(idle)), orders)

    def _initialize(self, groups: list[GroupSchedule]) -> Done:
        idle = [group for group in groups if not (group.running or group.initializing)]
        if not idle:
            raise Refusal(say("already running: {groups}", groups=self._words(groups)))
        orders: list[int] = []
        for group in idle:
            self._forget(group)
            self._lives.initialize(group)
            orders += self._spread(group)
        return Done(say("began to initialize {groups}", groups=self._words(idle)), orders)

    def _forget(self, group: GroupSchedule) -> None:
        """Its VUs that have ended for good may begin again."""
        self._fleet.want(group.name, 0, StopMode.AFTER_ITERATION)

    def _stop(self, groups: list[GroupSchedule], mode: StopMode) -> Done:
        live = [g for g in groups if g.running or g.initializing or g.alive]
        if not live:
            raise Refusal(say("not running: {groups}", groups=self._words(groups)))
        orders: list[int] = []
        for group in live:
            was_paused = group.paused
            group.stop()
            orders.append(self._fleet.want(group.name, 0, mode, by_hand=True))
            if was_paused:
                orders.append(self._fleet.resume([group.name], 0))
        how = say(STOP_WORDS[mode])
        return Done(say("stopped {groups} {how}", groups=self._words(live), how=how), orders)

    def _pause(self, groups: list[GroupSchedule]) -> Done:
        live = [
            group for group in groups
            if (group.running or group.initializing or group.alive)
            and not group.paused and not group.stopping
        ]  # fmt: skip
        if not live:
            raise Refusal(say("nothing to pause in {groups}", groups=self._words(groups)))
        order = self._fleet.pause(group.name for group in live)
        for group in live:
            group.paused = True
        return Done(say("paused {groups}", groups=self._words(live)), [order])

    def _resume(self, groups: list[GroupSchedule], over_s: float) -> Done:
        paused = [group for group in groups if group.paused]
        if not paused:
            raise Refusal(say("not paused: {groups}", groups=self._words(groups)))
        for group in paused:
            group.paused = False
        order = self._fleet.resume([group.name for group in paused], over_s)
        said = say("resumed {groups}", groups=self._words(paused))
        if over_s:
            said = say("{done} over {time}", done=said, time=short(over_s))
        return Done(said, [order])

    def _hold(self, groups: list[GroupSchedule], on: bool) -> Done:
        if on:
            free = [group for group in groups if group.running and not group.held]
            if not free:
                raise Refusal(say("nothing to hold in {groups}", groups=self._words(groups)))
            for group in free:
                group.held = True
            at = sum(group.target for group in free)
            said = say("held {groups} at {vus} VUs", groups=self._words(free), vus=at)
            if rates := [group.rate.now for group in free if group.rate is not None]:
                said = say("{done}, {rate}", done=said, rate=rate_text(sum(rates)))
            return Done(said)
        waiting = [group for group in groups if group.held or group.by_hand]
        if not waiting:
            raise Refusal(say("not held: {groups}", groups=self._words(groups)))
        for group in waiting:
            group.go_on()
        return Done(say("{groups} went on with the schedule", groups=self._words(waiting)))

    def _vus(self, command: cmd.ChangeVus) -> Done:
        group = self._group(command.group)
        before = group.target
        to = max(0, before + command.by) if command.by is not None else command.to or 0
        try:
            group.change(to, command.over_s, command.step, command.every_s)
        except ValueError as error:
            raise Refusal(str(error)) from None
        said = say("VUs of {group} {before} → {to}", group=group.name, before=before, to=to)
        if command.over_s:
            said = say("{done} over {time}", done=said, time=short(command.over_s))
        elif command.step:
            said = say(
                "{done}, {step} every {time}",
                done=said,
                step=command.step,
                time=short(command.every_s),
            )
        return Done(said, self._spread(group))

    def _rate(self, command: cmd.ChangeRate) -> Done:
        group = self._group(command.group)
        if group.rate is None:
            raise Refusal(
                say(
                    "{group} has no rate: its VUs do not wait for arrivals; change its VUs",
                    group=group.name,
                )
            )
        if not group.running:
            raise Refusal(say("not running: {groups}", groups=group.name))
        before = group.rate.stands
        self._rates.change(group, group.rate, command.to, command.over_s)
        said = say(
            "rate of {group} {before} → {to}",
            group=group.name,
            before=rate_text(before),
            to=rate_text(command.to),
        )
        if command.over_s:
            said = say("{done} over {time}", done=said, time=short(command.over_s))
        return Done(said)

    def _think(self, groups: list[GroupSchedule], factor: float) -> Done:
        orders = []
        for group in groups:
            group.change_think(factor)
            orders.append(self._fleet.set_think(group.name, group.think))
        said = say("think time of {groups} × {factor:g}", groups=self._words(groups), factor=factor)
        return Done(said, orders)

    # ---------------------------------------------------------------- rendezvous

    def _release(self, command: cmd.ReleasePoint) -> Done:
        if command.point not in self._releases.points:
            raise Refusal(self._no_point(command.point))
        point = self._releases.points[command.point]
        if not point.total:
            raise Refusal(say("nobody waits at {point}", point=point.name))
        total = point.total
        if command.count is None or command.count >= total:
            order = self._releases.release(point)
            said = say("released {total} VUs at {point}", total=total, point=point.name)
            return Done(said, [order])
        if not command.every_s:
            order = self._releases.release(point, command.count)
            said = say(
                "released {count} of {total} VUs at {point}",
                count=command.count,
                total=total,
                point=point.name,
            )
            return Done(said, [order])
        self._releases.stagger(point, command.count, command.every_s)
        return Done(
            say(
                "released {total} VUs at {point}, {count} every {time}",
                total=total,
                point=point.name,
                count=command.count,
                time=short(command.every_s),
            )
        )

    def _switch(self, command: cmd.SwitchPoint) -> Done:
        if command.point not in self._releases.points:
            raise Refusal(self._no_point(command.point))
        point = self._releases.points[command.point]
        point.on = command.on
        order = self._fleet.switch(point.name, command.on)
        self._releases.changed(point)
        how = say("on") if command.on else say("off")
        return Done(say("turned rendezvous {point} {how}", point=point.name, how=how), [order])

    def _no_point(self, name: str) -> str:
        known = ", ".join(self._releases.points) or say("none")
        return say("there is no rendezvous {name!r}; there are: {known}", name=name, known=known)
