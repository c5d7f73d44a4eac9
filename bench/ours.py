"""perfconsole on its real path: a YAML file, ``perfconsole run``, a controller with its journal.

The injectors are moved to their cores once they exist. Controller and front end stay on theirs:
what is measured is the injector, and it shares its core with nobody, like any other tool.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import yaml
from machine import cores
from measuring import Reading, until, watched
from nginx import Target
from processes import BenchError, Child, child, cpu_s, pin

from perfconsole.client.api import RunClient
from perfconsole.journal.folder import RunFolder
from perfconsole.journal.reader import JournalReader
from perfconsole.model.command import StopRun
from perfconsole.model.event import RunEvent, Second
from perfconsole.model.states import StopMode

HERE = Path(__file__).resolve().parent
JUDGED = (0, 4)
"""Exit statuses of a run that was a run; failures are looked at apart."""


@dataclass(frozen=True, slots=True)
class Run:
    """A headless run that is on."""

    front: Child
    folder: RunFolder
    injectors: list[int]
    """Process ids."""
    _summary: Path

    def stop(self) -> None:
        """Ask for its end, as an operator would."""

        async def ask() -> None:
            client = RunClient(self.folder.socket, kind="bench", by="bench")
            try:
                await client.send(StopRun(mode=StopMode.AFTER_REQUEST), sure=True)
            finally:
                await client.close()

        asyncio.run(ask())

    def finish(self, within_s: float) -> dict[str, Any]:
        """Its summary. Raises BenchError when requests failed or the run did not end well."""
        said, _ = self.front.finish(within_s, JUDGED)
        summary: dict[str, Any] = json.loads(self._summary.read_text())
        requests = summary["requests"]
        if requests["failed"] or not requests["count"]:
            raise BenchError(f"perfconsole: {requests}\n{said}")
        return summary

    def used_s(self) -> float:
        """CPU of all its injectors so far."""
        return math.fsum(cpu_s(pid) for pid in self.injectors)

    def events(self) -> list[RunEvent]:
        """All that its journal has."""
        with JournalReader(self.folder.journal) as journal:
            return list(journal.events())


@contextlib.contextmanager
def running(scenario: dict[str, Any], injectors_on: Sequence[int]) -> Iterator[Run]:
    """Start `scenario` headless with one injector on each of the cores named."""
    *_, others = cores()
    with tempfile.TemporaryDirectory(prefix="bench") as name:
        home = Path(name)
        file, summary, out = home / "bench.yaml", home / "summary.json", home / "run"
        file.write_text(yaml.safe_dump(scenario, sort_keys=False))
        shutil.copy(HERE / "users.csv", home)
        argv = [
            sys.executable, "-m", "perfconsole", "run", file, "--headless", "--out", out,
            "--injectors", str(len(injectors_on)), "--summary", summary,
        ]  # fmt: skip
        with child(argv, others, {"PERFCONSOLE_HOME": name}) as front:
            pids = _injectors(front, len(injectors_on))
            for pid, core in zip(pids, injectors_on, strict=True):
                pin(pid, core)
            try:
                yield Run(front, RunFolder(out), pids, summary)
            finally:
                _end_controller(front)


def page(target: Target, path: str, *, vus: int, seconds: float, tls: bool) -> dict[str, Any]:
    """The scenario of one page again and again: a transaction, its status checked."""
    request = {"request": f"GET {path}", "check": {"status": 200}}
    return {
        "name": "bench",
        "target": target.url(tls=tls),
        "duration": f"{seconds:g}s",
        "http": {"ca": str(target.ca)},
        "groups": {"get": {"vus": vus}},
        "flows": {"get": [{"transaction": "page", "steps": [request]}]},
    }


def order(target: Target, *, vus: int, seconds: float) -> dict[str, Any]:
    """The scenario of flow.yaml, against `target`."""
    scenario: dict[str, Any] = yaml.safe_load((HERE / "flow.yaml").read_text())
    scenario |= {"target": target.url(), "duration": f"{seconds:g}s"}
    scenario["groups"]["order"]["vus"] = vus
    return scenario


def reading(scenario: dict[str, Any], target: Target, seconds: float) -> Reading:
    """The injector's cost while `scenario`, `seconds` long, loads `target`."""
    _, core, _ = cores()
    before = target.requests()
    with running(scenario, [core]) as run:
        window = watched(run.injectors[0], target, seconds, before)
        summary = run.finish(seconds + 30)
        ticks = [event.tick for event in run.events() if isinstance(event, Second)]
    used_s = max(health.cpu_s for tick in ticks for health in tick.injectors)
    whole_us = 1e6 * used_s / summary["requests"]["count"]
    return Reading(window, whole_us, summary["injectors"][0]["cpu_us_per_request"])


def _injectors(front: Child, count: int) -> list[int]:
    """Process ids of the run's injectors, once all of them are there."""
    found: list[int] = []

    def all_there() -> bool:
        if front.ended:
            front.finish(1.0)
            raise BenchError("perfconsole ended before its load began")
        found[:] = [p.pid for p in _below(front.pid) if "perfconsole.injector" in _argv(p)]
        return len(found) == count

    until(all_there, 20, "the injectors did not start")
    return sorted(found)


def _end_controller(front: Child) -> None:
    """After a failure: a controller left alone would go on for some seconds."""
    if front.process.returncode is None:
        for process in _below(front.pid):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()


def _below(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _argv(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []
