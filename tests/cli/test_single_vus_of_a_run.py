"""Single VUs, traces, mutes and rendezvous policies on a real run with two load generators."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Callable
from typing import Any

import pytest

from perfconsole.client.api import NoSuchThing, RunClient
from perfconsole.journal.folder import find_folder
from perfconsole.model import command as cmd

SCENARIO = """\
name: single
target: {url}
groups:
  browse: {{vus: 6}}
  lost: {{vus: 2}}
  meet: {{vus: 6}}
  join: {{vus: 2}}
flows:
  browse: [{{request: GET /}}, {{think: 20ms to 60ms}}]
  lost: [{{request: GET /nowhere, headers: {{Authorization: Bearer hunter2}}}}, {{think: 50ms}}]
  meet: [{{rendezvous: gate}}, {{request: GET /}}, {{think: 20ms}}]
  join: [{{rendezvous: gate}}, {{request: GET /guide}}, {{think: 20ms}}]
rendezvous:
  gate: {{wait_for: manual}}
"""


@pytest.fixture
def run(start_run, scenario_file, target, program, eventually):
    run = start_run(
        scenario_file(SCENARIO.format(url=target.url)), "--duration", "200s", "--injectors", "2"
    )
    eventually(lambda: program.status().get("rendezvous", {}).get("gate", {}).get("waiting") == 8)
    return run


@pytest.fixture
async def client(run):
    client = RunClient(find_folder("last").socket, kind="ctl", by="anna")
    yield client
    await client.close()


def ctl(program, *words: str) -> str:
    done = program("ctl", "last", *words)
    assert done.returncode == 0, done.stderr
    return str(done.stdout.strip())


async def soon(holds: Callable[[], Any]) -> Any:
    async with asyncio.timeout(20):
        while True:
            answer = await holds()
            if answer:
                return answer
            await asyncio.sleep(0.05)


async def states(client: RunClient, group: str) -> dict[str, int]:
    """Of the group's VUs, those that are still to come left out."""
    status = await client.status()
    found: dict[str, int] = status["groups"][group]["states"]
    return {state: n for state, n in found.items() if n and state not in ("down", "pending")}


async def done(client: RunClient, command: Any) -> str:
    answer = await client.send(command, sure=True)
    assert answer.ok, answer.said
    return answer.said


async def test_vus_are_listed_stopped_and_paused_one_by_one(run, client, program) -> None:
    page = await client.vus("meet", 0, 100)
    assert (page.total, page.missing) == (6, ())
    assert {(vu.state.value, vu.step) for vu in page.vus} == {("rendezvous", "gate")}
    assert [vu.id for vu in page.vus] == ["0.0", "0.1", "0.2", "1.0", "1.1", "1.2"]
    assert [vu.id for vu in (await client.vus("meet", 2, 2)).vus] == ["0.2", "1.0"]
    for wrong in (("nope", 0, 1), ("meet", -1, 1), ("meet", 0, 1001)):
        with pytest.raises(NoSuchThing):
            await client.vus(*wrong)
    listed = json.loads(ctl(program, "list", "lost", "--json"))
    assert listed["vus"][0]["last_error"] == "GET /nowhere: HTTP 404"
    text = ctl(program, "list", "lost", "--count", "1")
    assert text.startswith("VU   state") and text.endswith("1 of 2 VUs")

    said = ctl(program, "stop-vu", "browse", "0.1", "0.2", "--yes")
    assert said == "stopped VUs 0.1, 0.2 of browse after the iteration: VUs 6 → 4"
    await soon(lambda: _is(states(client, "browse"), {"running": 4, "stopped": 2}))
    group = (await client.status())["groups"]["browse"]
    assert (group["target_vus"], group["by_hand"], group["vus"]) == (4, True, 4)
    assert (await client.vus("browse", 1, 2)).vus[0].state.value == "stopped"
    wrong = program("ctl", "last", "stop-vu", "browse", "0.1", "--yes")
    assert (wrong.stderr, wrong.returncode != 0) == ("VU 0.1 of browse has ended: stopped\n", True)

    assert await done(client, cmd.PauseVus(group="browse", vus=("0.0", "1.1")))
    await soon(lambda: _is(states(client, "browse"), {"running": 2, "paused": 2, "stopped": 2}))
    assert await done(client, cmd.PauseVus(group="browse", vus=("1.1",), on=False))
    assert await done(client, cmd.StopVus(group="browse", vus=("0.0",)))
    await soon(lambda: _is(states(client, "browse"), {"running": 3, "stopped": 3}))
    assert await done(client, cmd.PauseVus(group="browse", vus=("1.0",)))
    assert await done(client, cmd.ResumeGroups(groups=("browse",))) == "resumed browse"
    await soon(lambda: _is(states(client, "browse"), {"running": 3, "stopped": 3}))
    ctl(program, "stop-run", "--yes")
    assert run.wait()[0] == 1, "one group fails all the time"


