"""The capacity law: throughput saturates at workers / service time, then the queue grows."""

from __future__ import annotations

import asyncio
import time

import pytest

from perfconsole.demo.capacity import Overloaded, WorkerQueue


async def load(target, users: int, seconds: float) -> tuple[float, float]:
    """Answers a second and mean response time, s, of `users` who ask without a pause."""
    times: list[float] = []
    end = time.monotonic() + seconds

    async def user() -> None:
        while (begun := time.monotonic()) < end:
            answer = await target.get("/supply")
            assert answer.status_code == 200
            times.append(time.monotonic() - begun)

    await asyncio.gather(*(user() for _ in range(users)))
    return len(times) / seconds, sum(times) / len(times)


@pytest.mark.clock
async def test_throughput_saturates_and_response_time_rises(target):
    await target.post("/-/knobs", json={"workers": 2})  # 2 / 30 ms: about 67 a second
    await load(target, 1, 0.2)
    one, one_takes = await load(target, 1, 1.0)
    few, few_takes = await load(target, 8, 1.5)
    many, many_takes = await load(target, 24, 1.5)
    assert one < 35
    assert 1.2 * one < few < 80
    assert many < 85
    assert many_takes > 1.5 * few_takes > 1.5 * one_takes


@pytest.mark.clock
async def test_more_workers_serve_more(target):
    await target.post("/-/knobs", json={"workers": 1})
    one, _ = await load(target, 6, 1.0)
    await target.post("/-/knobs", json={"workers": 4})
    four, _ = await load(target, 6, 1.0)
    assert four > 1.4 * one


async def test_first_come_first_served():
    queue = WorkerQueue(1)
    order: list[int] = []

    async def ask(number: int) -> None:
        async with queue.worker():
            order.append(number)
            await asyncio.sleep(0)

    await asyncio.gather(*(ask(number) for number in range(50)))
    assert order == list(range(50))
    assert (queue.busy, queue.waiting) == (0, 0)


async def test_a_full_queue_refuses():
    queue = WorkerQueue(1, longest_queue=1)
    gate = asyncio.Event()

    async def hold() -> None:
        async with queue.worker():
            await gate.wait()

    holders = [asyncio.create_task(hold()) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Overloaded):
        async with queue.worker():
            pass
    gate.set()
    await asyncio.gather(*holders)


async def test_who_gives_up_waiting_loses_no_worker():
    queue = WorkerQueue(1)
    gate = asyncio.Event()

    async def hold() -> None:
        async with queue.worker():
            await gate.wait()

    first, second, third = (asyncio.create_task(hold()) for _ in range(3))
    await asyncio.sleep(0)
    second.cancel()
    gate.set()
    await first
    third.cancel()  # just as its turn comes
    await asyncio.wait({second, third})
    assert (queue.busy, queue.waiting) == (0, 0)
    async with queue.worker():
        assert queue.busy == 1


async def test_fewer_workers_let_the_surplus_finish():
    queue = WorkerQueue(3)
    gate = asyncio.Event()

    async def hold() -> None:
        async with queue.worker():
            await gate.wait()

    holders = [asyncio.create_task(hold()) for _ in range(4)]
    await asyncio.sleep(0)
    queue.resize(1)
    assert (queue.busy, queue.waiting) == (3, 1)
    gate.set()
    await asyncio.gather(*holders)
    assert queue.busy == 0
