"""What was put is in the file, and no disk holds up the run."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import stat
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from perfconsole.journal import writer as journal_writer
from perfconsole.journal.reader import JournalReader
from perfconsole.journal.writer import JournalError, JournalWriter
from perfconsole.model.phase import Phase
from perfconsole.model.wire import PhaseCounts, RequestCounts


def seqs(path: Path) -> list[int]:
    with JournalReader(path) as journal:
        return [event.seq for event in journal.events()]


async def test_what_is_committed_can_be_read_at_once(path, writer, noted):
    for seq in range(1, 101):
        writer.put(noted(seq))
    await writer.committed()
    assert seqs(path) == list(range(1, 101))


def test_what_is_put_is_committed_by_itself_within_half_a_second(path, writer, noted):
    writer.put(noted(1))
    deadline = time.monotonic() + 5
    while not seqs(path) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert seqs(path) == [1]


def test_close_commits_and_leaves_a_single_file(path, noted):
    writer = JournalWriter(path)
    writer.put(noted(1))
    writer.close()
    writer.close()
    assert seqs(path) == [1]
    assert [entry.name for entry in path.parent.iterdir()] == ["journal.db"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not [t for t in threading.enumerate() if t.name == "journal"]


async def test_after_the_close_nothing_is_written_and_who_waits_hears_of_it(path, noted):
    writer = JournalWriter(path)
    writer.close()
    writer.put(noted(1))
    with pytest.raises(JournalError, match="is closed"):
        await writer.committed()
    assert seqs(path) == []


async def test_an_event_is_kept_as_it_was_when_it_was_put(path, writer, noted):
    from perfconsole.model.event import PointChanged

    waiting = {"browse": 1}
    writer.put(PointChanged(seq=1, at=1.0, name="p", waiting=waiting, needed=2, on=True))
    waiting["browse"] = 99
    await writer.committed()
    with JournalReader(path) as journal:
        (event,) = journal.events()
    assert event.waiting == {"browse": 1}


async def test_a_window_put_again_replaces_the_one_before(path, writer, counted):
    writer.put_window(0, [counted(3)])
    writer.put_window(0, [counted(5)])
    writer.put_window(10, [counted(2), counted(1, "ask")])
    await writer.committed()
    with JournalReader(path) as journal:
        totals = journal.totals()
    assert {name: sums.passed for name, sums in totals.by_name().items()} == {"home": 7, "ask": 1}
    assert totals.overall().times().max_ms == 1.024


async def test_timing_put_again_replaces_the_one_before(path, writer):
    def spent(count: int) -> tuple[list[PhaseCounts], list[RequestCounts]]:
        phase = PhaseCounts(Phase.WAIT, count, 1000.0 * count, 1000.0, b"", b"")
        return [phase], [RequestCounts("g", "GET /", count, 0, 1, (0.0,) * 6, count)]

    writer.put_timing(0, *spent(3))
    writer.put_timing(0, *spent(5))
    writer.put_timing(10, *spent(2))
    await writer.committed()
    with JournalReader(path) as journal:
        timing = journal.timing()
    assert timing.phases[Phase.WAIT].count == timing.by_name()["GET /"].count == 7


async def test_many_may_wait_at_once(path, writer, noted):
    async def put_and_wait(seq: int) -> list[int]:
        writer.put(noted(seq))
        await writer.committed()
        return seqs(path)

    for seen, seq in zip(
        await asyncio.gather(*(put_and_wait(seq) for seq in range(1, 21))),
        range(1, 21),
        strict=True,
    ):
        assert seq in seen


async def test_who_stops_waiting_disturbs_nobody(path, writer, noted):
    waiting = asyncio.create_task(writer.committed())
    await asyncio.sleep(0)
    waiting.cancel()
    writer.put(noted(1))
    await writer.committed()
    assert seqs(path) == [1]


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        (lambda path: path.write_text("mine"), "there is a journal at .* already"),
        (lambda path: path.parent.rmdir(), "the journal .* failed: No such file or directory"),
    ],
)
def test_a_journal_that_cannot_be_made_says_why(tmp_path, prepare, words):
    folder = tmp_path / "run"
    folder.mkdir()
    prepare(folder / "journal.db")
    with pytest.raises(JournalError, match=words):
        JournalWriter(folder / "journal.db")


def test_a_folder_that_is_not_ours_says_so(path):
    if os.geteuid() == 0:
        pytest.skip("root may write anywhere")
    path.parent.chmod(0o500)
    with pytest.raises(JournalError, match="Permission denied"):
        JournalWriter(path)


async def fill(writer: JournalWriter, noted, most: int = 5000) -> int:
    """Put and commit until it fails; the last seq that was committed."""
    for seq in range(1, most):
        writer.put(noted(seq, "x" * 2000))
        try:
            await writer.committed()
        except JournalError:
            return seq - 1
    raise AssertionError("the disk never got full")


async def assert_full_disk_is_survived(path: Path, noted) -> None:
    failures: list[tuple[str, str]] = []
    writer = JournalWriter(
        path, lambda error: failures.append((str(error), threading.current_thread().name))
    )
    try:
        committed = await fill(writer, noted)
        writer.put(noted(committed + 2))
        with pytest.raises(JournalError, match="no space left on the disk for the journal"):
            await writer.committed()
        assert str(writer.failure).startswith("no space left")
        assert failures == [(str(writer.failure), "journal")]
        assert seqs(path) == list(range(1, committed + 1))
    finally:
        writer.close()
    assert seqs(path) == list(range(1, committed + 1))


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=512k", "perfconsole-test", str(disk)]
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    if subprocess.run(mounting, capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine lets nobody mount")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


async def test_a_full_disk_ends_the_writing_and_keeps_what_was_committed(tiny_disk, noted):
    await assert_full_disk_is_survived(tiny_disk / "journal.db", noted)


def test_a_disk_that_is_full_from_the_beginning(tiny_disk):
    with contextlib.suppress(OSError):
        (tiny_disk / "filler").write_bytes(b"x" * 1_000_000)
    with pytest.raises(JournalError, match="no space left on the disk for the journal"):
        JournalWriter(tiny_disk / "journal.db")
    assert [entry.name for entry in tiny_disk.iterdir()] == ["filler"]


async def test_a_journal_at_its_limit_does_the_same(path, noted, monkeypatch):
    """The same on a machine that cannot mount: SQLite's own limit reports the same error."""
    from perfconsole.journal import schema

    create = schema.create

    def create_small(database: sqlite3.Connection) -> None:
        create(database)
        database.execute("PRAGMA max_page_count = 40")

    monkeypatch.setattr(schema, "create", create_small)
    await assert_full_disk_is_survived(path, noted)