async def _is(found: Any, wanted: dict[str, int]) -> bool:
    return bool(await found == wanted)


async def test_exchanges_are_kept_for_whoever_asks(run, client, program, eventually) -> None:
    assert ctl(program, "mute", "lost") == "muted lost"
    assert (await client.snapshot()).groups["lost"].muted
    assert ctl(program, "trace", "lost", "--count", "3").startswith("keeps the next 3 failing")
    await soon(lambda: _left(client, "lost", 0))
    view = await client.snapshot()
    assert len(view.traces["lost"].exchanges) == 3
    # what was kept is committed a little later
    shown = eventually(lambda: _shown(program, "lost"))
    assert shown.count("> GET /nowhere HTTP/1.1") == 3
    assert "hunter2" not in shown and "< HTTP/1.1 404" in shown
    await done(client, cmd.TraceGroup(group="browse", count=1000, all=True))
    await soon(lambda: _left(client, "browse", 999))
    assert ctl(program, "trace", "browse", "--off") == "ended the trace of browse"
    assert (await client.snapshot()).traces["browse"].left == 0
    assert ctl(program, "mute", "lost", "--off") == "lost may raise alarms again"
    await client.send(cmd.StopRun(), sure=True)
    run.wait()


async def _left(client: RunClient, group: str, most: int) -> bool:
    trace = (await client.snapshot()).traces.get(group)
    return trace is not None and trace.left <= most


def _shown(program, group: str) -> str:
    shown = ctl(program, "trace", group, "--show")
    return shown if shown.endswith("3 kept, 0 to come") else ""


async def test_a_rendezvous_lets_everybody_go_whatever_happens_meanwhile(
    run, client, program
) -> None:
    assert ctl(program, "rendezvous", "gate", "off", "--group", "join") == (
        "turned rendezvous gate off for join"
    )
    await soon(lambda: _iterations(client, "join", 5))
    view = await client.snapshot()
    assert (view.rendezvous["gate"].on, view.rendezvous["gate"].off) == (True, ("join",))
    assert (await _gate(client))["waiting"] == 6

    # paused while they wait: nobody goes, however long nobody comes
    await done(client, cmd.PauseGroups(groups=("all",)))
    said = ctl(program, "policy", "gate", "100% of all", "--timeout", "1s")
    assert said == "gate waits for 100% of all, at most 1s after the last has come"
    releases = view.rendezvous["gate"].releases
    await asyncio.sleep(2.5)  # more than its timeout
    view = await client.snapshot()
    assert view.rendezvous["gate"].releases == releases
    assert (view.rendezvous["gate"].policy, view.rendezvous["gate"].total) == ("100% of all", 6)
    await done(client, cmd.ResumeGroups(groups=("all",)))
    await soon(lambda: _iterations(client, "meet", 12))

    # manual again; one stops, one is paused, and a load generator dies while all wait
    await done(client, cmd.ChangePolicy(point="gate", wait_for="manual"))
    await soon(lambda: _waits(client, 6))
    await done(client, cmd.StopVus(group="meet", vus=("0.1",)))
    await soon(lambda: _waits(client, 5))
    await done(client, cmd.PauseVus(group="meet", vus=("1.0",)))
    pids = {one["number"]: one["pid"] for one in (await client.status())["injectors"]}
    os.kill(pids[1], signal.SIGKILL)
    await soon(lambda: _waits(client, 5))
    before = (await client.status())["groups"]["meet"]["iterations"]
    await done(client, cmd.ChangePolicy(point="gate", wait_for="100% of running"))
    await soon(lambda: _iterations(client, "meet", before + 15))
    group = (await client.status())["groups"]["meet"]
    assert (group["vus"], group["target_vus"]) == (5, 5)
    assert {vu.id[0] for vu in (await client.vus("meet", 0, 9)).vus} == {"0"}
    await client.send(cmd.StopRun(), sure=True)
    run.wait()


async def _gate(client: RunClient) -> dict[str, Any]:
    gate: dict[str, Any] = (await client.status())["rendezvous"]["gate"]
    return gate


async def _waits(client: RunClient, count: int) -> bool:
    return bool((await _gate(client))["waiting"] == count)


async def _iterations(client: RunClient, group: str, least: int) -> bool:
    return bool((await client.status())["groups"][group]["iterations"] >= least)
