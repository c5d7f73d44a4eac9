"""Snapshots that were asked for, on their way from the run to the thread of a server."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass


@dataclass(slots=True)
class SnapshotRequest:
    number: int
    until: float
    """Monotonic seconds; nobody waits for it to begin any more then."""
    taken: bool = False
    """It has begun."""


class SnapshotRequests:
    """Of one server. The run puts, the server's thread takes."""

    def __init__(self) -> None:
        self._waiting: deque[SnapshotRequest] = deque()

    def put(self, request: SnapshotRequest) -> None:
        self._waiting.append(request)

    def next(self, now: float) -> SnapshotRequest | None:
        """The oldest that somebody still waits for."""
        while self._waiting:
            request = self._waiting.popleft()
            if now < request.until:
                request.taken = True
                return request
        return None
