from __future__ import annotations

import msgspec
import pytest

from perfconsole.metrics.move_words import move_words
from perfconsole.metrics.plateau_words import plateau_line
from perfconsole.model.plateau import Move, Plateau
from perfconsole.model.tick import Times

PLATEAU = Plateau(
    number=1, from_s=10.0, until_s=40.0, over=True, vus={"browse": 240, "buy": 60}, rate=None,
    tps=412.3, failed_per_s=0.0, hits_per_s=900.0, error_percent=0.0,
    times=Times(300.0, 280.0, 500.0, 640.0, 900.0, 1200.0),
    servers={"web1/cpu_percent": (74.2, 90.0), "web2/cpu_percent": (30.0, 99.0),
             "web1/disk_percent:/cpu_percent": (99.0, 99.0)},
)  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({}, "at 300 VUs: 412 TPS, p95 640 ms, web1 CPU 74 %"),
        ({"servers": {}, "rate": 0.0}, "at 300 VUs: 412 TPS, p95 640 ms"),
        ({"rate": 200.0}, "at 300 VUs + 200/s: 412 TPS, p95 640 ms, web1 CPU 74 %"),
        ({"rate": 0.5, "vus": {}, "servers": {}}, "at 30/min: 412 TPS, p95 640 ms"),
        ({"tps": 0.0, "times": Times(), "error_percent": 100.0, "vus": {"a": 1200}, "servers": {}},
         "at 1,200 VUs: 0 TPS, p95 –, errors 100 %"),
    ],
)  # fmt: skip
def test_a_plateau_is_one_line(changed, line):
    assert plateau_line(msgspec.structs.replace(PLATEAU, **changed)) == line


@pytest.mark.parametrize(
    ("move", "text"),
    [
        (Move("p95_ms", 412.0, 570.0), "p95 +38 % (412 → 570 ms)"),
        (Move("error_percent", 0.0, 2.5), "errors +2.5 points"),
        (Move("web1/disk_percent:/var/lib", 50.0, 56.0), "web1 disk /var/lib +6 points"),
        (Move("web1/memory_used_bytes", 2e9, 1e9), "web1 memory used −50 % (2 → 1 GB)"),
        (Move("web1/swap_in_bytes_s", 0.0, 1e6), "web1 swap in 0 B/s → 1 MB/s"),
    ],
)
def test_a_move_is_told_of_what_it_is_of(move, text):
    assert move_words(move) == text
