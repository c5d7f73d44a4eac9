"""Snapshots of servers, asked for by hands and by breaches, and what comes of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from perfconsole.controller.record import Record
from perfconsole.controller.refusal import Refusal
from perfconsole.controller.secret_values import Mask
from perfconsole.model import event as ev
from perfconsole.model.server_news import CommandOutput, SnapshotCame
from perfconsole.model.server_spec import ServerSpec
from perfconsole.model.snapshot_spec import MOST_SNAPSHOTS
from perfconsole.servers.snapshots.snapshot_job import most_seconds
from perfconsole.servers.snapshots.snapshot_requests import SnapshotRequest
from perfconsole.texts import say

BEGUN_WITHIN_S = 10.0
"""A server that hangs, or cannot be reached, has not begun by then."""
PAUSE_S = 60.0
"""Between two of one server that breaches take."""
MOST_BY_BREACHES = 100


@dataclass(frozen=True, slots=True)
class _UnderWay:
    server: str
    why: str
    asked_at: float
    request: SnapshotRequest
    given_up_at: float
    """Monotonic seconds, once it has begun."""


class Snapshots:
    """`ask` hands a request to a server's thread; the snapshot comes by `came`, or never."""

    def __init__(
        self,
        specs: Mapping[str, ServerSpec],
        record: Record,
        ask: Callable[[str, SnapshotRequest], None],
        mask: Mask,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._specs = {name: spec for name, spec in specs.items() if not spec.only_pages}
        self._record = record
        self._ask = ask
        self._mask = mask
        self._clock = clock
        self._under_way: dict[int, _UnderWay] = {}
        self._asked = self._by_breaches = 0
        self._last_s: dict[str, float] = {}
        """Monotonic seconds at which each server was asked last."""
        self._keeping: set[asyncio.Task[None]] = set()
        record.listen(self._heard)

    def take(self, server: str | None, why: str) -> list[str]:
        """Of one server, or of all that are not at it already; returns their names. Raises
        Refusal."""
        if not self._specs:
            raise Refusal(say("this run watches no servers"))
        if server is not None and server not in self._specs:
            known = ", ".join(self._specs)
            raise Refusal(
                say("there is no server {name!r}; there are: {known}", name=server, known=known)
            )
        wanted = list(self._specs) if server is None else [server]
        at_it = {each.server for each in self._under_way.values()}
        idle = [name for name in wanted if name not in at_it]
        if not idle:
            raise Refusal(say("a snapshot of {server} is under way", server=", ".join(wanted)))
        if self._asked + len(idle) > MOST_SNAPSHOTS:
            raise Refusal(say("a run keeps at most {n} snapshots", n=MOST_SNAPSHOTS))
        for name in idle:
            self._begin(name, why)
        return idle

    def came(self, news: SnapshotCame) -> None:
        asked = self._under_way.pop(news.number, None)
        if asked is not None:
            keeping = asyncio.create_task(self._keep(asked, news))
            self._keeping.add(keeping)
            keeping.add_done_callback(self._keeping.discard)

    def beat(self) -> None:
        """Give up what does not come."""
        now_s = self._clock()
        for number, asked in list(self._under_way.items()):
            over_s = asked.given_up_at if asked.request.taken else asked.request.until
            if now_s > over_s:
                del self._under_way[number]
                self._missed(asked, say("no answer"))

    async def close(self) -> None:
        """The servers are left: nothing comes any more."""
        under_way, self._under_way = self._under_way, {}
        for asked in under_way.values():
            self._missed(asked, say("the run ended before it was there"))
        if self._keeping:
            await asyncio.wait(self._keeping)

    def _heard(self, event: ev.RunEvent) -> None:
        if isinstance(event, ev.Breached) and event.over and self._may_follow(event.server):
            self._by_breaches += 1
            self._begin(event.server, event.text)

    def _may_follow(self, server: str) -> bool:
        spec, last_s = self._specs.get(server), self._last_s.get(server)
        return (
            spec is not None
            and spec.snapshot_on_breach
            and self._by_breaches < MOST_BY_BREACHES
            and self._asked < MOST_SNAPSHOTS
            and (last_s is None or self._clock() - last_s >= PAUSE_S)
        )

    def _begin(self, server: str, why: str) -> None:
        self._asked += 1
        now_s = self._clock()
        self._last_s[server] = now_s
        request = SnapshotRequest(self._asked, now_s + BEGUN_WITHIN_S)
        given_up_at = now_s + BEGUN_WITHIN_S + most_seconds(len(self._specs[server].snapshots))
        self._under_way[self._asked] = _UnderWay(
            server, why, self._record.now(), request, given_up_at
        )
        self._ask(server, request)

    async def _keep(self, asked: _UnderWay, news: SnapshotCame) -> None:
        # Masking a thread dump takes a while, in which load must be steered on.
        outputs = await asyncio.to_thread(self._masked, news.outputs)
        self._record.add(
            ev.SnapshotTaken,
            number=news.number,
            server=asked.server,
            why=asked.why,
            asked_at=asked.asked_at,
            outputs=outputs,
        )

    def _masked(self, outputs: tuple[CommandOutput, ...]) -> tuple[CommandOutput, ...]:
        """Line by line: an expression on all of it would hold whatever else this process does."""
        return tuple(
            CommandOutput(each.name, "\n".join(map(self._mask, each.text.split("\n"))), each.note)
            for each in outputs
        )

    def _missed(self, asked: _UnderWay, why: str) -> None:
        text = say("no snapshot of {server}: {why} ({asked})",
                   server=asked.server, why=why, asked=asked.why)  # fmt: skip
        self._record.add(ev.Noted, level="warning", kind="snapshot", text=text)
