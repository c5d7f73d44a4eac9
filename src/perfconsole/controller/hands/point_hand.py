"""Rendezvous points released and switched by hand."""

from __future__ import annotations

from perfconsole.controller.fleet import Fleet
from perfconsole.controller.hands.doing import Deeds, Done
from perfconsole.controller.refusal import Refusal
from perfconsole.controller.releases import Releases
from perfconsole.model import command as cmd
from perfconsole.model.duration import short
from perfconsole.texts import say


class PointHand:
    def __init__(self, fleet: Fleet, releases: Releases) -> None:
        self._fleet = fleet
        self._releases = releases

    @property
    def deeds(self) -> Deeds:
        return {cmd.ReleasePoint: self._release, cmd.SwitchPoint: self._switch}

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
