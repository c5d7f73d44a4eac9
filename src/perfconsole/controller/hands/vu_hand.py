"""Single VUs stopped and paused by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from perfconsole.controller.fleet import Fleet
from perfconsole.controller.hands.doing import Deeds, Done, Looks
from perfconsole.controller.hands.group_hand import STOP_WORDS
from perfconsole.controller.hands.roster import Roster
from perfconsole.controller.load.schedule import GroupSchedule
from perfconsole.controller.refusal import Refusal
from perfconsole.controller.single_pauses import SinglePauses
from perfconsole.controller.vu_roll import VuRoll
from perfconsole.model import command as cmd
from perfconsole.model.states import ENDED, VuState
from perfconsole.model.steering_command import SteeringCommand
from perfconsole.model.wire import VuRow
from perfconsole.texts import say

MOST_SHOWN = 3
"""Ids that are named in what was done."""
_LEAVING = frozenset({VuState.GRADUAL_EXITING, VuState.EXITING})
_BEFORE = frozenset({VuState.INITIALIZING, VuState.READY})
"""States of VUs that may wait for their turn to begin."""
Slots = Mapping[int, tuple[int, ...]]
"""By injector."""
Rows = Mapping[int, Mapping[int, VuRow]]
"""By injector and slot."""


class VuHand:
    """What it does depends on what the VUs are at: its `looks` find out, right before.

    `spread` sends a group's present target to the injectors.
    """

    def __init__(
        self,
        roster: Roster,
        fleet: Fleet,
        roll: VuRoll,
        pauses: SinglePauses,
        spread: Callable[[GroupSchedule], list[int]],
    ) -> None:
        self._spread = spread
        self._roster = roster
        self._fleet = fleet
        self._roll = roll
        self._pauses = pauses
        self._seen: tuple[SteeringCommand, Rows] | None = None
        """What the last look has found, and for which command."""

    @property
    def deeds(self) -> Deeds:
        return {cmd.StopVus: self._stop, cmd.PauseVus: self._pause}

    @property
    def looks(self) -> Looks:
        return {cmd.StopVus: self._look, cmd.PauseVus: self._look}

    async def _look(self, command: cmd.StopVus | cmd.PauseVus) -> None:
        """Raises Refusal when a load generator does not tell of its VUs."""
        group, slots = self._roster.group(command.group), _by_injector(command.vus)
        living = {i: some for i, some in slots.items() if i in self._fleet.living}
        rows = await self._roll.of_slots(group.name, living)
        for injector in living:
            if injector not in rows:
                raise Refusal(say("load generator {n} does not answer", n=injector))
        self._seen = command, rows

    def _stop(self, command: cmd.StopVus) -> Done:
        group, slots = self._roster.group(command.group), _by_injector(command.vus)
        states = self._states(command, slots)
        orders = self._spread(group)
        spare = group.ready - group.target
        fewer: dict[int, tuple[int, int]] = {}
        for injector, some in slots.items():
            here = [states[injector, slot] for slot in some]
            staying = sum(state not in _LEAVING for state in here)
            waiting = min(spare, sum(state in _BEFORE for state in here))
            spare -= waiting
            fewer[injector] = staying - waiting, staying
        before = group.target
        playing = sum(of_playing for of_playing, _ in fewer.values())
        group.fewer(playing, sum(of_all for _, of_all in fewer.values()) - playing)
        wanted = group.target, group.ready
        orders.append(self._fleet.stop_vus(group.name, slots, command.mode, fewer, wanted))
        said = say("stopped {vus} of {group} {how}", vus=_words(command.vus), group=group.name,
                   how=say(STOP_WORDS[command.mode]))  # fmt: skip
        if group.target != before:
            said = say("{done}: VUs {before} → {to}", done=said, before=before, to=group.target)
        return Done(said, orders)

    def _pause(self, command: cmd.PauseVus) -> Done:
        group, slots = self._roster.group(command.group), _by_injector(command.vus)
        states = self._states(command, slots)
        if command.on:
            return self._hold(group, [id for id in states if states[id] not in _LEAVING])
        return self._let_go(group, [id for id in states if self._pauses.includes(group.name, *id)])

    def _hold(self, group: GroupSchedule, ids: list[tuple[int, int]]) -> Done:
        if not ids:
            raise Refusal(say("nothing to pause in {groups}", groups=group.name))
        slots = _grouped(ids)
        order = self._fleet.pause_vus(group.name, slots, on=True)
        self._pauses.paused(group.name, slots, order)
        return Done(say("paused {vus} of {group}", vus=_named(ids), group=group.name), [order])

    def _let_go(self, group: GroupSchedule, ids: list[tuple[int, int]]) -> Done:
        if not ids:
            raise Refusal(say("no such VU of {group} is paused alone", group=group.name))
        slots = _grouped(ids)
        order = self._fleet.pause_vus(group.name, slots, on=False)
        self._pauses.resumed(group.name, slots)
        return Done(say("resumed {vus} of {group}", vus=_named(ids), group=group.name), [order])

    def _states(
        self, command: cmd.StopVus | cmd.PauseVus, slots: Slots
    ) -> dict[tuple[int, int], VuState]:
        """By injector and slot, once. Raises Refusal when one of them is no VU that lives.

        Where nobody has looked, as when a pause is taken back, they are taken to live as long as
        their injector does.
        """
        if self._seen is None or self._seen[0] is not command:
            living = self._fleet.living
            ids = [(i, slot) for i, some in slots.items() if i in living for slot in some]
            return dict.fromkeys(ids, VuState.RUNNING)
        rows, states = self._seen[1], {}
        for injector, some in slots.items():
            for slot in some:
                vu, row = f"{injector}.{slot}", rows.get(injector, {}).get(slot)
                if row is None:
                    raise Refusal(say("{group} has no VU {vu}", group=command.group, vu=vu))
                if row.state in ENDED:
                    raise Refusal(say("VU {vu} of {group} has ended: {state}", vu=vu,
                                      group=command.group, state=row.state.value))  # fmt: skip
                states[injector, slot] = row.state
        return states


def _by_injector(vus: Iterable[str]) -> Slots:
    return _grouped((int(injector), int(slot)) for injector, slot in (id.split(".") for id in vus))


def _grouped(ids: Iterable[tuple[int, int]]) -> Slots:
    """Slots by injector, each once."""
    found: dict[int, dict[int, None]] = {}
    for injector, slot in ids:
        found.setdefault(injector, {})[slot] = None
    return {injector: tuple(slots) for injector, slots in sorted(found.items())}


def _named(ids: Iterable[tuple[int, int]]) -> str:
    return _words([f"{injector}.{slot}" for injector, slot in ids])


def _words(vus: Iterable[str]) -> str:
    """The first few by their ids."""
    ids = list(dict.fromkeys(vus))
    shown = ", ".join(ids[:MOST_SHOWN])
    if len(ids) <= MOST_SHOWN:
        return say("VU {vus}", vus=shown) if len(ids) == 1 else say("VUs {vus}", vus=shown)
    return say("VUs {vus} and {n} more", vus=shown, n=len(ids) - MOST_SHOWN)
