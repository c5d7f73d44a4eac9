"""One run, from the first VU to the verdict: what the beat of the controller drives."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from perfconsole.controller.alarms.alarm_delivery import AlarmDelivery
from perfconsole.controller.alarms.alarm_message import message_of
from perfconsole.controller.alarms.alarm_receivers import receivers_of
from perfconsole.controller.alarms.alarm_watch import Alarms
from perfconsole.controller.announcing import Announcements
from perfconsole.controller.attendance import Attendance
from perfconsole.controller.commanding import Commanding
from perfconsole.controller.effects import Effects
from perfconsole.controller.ending import Ending
from perfconsole.controller.fleet import Fleet
from perfconsole.controller.load.arrival_rates import Rates
from perfconsole.controller.load.lives import Lives
from perfconsole.controller.load.load_clock import LoadClock
from perfconsole.controller.load.run_length import RunLength
from perfconsole.controller.load.schedule import GroupSchedule
from perfconsole.controller.logout import logout_warning
from perfconsole.controller.losses import Losses
from perfconsole.controller.opening import (
    data_lines,
    group_schedules,
    points_of_run,
    started_fields,
    with_samples_left,
)
from perfconsole.controller.points import Crowd, Point
from perfconsole.controller.preparation import Preparations
from perfconsole.controller.record import Record
from perfconsole.controller.releases import Releases
from perfconsole.controller.reloading import Reloads
from perfconsole.controller.safety.dead_man import NAME, DeadMan
from perfconsole.controller.seconds import Seconds, Watch
from perfconsole.controller.single_pauses import SinglePauses
from perfconsole.controller.steering import Parts, steering_of
from perfconsole.controller.traces import Traces
from perfconsole.controller.vu_roll import VuRoll
from perfconsole.controller.watching.crossings import Crossings
from perfconsole.controller.watching.goals import Goals
from perfconsole.controller.watching.health import HealthWatch
from perfconsole.controller.watching.knees import Knees
from perfconsole.controller.watching.plateaus import Plateaus
from perfconsole.controller.watching.server_watch import ServerWatch
from perfconsole.controller.watching.soaks import Soaks
from perfconsole.journal.writer import JournalWriter
from perfconsole.metrics.judge import facts_of, judge
from perfconsole.model import event as ev
from perfconsole.model import wire
from perfconsole.model.command import (
    AddNote,
    Command,
    CommandAnswer,
    CommandRequest,
    Confirm,
    KeepRunning,
    PauseGroups,
    StopRun,
)
from perfconsole.model.plan import InjectorPlan
from perfconsole.model.saturation import SILENT_S
from perfconsole.model.scenario import Scenario
from perfconsole.model.start import StartSpec
from perfconsole.model.states import GroupState, RunState, StopMode, Verdict, VuState
from perfconsole.model.steering_spec import SteeringSpec
from perfconsole.model.vu_page import VuPage
from perfconsole.pool.cores import usable_cores
from perfconsole.pool.port import InjectorLost, Pool, PoolError, PoolEvent
from perfconsole.scenario.http_outline import unverified
from perfconsole.scenario.inventory import longest_timeout_s
from perfconsole.scenario.planning import plan_for
from perfconsole.texts import say

BEAT_S = 0.05
LEASE_EVERY_S = 0.5
LEASE_S = 4.0
"""Injectors stop this long after the last lease; they may need a second to end."""
LAST_TICKS_WITHIN_S = 5.0


class Run:
    """`make_pool` takes the listener that the pool reports to."""

    def __init__(
        self,
        spec: StartSpec,
        scenario: Scenario,
        journal: JournalWriter,
        make_pool: Callable[[Callable[[int, PoolEvent], None]], Pool],
    ) -> None:
        self.spec = spec
        self.scenario = scenario
        self.record = Record(journal)
        self.attendance = Attendance.since(time.monotonic(), spec.orphan_s)
        self.ended = asyncio.Event()
        self._delivery = AlarmDelivery(receivers_of(scenario, spec), self.note)
        self._alarms = Alarms(scenario, self.record, self._send_alarm)
        self._pool = make_pool(self._heard)
        self._schedules = group_schedules(scenario, spec.seed)
        self._effects = Effects(self.record)
        self._fleet = Fleet(self._pool, self._schedules, self._effects.acted)
        points = points_of_run(scenario)
        self._releases = Releases(points, self._fleet, self.record, self._crowd)
        self._traces = Traces(self._fleet, self.record)
        self._roll = VuRoll(self._fleet)
        self._pauses = SinglePauses()
        """VUs paused one by one."""
        self._health = HealthWatch(self.record, usable_cores())
        self._goals = Goals(scenario, self.record)
        self._length = RunLength(scenario.duration)
        self._plateaus = Plateaus(self.record, self._schedules)
        self._soaks = Soaks(self.record)
        self._seconds = Seconds(
            self.record, self._schedules, self._fleet, self._releases, self._health, self._watches()
        )
        self._servers = ServerWatch(spec, scenario, self.record, self._plateaus.sampled)
        self._rates = Rates(self._schedules, self._fleet, self._run_s)
        self._lives = Lives(scenario, self._schedules, self._fleet, self._run_s, self.note)
        self._clock = LoadClock(
            self._schedules,
            scenario.steering,
            lambda: self._lives.opened_s is not None,
            self._steer,
        )
        self._reloads = Reloads(scenario, lambda edited: self._plan(0, edited), self._fleet, points)
        self._losses = Losses(
            self._fleet, self._pool, self.note, self._add_injectors, self.abort, spec.injectors
        )
        self._preparations = Preparations(spec, scenario, self.note)
        self._dead_man = DeadMan(
            spec.dead_man_s if scenario.groups else None,
            self._pause_unattended,
            self.note,
            lambda: self.record.view.at_rest,
        )
        self._pausing: asyncio.Task[CommandAnswer] | None = None
        """By the dead man's clock."""
        self._preparing: asyncio.Task[None] | None = None
        """Until the load may begin."""
        self._cleaning: asyncio.Task[object] | None = None
        """What is done when the last VU has ended."""
        self._ending: Ending | None = None
        self._loading = set(self._schedules)
        """Groups that had not ended when last looked at."""
        self._announcements = Announcements(self.record, self._schedules)
        self._next_injector = 0
        self._first_vu_s: float | None = None
        self._commanding = self._steering()

    def _steering(self) -> Commanding:
        """Where commands are taken."""
        dispatch, precautions = steering_of(
            Parts(
                spec=self.spec,
                scenario=self.scenario,
                record=self.record,
                schedules=self._schedules,
                fleet=self._fleet,
                rates=self._rates,
                lives=self._lives,
                pauses=self._pauses,
                roll=self._roll,
                releases=self._releases,
                traces=self._traces,
                breaches=self._servers.breaches,
                goals=self._goals,
                snapshots=self._servers.snapshots,
                length=self._length,
                reloads=self._reloads,
                plan_of=self._plan_for,
                spread=self._spread,
                end=lambda mode: self.end(mode, by_hand=True),
                leave=self._left_on_purpose,
                loaded_s=self._loaded_s,
            )
        )
        return Commanding(
            dispatch,
            precautions,
            self._fleet,
            self.record,
            self._effects,
            self._refused,
            self._rates.beat,
            lambda: self._announcements.tell(targets=True),
            lambda: self._clock.reach(time.monotonic()),
        )

    def _watches(self) -> list[Watch]:
        crossings = Crossings(self._goals, self.record, warms_up=self.scenario.warmup > 0)
        knees = Knees(self.record, self._schedules)
        return [self._plateaus.take, crossings.take, knees.take]

    # ---------------------------------------------------------------- beginning

    async def open(self) -> None:
        """Start injectors and samplers. Raises PoolError with nothing left running."""
        self._started_at, self._started_s = self.record.now(), time.monotonic()
        self.record.add(ev.Started, at=self._started_at, **started_fields(self.spec, self.scenario))
        try:
            if self._schedules:
                await self._add_injectors(self.spec.injectors)
        except PoolError:
            await self._pool.stop()
            raise
        for text in data_lines(self.spec.data, self.scenario):
            self.note("info", "data", text)
        if self._schedules and (warning := unverified(self.scenario.http)):
            self.note("warning", "run", warning)
        if warning := await logout_warning():
            self.note("warning", "run", warning)
        # Nobody could attach before: starting may take its time on a busy machine.
        self.attendance = Attendance.since(time.monotonic(), self.spec.orphan_s)
        if self.scenario.before:
            self._preparing = asyncio.create_task(self._prepare())
        else:
            self._begin()

    async def _prepare(self) -> None:
        """The load begins when all is prepared; the run ends when something cannot be."""
        failed = await self._preparations.before()
        self._preparing = None
        if failed:
            self.abort(failed)
        else:
            self._begin()

    def _begin(self) -> None:
        self._servers.start()
        self._clock.reach(time.monotonic())
        self._lives.open()
        self._dead_man.begin(time.monotonic())
        self.record.add(ev.StateChanged, state=RunState.RUNNING)

    async def _add_injectors(self, count: int) -> None:
        numbers = range(self._next_injector, self._next_injector + count)
        self._next_injector += count
        scenario = with_samples_left(self.scenario, self.record.view)
        plans = [self._plan(number, scenario) for number in numbers]
        pids = await self._pool.start(plans)
        for number, pid in pids.items():
            self._seconds.expect(number, pid)
        self._fleet.joined(pids)

    def _plan(self, number: int, scenario: Scenario) -> InjectorPlan:
        return self._plan_for(scenario, number, self.spec.injectors)

    def _plan_for(self, scenario: Scenario, number: int, injectors: int) -> InjectorPlan:
        """For injector `number` of so many."""
        ago_s = self.record.now() - self._started_at
        return plan_for(
            scenario,
            self.spec.target,
            injector=number,
            started_at=time.time() - ago_s,
            seed=self.spec.seed,
            lease_s=LEASE_S,
            tables=self.spec.data,
            injectors=injectors,
            values=self.spec.variables,
        )

    # ---------------------------------------------------------------- the beat

    async def play(self) -> Verdict:
        """Drive the run until it has ended; returns the verdict."""
        last_s = next_lease_s = time.monotonic()
        while not self._over():
            now_s = time.monotonic()
            if now_s - last_s > LEASE_S:
                # Suspended: the injectors have ended. Writing to them would lose what they said
                # last and what is still to be read.
                next_lease_s = now_s + LEASE_EVERY_S
                self.attendance.slept(now_s - last_s)
            elif now_s >= next_lease_s:
                self._fleet.lease()
                next_lease_s = now_s + LEASE_EVERY_S
            self._beat(min(1.0, now_s - last_s), now_s)
            last_s = now_s
            await asyncio.sleep(BEAT_S)
        return await self._close()

    def _run_s(self) -> float:
        return time.monotonic() - self._started_s

    def _beat(self, dt_s: float, now_s: float) -> None:
        self._clock.reach(now_s)
        if self._ending is None:
            self._lives.beat()
            self._dead_man.beat(now_s)
        for schedule in self._schedules.values():
            self._spread(schedule)
        self._rates.beat()
        self._losses.kill_the_hung(dt_s)
        self._health.hear_silence(self._fleet.silent(SILENT_S))
        self._releases.advance(dt_s)
        self._seconds.close(int(now_s - self._started_s))
        self._servers.beat()
        self._announcements.tell()
        self._soaks.beat(now_s)
        if self._first_vu_s is None and any(s.target for s in self._schedules.values()):
            self._first_vu_s = now_s
            self.record.add(ev.LoadBegan)
            if self.scenario.warmup:
                self._seconds.warm_up(now_s - self._started_s + self.scenario.warmup)
        self._look_for_the_end(now_s)

    def _spread(self, schedule: GroupSchedule) -> list[int]:
        """Tell the injectors a group's target when it changed."""
        name, target, ready = schedule.name, schedule.target, schedule.ready
        if self._fleet.wanted(name) == (target, ready):
            return []
        mode = StopMode.AFTER_ITERATION
        return [self._fleet.want(name, target, mode, schedule.by_hand, ready)]

    def _crowd(self, point: Point) -> Crowd:
        groups = [self._schedules[name] for name in point.groups_on]
        return Crowd(
            expected=sum(self._seconds.expected(schedule) for schedule in groups),
            alive=sum(self._fleet.at_work(schedule.name) for schedule in groups),
            paused=any(
                (s.paused and (s.alive or s.target)) or self._pauses.any_in(s.name) for s in groups
            ),
        )

    # ---------------------------------------------------------------- what comes in

    def _heard(self, injector: int, said: PoolEvent) -> None:
        match said:
            case wire.InjectorTick():
                self._fleet.took(said)
                self._pauses.took(said)
                self._seconds.take(said)
            case wire.Acted():
                self._pauses.acted(injector, said.order)
                self._releases.answered(injector, said.order)
                self._fleet.has_acted(injector, said.order)
            case wire.Gathered():
                self._releases.gathered(injector, said)
            case wire.Spread():
                self._releases.spread(said)
            case wire.VuList():
                self._roll.heard(said)
            case wire.TracedHere():
                self._traces.took(injector, said)
            case wire.StopWanted():
                self._lives.stop_wanted(said.group, said.why)
            case wire.Trouble():
                self.note(said.level, "injector", said.text)
            case wire.Printed():
                self.note("info", "flow", said.text)
            case InjectorLost():
                self._lost(said)
            case wire.Ready() | wire.Bye():
                pass

    def note(self, level: str, kind: str, text: str, detail: str = "", cause: str = "") -> None:
        self.record.add(
            ev.Noted, level=level, kind=kind, text=text, detail=detail, cause=cause
        )  # fmt: skip

    def _send_alarm(self, alarm: ev.Alarmed) -> None:
        self._delivery.send(message_of(alarm, self.record.view))

    def _lost(self, loss: InjectorLost) -> None:
        if loss.injector not in self._fleet.living:
            return  # it died while starting: whoever waits for it knows
        vus = self._fleet.vus_of(loss.injector)
        self._seconds.lost(loss.injector, self._fleet.lost(loss))
        self._health.lost(loss.injector)
        self._releases.lost(loss.injector)
        self._roll.lost(loss.injector)
        self._pauses.lost(loss.injector)
        self._losses.take(loss, vus, ending=self._ending is not None)

    # ---------------------------------------------------------------- hands

    async def command(self, request: CommandRequest, client: str) -> CommandAnswer:
        """Do what a hand asks; committed to the journal before the answer. Twice is once.

        `client` is the front end that sends it, as ``kind:id``.
        """
        self._dead_man.touch(time.monotonic())
        return await self._commanding.take(request, client)

    async def vus(self, group: str, first: int, count: int, state: VuState | None) -> VuPage:
        """`count` VUs of a group that there is, from the `first` on; only those in `state`, when
        one is given."""
        return await self._roll.page(group, first, count, state)

    def _refused(self, command: Command) -> str | None:
        """Why nothing can be asked now, if so."""
        if self.ended.is_set():
            return say("the run is over")
        if self._ending and not isinstance(command, AddNote | PauseGroups | StopRun):
            return say("the run is ending")
        if self._preparing and not isinstance(command, AddNote | Confirm | KeepRunning | StopRun):
            return say("the run is still preparing; it can be stopped")
        return None

    def _pause_unattended(self) -> None:
        """The dead man's clock has run out."""
        if self._schedules:
            command = PauseGroups(groups=tuple(self._schedules))
            request = CommandRequest(id=f"{NAME} {self._run_s():.0f}", by=NAME, command=command)
            self._pausing = asyncio.create_task(self._commanding.take(request, NAME))

    def _steer(self, due: SteeringSpec) -> None:
        """What the scenario steers by itself; while the run ends, only how it does."""
        if self._ending is None or isinstance(due.command, StopRun):
            why_not = self._dead_man.forbids(due.command)
            self._commanding.play(due.command, self._clock.load_s, why_not)

    def _left_on_purpose(self) -> str:
        """The operator detached; what that means for the run."""
        if self.spec.keepable:
            self.attendance.keep()
        if self.attendance.orphan_s is None:
            return say("left the run going")
        return say(
            "left the run going; it ends when nobody comes back within {n:.0f} s",
            n=self.attendance.orphan_s,
        )

    # ---------------------------------------------------------------- the end

    def end(self, mode: StopMode, reason: str = "", by_hand: bool = False) -> None:
        """Begin the end (or make it harsher): every VU leaves as `mode` says."""
        if self._preparing is not None:
            self._preparing.cancel()
        if self._cleaning is not None:
            if mode is StopMode.NOW:
                self._cleaning.cancel()
            return
        if self._ending is None:
            self._ending = Ending(mode, time.monotonic(), longest_timeout_s(self._reloads.scenario))
            self.record.add(ev.StateChanged, state=RunState.STOPPING, reason=reason)
        else:
            self._ending.harden(mode, time.monotonic())
        paused = [s.name for s in self._schedules.values() if s.paused]
        for schedule in self._schedules.values():
            schedule.stop()
            self._fleet.want(schedule.name, 0, mode, by_hand)
        if paused:
            self._fleet.resume(paused, 0)

    def abort(self, reason: str) -> None:
        """End without a judgement; nothing when it has ended already."""
        if self.ended.is_set():
            return
        self.note("error", "run", reason)
        if self._cleaning is not None:
            self._cleaning.cancel()
            return
        self.end(StopMode.AFTER_REQUEST, reason)
        if self._ending:
            self._ending.aborted = self._ending.aborted or reason

    def _look_for_the_end(self, now_s: float) -> None:
        if self._ending:
            if self._ending.escalates(now_s):
                self.end(StopMode.NOW)
            return
        if self._length.over(self._loaded_s()):
            self.end(StopMode.AFTER_ITERATION, say("its duration is over"))
        elif self._all_finished():
            self.end(StopMode.AFTER_ITERATION, say("every group has ended"))
        elif self.attendance.orphaned(now_s):
            self.abort(say("nobody was attached for {n:.0f} s", n=self.attendance.orphan_s))

    def _began_s(self, now_s: float) -> float:
        """When the first VU began, or was to begin and a hand held it back; now, while all
        initialize."""
        if self._first_vu_s is not None:
            return self._first_vu_s
        if self._lives.opened_s is None:
            return now_s
        groups = self.scenario.groups.values()
        delays = (group.start_after for group in groups if group.after_group is None)
        return self._started_s + self._lives.opened_s + min(delays, default=0.0)

    def _loaded_s(self) -> float:
        """How long ago that was."""
        now_s = time.monotonic()
        return now_s - self._began_s(now_s)

    def _all_finished(self) -> bool:
        """Every group has ended, the last of them by itself. One that a hand has stopped it may
        start again, in a run that has another end."""
        over = (GroupState.FINISHED, GroupState.STOPPED)
        groups, before = self._schedules, self._loading
        self._loading = {name for name in groups if groups[name].state not in over}
        ended = before - self._loading
        if self._loading or not ended:
            return False
        by_itself = groups.keys() if self._length.duration_s is None else ended
        if any(groups[name].state is GroupState.FINISHED for name in by_itself):
            return True
        text = say("nothing loads any more: start a group, or stop the run")
        self.note("info", "group", text)
        return False

    def _over(self) -> bool:
        """No VU lives any more, by ticks cut after the end began."""
        if self._ending is None:
            return False
        if self._ending.overdue(time.monotonic()):
            return True
        since = int(self._ending.since_s - self._started_s)
        return self._fleet.heard_from(since) and not any(
            self._fleet.alive(name) for name in self._schedules
        )

    async def _close(self) -> Verdict:
        if self._preparing is not None:
            await asyncio.wait([self._preparing])
        await self._servers.stop()
        await self._losses.settled()
        self._fleet.finish()
        try:
            async with asyncio.timeout(LAST_TICKS_WITHIN_S):
                await self._fleet.all_done.wait()
        except TimeoutError:
            self.note("warning", "injector", say("a load generator did not say its last second"))
        self._seconds.flush()
        self._plateaus.close()
        self._releases.close()
        self._announcements.tell()
        await self._pool.stop()
        aborted = self._ending.aborted if self._ending else None
        facts = facts_of(self.record.view, aborted, self.scenario.warmup)
        held_to = self.scenario.model_copy(update={"objectives": self._goals.specs})
        judgement = judge(held_to, self._seconds.judged, facts)
        reasons = (*judgement.reasons, *await self._clean_up())
        self._alarms.end(judgement.verdict, reasons)
        ended_at = self.record.now()
        self._cleaning = asyncio.create_task(self._delivery.close())
        await asyncio.wait([self._cleaning])
        self.record.add(
            ev.Ended,
            at=ended_at,
            verdict=judgement.verdict,
            reasons=reasons,
            objectives=judgement.objectives,
        )
        self.ended.set()
        return judgement.verdict

    async def _clean_up(self) -> tuple[str, ...]:
        """Whatever the end was; what went wrong with it changes no verdict."""
        if not self.scenario.after:
            return ()
        self._cleaning = cleaning = asyncio.create_task(self._preparations.after())
        await asyncio.wait([cleaning])
        if cleaning.cancelled():
            failed = say("after: cut before it was done")
            self.note("warning", "run", failed)
        else:
            failed = cleaning.result()
        return (failed,) if failed else ()
