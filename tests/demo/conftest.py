"""Real targets on free loopback ports, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator

import httpx
import pytest

Started = Callable[..., tuple[subprocess.Popen[str], str]]


@pytest.fixture
def start_target() -> Iterator[Started]:
    """Starts a target with flags; gives its process and URL once it accepts connections."""
    processes: list[subprocess.Popen[str]] = []

    def start(*flags: str) -> tuple[subprocess.Popen[str], str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "perfconsole", "target", "--port=0", *flags],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        assert process.stdout is not None
        return process, process.stdout.readline().split()[-1]

    yield start
    for process in processes:
        process.kill()
        process.communicate()


@pytest.fixture
async def target(start_target: Started) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a target with its default knobs."""
    _, url = start_target()
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=200)
    async with httpx.AsyncClient(base_url=url, limits=limits, timeout=30) as client:
        yield client
