"""A load generator that is held up says so at once, everywhere, and takes it back when it passes.

An injector is held up by stopping its process again and again: that works on any machine.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from perfconsole.journal.folder import RunFolder
from perfconsole.journal.reader import JournalReader
from perfconsole.model import event as ev

pytestmark = pytest.mark.clock

SCENARIO = """\
name: held up
target: {url}
groups: {{a: {{vus: 4}}}}
flows: {{a: [{{request: GET /}}, {{think: 50ms}}]}}
objectives:
  - {{metric: p95_ms, max: 60000}}
  - {{metric: pass_rate, min: 99}}
"""
WITHIN_S = 3.5
"""Three seconds as promised, and what it takes a busy machine to notice."""


@contextlib.contextmanager
def held_up(pid: int) -> Iterator[float]:
    """Stopped for 40 ms, then let run for 40 ms, and so on; Unix time of the first stop."""
    over = threading.Event()

    def hold() -> None:
        while not over.is_set():
            os.kill(pid, signal.SIGSTOP)
            over.wait(0.04)
            os.kill(pid, signal.SIGCONT)
            time.sleep(0.04)

    holder = threading.Thread(target=hold)
    began = time.time()
    holder.start()
    try:
        yield began
    finally:
        over.set()
        holder.join()


def told(home: Path, run: str, until: float) -> ev.Saturated:
    """What was last said of the injector before a moment, from the journal."""
    (folder,) = home.glob(f"**/{run}")
    with JournalReader(RunFolder(folder).journal) as journal:
        events = [e for e in journal.events() if isinstance(e, ev.Saturated) and e.injector == 0]
    return [event for event in events if event.at < until][-1]


@pytest.fixture
def run_and_pid(program, scenario_file, target, start_run, eventually):
    """A run under light load whose only injector is well."""
    path = scenario_file(SCENARIO.format(url=target.url))
    run = start_run(path, "--duration", "100s", "--injectors", "1")
    (injector,) = eventually(
        lambda: (s := program.status()).get("elapsed_s", 0) > 2 and s["injectors"]
    )
    assert injector["sockets_left"] > 0
    assert 10 < injector["memory_mb"] <= injector["peak_rss_mb"] + 1
    return run, injector["pid"]


def test_a_held_up_injector_is_told_in_time_and_proves_no_latency(
    program, home, run_and_pid, eventually
):
    run, pid = run_and_pid
    with held_up(pid) as began:
        status = eventually(
            lambda: (s := program.status())["injectors"][0]["saturated"] and s, within_s=15
        )
    assert status["saturated"]
    assert "injector 0 acts" in status["saturated_why"]
    assert isinstance(status["machine_cpu_percent"], float)
    eventually(lambda: not program.status()["injectors"][0]["saturated"])
    assert program("ctl", "last", "stop-run", "--yes").returncode == 0
    exit_status, out, err = run.wait()
    on = told(home, run.run, until=began + WITHIN_S)
    assert on.on
    assert on.since <= on.at - 1
    assert "late, limit 10 ms" in on.text
    assert exit_status == 4, out
    assert "the load generator is the bottleneck: injector 0" in err
    assert "the load generator was the bottleneck for" in out
    summary = program.summary()
    assert summary["verdict"] == "not_proven"
    assert [objective["met"] for objective in summary["objectives"]] == [None, True]
    assert 1 <= summary["injectors"][0]["saturated_s"] <= summary["saturated_s"] + 0.01


def test_a_stopped_injector_is_told_before_it_ticks_again(program, home, run_and_pid, eventually):
    run, pid = run_and_pid
    stopped = time.time()
    os.kill(pid, signal.SIGSTOP)
    status = eventually(lambda: (s := program.status())["saturated"] and s, within_s=8)
    os.kill(pid, signal.SIGCONT)
    assert status["saturated_why"]
    eventually(lambda: program.status()["saturated_why"].count("injector 0 ") == 0)
    assert program("ctl", "last", "stop-run", "--yes").returncode == 0
    assert run.wait()[0] == 4
    assert told(home, run.run, until=stopped + WITHIN_S).on


def test_a_light_load_is_no_bottleneck(program, target):
    done = program("run", f"{target.url}/guide", "--vus", 3, "--duration", "4s", "--headless")
    assert done.returncode == 0, done.stderr
    assert program.summary()["injectors"][0]["loop_lag_p99_ms"] >= 0
