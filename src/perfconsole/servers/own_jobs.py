"""What the scenario asks of one server beside its samples, over whichever way it is reached."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from perfconsole.model.server_news import ServerNews
from perfconsole.model.server_spec import ServerSpec
from perfconsole.servers.board import Board
from perfconsole.servers.logs.followed import Followed
from perfconsole.servers.logs.log_watch import LogWatch
from perfconsole.servers.side_jobs import SideJob
from perfconsole.servers.snapshots.snapshot_job import SnapshotJob
from perfconsole.servers.snapshots.snapshot_requests import SnapshotRequests
from perfconsole.servers.stream import Open

TellNews = Callable[[ServerNews], None]


def nobody(_: ServerNews) -> None:
    """For samplers whose news are not asked for."""


@dataclass(frozen=True, slots=True)
class Errands:
    """Both ways between the run and one server, samples aside."""

    tell: TellNews = nobody
    """Called in the loop."""
    snapshots: SnapshotRequests = field(default_factory=SnapshotRequests)


def own_jobs(
    name: str,
    spec: ServerSpec,
    start: Open,
    board: Board,
    tell: TellNews,
    snapshots: SnapshotRequests,
    logs: list[Followed],
) -> list[SideJob]:
    """Fresh ones for a connection; `tell` is called in the thread that turns them."""
    jobs: list[SideJob] = [SnapshotJob(name, spec.snapshots, start, snapshots, tell)]
    if logs:
        jobs.append(LogWatch(name, logs, spec.every, start, board, tell))
    return jobs
