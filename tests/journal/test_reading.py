"""A journal can be read while it is written, after its writer was killed, and never harmed."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from perfconsole.journal.reader import JournalReader
from perfconsole.journal.writer import JournalError, JournalWriter
from perfconsole.metrics.view import RunView
from perfconsole.model import event as ev
from perfconsole.model.states import RunState, Verdict

STARTED = ev.Started(
    seq=1, at=1000.0, run="r1", name="店铺", target="http://127.0.0.1:1", groups=(), servers=(),
    rendezvous=(), duration_s=None, response_limit_ms=None, pass_rate_limit=None, scenario={},
)  # fmt: skip
ENDED = ev.Ended(seq=3, at=1060.0, verdict=Verdict.PASSED, reasons=("fine",))


async def test_a_reader_follows_a_writer_that_goes_on(path, writer, noted):
    with JournalReader(path) as journal:
        for seq in range(1, 51):
            writer.put(noted(seq))
            await writer.committed()
            assert [event.seq for event in journal.events(after=seq - 1)] == [seq]


async def test_a_reader_in_the_middle_of_reading_does_not_stop_the_writer(path, writer, noted):
    for seq in range(1, 101):
        writer.put(noted(seq))
    await writer.committed()
    with JournalReader(path) as journal:
        reading = journal.events()
        assert next(reading).seq == 1
        writer.put(noted(101))
        await writer.committed()
        assert [event.seq for event in reading] == list(range(2, 101))
        writer.close()
        assert len(list(journal.events())) == 101


def test_the_view_is_the_fold_of_all_events(path, writer, noted):
    events = [STARTED, noted(2), ENDED]
    for event in events:
        writer.put(event)
    writer.close()
    straight = RunView()
    for event in events:
        straight.fold(event)
    with JournalReader(path) as journal:
        assert journal.view() == straight
        assert (journal.started(), journal.ended()) == (STARTED, ENDED)
    assert straight.state is RunState.ENDED


def test_a_run_that_did_not_end_has_no_end(path, writer, noted):
    with JournalReader(path) as journal:
        assert (journal.started(), journal.ended()) == (None, None)
        assert journal.view() == RunView()
        assert journal.totals().rows() == []


WRITER = """
import sys, time
from pathlib import Path
from perfconsole.journal.writer import JournalWriter
from perfconsole.model.event import Noted
journal = JournalWriter(Path(sys.argv[1]))
for seq in range(1, 10**9):
    at = time.time()
    journal.put(Noted(seq=seq, at=at, level="info", kind="note", text="x" * 300))
    print(seq, at, flush=True)
    time.sleep(0.0005)
"""


def test_kill_9_of_the_writer_costs_the_last_seconds_only(path):
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    written = {}
    try:
        assert writer.stdout.readline()
        until = time.monotonic() + 6.0
        while time.monotonic() < until:
            seq, at = writer.stdout.readline().split()
            written[int(seq)] = float(at)
    finally:
        killed_at = time.time()
        os.kill(writer.pid, signal.SIGKILL)
        rest = writer.stdout.read()
        writer.wait()
        writer.stdout.close()
    assert writer.returncode == -signal.SIGKILL
    for line in rest.rpartition("\n")[0].splitlines():  # the last one may be half a line
        seq, at = line.split()
        written[int(seq)] = float(at)
    with JournalReader(path) as journal:
        kept = [event.seq for event in journal.events()]
    assert kept == list(range(1, len(kept) + 1))
    assert kept and kept[-1] >= max(seq for seq, at in written.items() if at < killed_at - 4)
    with JournalReader(path) as journal:
        assert len(list(journal.events())) == len(kept)


def test_a_missing_journal_is_said_and_nothing_is_made_beside_it(tmp_path):
    with pytest.raises(JournalError, match="there is no journal at"):
        JournalReader(tmp_path / "journal.db")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"hello", b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_file_that_is_no_journal_is_refused(path: Path, content: bytes):
    path.write_bytes(content)
    with pytest.raises(JournalError, match="is no journal of perfconsole"):
        JournalReader(path)
    assert path.read_bytes() == content


def test_somebody_elses_database_is_refused(path: Path):
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE event (seq)")
    other.close()
    with pytest.raises(JournalError, match="is no journal of perfconsole"):
        JournalReader(path)


def test_a_journal_of_another_format_says_which_it_can_read(path, writer):
    writer.close()
    other = sqlite3.connect(path)
    other.execute("PRAGMA user_version = 7")
    other.close()
    with pytest.raises(JournalError, match="has format 7, this perfconsole reads 3"):
        JournalReader(path)


def test_a_damaged_row_is_a_clear_line(path, writer, noted):
    writer.put(noted(1))
    writer.close()
    other = sqlite3.connect(path)
    other.execute("UPDATE event SET body = x'c1'")
    other.commit()
    other.close()
    with JournalReader(path) as journal, pytest.raises(JournalError, match="is damaged"):
        list(journal.events())


def test_a_finished_journal_can_be_read_where_nothing_can_be_written(path, writer, noted):
    writer.put(noted(1))
    writer.close()
    path.chmod(0o400)
    path.parent.chmod(0o500)
    try:
        with JournalReader(path) as journal:
            assert [event.seq for event in journal.events()] == [1]
        assert [entry.name for entry in path.parent.iterdir()] == ["journal.db"]
    finally:
        path.parent.chmod(0o700)


def test_a_path_with_odd_characters(tmp_path, noted):
    path = tmp_path / "run ?mode=rw#é%20" / "journal.db"
    path.parent.mkdir()
    writer = JournalWriter(path)
    writer.put(noted(1))
    writer.close()
    with JournalReader(path) as journal:
        assert len(list(journal.events())) == 1


def test_a_damaged_journal_is_an_error_in_one_line_or_is_read(tmp_path, path, noted, counted):
    """However it is damaged: truncated, or with bytes changed anywhere."""
    writer = JournalWriter(path)
    writer.put(STARTED)
    for seq in range(2, 60):
        writer.put(noted(seq))
    writer.put_window(0, [counted(5)])
    writer.close()
    whole = path.read_bytes()
    chance = random.Random(7)
    for case in range(150):
        body = bytearray(whole)
        if case % 3 == 0:
            del body[chance.randrange(100, len(body)) :]
        else:
            for _ in range(chance.randrange(1, 40)):
                body[chance.randrange(len(body))] = chance.randrange(256)
        path = tmp_path / f"damaged-{case}.db"
        path.write_bytes(body)
        with contextlib.suppress(JournalError), JournalReader(path) as journal:
            journal.started()
            journal.view()
            journal.totals()
