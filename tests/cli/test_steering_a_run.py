"""Hands on a real run, from the shell and over the API."""

from __future__ import annotations

import asyncio
import json
import time

import pytest

from perfconsole.client.api import ControllerGone, RunClient
from perfconsole.journal.folder import find_folder
from perfconsole.model.command import AddNote, PauseGroups, StopGroups

SCENARIO = """\
name: steered
target: {url}
groups:
  browse: {{vus: 10}}
  meet: {{vus: 6}}
flows:
  browse: [{{request: GET /}}, {{think: 20ms to 60ms}}]
  meet: [{{request: GET /guide}}, {{rendezvous: gate}}, {{request: GET /}}, {{think: 20ms}}]
rendezvous:
  gate: {{wait_for: manual}}
"""


@pytest.fixture
def run(start_run, scenario_file, target, program, eventually):
    run = start_run(scenario_file(SCENARIO.format(url=target.url)), "--duration", "100s")
    eventually(lambda: program.status().get("vus") == 16)
    return run


def ctl(program, *words):
    done = program("ctl", "last", *words)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def group(program, name):
    return program.status()["groups"][name]


def test_a_group_is_steered_through_its_whole_life(run, program, eventually):
    assert ctl(program, "vus", "browse", "+5") == "VUs of browse 10 → 15"
    eventually(lambda: group(program, "browse")["vus"] == 15)
    assert ctl(program, "vus", "browse", "20", "--over", "2s") == "VUs of browse 15 → 20 over 2s"
    eventually(lambda: group(program, "browse")["vus"] == 20)
    assert ctl(program, "hold", "browse", "--off") == "browse went on with the schedule"
    eventually(lambda: group(program, "browse")["vus"] == 10)

    assert ctl(program, "think", "browse", "meet", "0.5") == "think time of all groups × 0.5"
    assert ctl(program, "think", "browse", "0", "--yes") == "think time of browse × 0"
    factors = {name: it["think_factor"] for name, it in program.status()["groups"].items()}
    assert factors == {"browse": 0.0, "meet": 0.5}

    assert ctl(program, "pause", "browse") == "paused browse"
    assert group(program, "browse")["state"] == "paused"
    eventually(lambda: group(program, "browse")["states"] == {"paused": 10, "down": 0}
               or group(program, "browse")["states"].get("paused") == 10)  # fmt: skip
    refused = program("ctl", "last", "pause", "browse")
    assert (refused.returncode, refused.stderr) == (1, "nothing to pause in browse\n")
    assert ctl(program, "resume", "all", "--over", "1s") == "resumed browse over 1s"
    eventually(lambda: group(program, "browse")["states"].get("running", 0) > 0)

    assert ctl(program, "stop", "browse", "--yes") == "stopped browse after the iteration"
    eventually(lambda: group(program, "browse")["state"] == "stopped")
    assert group(program, "browse")["states"].get("stopped", 0) > 0
    assert ctl(program, "start", "browse") == "started browse"
    eventually(lambda: group(program, "browse")["vus"] == 10)
    assert sum(group(program, "browse")["states"].values()) >= 10

    ctl(program, "stop-run", "--after-request", "--yes")
    status, out, _ = run.wait()
    assert (status, "PASSED" in out) == (0, True)
    commands = program.summary()["commands"]
    assert commands[0]["command"] == "VUs of browse 10 → 15"
    assert all(command["effect_ms"] is not None for command in commands)


def test_a_rendezvous_gathers_and_is_released_by_hand(run, program, eventually):
    eventually(lambda: program.status()["rendezvous"]["gate"]["waiting"] == 6)
    assert group(program, "meet")["states"].get("rendezvous") == 6
    assert ctl(program, "release", "gate") == "released 6 VUs at gate"
    eventually(lambda: program.status()["rendezvous"]["gate"]["waiting"] == 6)
    assert ctl(program, "release", "gate", "--count", "2") == "released 2 of 6 VUs at gate"
    eventually(lambda: program.status()["rendezvous"]["gate"]["waiting"] == 6)
    ctl(program, "rendezvous", "gate", "off")
    eventually(lambda: group(program, "meet")["iterations"] > 30)
    nobody = program("ctl", "last", "release", "gate")
    assert (nobody.returncode, nobody.stderr) == (1, "nobody waits at gate\n")
    ctl(program, "stop-run", "--yes")
    assert run.wait()[0] == 0
    gate = program.summary()["rendezvous"]["gate"]
    assert gate["releases"] == 2
    assert 0 <= gate["spread_ms_max"] < 1000


