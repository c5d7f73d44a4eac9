"""Whether the load generator itself is the bottleneck, second by second, and what may help."""

from __future__ import annotations

from perfconsole.controller.record import Record
from perfconsole.metrics.figures import three_digits
from perfconsole.model import event as ev
from perfconsole.model.saturation import (
    CPU_LIMIT,
    LAG_LIMIT_MS,
    MACHINE_LIMIT,
    PAUSE_LIMIT_MS,
    SILENT_S,
    SaturationRule,
    SocketRule,
    injector_vitals,
    machine_vitals,
)
from perfconsole.model.tick import InjectorHealth, RunTick
from perfconsole.texts import say

LONGER = 1.5
"""A pause of the garbage collector is told when it is so many times the longest told before."""


class _Patient:
    """What is remembered of one injector."""

    def __init__(self) -> None:
        self.rule = SaturationRule()
        self.sockets = SocketRule()
        self.pause_told_ms = PAUSE_LIMIT_MS / LONGER


class HealthWatch:
    """`cores` that injectors may use: what is advised depends on it.

    Seconds before the load began say nothing, nor does an injector's first one, in which it starts.
    """

    def __init__(self, record: Record, cores: int) -> None:
        self._record = record
        self._cores = cores
        self._patients: dict[int, _Patient] = {}
        self._machine = SaturationRule()

    def take(self, tick: RunTick) -> None:
        """A second that closed and is recorded."""
        known = set(self._patients)
        for health in tick.injectors:
            self._patients.setdefault(health.injector, _Patient())
        if self._under_load(tick.second):
            self._examine(tick, [one for one in tick.injectors if one.injector in known])

    def _examine(self, tick: RunTick, healths: list[InjectorHealth]) -> None:
        others_ms = [0.0]
        for health in healths:
            patient = self._patients[health.injector]
            self._pause(patient, health)
            self._sockets(patient.sockets, health)
            vitals = injector_vitals(health.cpu_percent, health.lag_p99_ms)
            if patient.rule.add(tick.second, vitals):
                self._tell(health.injector, patient.rule, _why(health, tick), self._advice(health))
            if not patient.rule.on:
                others_ms.append(health.lag_p99_ms)
        if tick.machine_cpu_percent is not None:
            self._look_at_machine(tick.second, tick.machine_cpu_percent, max(others_ms))

    def hear_silence(self, silent: dict[int, int]) -> None:
        """Injectors that have not ticked for `SILENT_S`, with the run second they owe first."""
        for injector, second in silent.items():
            patient = self._patients.get(injector)
            if patient is not None and patient.rule.fell_silent(second):
                why = say("nothing from injector {n} for {s:g} s", n=injector, s=SILENT_S)
                self._tell(injector, patient.rule, why, "")

    def lost(self, injector: int) -> None:
        """It is gone, and with it what held the others up."""
        patient = self._patients.pop(injector, None)
        if patient is not None and patient.rule.on:
            self._record.add(
                ev.Saturated,
                injector=injector,
                on=False,
                text=say("injector {n} is gone", n=injector),
                since=self._record.now(),
            )

    def _look_at_machine(self, second: int, cpu_percent: float, worst_ms: float) -> None:
        """`worst_ms`: the largest lag of an injector that is not the bottleneck itself."""
        if self._machine.add(second, machine_vitals(cpu_percent, worst_ms)):
            why = say(
                "all cores of this machine are busy ({cpu:.0f} %), injectors act {lag} ms late",
                cpu=cpu_percent,
                lag=three_digits(worst_ms),
            )
            self._tell(None, self._machine, why, say("let nothing else run on it"))

    # ---------------------------------------------------------------- telling

    def _under_load(self, second: int) -> bool:
        view = self._record.view
        return view.loaded_from is not None and view.started_at + second + 1 > view.loaded_from

    def _tell(self, injector: int | None, rule: SaturationRule, why: str, advice: str) -> None:
        who = say("this machine") if injector is None else say("injector {n}", n=injector)
        self._record.add(
            ev.Saturated,
            injector=injector,
            on=rule.on,
            text=why if rule.on else say("{who} keeps up again", who=who),
            since=self._record.view.started_at + rule.since,
            advice=advice if rule.on else "",
        )

    def _advice(self, health: InjectorHealth) -> str:
        """What may help; a late injector that is not busy itself waits for others' CPU."""
        if health.cpu_percent <= CPU_LIMIT:
            return say("let nothing else run on this machine, or let fewer VUs act at one moment")
        if (injectors := len(self._patients)) < self._cores:
            return say(
                "use more injectors (--injectors {n}), more think time or fewer VUs",
                n=injectors + 1,
            )
        return say("use more think time, fewer VUs or a machine with more cores")

    def _pause(self, patient: _Patient, health: InjectorHealth) -> None:
        if health.gc_pause_ms > LONGER * patient.pause_told_ms:
            patient.pause_told_ms = health.gc_pause_ms
            self._note(
                say(
                    "injector {n}: garbage collection held it for {ms} ms",
                    n=health.injector,
                    ms=three_digits(health.gc_pause_ms),
                )
            )

    def _sockets(self, rule: SocketRule, health: InjectorHealth) -> None:
        if health.sockets_left is None or not rule.add(health.sockets_left):
            return
        if rule.low:
            self._note(
                say(
                    "injector {n} is running out of sockets: it may open {left} more; use more "
                    "injectors (--injectors), raise ulimit -n or use fewer VUs",
                    n=health.injector,
                    left=health.sockets_left,
                )
            )

    def _note(self, text: str) -> None:
        self._record.add(ev.Noted, level="warning", kind="generator", text=text)


def _why(health: InjectorHealth, tick: RunTick) -> str:
    """The limit that was passed, and what made an injector late that is not busy itself."""
    if health.cpu_percent > CPU_LIMIT:
        return say(
            "injector {n} uses {cpu:.0f} % of its core, limit {limit:.0f} %",
            n=health.injector,
            cpu=health.cpu_percent,
            limit=CPU_LIMIT,
        )
    why = say(
        "injector {n} acts {lag} ms late, limit {limit:.0f} ms",
        n=health.injector,
        lag=three_digits(health.lag_p99_ms),
        limit=LAG_LIMIT_MS,
    )
    if health.gc_pause_ms > PAUSE_LIMIT_MS:
        pause = three_digits(health.gc_pause_ms)
        return say("{why} (garbage collection {ms} ms)", why=why, ms=pause)
    if (tick.machine_cpu_percent or 0.0) > MACHINE_LIMIT:
        return say("{why} (all cores are busy)", why=why)
    return why
