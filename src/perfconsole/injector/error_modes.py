"""What follows when a step has failed, where that is not just the next iteration."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from perfconsole.injector.failure import Failure
from perfconsole.injector.player import Player, Step
from perfconsole.model.scalars import OnError
from perfconsole.model.wait import Wait
from perfconsole.texts import say


@dataclass(frozen=True, slots=True)
class Guarded:
    """A step with an `on_error` of its own."""

    step: Step
    name: str
    on_error: OnError

    async def play(self, vu: Player) -> bool:
        return await self.step.play(vu) or await _settled(vu, self.name, self.on_error)

    def thinks(self, vu: Player) -> Iterable[Wait]:
        return self.step.thinks(vu)


def guarded(step: Step, name: str, on_error: OnError) -> Step:
    """`step` itself where a failure just ends the iteration: the usual way costs nothing."""
    return step if on_error == "next_iteration" else Guarded(step, name, on_error)


async def failed(vu: Player, name: str, failure: Failure, on_error: OnError) -> bool:
    """A step that sent nothing has failed: whether the next one is played."""
    return await vu.fail(name, failure) or await _settled(vu, name, on_error)


async def _settled(vu: Player, name: str, on_error: OnError) -> bool:
    if on_error == "continue":
        await vu.tolerate()
        return True
    if on_error != "next_iteration":
        why = say("{step} failed in {group}", step=name, group=vu.group)
        vu.give_up(on_error == "stop_group", why)
    return False
