"""What a VU's own address and line do, and what they must not do: lose or invent anything."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.injector.shaping import Way
from perfconsole.model import wire
from perfconsole.model.plan import FilePart
from perfconsole.model.states import StopMode

pytestmark = pytest.mark.clock

KB = 1000
BODY = bytes(range(256)) * 400  # 102,400 bytes
MBIT = 1_000_000


def answer(body: bytes = BODY) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body


async def big(_seen, writer: asyncio.StreamWriter) -> None:
    writer.write(answer())


@given(
    st.floats(1e3, 1e9),
    st.lists(st.tuples(st.integers(1, 100_000), st.floats(0, 2)), min_size=1, max_size=50),
)
def test_a_line_never_carries_more_than_it_can(bytes_s, sent):
    way, now, began, total, last = Way(bytes_s), 100.0, 100.0, 0, 0.0
    for count, pause in sent:
        now += pause
        done = way.carry(count, now)
        total += count
        assert done >= max(last, now)
        assert done >= began + total / bytes_s * (1 - 1e-9) - 1e-6
        last = done


async def test_what_is_read_takes_its_time(begin, plan_for, step, target, until):
    target.script = big
    plan = plan_for(port=target.port, iterations=2, bandwidth_bit_s=4 * MBIT)
    injector = await begin(plan.of(g=[step("/big")]))
    await injector.vus(1)
    await until(lambda: injector.iterations()[0] == 2)
    await injector.finish()
    assert injector.total("requests_failed") == 0
    assert injector.total("bytes_in") == 2 * len(answer())
    fastest_s = min(r.min_us for t in injector.ticks for r in t.transactions if r.passed) / 1e6
    assert fastest_s >= len(answer()) * 8 / (4 * MBIT) * 0.98
    injector.assert_counts_add_up()


async def test_what_is_sent_takes_its_time_and_arrives_whole(
    begin, plan_for, step, target, until, tmp_path
):
    file = tmp_path / "upload.bin"
    file.write_bytes(BODY)
    plan = plan_for(port=target.port, iterations=1, bandwidth_bit_s=4 * MBIT)
    upload = msgspec.structs.replace(step("/up", method="POST"), pieces=(FilePart(str(file)),))
    injector = await begin(plan.of(g=[upload]))
    await injector.vus(1)
    await until(lambda: injector.iterations()[0] == 1)
    await injector.finish()
    (seen,) = target.seen
    assert seen.body == BODY
    took_s = max(r.max_us for t in injector.ticks for r in t.transactions if r.passed) / 1e6
    assert took_s >= len(BODY) * 8 / (4 * MBIT) * 0.98


async def test_a_stop_now_cuts_what_is_on_its_way(begin, plan_for, step, target, until):
    target.script = big
    injector = await begin(plan_for(port=target.port, bandwidth_bit_s=64_000).of(g=[step("/big")]))
    await injector.vus(3)
    await until(lambda: len(target.seen) == 3)
    await injector.vus(0, mode=StopMode.NOW)
    await injector.finish()
    assert (injector.total("requests"), injector.total("cut")) == (0, 3)
    injector.assert_counts_add_up()


@pytest.mark.parametrize("reset", [False, True])
async def test_a_body_cut_short_is_told_when_it_would_have_come(
    begin, plan_for, step, target, until, reset_connection, reset
):
    async def half(_seen, writer: asyncio.StreamWriter) -> None:
        writer.write(answer()[:20_000])
        await writer.drain()
        await asyncio.sleep(0.05)
        reset_connection(writer) if reset else writer.close()

    target.script = half
    plan = plan_for(port=target.port, iterations=1, bandwidth_bit_s=4 * MBIT)
    injector = await begin(plan.of(g=[step("/half")]))
    await injector.vus(1)
    await until(lambda: injector.iterations()[0] == 1)
    await injector.finish()
    assert injector.total("requests_failed") == 1
    assert set(injector.errors) <= {"GET /half: body cut short", "GET /half: reset"}
    injector.assert_counts_add_up()


async def test_a_pause_lets_what_is_on_its_way_come(begin, plan_for, step, target, until):
    target.script = big
    injector = await begin(plan_for(port=target.port, bandwidth_bit_s=2 * MBIT).of(g=[step("/b")]))
    await injector.vus(1)
    await until(lambda: target.seen)
    await injector.act(wire.Pause, ("g",))
    await until(lambda: injector.total("requests") == 1)
    assert len(target.seen) == 1
    await injector.finish()


async def test_addresses_are_taken_in_turn(begin, plan_for, step, target, until):
    peers: list[str] = []

    async def note(_seen, writer: asyncio.StreamWriter) -> None:
        peers.append(writer.get_extra_info("peername")[0])
        writer.write(answer(b""))

    target.script = note
    ips = ("127.0.0.2", "127.0.0.3")
    plan = plan_for(port=target.port, iterations=1, source_ips=ips)
    injector = await begin(plan.of(g=[step("/")]))
    await injector.vus(4)
    await until(lambda: injector.iterations()[0] == 4)
    await injector.finish()
    assert sorted(peers) == ["127.0.0.2"] * 2 + ["127.0.0.3"] * 2


async def test_an_address_of_another_machine_is_no_use(begin, plan_for, step, target):
    plan = plan_for(port=target.port, source_ips=("127.0.0.2", "192.0.2.7"))
    injector = await begin(plan.of(g=[step("/")]))
    assert injector.troubles == ["g: source_ips: 192.0.2.7 is no address of this machine"]
    assert injector.ready is None
