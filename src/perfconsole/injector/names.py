"""The addresses of a host: found once, and again when none of them could be connected to."""

from __future__ import annotations

import asyncio
import socket
from time import perf_counter

from perfconsole.injector.failure import Failure, unresolved

RESOLVE_EVERY_S = 5.0
"""At most this often: a name server must not feel that a target is down."""
MOST_HOSTS = 1000
"""Remembered at once; then it begins anew. Redirects may lead to a host for each customer."""

FAMILIES = {0: socket.AF_UNSPEC, 4: socket.AF_INET, 6: socket.AF_INET6}
"""By the version of IP that a plan asks for."""


class Addresses:
    """Of one host and port, for all who share this object."""

    __slots__ = (
        "_doubted", "_family", "_found", "_host", "_loop", "_port", "_resolved_at", "_resolving",
        "_unresolved",
    )  # fmt: skip

    def __init__(self, host: str, port: int, family: int, loop: asyncio.AbstractEventLoop) -> None:
        self._host = host
        self._port = port
        self._family = FAMILIES[family]
        self._loop = loop
        self._found: list[str] = []
        self._unresolved: Failure | None = None
        """Why the name did not resolve the last time."""
        self._doubted = True
        """There is no address that can be connected to, as far as is known."""
        self._resolved_at = -RESOLVE_EVERY_S
        self._resolving: asyncio.Task[None] | None = None

    @property
    def known(self) -> bool:
        """There are addresses which nobody doubts."""
        return not self._doubted

    async def find(self) -> list[str] | Failure:
        """All of them, the best first; in doubt found anew, once for all who ask."""
        due = perf_counter() >= self._resolved_at + RESOLVE_EVERY_S
        if self._doubted and due and self._resolving is None:
            self._resolving = self._loop.create_task(self._resolve())
        if self._resolving is not None:
            await asyncio.shield(self._resolving)
        return self._unresolved or list(self._found)

    async def _resolve(self) -> None:
        try:
            found = await self._loop.getaddrinfo(
                self._host, self._port, family=self._family, type=socket.SOCK_STREAM
            )
        except (OSError, ValueError) as error:
            self._unresolved = unresolved(error)
            self._doubted = True
        else:
            self._found = list(dict.fromkeys(str(address[4][0]) for address in found))
            self._unresolved = None
            self._doubted = False
        self._resolved_at = perf_counter()
        self._resolving = None

    def prefer(self, address: str) -> None:
        """It could be connected to where others before it could not."""
        if self._found and self._found[0] != address:
            self._found.sort(key=lambda other: other != address)

    def doubt(self) -> None:
        """None of them could be connected to: the name may lead elsewhere by now."""
        self._doubted = True


class Names:
    """The hosts that one VU, or all of them, talk to."""

    __slots__ = ("_family", "_known", "_loop")

    def __init__(self, family: int, loop: asyncio.AbstractEventLoop) -> None:
        self._family = family
        self._loop = loop
        self._known: dict[tuple[str, int], Addresses] = {}

    def at(self, host: str, port: int) -> Addresses:
        known = self._known.get((host, port))
        if known is None:
            if len(self._known) >= MOST_HOSTS:
                self._known.clear()
            known = Addresses(host, port, self._family, self._loop)
            self._known[host, port] = known
        return known
