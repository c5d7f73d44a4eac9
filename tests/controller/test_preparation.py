"""Commands around a test: bounded, killed with all that they started, their last words kept."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from perfconsole.controller.preparation import Preparations
from perfconsole.controller.shell_command import KEPT_BYTES, shell
from perfconsole.model.start import StartSpec
from perfconsole.scenario.load import scenario_from


async def run(command: str, folder: Path, timeout_s: float = 20.0, **environment: str):
    return await shell(command, str(folder), environment, timeout_s)


async def test_it_runs_in_its_folder_with_its_environment(tmp_path):
    ended = await run(
        'pwd; echo "$GIVEN"; echo wrong >&2; exit 7', tmp_path, GIVEN="a b; rm -rf $x"
    )
    assert ended.status == 7
    assert ended.output == f"{tmp_path.resolve()}\na b; rm -rf $x\nwrong\n"


async def test_only_the_end_of_what_it_prints_is_kept(tmp_path):
    ended = await run("yes line | head -n 200000; echo end", tmp_path)
    assert ended.status == 0
    assert len(ended.output) <= KEPT_BYTES and ended.output.endswith("line\nend\n")


async def test_it_reads_nothing(tmp_path):
    assert (await run("cat; echo done", tmp_path)).output == "done\n"


async def test_a_folder_that_is_gone_is_told(tmp_path):
    ended = await run("true", tmp_path / "gone")
    assert ended.status == 127 and "gone" in ended.output


async def test_a_command_that_was_killed_has_the_signal_in_its_status(tmp_path):
    assert (await run("kill -9 $$", tmp_path)).status == 128 + signal.SIGKILL


def pid_in(path: Path, eventually) -> int:
    return int(eventually(lambda: path.exists() and path.read_text().strip()))


TREE = "sh -c 'trap \"\" TERM; echo $$ > inner; sleep 600; sleep 600' & echo $$ > outer; wait"
"""A command whose child does not heed SIGTERM."""


async def test_when_its_time_is_up_all_that_it_started_is_gone(tmp_path, eventually):
    ended = await run(TREE, tmp_path, timeout_s=1.0)
    assert ended.status is None
    for name in ("outer", "inner"):
        pid = pid_in(tmp_path / name, eventually)
        eventually(lambda pid=pid: not alive(pid))


async def test_cancelled_it_leaves_nothing(tmp_path, eventually):
    task = asyncio.create_task(run(TREE, tmp_path))
    await asyncio.to_thread(eventually, (tmp_path / "inner").exists)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    eventually(lambda: not alive(pid_in(tmp_path / "inner", eventually)))


def test_when_the_controller_is_killed_it_dies_too(tmp_path, eventually):
    code = (
        "import asyncio, sys\n"
        "from perfconsole.controller.shell_command import shell\n"
        "asyncio.run(shell(sys.argv[1], sys.argv[2], {}, 600))\n"
    )
    controller = subprocess.Popen([sys.executable, "-c", code, TREE, str(tmp_path)])
    inner = pid_in(tmp_path / "inner", eventually)
    controller.kill()
    controller.wait()
    eventually(lambda: not alive(inner))


async def test_what_it_leaves_running_in_the_background_does_not_hold_it_up(tmp_path, eventually):
    began = time.monotonic()
    ended = await run("sleep 60 & echo $! > left; echo started", tmp_path)
    left = pid_in(tmp_path / "left", eventually)
    assert ended.status == 0 and ended.output == "started\n"
    assert alive(left) and time.monotonic() - began < 30
    os.kill(left, signal.SIGKILL)


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


# ---------------------------------------------------------------- a scenario's list

SCENARIO = """\
name: prepared
target: http://127.0.0.1:1
groups: {{a: {{}}}}
flows: {{a: [{{request: GET /}}]}}
variables: {{count: 3, api-token: "s3cr3t-of-mine"}}
{rest}
"""


@pytest.fixture
def preparations(tmp_path):
    notes: list[tuple[str, ...]] = []

    def make(rest: str) -> tuple[Preparations, list[tuple[str, ...]]]:
        scenario = scenario_from(SCENARIO.format(rest=rest), "s.yaml", tmp_path)
        tree = scenario.model_dump(mode="json", by_alias=True, exclude_unset=True)
        spec = StartSpec(
            str(tmp_path / "a-run"), tree, "http://127.0.0.1:1", 1, 1, None, base=str(tmp_path),
            variables={"count": "4"},
        )  # fmt: skip
        return Preparations(spec, scenario, lambda *note: notes.append(note)), notes

    return make


async def test_they_run_one_after_the_other_up_to_the_first_that_fails(preparations, tmp_path):
    made, notes = preparations(
        "before: [{command: echo 1 >> log}, {command: echo 2 >> log; echo why; false},"
        " {command: echo 3 >> log}]"
    )
    failed = await made.before()
    assert failed.startswith("before: echo 2 >> log; echo why; false: exit status 1, after ")
    assert failed.endswith(": why")
    assert (tmp_path / "log").read_text() == "1\n2\n"
    assert [note[0] for note in notes] == ["info", "info", "info", "error"]
    assert notes[-1][3] == "why"


async def test_after_the_test_each_has_its_turn(preparations, tmp_path):
    made, notes = preparations("after: [{command: 'false'}, {command: echo 2 >> log}]")
    assert "exit status 1" in await made.after()
    assert (tmp_path / "log").read_text() == "2\n"
    assert [note[0] for note in notes] == ["info", "warning", "info", "info"]


async def test_variables_are_in_the_environment_and_secrets_in_no_event(preparations):
    made, notes = preparations(
        "before: [{command: 'echo $PERFCONSOLE_VAR_count $PERFCONSOLE_VAR_api_token"
        " $PERFCONSOLE_TARGET; echo login=$PERFCONSOLE_VAR_api_token; echo password=abcdef'}]"
    )
    assert await made.before() == ""
    assert notes[-1][3] == "4 *** http://127.0.0.1:1\nlogin=***\npassword=***"


async def test_a_flow_that_fails_says_where(preparations):
    made, _ = preparations("before: [{flow: a}]")
    assert 'before: flow "a": step 1: GET /: connect refused, after' in await made.before()


async def test_one_that_takes_too_long_has_failed(preparations):
    made, _ = preparations("before: [{command: sleep 60, timeout: 500ms}]")
    assert "sleep 60: not over within 0.5 s" in await made.before()
