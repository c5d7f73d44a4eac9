"""Snapshots of servers, asked for by hand."""

from __future__ import annotations

from perfconsole.controller.hands.doing import Deeds, Done
from perfconsole.controller.watching.snapshots import Snapshots
from perfconsole.model import command as cmd
from perfconsole.texts import say


class SnapshotHand:
    def __init__(self, snapshots: Snapshots) -> None:
        self._snapshots = snapshots

    @property
    def deeds(self) -> Deeds:
        return {cmd.TakeSnapshot: self._take}

    def _take(self, command: cmd.TakeSnapshot) -> Done:
        """It comes as an event of its own."""
        servers = self._snapshots.take(command.server, say("by hand"))
        return Done(say("snapshot of {servers} asked for", servers=", ".join(servers)))
