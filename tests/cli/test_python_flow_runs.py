"""Whole runs of flows in Python: what `check`, `run` and the event log say of them."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from perfconsole.journal.folder import find_folder
from perfconsole.journal.reader import JournalReader
from perfconsole.model import event as ev

Written = Callable[[str, str], Path]


@pytest.fixture
def written(tmp_path: Path, target) -> Written:
    """A scenario with one group that plays a flow's source."""

    def write(source: str, group: str = "") -> Path:
        (tmp_path / "flows").mkdir(exist_ok=True)
        (tmp_path / "flows" / "checkout.py").write_text(textwrap.dedent(source))
        path = tmp_path / "s.yaml"
        path.write_text(
            f"name: s\ntarget: {target.url}\n"
            f'groups: {{shop: {{flow: "flows/checkout.py:checkout", vus: 4{group}}}}}\n'
        )
        return path

    return write


def notes(home: Path) -> list[ev.Noted]:
    with JournalReader(find_folder("last").journal) as journal:
        return [event for event in journal.events() if isinstance(event, ev.Noted)]


def test_a_run_counts_what_the_target_got_and_shows_prints(
    program, written, target, home: Path, tmp_path: Path
) -> None:
    path = written(
        """
        async def checkout(vu):
            with vu.transaction("look"):
                answer = await vu.get("/supply")
                vu.check("<html" in answer.text.lower(), "no page")
            print("password=hunter2 of", vu.number, vu.iteration)
            await vu.think("10ms")
        """,
        ", iterations: 20",
    )
    done = program("run", path, "--headless", "--summary", tmp_path / "out.json")
    assert done.returncode == 0, done.stdout + done.stderr
    summary = json.loads((tmp_path / "out.json").read_text())
    assert summary["requests"]["count"] == target.received() == 80
    assert summary["transactions"]["look"]["passed"] == 80
    assert summary["groups"]["shop"]["iterations"] == 80
    printed = [note.text for note in notes(home) if note.kind == "flow"]
    assert len(printed) == 51 and "password=*** of 0 1" in printed
    assert "not shown" in printed[-1]
    assert "hunter2" not in done.stdout + done.stderr


def test_an_exception_is_in_the_summary_with_its_traceback(
    program, written, tmp_path: Path
) -> None:
    path = written(
        """
        async def checkout(vu):
            total = sum_of([])

        def sum_of(prices):
            return prices[0]
        """,
        ", iterations: 2",
    )
    done = program("run", path, "--headless", "--summary", tmp_path / "out.json")
    assert done.returncode in (1, 4)
    (error,) = json.loads((tmp_path / "out.json").read_text())["errors"]
    assert (error["key"], error["count"]) == ("checkout: IndexError", 8)
    assert error["sample"] == "list index out of range"
    assert "flows/checkout.py:6, in sum_of\n    return prices[0]" in error["exchange"]


def test_a_file_that_cannot_be_loaded_starts_no_run(program, written, home: Path) -> None:
    path = written("import nothing_of_this_name\nasync def checkout(vu): ...\n", "")
    assert program("check", path).returncode == 0
    done = program("run", path, "--headless", "--duration", "5s")
    assert done.returncode == 3
    assert "flows/checkout.py:1: ModuleNotFoundError" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_flow_that_blocks_is_named(program, written, home: Path) -> None:
    path = written(
        """
        import time
        async def checkout(vu):
            if vu.number == 1:
                time.sleep(1)
            await vu.get("/supply")
        """,
        ", iterations: 1",
    )
    done = program("run", path, "--headless")
    assert done.returncode in (0, 4)
    (blocked,) = [note for note in notes(home) if "blocks" in note.text]
    assert "flow checkout blocks the load generator: time.sleep(1) at flows/checkout.py:5, for" in (
        blocked.text
    )


def test_what_hung_an_injector_is_told_with_its_loss(
    program, written, home: Path, start_run, eventually
) -> None:
    path = written(
        """
        import time
        async def checkout(vu):
            await vu.get("/supply")
            time.sleep(60)
        """,
        "",
    )
    run = start_run(path, "--duration", "60s")
    lost = eventually(
        lambda: [note.text for note in notes(home) if "was lost" in note.text], within_s=60.0
    )
    assert (
        "flow checkout blocks the load generator: time.sleep(60) at flows/checkout.py:5" in lost[0]
    )
    program("ctl", "last", "stop-run", "--now", "--yes")
    run.wait()
