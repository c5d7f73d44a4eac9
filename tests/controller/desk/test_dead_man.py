from __future__ import annotations

import pytest

from perfconsole.controller.safety.dead_man import DeadMan
from perfconsole.model import command as cmd


@pytest.fixture
def happened() -> list[str]:
    return []


@pytest.fixture
def clock(happened: list[str]) -> DeadMan:
    def note(level: str, kind: str, text: str) -> None:
        happened.append(f"{level} {kind}: {text}")

    clock = DeadMan(1800.0, lambda: happened.append("paused"), note)
    clock.begin(100.0)
    return clock


def run(clock: DeadMan, first: int, last: int) -> None:
    for second in range(first, last):
        clock.beat(float(second))


def test_it_warns_once_then_pauses_once(clock: DeadMan, happened: list[str]) -> None:
    run(clock, 100, 1540)
    assert happened == []
    run(clock, 1540, 10_000)
    assert happened == [
        "warning dead man: nobody has touched the run for 24m: its load pauses in 6m unless "
        "somebody confirms",
        "error dead man: nobody has touched the run for 30m: its load is paused until a hand "
        "resumes it",
        "paused",
    ]


def test_each_touch_begins_it_anew(clock: DeadMan, happened: list[str]) -> None:
    for touched in (1000, 2400, 4100):
        run(clock, touched - 100, touched)
        clock.touch(float(touched))
    assert [text.split()[0] for text in happened] == ["warning"]
    run(clock, 4100, 6000)
    clock.touch(6000.0)
    run(clock, 6000, 8000)
    assert happened.count("paused") == 2


def test_it_stands_while_everything_is_paused(happened: list[str]) -> None:
    resting = True
    clock = DeadMan(
        1800.0, lambda: happened.append("paused"), lambda *_: happened.append("told"),
        lambda: resting,
    )  # fmt: skip
    clock.begin(100.0)
    run(clock, 100, 5000)
    assert happened == []
    resting = False
    run(clock, 5000, 6700)
    assert happened == ["told"]


def test_it_does_not_run_while_no_load_may_begin(happened: list[str]) -> None:
    clock = DeadMan(1800.0, lambda: happened.append("paused"), lambda *_: happened.append("told"))
    run(clock, 5000, 5001)
    clock.touch(5001.0)
    run(clock, 9000, 9001)
    clock.begin(9001.0)
    run(clock, 9001, 9100)
    assert happened == []


def test_without_a_limit_nothing_happens(happened: list[str]) -> None:
    clock = DeadMan(None, lambda: happened.append("paused"), lambda *_: happened.append("told"))
    run(clock, 0, 5000)
    assert happened == []


def test_while_it_holds_the_load_a_scenario_brings_none_back(clock: DeadMan) -> None:
    resume, stop = cmd.ResumeGroups(groups=("all",)), cmd.StopRun()
    run(clock, 100, 1900)
    assert clock.forbids(resume) is None
    run(clock, 1900, 1901)
    assert clock.forbids(resume) == "nobody has touched the run since its load was paused"
    assert clock.forbids(cmd.Undo()) is not None
    assert clock.forbids(stop) is None
    clock.touch(2000.0)
    assert clock.forbids(resume) is None
