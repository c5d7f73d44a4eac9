from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from perfconsole.journal.writer import JournalWriter
from perfconsole.model import event as ev
from perfconsole.model.wire import TransactionCounts


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def writer(path: Path) -> Iterator[JournalWriter]:
    made = JournalWriter(path)
    yield made
    made.close()


@pytest.fixture(scope="session")
def noted() -> Callable[..., ev.Noted]:
    def make(seq: int, text: str = "hello") -> ev.Noted:
        return ev.Noted(seq=seq, at=1000.0 + seq, level="info", kind="note", text=text)

    return make


@pytest.fixture(scope="session")
def counted() -> Callable[..., TransactionCounts]:
    def make(passed: int, name: str = "home") -> TransactionCounts:
        us = 2.0**10
        bucket, count = (640).to_bytes(2, "little"), passed.to_bytes(4, "little")
        return TransactionCounts(
            "browse", name, passed, 0, 0, us * passed, us * us * passed, us, us, 0.0, 0.0,
            bucket, count,
        )  # fmt: skip

    return make
