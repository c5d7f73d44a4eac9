"""How many load processes there are unless told: one per core but one, and always one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from perfconsole.pool.cores import default_injectors, usable_cores


@pytest.mark.parametrize(("cores", "injectors"), [(1, 1), (2, 1), (3, 2), (4, 3), (64, 63)])
def test_one_per_core_but_one(cores: int, injectors: int) -> None:
    assert default_injectors(cores) == injectors


@pytest.mark.parametrize(
    ("text", "at_most"),
    [("max 100000", 4), ("100000 100000", 1), ("150000 100000", 2), ("900000 100000", 4), ("", 4)],
)
def test_a_container_s_limit_counts(
    text: str, at_most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False)
    quota = tmp_path / "cpu.max"
    quota.write_text(text)
    assert usable_cores(quota) == at_most


def test_without_a_limit_the_cores_of_this_process_count(tmp_path: Path) -> None:
    assert 1 <= usable_cores(tmp_path / "none") <= (os.cpu_count() or 1)
