"""Starting a controller, losing every front end, and leaving on purpose."""

from __future__ import annotations

import os
import socket
import stat
from functools import partial

import pytest

from perfconsole.client.api import ControllerGone, NoSuchThing, RunClient
from perfconsole.client.launch import Starting, StartRefused, launch
from perfconsole.journal.folder import RunFolder, new_folder
from perfconsole.journal.reader import JournalReader
from perfconsole.model.command import KeepRunning, StopRun
from perfconsole.model.start import StartSpec

WATCH = {"name": "watch", "servers": {"here": {"local": True}}}


@pytest.fixture
def start(home):
    started: list[Starting] = []

    def start(scenario=None, target: str = "", **how) -> Starting:
        folder = new_folder()
        spec = StartSpec(str(folder.path), scenario or WATCH, target, 1, 1, **how)
        started.append(Starting(folder, partial(launch, spec, folder)))
        return started[-1]

    yield start
    for starting in started:
        starting.process.kill()
        starting.process.wait()


def ended(folder: RunFolder):
    with JournalReader(folder.journal) as journal:
        return journal.ended()


async def test_a_run_that_nobody_looks_at_ends_by_itself(start, eventually):
    starting = start(orphan_s=1.0)
    starting.wait()
    end = eventually(lambda: ended(starting.folder))
    assert (end.verdict, end.reasons[0]) == ("aborted", "nobody was attached for 1 s")
    assert starting.process.wait(10) == 3
    assert not starting.folder.socket.exists()


@pytest.mark.parametrize(("keepable", "goes_on"), [(True, True), (False, False)])
async def test_leaving_on_purpose_keeps_what_may_be_kept(start, keepable, goes_on, eventually):
    starting = start(orphan_s=2.0, keepable=keepable)
    starting.wait()
    client = RunClient(starting.folder.socket, kind="console", by="anna")
    answer = await client.send(KeepRunning())
    await client.close()
    assert ("nobody comes back within 2 s" in answer.said) is not goes_on
    if goes_on:
        with pytest.raises(AssertionError, match="nothing within"):
            eventually(lambda: ended(starting.folder), within_s=4)
    else:
        eventually(lambda: ended(starting.folder))


async def test_a_server_can_be_asked_for_alone(start):
    starting = start(orphan_s=30.0)
    starting.wait()
    client = RunClient(starting.folder.socket, kind="console", by="anna")
    seen = await client.server("here")
    assert (seen.name, seen.generator, seen.limits["cpu_percent"]) == ("here", False, 75)
    with pytest.raises(NoSuchThing, match="there is no server 'web1'; there are: here"):
        await client.server("web1")
    await client.send(StopRun())
    await client.close()


async def test_a_refused_start_leaves_no_folder(start):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    scenario = {
        "name": "x", "target": url, "groups": {"a": {"vus": 1}}, "flows": {"a": [{"think": 1}]},
    }  # fmt: skip
    starting = start(scenario, url, orphan_s=None)
    for _ in range(2):  # asking again gives the same answer
        with pytest.raises(StartRefused, match="connection refused") as refused:
            starting.wait()
        assert refused.value.exit_status == 3
    assert not starting.folder.path.exists()


async def test_what_a_run_keeps_is_its_owners_alone(start):
    starting = start(orphan_s=30.0)
    starting.wait()
    client = RunClient(starting.folder.socket, kind="console", by="anna")
    try:
        assert stat.S_IMODE(starting.folder.path.stat().st_mode) == 0o700
        assert stat.S_IMODE(os.stat(starting.folder.socket).st_mode) & 0o077 == 0
        assert (await client.send(StopRun(), sure=True)).ok
    finally:
        await client.close()
    starting.process.wait(15)


async def test_a_client_of_nobody_says_so(tmp_path):
    client = RunClient(tmp_path / "nobody.sock", kind="ctl", by="anna")
    with pytest.raises(ControllerGone, match="cannot be reached"):
        await client.snapshot()
    await client.close()
