"""What is asked of a server beside its counters: the one list of side jobs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from perfconsole.model.server_spec import ServerSpec
from perfconsole.servers.board import Board
from perfconsole.servers.disk_loop import DiskLoop
from perfconsole.servers.probes.asked_by_turns import AskedByTurns
from perfconsole.servers.probes.asking import Ask
from perfconsole.servers.probes.said import Said
from perfconsole.servers.probes.streamed import Streamed
from perfconsole.servers.side_jobs import SideJob
from perfconsole.servers.stream import Open


def side_jobs(
    spec: ServerSpec,
    start: Open,
    board: Board,
    asks: Mapping[int, Ask],
    hear: Callable[[Said], None],
) -> list[SideJob]:
    """Those of one connection, which `start` opens commands on: they put metrics on `board`, and
    `hear` gets what comes of the `asks` of probes.

    The disks of this machine are asked for without a command (`LocalDisks`).
    """
    jobs: list[SideJob] = [] if spec.local else [DiskLoop(start, spec.disks, board)]
    jobs += [Streamed(start, n, ask, hear) for n, ask in asks.items() if ask.streams]
    polled = {n: ask for n, ask in asks.items() if not ask.streams}
    return [*jobs, AskedByTurns(start, polled, hear)] if polled else jobs
