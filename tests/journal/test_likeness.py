"""Events kept as what they differ in from an earlier one."""

from __future__ import annotations

import random
import sqlite3

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.journal.journal_error import JournalError
from perfconsole.journal.likeness import LEAST_BYTES, RENEWED_AFTER, Restorer, Shortener
from perfconsole.journal.reader import JournalReader
from perfconsole.model.event import Sampled
from perfconsole.model.sample import ServerSample

NAMES = (
    "cpu_percent", "memory_percent", "disk_percent:/", "load_1m", "net_rx_bytes_s", "run_queue",
    "disk_await_ms:nvme0n1", "tcp_close_wait", "pressure_memory_percent", "context_switches_s",
)  # fmt: skip
bodies = st.binary(max_size=40).map(lambda part: part * 30)


def sampled(seq: int, server: str = "web1") -> Sampled:
    drawn = random.Random(seq)
    values = {f"{name}{n}": round(drawn.uniform(0, 100), 2) for n in range(4) for name in NAMES}
    return Sampled(seq=seq, at=1e9 + seq, second=seq, sample=ServerSample(server, True, values))


@given(st.lists(st.tuples(st.sampled_from("ab"), bodies), max_size=30))
def test_each_is_restored_alone(events: list[tuple[str, bytes]]):
    shortener = Shortener()
    kept = [shortener.shortened(seq, kind, body) for seq, (kind, body) in enumerate(events)]
    for (_, body), (short, base) in reversed(list(zip(events, kept, strict=True))):
        assert base is None or kept[base] == (events[base][1], None)
        assert Restorer(lambda seq: kept[seq][0]).restored(short, base) == body


def test_samples_take_a_third():
    shortener = Shortener()
    raw = [msgspec.msgpack.encode(sampled(seq, f"web{seq % 5}")) for seq in range(200)]
    kept = [shortener.shortened(seq, "sampled", body)[0] for seq, body in enumerate(raw)]
    assert sum(map(len, kept)) < sum(map(len, raw)) / 2.5


def test_bases_are_renewed_and_short_ones_kept_whole():
    shortener = Shortener()
    bases = [shortener.shortened(n, "a", b"x" * LEAST_BYTES)[1] for n in range(RENEWED_AFTER + 3)]
    assert bases == [None, *[0] * RENEWED_AFTER, None, RENEWED_AFTER + 1]
    assert shortener.shortened(9999, "a", b"x")[1] is None


async def test_a_journal_gives_back_what_was_put(path, writer):
    events = [sampled(seq) for seq in range(1, 50)]
    for event in events:
        writer.put(event)
    await writer.committed()
    with JournalReader(path) as journal:
        assert list(journal.events()) == events
        assert list(journal.events(after=40)) == events[40:]
        assert list(journal.of_kind(Sampled)) == events


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("UPDATE event SET body = x'ff00' WHERE seq = 3", "is damaged"),
        ("UPDATE event SET body = substr(body, 1, 40) WHERE seq = 3", "is damaged"),
        ("DELETE FROM event WHERE seq = 1", "is damaged: event 1 is missing"),
    ],
)
def test_a_damaged_one_says_so(path, writer, damage, said):
    for seq in range(1, 5):
        writer.put(sampled(seq))
    writer.close()
    with sqlite3.connect(path) as database:
        database.execute(damage)
    database.close()
    with JournalReader(path) as journal, pytest.raises(JournalError, match=said):
        list(journal.events())
