"""Logs and snapshots over a real sshd, beside the samples: all that a server tells of itself."""

from __future__ import annotations

import asyncio
import re
import time

import psutil
import pytest

from perfconsole.model.server_news import LogMatched, LogTold, SnapshotCame
from perfconsole.servers.own_jobs import Errands
from perfconsole.servers.sampler import sample_server
from perfconsole.servers.snapshots.snapshot_requests import SnapshotRequest

pytestmark = pytest.mark.sshd


class Told:
    def __init__(self):
        self.all, self._came = [], asyncio.Event()

    def take(self, news):
        self.all.append(news)
        self._came.set()

    async def first(self, kind, within_s=40.0):
        async with asyncio.timeout(within_s):
            while True:
                for news in self.all:
                    if isinstance(news, kind):
                        return news
                self._came.clear()
                await self._came.wait()


@pytest.fixture
def server(make_sshd, tmp_path):
    """Whose login scripts do nothing."""
    return make_sshd(f"SetEnv HOME={tmp_path}")


@pytest.fixture
async def errands(samples):
    """Starts sampling with errands; ended with the test."""
    running, told = [], Told()

    def start(spec):
        made = Errands(told.take)
        work = sample_server("web1", spec, samples.emit, errands=made)
        running.append(asyncio.create_task(work))
        return made, told, running[-1]

    yield start
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


def ask(made, number=1):
    request = SnapshotRequest(number, time.monotonic() + 60)
    made.snapshots.put(request)
    return request


def hanging(folder):
    """A command that is there when its file is."""
    return ["sh", "-c", 'echo $$ > "$1" && exec sleep 6', "sh", str(folder / "pid")]


async def test_a_log_is_counted_and_a_snapshot_taken_beside_the_samples(
    server, samples, errands, tmp_path
):
    file = tmp_path / "app.log"
    spec = server.spec(
        logs={"app": {"file": str(file), "pattern": "ERROR"}},
        snapshots={"sockets": ["ss", "-s"], "user": ["id", "-u"]},
    )
    made, told, _ = errands(spec)
    assert "there is no" in (await told.first(LogTold)).text
    file.write_text("fine\nERROR one\nERROR two\n")
    assert await told.first(LogMatched) == LogMatched("web1", "app", 2, ("ERROR one", "ERROR two"))
    await samples.first(lambda s: s.metrics.get("log_matches_s:app", 0) > 0)
    await samples.first(
        lambda s: s.metrics.get("log_matches_s:app") == 0, after=len(samples.all)
    )  # fmt: skip
    ask(made)
    came = await told.first(SnapshotCame)
    processes, sockets, user = came.outputs
    assert "python" in processes.text.partition("largest by memory")[2]
    seconds = re.search(r"within (\d+\.\d) s", processes.text)
    assert float(seconds[1]) >= 0.9
    assert sockets.text.startswith("Total:") or sockets.note == "there is no such command"
    assert (user.text, user.note) == (str(psutil.Process().uids().real), "")
    await samples.first(lambda s: s.ok, after=len(samples.all))


async def test_all_of_it_dies_with_the_connection(server, samples, errands, eventually, tmp_path):
    file = tmp_path / "app.log"
    file.touch()
    spec = server.spec(
        logs={"app": {"file": str(file), "pattern": "x"}}, snapshots={"hangs": hanging(tmp_path)}
    )
    made, _, task = errands(spec)
    await samples.first(lambda s: "log_matches_s:app" in s.metrics, within_s=40)
    ask(made)
    await asyncio.to_thread(eventually, (tmp_path / "pid").exists, 30)
    left = server.processes()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await asyncio.to_thread(eventually, lambda: not any(p.is_running() for p in left), 20)


async def test_a_server_that_hangs_takes_up_no_request(server, samples, errands):
    made, told, _ = errands(server.spec())
    await samples.first(lambda s: s.ok, within_s=40)
    for process in server.processes():
        process.suspend()
    await samples.first(lambda s: not s.ok)
    request = ask(made)
    await samples.first(lambda s: not s.ok, after=len(samples.all) + 1)
    assert not request.taken
    for process in server.processes():
        process.resume()
    assert (await told.first(SnapshotCame)).number == 1


async def test_a_session_killed_over_a_snapshot_is_told(
    server, samples, errands, eventually, tmp_path
):
    made, told, _ = errands(server.spec(snapshots={"hangs": hanging(tmp_path)}))
    await samples.first(lambda s: s.ok, within_s=40)
    ask(made)
    await asyncio.to_thread(eventually, (tmp_path / "pid").exists, 30)
    for process in server.processes():
        process.kill()
    came = await told.first(SnapshotCame)
    assert came.outputs[0].text
    assert "lost" in came.outputs[1].note
