"""Side jobs of this machine."""

from __future__ import annotations

import threading
from functools import partial

from perfconsole.servers.local_thread import LocalThread
from perfconsole.servers.side_jobs import SideJobs


def local_jobs(jobs: SideJobs) -> LocalThread:
    """Turns them; what they had running ends with it."""
    return LocalThread("jobs", partial(_turn, jobs))


def _turn(jobs: SideJobs, stopped: threading.Event) -> None:
    try:
        jobs.turn_until(stopped)
    finally:
        jobs.close()
