"""What a probe asks, run as a shell on a server would run it."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from perfconsole.model.any_probe import Probe
from perfconsole.model.sample import ServerSample
from perfconsole.model.server_news import ServerNews
from perfconsole.model.server_spec import ServerSpec
from perfconsole.servers.own_jobs import Errands
from perfconsole.servers.probes.ask import Ask, Reading, Unreadable
from perfconsole.servers.sampler import sample_server

Answer = Callable[[Ask], Reading]


def _command(ask: Ask) -> dict[str, Any]:
    return {
        "args": ["sh", "-c", f"exec {shlex.join(ask.argv)}"],
        "env": {**os.environ, **ask.environment},
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
        "text": True,
    }


def answer(ask: Ask) -> Reading:
    """One reading: of what the command wrote, with its errors where it failed or wrote nothing.
    Raises Unreadable."""
    assert not ask.streams
    done = subprocess.run(**_command(ask), input=ask.stdin, timeout=60, check=False)
    told = done.returncode == 0 and done.stdout.strip()
    return ask.parse(done.stdout if told else f"{done.stdout}\n{done.stderr}")


@pytest.fixture(name="answer", scope="session")
def answer_fixture() -> Answer:
    return answer


@pytest.fixture
def lines_of() -> Iterator[Callable[[Ask], Iterator[str]]]:
    """What a command that keeps running writes; ended with the test. Raises Unreadable with its
    errors when it ends by itself."""
    running: list[subprocess.Popen[str]] = []

    def lines(ask: Ask) -> Iterator[str]:
        assert ask.streams
        command = _command(ask) | {"start_new_session": True, "stdin": subprocess.DEVNULL}
        process = subprocess.Popen(**command)
        running.append(process)
        yield from process.stdout
        raise Unreadable(process.stderr.read())

    yield lines
    for process in running:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@pytest.fixture
def streaming(lines_of) -> Callable[[Ask], Iterator[Reading]]:
    """The readings of such a command."""
    return lambda ask: map(ask.parse, lines_of(ask))


@pytest.fixture
def sampled() -> Callable[..., Awaitable[dict[str, float]]]:
    """The metrics of the first sample of this machine in which a probe has told of all that is
    wanted; the probe is asked by the loop that servers run."""

    async def first(probe: Probe, *wanted: str, within_s: float = 30.0) -> dict[str, float]:
        spec = ServerSpec(local=True, every=0.5, disks=(), probes={"it": probe})
        samples: asyncio.Queue[ServerSample] = asyncio.Queue()
        told: list[ServerNews] = []
        sampling = asyncio.create_task(
            sample_server("here", spec, samples.put_nowait, errands=Errands(told.append))
        )
        try:
            async with asyncio.timeout(within_s):
                while True:
                    metrics = (await samples.get()).metrics
                    if all(f"it.{name}" in metrics for name in wanted):
                        return metrics
        except TimeoutError:
            pytest.fail(f"{wanted} did not come: {told}")
        finally:
            sampling.cancel()
            await asyncio.gather(sampling, return_exceptions=True)

    return first
