"""What a probe asks, run as a shell on a server would run it."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Callable, Iterator

import pytest

from perfconsole.servers.probes.asking import Ask, Reading

Answer = Callable[[Ask], Reading]


def _command(ask: Ask) -> dict[str, object]:
    return {
        "args": ["sh", "-c", f"exec {shlex.join(ask.argv)}"],
        "env": {**os.environ, **ask.environment},
        "stderr": subprocess.STDOUT,
        "text": True,
    }


def answer(ask: Ask) -> Reading:
    """One reading; raises Unreadable."""
    assert not ask.streams
    done = subprocess.run(
        **_command(ask), input=ask.stdin, stdout=subprocess.PIPE, timeout=60, check=False
    )
    return ask.parse(done.stdout)


@pytest.fixture(name="answer", scope="session")
def answer_fixture() -> Answer:
    return answer


@pytest.fixture
def streaming() -> Iterator[Callable[[Ask], Iterator[Reading]]]:
    """The readings of a command that keeps running; ended with the test."""
    running: list[subprocess.Popen[str]] = []

    def readings(ask: Ask) -> Iterator[Reading]:
        assert ask.streams
        process = subprocess.Popen(
            **_command(ask), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
        )
        running.append(process)
        for line in process.stdout:
            yield ask.parse(line)

    yield readings
    for process in running:
        process.kill()
        process.communicate()
