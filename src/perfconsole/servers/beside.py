"""What is asked of a server beside its counters: the one list of side jobs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from perfconsole.model.server_news import ServerNews
from perfconsole.model.server_spec import ServerSpec
from perfconsole.servers.board import Board
from perfconsole.servers.disk_loop import DiskLoop
from perfconsole.servers.kernel_loop import KernelLoop
from perfconsole.servers.logs.followed import Followed
from perfconsole.servers.own_jobs import own_jobs
from perfconsole.servers.probes.ask import Ask
from perfconsole.servers.probes.asked_by_turns import AskedByTurns
from perfconsole.servers.probes.said import Said
from perfconsole.servers.probes.streamed import Streamed
from perfconsole.servers.side_jobs import SideJob
from perfconsole.servers.snapshots.snapshot_requests import SnapshotRequests
from perfconsole.servers.stream import Open


def side_jobs(
    name: str,
    spec: ServerSpec,
    start: Open,
    board: Board,
    asks: Mapping[int, Ask],
    snapshots: SnapshotRequests,
    logs: list[Followed],
    tell: Callable[[Said | ServerNews], None],
) -> list[SideJob]:
    """Fresh ones for a connection, which `start` opens commands on: they put metrics on `board`.

    `tell` is called in the thread that turns them, with what comes of the `asks` of probes and all
    other news. This machine's own disks and kernel are looked at without a command, by
    `local_seldom`.
    """
    jobs: list[SideJob] = []
    if not spec.local:
        jobs += [DiskLoop(start, spec.disks, board), KernelLoop(start, spec.link_mbps, board)]
    jobs += own_jobs(name, spec, start, board, tell, snapshots, logs)
    jobs += [Streamed(start, n, ask, tell) for n, ask in asks.items() if ask.streams]
    polled = {n: ask for n, ask in asks.items() if not ask.streams}
    return [*jobs, AskedByTurns(start, polled, tell)] if polled else jobs
