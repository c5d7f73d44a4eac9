"""The loops for logs and snapshots under the login shells that people have."""

from __future__ import annotations

import shutil
import time

import pytest

from perfconsole.model.log_spec import LogSpec
from perfconsole.model.server_news import LogMatched, SnapshotCame
from perfconsole.model.server_spec import ServerSpec
from perfconsole.servers.board import Board
from perfconsole.servers.child import ChildStream
from perfconsole.servers.logs.followed import followed
from perfconsole.servers.logs.log_script import LOGS
from perfconsole.servers.own_jobs import own_jobs
from perfconsole.servers.side_jobs import SideJobs
from perfconsole.servers.snapshots.snapshot_requests import SnapshotRequest, SnapshotRequests
from perfconsole.servers.snapshots.snapshot_script import SNAPSHOT


@pytest.mark.parametrize("login_shell", ["sh", "bash", "zsh", "fish", "tcsh"])
def test_logs_and_snapshots_under_any_login_shell(login_shell, tmp_path):
    path = shutil.which(login_shell)
    if path is None:
        pytest.skip(f"no {login_shell} here")
    file = tmp_path / "app.log"
    spec = ServerSpec(
        local=True, logs={"app": LogSpec(file=str(file), pattern="ERROR")},
        snapshots={"says": ("printf", "%s|", "a b", "$HOME")},
    )  # fmt: skip
    news, requests = [], SnapshotRequests()
    jobs = SideJobs(own_jobs(
        "web1", spec, lambda command: ChildStream((path, "-c", command)), Board(), news.append,
        requests, followed(spec.logs, spec.every),
    ))  # fmt: skip
    requests.put(SnapshotRequest(1, time.monotonic() + 60))
    deadline = time.monotonic() + 30
    while {type(told) for told in news}.isdisjoint({SnapshotCame}) or not matched(news):
        jobs.turn(time.monotonic())
        if news and not file.exists():  # it was told that it is not there
            file.write_text("ERROR one\n")
        assert time.monotonic() < deadline
    jobs.close()
    assert matched(news) == [LogMatched("web1", "app", 1, ("ERROR one",))]
    (came,) = [told for told in news if isinstance(told, SnapshotCame)]
    assert came.outputs[0].text.startswith(tuple("123456789"))
    assert came.outputs[1].text == "a b|$HOME|"


def matched(news):
    return [told for told in news if isinstance(told, LogMatched)]


@pytest.mark.parametrize("script", [LOGS, SNAPSHOT])
def test_scripts_have_nothing_that_a_login_shell_would_touch(script):
    """Within single quotes."""
    assert "'" not in script
    assert "!" not in script, "csh"
    assert "\\\\" not in script, "fish"
    assert "\n" not in script, "csh"
