"""What is asked of a server beside its counters: the one list of side jobs."""

from __future__ import annotations

from perfconsole.model.server_spec import ServerSpec
from perfconsole.servers.board import Board
from perfconsole.servers.disk_loop import DiskLoop
from perfconsole.servers.side_jobs import SideJob
from perfconsole.servers.stream import Open


def side_jobs(spec: ServerSpec, start: Open, board: Board) -> list[SideJob]:
    """Those of one connection, which `start` opens commands on; they put metrics on `board`.

    The disks of this machine are asked for without a command (`LocalDisks`).
    """
    return [] if spec.local else [DiskLoop(start, spec.disks, board)]
