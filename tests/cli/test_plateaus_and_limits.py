"""What a run says of its load by itself, its limits changed by hand, and a load left alone."""

from __future__ import annotations

import asyncio
import re

import pytest

from perfconsole.client.api import RunClient
from perfconsole.journal.folder import find_folder
from perfconsole.metrics.view import RunView

SCENARIO = """\
name: steady
target: {url}
groups:
  browse: {{vus: 4}}
flows:
  browse: [{{request: GET /guide}}, {{think: 50ms}}]
servers:
  me: {{local: true, every: 0.5, judged: false}}
"""


def ctl(program, *words):
    done = program("ctl", "--yes", "last", *words)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def view() -> RunView:
    async def ask() -> RunView:
        client = RunClient(find_folder("last").socket, kind="ctl", by="ann")
        try:
            return await client.snapshot()
        finally:
            await client.close()

    return asyncio.run(ask())


def stands_at(vus: int) -> bool:
    """The run is on a plateau of so many VUs."""
    plateaus = view().plateaus
    return bool(plateaus) and not plateaus[-1].over and plateaus[-1].total_vus == vus


@pytest.mark.clock  # a busy load generator proves no latency
def test_plateaus_are_told_and_new_limits_are_what_counts(
    program, target, scenario_file, start_run, eventually
) -> None:
    run = start_run(
        scenario_file(SCENARIO.format(url=target.url)), "--duration", "60s", "--limits", "peak"
    )
    assert ctl(program, "limits", "daily") == (
        "limits daily: limit of me CPU 85 → 70 %, me memory 90 → 80 %"
    )
    assert ctl(program, "extend", "10m") == "duration 1m → 11m"
    assert ctl(program, "objective", "p95_ms", "--max", "1") == "new objective: p95 ≤ 1 ms"
    assert ctl(program, "threshold", "cpu_percent", "99") == "limit of me CPU 70 → 99 %"
    eventually(lambda: view().crossed and stands_at(4), within_s=60)
    assert ctl(program, "vus", "browse", "8") == "VUs of browse 4 → 8"
    eventually(lambda: stands_at(8), within_s=60)
    assert ctl(program, "duration", "1s").endswith(": it is over, the run ends")
    status, out, err = run.wait()

    assert status == 1
    assert "is over 1 ms" in out
    assert "p95 over 1 ms at 4 VUs, " in err
    assert "  plateau at 4 VUs: " in err and "  plateau at 8 VUs: " in err
    summary = program.summary()
    first, second = summary["plateaus"]
    assert (first["vus"], second["vus"]) == ({"browse": 4}, {"browse": 8})
    assert first["ended_by"] == "VUs of browse 4 → 8"
    assert second["ended_by"] == "its duration is over"
    assert first["until_s"] - first["from_s"] >= 5
    assert first["until_s"] <= second["from_s"]
    assert first["tps"] > 0 and first["p50_ms"] > 0 and first["error_percent"] == 0
    assert 0 <= first["servers"]["me"]["cpu_percent"]["mean"] <= 100
    assert [o["text"] for o in summary["objectives"]] == ["pass rate ≥ 99 %", "p95 ≤ 1 ms"]
    me = summary["servers"]["me"]
    assert (me["cpu_percent"]["limit"], me["memory_percent"]["limit"]) == (99, 80)
    assert me["memory_percent"]["peak_at"]["load"].endswith(" TPS")
    assert re.findall(r"^(\d VUs) +00:", out, re.M) == ["4 VUs", "8 VUs"]


def test_a_load_that_nobody_touches_is_paused_until_a_hand_resumes_it(
    program, target, scenario_file, start_run, eventually
) -> None:
    run = start_run(
        scenario_file(SCENARIO.format(url=target.url)), "--duration", "100s", "--dead-man", "8s"
    )

    def state() -> str:
        return program.status()["groups"]["browse"]["state"]

    eventually(lambda: program.status()["vus"] == 4)
    assert ctl(program, "confirm") == "confirmed that somebody is there"
    eventually(lambda: state() == "paused")
    received = target.received()
    assert ctl(program, "resume", "all") == "resumed browse"
    eventually(lambda: target.received() > received)
    ctl(program, "stop-run", "--yes")
    status, _, err = run.wait()
    assert status == 0
    assert "its load pauses in " in err
    assert "nobody has touched the run for 8s: its load is paused until a hand resumes it" in err
    by = [(done["by"], done["command"]) for done in program.summary()["commands"]]
    assert ("dead man", "paused browse") in by
