"""A server that sees how late its users come back: ``python gaps.py PORT THINK_S``.

After an answer to ``/timed`` a user thinks for THINK_S: the gap is the time from the moment that
answer was written to the moment the user's next request is read, and what it is over THINK_S is
lateness. The load generator's is in it, the kernel's and this server's own: never less than the
truth. How late the server's own timers are is told beside, to know a disturbed machine by.

A line on stdin makes it forget what it has seen; the next one makes it print percentiles, ms, as
JSON; and so on.
"""

from __future__ import annotations

import asyncio
import gc
import json
import math
import sys
from array import array
from time import perf_counter
from typing import cast

import uvloop

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\n0123456789"
TIMER_S = 0.01


class Gaps:
    def __init__(self, think_s: float) -> None:
        self.think_s = think_s
        self.connections = 0
        self.forget()

    def forget(self) -> None:
        self.late_ms = array("d")
        self.timers_ms = array("d")

    def told(self) -> str:
        return json.dumps(
            {
                "connections": self.connections,
                "gaps": len(self.late_ms),
                "late": _percentiles(self.late_ms),
                "timers": _percentiles(self.timers_ms),
            }
        )

    async def watch_timers(self) -> None:
        while True:
            due_s = perf_counter() + TIMER_S
            await asyncio.sleep(TIMER_S)
            self.timers_ms.append(1000 * (perf_counter() - due_s))


def _percentiles(values: array[float]) -> dict[str, float]:
    shares = {"p50": 0.5, "p99": 0.99, "p999": 0.999, "max": 1.0}
    ranked = sorted(values)
    return {k: ranked[math.ceil(len(ranked) * v) - 1] for k, v in shares.items() if ranked}


class Connection(asyncio.Protocol):
    def __init__(self, gaps: Gaps) -> None:
        self._gaps = gaps
        self._answered_s: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._gaps.connections += 1

    def connection_lost(self, exc: Exception | None) -> None:
        self._gaps.connections -= 1

    def data_received(self, data: bytes) -> None:
        gaps = self._gaps
        if self._answered_s is not None:
            gaps.late_ms.append(1000 * (perf_counter() - self._answered_s - gaps.think_s))
        self._transport.write(ANSWER)
        self._answered_s = perf_counter() if data.startswith(b"GET /timed ") else None


async def serve(port: int, think_s: float) -> None:
    loop = asyncio.get_running_loop()
    gaps = Gaps(think_s)
    await loop.create_server(lambda: Connection(gaps), "127.0.0.1", port, backlog=8192)
    print("serving", flush=True)
    lines = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    timers = loop.create_task(gaps.watch_timers())
    gc.freeze()
    while await lines.readline():
        gaps.forget()
        await lines.readline()
        print(gaps.told(), flush=True)
    timers.cancel()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), float(sys.argv[2])))
