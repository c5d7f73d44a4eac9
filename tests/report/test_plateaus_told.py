"""Plateaus in reports: each as told last, with what changed the load."""

from __future__ import annotations

import json

import msgspec
from rich.cells import cell_len

from perfconsole.model.plateau import Plateau
from perfconsole.model.tick import Times
from perfconsole.report.json_text import to_json
from perfconsole.report.steady import MOST_PLATEAUS
from perfconsole.report.summarize import read_run, summarize, summary_of
from perfconsole.report.text import terminal_text

FIRST = Plateau(
    1, 4.0, 19.0, True, {"browse": 300}, None, 412.4, 0.5, 824.8, 0.12,
    Times(300.0, 250.0, 500.0, 640.0, 900.0, 1000.0),
    {"web1/cpu_percent": (74.4, 81.0), "web1/disk_percent:/var": (64.0, 64.5)},
    "VUs of browse 300 → 400",
)  # fmt: skip
SECOND = Plateau(2, 23.0, 28.0, False, {}, 200.0, 198.0, 0, 396.0, 0.0, Times(), {})


def test_they_are_in_the_json_as_told_last(make_run):
    half = msgspec.structs.replace(FIRST, until_s=9.0, tps=1.0, over=False, ended_by="")
    told = json.loads(to_json(summarize(make_run(plateaus=[half, FIRST, SECOND]))))["plateaus"]
    assert [(p["from_s"], p["until_s"], p["vus"], p["rate"], p["tps"]) for p in told] == [
        (4.0, 19.0, {"browse": 300}, None, 412.4),
        (23.0, 28.0, {}, 200.0, 198.0),
    ]
    assert (told[0]["p95_ms"], told[0]["ended_by"]) == (640.0, "VUs of browse 300 → 400")
    assert told[0]["servers"] == {
        "web1": {
            "cpu_percent": {"mean": 74.4, "peak": 81.0},
            "disk_percent:/var": {"mean": 64.0, "peak": 64.5},
        }
    }


def test_the_terminal_has_a_row_for_each(make_run):
    record = read_run(make_run(plateaus=[FIRST, SECOND]))
    lines = terminal_text(summary_of(record), record.view, 80, False).splitlines()
    place = next(n for n, line in enumerate(lines) if line.startswith("Plateau"))
    assert [line.split() for line in lines[place : place + 3]] == [
        [
            "Plateau",
            "from",
            "for",
            "TPS",
            "hits/s",
            "p50",
            "p95",
            "p99",
            "ms",
            "errors",
            "CPU/peak",
        ],
        [
            "300",
            "VUs",
            "00:00:04",
            "15s",
            "412",
            "825",
            "250",
            "640",
            "900",
            "0.1",
            "%",
            "74/81",
            "%",
        ],
        ["200/s", "00:00:23", "5s", "198", "396", "-", "-", "-", "0", "%", "-"],
    ]
    assert max(map(cell_len, lines)) <= 80


def test_of_very_many_the_last_are_shown(make_run):
    many = [msgspec.structs.replace(FIRST, number=n, vus={"browse": n}) for n in range(1, 51)]
    record = read_run(make_run(plateaus=many))
    text = terminal_text(summary_of(record), record.view, 80, False)
    assert text.count("00:00:04") == MOST_PLATEAUS
    assert "and 10 earlier ones" in text