def test_pausing_while_they_gather_releases_nobody(run, program, eventually):
    eventually(lambda: program.status()["rendezvous"]["gate"]["waiting"] == 6)
    assert ctl(program, "pause", "all") == "paused all groups"
    status = program.status()
    assert status["rendezvous"]["gate"]["waiting"] == 6
    assert {g["state"] for g in status["groups"].values()} == {"paused"}
    ctl(program, "stop-run", "--now", "--yes")
    assert run.wait()[0] == 0


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (["start", "nope"], 1, "there is no group 'nope'; there are: browse, meet"),
        (["start", "browse"], 1, "already running: browse"),
        (["release", "nope"], 1, "there is no rendezvous 'nope'; there are: gate"),
        (["vus", "browse", "many"], 2, "'many' is no number of VUs; write 120, +10 or -10"),
        (["vus", "browse", "5", "--step", "1"], 2, 'give "step" and "every_s" together'),
        (["note", ""], 2, "a note has 1 to 1,000 characters"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line(words, status, says, start_run, scenario_file,
                                                    target, program):  # fmt: skip
    start_run(scenario_file(SCENARIO.format(url=target.url)), "--duration", "100s")
    done = program("ctl", "last", *words)
    assert done.returncode == status
    if "together" not in says:
        assert done.stderr.strip() == says
    assert len(done.stderr.splitlines()) == 1


def test_status_has_the_promised_keys(run, program):
    status = program.status()
    assert {"run", "state", "controller_pid", "groups", "tps", "errors_per_s"} <= set(status)
    assert status["run"] == run.run
    assert status["state"] == "running"
    browse = status["groups"]["browse"]
    assert {"state", "vus", "target_vus", "states"} <= set(browse)
    assert "browse" in ctl(program, "status")
    assert json.loads(ctl(program, "status", "--json"))["run"] == run.run


async def test_a_command_sent_twice_is_done_once_and_committed_before_its_answer(run, home):
    folder = find_folder("last")
    client = RunClient(folder.socket, kind="ctl", by="anna")
    try:
        first = await client.send(AddNote(text="restarted tomcat"), id="n1")
        again = await client.send(AddNote(text="restarted tomcat"), id="n1")
        assert first == again
        other = await client.send(PauseGroups(groups=("all",)), id="n1")
        assert (other.ok, other.said) == (
            False, "another command had the id 'n1': give every command its own",
        )  # fmt: skip
        view = await client.snapshot()
        assert [line.text for line in view.lines].count("note: restarted tomcat") == 1
        assert view.commands[-1].by == "anna"
        from perfconsole.journal.reader import JournalReader

        with JournalReader(folder.journal) as journal:
            assert any(event.seq == first.seq for event in journal.events())
    finally:
        await client.close()


async def test_the_view_of_a_follower_is_the_controllers_own(run):
    client = RunClient(find_folder("last").socket, kind="ctl", by="anna")
    try:
        followed = await client.snapshot()
        await client.send(PauseGroups(groups=("browse",)))
        until = time.monotonic() + 4
        while time.monotonic() < until:
            for event in await client.events(followed.seq, 1.0):
                followed.fold(event)
        await client.send(StopGroups(groups=("all",)), sure=True)
        fresh = await client.snapshot()
        for event in await client.events(followed.seq, 0.0):
            followed.fold(event)
        for event in await client.events(fresh.seq, 0.0):
            fresh.fold(event)
        assert followed.requests <= fresh.requests
        assert followed.groups.keys() == fresh.groups.keys()
        assert [line.text for line in followed.lines] == [line.text for line in fresh.lines]
    finally:
        await client.close()


def test_pausing_500_vus_is_felt_within_250_ms(start_run, scenario_file, target, program,
                                               eventually):  # fmt: skip
    scenario = SCENARIO.format(url=target.url).replace("vus: 10", "vus: 500")
    scenario = scenario.replace("20ms to 60ms", "200ms to 600ms")
    target.knobs(workers=1000, service_factor=0.1)
    start_run(scenario_file(scenario), "--duration", "100s")
    eventually(lambda: program.status().get("vus") == 506, within_s=40)

    async def pause() -> None:
        client = RunClient(find_folder("last").socket, kind="ctl", by="anna")
        try:
            pressed = time.monotonic()
            answer = await client.send(PauseGroups(groups=("browse",)))
            assert answer.ok
            await asyncio.sleep(0.25 - (time.monotonic() - pressed))
        finally:
            await client.close()

    asyncio.run(pause())
    received = target.received()
    time.sleep(1.5)  # 500 VUs would have asked more than 1,000 times
    assert target.received() == received
    assert group(program, "browse")["states"].get("paused") == 500


def test_an_ended_run_says_so_to_ctl(start_run, scenario_file, target, program, eventually):
    run = start_run(scenario_file(SCENARIO.format(url=target.url)), "--duration", "1s")
    run.wait()
    lingering = program("ctl", "last", "pause", "all")
    assert " is over" in lingering.stderr
    assert lingering.returncode == 3
    eventually(lambda: not program.status())
    assert program("ctl", "last", "pause", "all").returncode == 3
    with pytest.raises(ControllerGone):
        asyncio.run(_status(find_folder("last").socket))
    listed = json.loads(program("runs", "--json").stdout)
    assert [(row["run"], row["state"]) for row in listed] == [(run.run, "passed")]


async def _status(socket):
    client = RunClient(socket, kind="ctl", by="anna")
    try:
        return await client.status()
    finally:
        await client.close()
