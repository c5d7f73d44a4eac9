"""Events on their way to who follows a run: at once, but for samples, which come together."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from perfconsole.controller import record as records
from perfconsole.controller.record import Record
from perfconsole.journal.writer import JournalWriter
from perfconsole.model import event as ev
from perfconsole.model.sample import ServerSample


@pytest.fixture
def record(tmp_path):
    journal = JournalWriter(tmp_path / "journal.sqlite")
    yield Record(journal)
    journal.close()


def sampled(record, second):
    record.add(ev.Sampled, second=second, sample=ServerSample("web1", True, {}))


def noted(record):
    record.add(ev.Noted, level="info", kind="note", text="hello")


def kinds(bodies):
    return [msgspec.json.decode(body)["type"] for body in bodies]


async def test_samples_wait_for_others_but_for_nothing_else(record, monkeypatch):
    monkeypatch.setattr(records, "SAMPLES_WAIT_S", 60.0)
    answer = asyncio.create_task(record.after(0, 60.0))
    await asyncio.sleep(0)
    for second in range(3):
        sampled(record, float(second))
        for _ in range(5):
            await asyncio.sleep(0)
        assert not answer.done()
    noted(record)
    assert kinds(await answer) == ["sampled", "sampled", "sampled", "noted"]


async def test_a_sample_alone_comes_soon(record):
    answer = asyncio.create_task(record.after(0, 60.0))
    await asyncio.sleep(0)
    sampled(record, 0.0)
    assert kinds(await answer) == ["sampled"]


async def test_what_is_there_already_is_told_at_once(record, monkeypatch):
    monkeypatch.setattr(records, "SAMPLES_WAIT_S", 60.0)
    sampled(record, 0.0)
    assert kinds(await record.after(0, 60.0)) == ["sampled"]
    assert await record.after(1, 0.0) == []
