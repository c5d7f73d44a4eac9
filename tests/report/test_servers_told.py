"""Servers in reports: what is unknown, when limits were passed, what grew in hours of a soak."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest

from perfconsole.journal.writer import JournalWriter
from perfconsole.model import event as ev
from perfconsole.model.limit_traits import LimitTraits
from perfconsole.model.sample import ServerSample
from perfconsole.model.states import Verdict
from perfconsole.report.json_text import to_json
from perfconsole.report.summarize import read_run, summary_of
from perfconsole.report.text import terminal_text

START = 1_700_000_000.0
LIMITS = {"cpu_percent": 75.0, "memory_percent": 75.0, "swap_percent": 50.0, "disk_percent": 80.0}


@pytest.fixture(scope="module")
def soak(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four hours of a server that leaks five points an hour from 50 % of 16 GB on, without load."""
    folder, random = tmp_path_factory.mktemp("soak"), Random(1)
    writer = JournalWriter(folder / "journal.db")
    events: list[ev.Event] = [
        ev.Started(
            seq=1, at=START, run="r", name="soak", target="", groups=(), rendezvous=(),
            servers=(ev.ServerInfo("web1", "here", LIMITS, True,
                                   {"swap_percent": LimitTraits(optional=True)}),),
            duration_s=None, response_limit_ms=None, pass_rate_limit=None, scenario={},
        )
    ]  # fmt: skip
    for n in range(4 * 180):
        at_s = 20.0 * (n + 1)
        percent = 50 + 5 * at_s / 3600 + random.gauss(0, 0.3)
        metrics = {
            "memory_percent": percent, "memory_used_bytes": percent * 160e6, "queue": 3.0,
            "cpu_percent": 90.0 if n == 100 else 50.0 + random.gauss(0, 2),
        }  # fmt: skip
        sample = ServerSample("web1", True, metrics, interval_s=20.0)
        events.append(ev.Sampled(seq=len(events) + 1, at=START + at_s, second=at_s, sample=sample))
    events.append(
        ev.Ended(seq=len(events) + 1, at=START + 14_400, verdict=Verdict.PASSED, reasons=("ok",))
    )
    for event in events:
        writer.put(event)
    writer.close()
    return folder


def test_the_json_tells_growth_and_first_crossing(soak: Path) -> None:
    servers = json.loads(to_json(summary_of(read_run(soak))))["servers"]["web1"]
    growth = servers["memory_percent"]["growth"]
    assert growth["low_per_h"] <= 5 <= growth["high_per_h"]
    assert growth["steady"] is True
    first_s, last_s = growth["reaches_limit_s"]
    assert first_s <= 3600 * (75 - 50) / 5 <= last_s
    assert servers["cpu_percent"]["growth"] is None
    assert servers["cpu_percent"]["first_over"] == {
        "at_s": 2020.0, "value": 90.0, "load": "", "limit": 75.0,
    }  # fmt: skip
    assert servers["cpu_percent"]["peak_at"]["at_s"] == 2020.0


def test_a_limit_that_came_later_is_not_said_to_have_been_passed(soak: Path) -> None:
    record = read_run(soak)
    changed = {"server": "web1", "metric": "cpu_percent", "limit": 95.0}
    record.view.fold(ev.ThresholdChanged(seq=record.view.seq + 1, at=START + 14_399, **changed))
    text = terminal_text(summary_of(record), record.view, 100, colour=False)
    assert "web1 CPU over 75 % first at 00:33:40; peak 90 % at 00:33:40" in text.splitlines()


def test_what_was_never_measured_is_unknown_and_never_none_over(soak: Path) -> None:
    servers = json.loads(to_json(summary_of(read_run(soak))))["servers"]["web1"]
    assert "swap_percent" not in servers, "it may be missing"
    disk = servers["disk_percent"]
    assert (disk["mean"], disk["peak"], disk["seconds_over"], disk["coverage"]) == (
        None, None, None, 0.0,
    )  # fmt: skip


def test_the_terminal_tells_it_in_words(soak: Path) -> None:
    record = read_run(soak)
    text = terminal_text(summary_of(record), record.view, 100, colour=False)
    lines = text.splitlines()
    assert "web1 CPU over 75 % first at 00:33:40; peak 90 % at 00:33:40" in lines
    growth = next(line for line in lines if line.startswith("web1 memory growing "))
    assert "MB/h (" in growth and "would reach 75 % between " in growth
    disk = next(line for line in lines if line.startswith("web1 disk "))
    assert disk.split()[2:] == ["-", "-", "80", "%", "-", "0", "%"]


def test_the_table_of_a_terminal_is_of_what_matters(soak: Path) -> None:
    record = read_run(soak)
    lines = terminal_text(summary_of(record), record.view, 100, colour=False).splitlines()
    assert any(line.startswith("web1 queue ") for line in lines), "of a probe, with no limit"
    assert not any(line.startswith("web1 memory used") for line in lines)
    assert "and 1 metrics without a limit, in the JSON report" in lines
