"""Side jobs of this machine: turned in a thread of their own, for the loop may not wait."""

from __future__ import annotations

import threading

from perfconsole.servers.child import ChildStream, shell
from perfconsole.servers.faults import ServerFault
from perfconsole.servers.side_jobs import SideJobs
from perfconsole.texts import say


class LocalJobs:
    """The thread ends soon after `stop`, and what the jobs had running with it."""

    def __init__(self, jobs: SideJobs) -> None:
        self._jobs = jobs
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._turn, name="local jobs", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()

    def _turn(self) -> None:
        try:
            self._jobs.turn_until(self._stopped)
        finally:
            self._jobs.close()


def start_here(command: str) -> ChildStream:
    """As an `Open`: `command` on this machine. Raises ServerFault."""
    try:
        return shell(command)
    except OSError as error:
        raise ServerFault(
            say("no command can be started here: {why}", why=error.strerror or error)
        ) from None
