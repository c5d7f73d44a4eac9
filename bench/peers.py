"""The other load generators, each told to do the same work in its own best way, on one core.

One process, one thread of work where that can be told: a core is all that each of them gets.
A tool that is not here is left out by name; one whose requests fail has no reading.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from machine import cores, program
from measuring import Reading, watched
from nginx import Target
from processes import BenchError, child

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Job:
    """`vus` users who ask for `path` again and again, or play the five-step flow (path None)."""

    target: Target
    vus: int
    seconds: float
    path: str | None
    tls: bool = False

    @property
    def url(self) -> str:
        return self.target.url(tls=self.tls) + (self.path or "")


@dataclass(frozen=True, slots=True)
class Peer:
    name: str
    program: str
    arguments: Callable[[Job], list[str]]
    failed: Callable[[str], int]
    """How many of its requests failed, from what it printed."""

    @property
    def here(self) -> bool:
        return program(self.program) is not None

    def reading(self, job: Job) -> Reading:
        """Raises BenchError when anything failed."""
        path = program(self.program)
        assert path is not None
        _, core, _ = cores()
        before = job.target.requests()
        env = {"BENCH_URL": job.url, "BENCH_PATH": job.path or ""}
        with child([path, *self.arguments(job)], {core}, env) as process:
            window = watched(process.pid, job.target, job.seconds, before)
            said, used_s = process.finish(job.seconds + 30)
        if failed := self.failed(said):
            raise BenchError(f"{self.name}: {failed} requests failed\n{said}")
        return Reading(window, 1e6 * used_s / (job.target.requests() - before))


def _wrk(job: Job) -> list[str]:
    return ["-t1", f"-c{job.vus}", f"-d{job.seconds:g}s", job.url]


def _wrk_failed(said: str) -> int:
    counts = re.findall(r"(?:Non-2xx or 3xx responses:|connect|read|write|timeout) (\d+)", said)
    return sum(int(count) for count in counts)


def _hey(job: Job) -> list[str]:
    return ["-z", f"{job.seconds:g}s", "-c", str(job.vus), "-cpus", "1", job.url]


def _hey_failed(said: str) -> int:
    _, _, ends = said.partition("Status code distribution:")
    counts = re.findall(r"^\s+\[(\d+)\]\s+(\d+) responses", ends, re.M)
    errors = re.findall(r"^\s+\[(\d+)\]\s+(?!\d+ responses)", ends, re.M)
    bad = sum(int(count) for status, count in counts if status != "200")
    return bad + sum(int(count) for count in errors)


def _ab(job: Job) -> list[str]:
    return [
        "-q", "-k", "-c", str(job.vus), "-t", f"{job.seconds:.0f}", "-n", "100000000", job.url,
    ]  # fmt: skip


def _ab_failed(said: str) -> int:
    counts = re.findall(r"(?:Failed requests|Non-2xx responses):\s+(\d+)", said)
    return sum(int(count) for count in counts)


def _locust(job: Job) -> list[str]:
    return [
        "-f", str(HERE / "locustfile.py"), "Order" if job.path is None else "Page", "--headless",
        "-u", str(job.vus), "-r", str(job.vus), "-t", f"{job.seconds:g}s", "--only-summary",
        "-L", "WARNING", "-H", job.target.url(tls=job.tls),
    ]  # fmt: skip


def _locust_failed(said: str) -> int:
    told = re.search(r"^BENCH (.*)$", said, re.M)
    return int(json.loads(told[1])["failed"]) if told else 1


def _k9(job: Job) -> list[str]:
    plan = "k9_flow.yaml" if job.path is None else "k9_page.yaml"
    return [
        "run", str(HERE / plan), "-u", str(job.vus), "-d", f"{job.seconds:g}s", "-q",
        "--no-color", "--insecure-skip-tls-verify", "--http-version", "1.1",
    ]  # fmt: skip


def _k6(job: Job) -> list[str]:
    return [
        "run", "-u", str(job.vus), "-d", f"{job.seconds:g}s", "-q", "--no-color",
        "--insecure-skip-tls-verify", str(HERE / "k6_page.js"),
    ]  # fmt: skip


def _checks_failed(said: str) -> int:
    """Of k6 and k9: a check of the status is made on every answer."""
    if re.search(r"^\s*ERRO", said, re.M):
        return 1
    told = re.search(r"checks\.*: 100\.00%", said) or re.search(r"checks_failed\.*: 0\.00%", said)
    return 0 if told else 1


WRK: Final = Peer("wrk", "wrk", _wrk, _wrk_failed)
HEY: Final = Peer("hey", "hey", _hey, _hey_failed)
AB: Final = Peer("ab", "ab", _ab, _ab_failed)
LOCUST: Final = Peer("Locust FastHttpUser", "locust", _locust, _locust_failed)
K9: Final = Peer("k9-load", "k9", _k9, _checks_failed)
K6: Final = Peer("k6", "k6", _k6, _checks_failed)