async def test_a_deaf_listener_does_not_leave_waiters_alone(path, noted, monkeypatch):
    from perfconsole.journal import schema

    create = schema.create

    def deaf(_: JournalError) -> None:
        raise RuntimeError("Event loop is closed")

    def create_small(database: sqlite3.Connection) -> None:
        create(database)
        database.execute("PRAGMA max_page_count = 10")

    monkeypatch.setattr(schema, "create", create_small)
    writer = JournalWriter(path, deaf)
    try:
        await fill(writer, noted)
    finally:
        writer.close()


async def test_a_disk_that_hangs_fails_the_journal_before_memory_is_full(path, noted, monkeypatch):
    monkeypatch.setattr(journal_writer, "MOST_QUEUED", 50)
    failures: list[str] = []
    writer = JournalWriter(path, lambda error: failures.append(str(error)))
    hanging = sqlite3.connect(path, isolation_level=None)
    try:
        hanging.execute("BEGIN IMMEDIATE")
        writer.put(noted(1))
        waiting = asyncio.create_task(writer.committed())
        await asyncio.sleep(0)
        for seq in range(2, 500):
            writer.put(noted(seq))
        with pytest.raises(JournalError, match=r"the disk of the journal .* does not keep up"):
            await waiting
        with pytest.raises(JournalError, match="does not keep up"):
            await writer.committed()
        assert failures == [str(writer.failure)]
    finally:
        hanging.close()
        writer.close()
    kept = seqs(path)
    assert kept == list(range(1, len(kept) + 1))
