"""The yardstick of the rendezvous row: bare uvloop tasks that do what VUs do, and nothing else.

``python bare.py PORT TASKS RELEASES REQUEST_HEX``: each task sends the request and reads the
answer, waits for the release, sends it again, and so on. A line ``full`` on stdout says that all
of them wait; a line on stdin releases them. At the end: a JSON list of when the first and the
last of each release had written (Unix time).
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time

import uvloop


class Answers(asyncio.Protocol):
    """One connection; whatever comes is the answer: it is small."""

    def __init__(self) -> None:
        self.waiter: asyncio.Future[None] | None = None

    def data_received(self, data: bytes) -> None:
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)


class Crowd:
    def __init__(self, port: int, tasks: int, releases: int, request: bytes) -> None:
        self._loop = asyncio.get_running_loop()
        self._port, self._tasks, self._releases, self._request = port, tasks, releases, request
        self._go = asyncio.Event()
        self._waiting = 0
        self.written: list[list[float]] = [[] for _ in range(releases)]

    async def play(self) -> None:
        transport, answers = await self._loop.create_connection(Answers, "127.0.0.1", self._port)
        for release in range(self._releases):
            await self._ask(transport, answers)
            go = self._go
            self._waiting += 1
            if self._waiting == self._tasks:
                print("full", flush=True)
            await go.wait()
            await self._ask(transport, answers, self.written[release])
        transport.close()

    async def _ask(
        self, transport: asyncio.Transport, answers: Answers, written: list[float] | None = None
    ) -> None:
        answers.waiter = self._loop.create_future()
        transport.write(self._request)
        if written is not None:
            written.append(time.time())
        await answers.waiter

    def release(self) -> None:
        sys.stdin.readline()
        go, self._go, self._waiting = self._go, asyncio.Event(), 0
        go.set()


async def main(port: int, tasks: int, releases: int, request: bytes) -> None:
    crowd = Crowd(port, tasks, releases, request)
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), crowd.release)
    gc.freeze()
    gc.disable()
    await asyncio.gather(*(crowd.play() for _ in range(tasks)))
    print(json.dumps([(min(times), max(times)) for times in crowd.written]), flush=True)


if __name__ == "__main__":
    port, tasks, releases = map(int, sys.argv[1:4])
    uvloop.run(main(port, tasks, releases, bytes.fromhex(sys.argv[4])))
