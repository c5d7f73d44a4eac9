"""Rendezvous points released and switched by hand."""

from __future__ import annotations

from pydantic import ValidationError

from perfconsole.controller.hands.doing import Deeds, Done
from perfconsole.controller.points import Point
from perfconsole.controller.refusal import Refusal
from perfconsole.controller.releases import Releases
from perfconsole.model import command as cmd
from perfconsole.model.duration import short
from perfconsole.model.invalid import first_fault
from perfconsole.model.point_spec import PointSpec
from perfconsole.texts import say, some_vus


class PointHand:
    def __init__(self, releases: Releases) -> None:
        self._releases = releases

    @property
    def deeds(self) -> Deeds:
        return {
            cmd.ReleasePoint: self._release,
            cmd.SwitchPoint: self._switch,
            cmd.ChangePolicy: self._policy,
        }

    def _release(self, command: cmd.ReleasePoint) -> Done:
        point = self._point(command.point)
        if not point.total:
            raise Refusal(say("nobody waits at {point}", point=point.name))
        total = point.total
        if command.count is None or command.count >= total:
            order = self._releases.release(point)
            said = say("released {total} at {point}", total=some_vus(total), point=point.name)
            return Done(said, [order])
        if not command.every_s:
            order = self._releases.release(point, command.count)
            said = say(
                "released {count} of {total} at {point}",
                count=command.count,
                total=some_vus(total),
                point=point.name,
            )
            return Done(said, [order])
        self._releases.stagger(point, command.count, command.every_s)
        return Done(
            say(
                "released {total} at {point}, {count} every {time}",
                total=some_vus(total),
                point=point.name,
                count=command.count,
                time=short(command.every_s),
            )
        )

    def _switch(self, command: cmd.SwitchPoint) -> Done:
        point, groups = self._point(command.point), tuple(dict.fromkeys(command.groups))
        for group in groups:
            if group not in point.groups:
                known = ", ".join(sorted(point.groups)) or say("none")
                raise Refusal(say("{group!r} does not meet at {point}; its groups are: {known}",
                                  group=group, point=point.name, known=known))  # fmt: skip
        order = self._releases.switch(point, command.on, groups)
        how = say("on") if command.on else say("off")
        said = say("turned rendezvous {point} {how}", point=point.name, how=how)
        if groups:
            said = say("{done} for {groups}", done=said, groups=", ".join(groups))
        return Done(said, [order])

    def _policy(self, command: cmd.ChangePolicy) -> Done:
        point = self._point(command.point)
        if command.wait_for is None and command.timeout is None:
            raise Refusal(say('give "wait_for", "timeout" or both'))
        before = point.spec
        wait_for = before.wait_for if command.wait_for is None else command.wait_for
        timeout = before.timeout if command.timeout is None else command.timeout
        try:
            spec = PointSpec(wait_for=wait_for, timeout=timeout, on=before.on)
        except ValidationError as error:
            raise Refusal(first_fault(error)) from None
        point.follow(spec)
        self._releases.changed(point)
        if spec.policy[0] == "manual":
            return Done(say("{point} waits for a hand (manual)", point=point.name))
        return Done(
            say("{point} waits for {policy}, at most {time} after the last has come",
                point=point.name, policy=spec.wait_for, time=short(spec.timeout))
        )  # fmt: skip

    def _point(self, name: str) -> Point:
        """Raises Refusal."""
        points = self._releases.points
        if name not in points:
            known = ", ".join(points) or say("none")
            raise Refusal(
                say("there is no rendezvous {name!r}; there are: {known}", name=name, known=known)
            )
        return points[name]
