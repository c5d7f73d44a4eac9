"""Open models from the command line: offered as asked, steered, not proven when they were not."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest

from perfconsole.client.api import RunClient
from perfconsole.journal.folder import find_folder
from perfconsole.model.command import ChangeRate, PauseGroups, ResumeGroups, StopRun

EXAMPLE = Path(__file__).parents[2] / "scenarios" / "open-model.yaml"
SCENARIO = """\
name: open
target: {url}
groups:
  buy: {{rate: 200/s, vus: 40}}
  look: {{vus: 2}}
flows:
  buy: [{{request: GET /}}]
  look: [{{request: GET /guide}}, {{think: 100ms}}]
"""


def test_a_url_at_a_rate_is_reported_as_such(program, target, tmp_path) -> None:
    path = tmp_path / "s.json"
    done = program(
        "run", target.url, "--rate", "100", "--vus", "30", "--headless", "--duration", "3s",
        "--summary", path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr + done.stdout
    assert "Arrivals" in done.stdout
    assert "response" in done.stdout
    assert "service" in done.stdout
    summary = program.summary()
    group, (home,) = summary["groups"]["url"], summary["transactions"].values()
    assert group["due"] >= 295
    assert group["due"] == group["offered"] == group["iterations"] == home["passed"]
    assert group["dropped"] == home["dropped"] == 0
    assert set(home["service"]) == {"p50_ms", "p95_ms", "p99_ms", "max_ms"}
    assert 0 < home["service"]["p95_ms"] <= home["p95_ms"] * 1.02


def test_the_shipped_example_runs(program) -> None:
    done = program("run", EXAMPLE, "--headless", "--duration", "3s")
    assert done.returncode in (0, 1, 4), done.stderr  # its times are the machine's
    summary = program.summary()
    assert {name for name, group in summary["groups"].items() if group["due"]} == {"search", "buy"}
    assert all(group["iterations"] for group in summary["groups"].values())
    assert summary["requests"]["failed"] == 0


def test_a_load_that_was_not_offered_proves_nothing(program, target) -> None:
    done = program(
        "run", target.url, "--rate", "24000/min", "--vus", "1", "--headless", "--duration", "2s"
    )
    assert done.returncode == 4, done.stderr
    assert "the load asked for was not offered" in done.stdout
    group = program.summary()["groups"]["url"]
    assert group["offered"] < group["due"] / 2


@pytest.fixture
async def run(start_run, scenario_file, target):
    scenario = scenario_file(SCENARIO.format(url=target.url))
    run = start_run(scenario, "--duration", "90s", "--injectors", "2")
    client = RunClient(find_folder(run.run).socket, kind="ctl", by="test")
    yield run, client
    await client.close()


async def until(client: RunClient, holds, within_s: float = 30.0) -> None:
    """Until `holds` of the group's status, the number of injectors in it."""
    deadline = time.monotonic() + within_s
    while True:
        status = await client.status()
        buy = status["groups"]["buy"] | {"injectors": len(status["injectors"])}
        if holds(buy):
            return
        assert time.monotonic() < deadline, buy
        await asyncio.sleep(0.1)


def offers(rate: int):
    return lambda group: abs(group.get("offered_per_s", 0) - rate) <= 0.1 * rate


async def test_a_rate_is_steered_and_outlives_an_injector(run, program) -> None:
    started, client = run
    await until(client, offers(200))
    done = program("ctl", started.run, "rate", "buy", "6000/min", "--over", "1s")
    assert done.stdout == "rate of buy 200/s → 100/s over 1s\n"
    await until(client, offers(100))
    await until(client, lambda buy: buy["by_hand"] and buy["rate"] == 100 and not buy["dropped"])
    os.kill((await client.status())["injectors"][0]["pid"], signal.SIGKILL)
    await until(client, lambda buy: buy["injectors"] == 1)
    due = (await client.status())["groups"]["buy"]["due"]
    await until(client, lambda buy: buy["due"] > due + 150 and offers(100)(buy))
    assert (await client.send(PauseGroups(groups=("buy",)))).ok
    await until(client, lambda buy: buy["offered_per_s"] == 0 == buy["rate"])
    assert (await client.send(ResumeGroups(groups=("buy",)))).ok
    await until(client, offers(100))
    refused = await client.send(ChangeRate(group="look", to="5/s"))
    assert (refused.ok, "look has no rate" in refused.said) == (False, True)
    wrong = program("ctl", started.run, "rate", "buy", "quick")
    assert (wrong.returncode, "'quick' is no rate" in wrong.stderr) == (2, True)
    await client.send(StopRun(), sure=True)
    await asyncio.to_thread(started.wait)
    summary = program.summary()
    assert summary["groups"]["look"]["due"] is None
    assert summary["transactions"]["GET /guide"]["service"] is None
    assert summary["transactions"]["GET /"]["service"] is not None
