"""What is typed into dialogs, as commands."""

from __future__ import annotations

import pytest

from perfconsole.console.orders import Choice
from perfconsole.console.typed import (
    typed_duration,
    typed_factor,
    typed_policy,
    typed_resume,
    typed_trace,
    typed_vus,
)
from perfconsole.console.typed_limits import typed_limit
from perfconsole.metrics.view import RunView
from perfconsole.model import command as cmd


@pytest.fixture
def view(script):
    folded = RunView()
    for event in script().started().play(range(10)).events:
        folded.fold(event)
    return folded


@pytest.fixture
def choice(view):
    return Choice(view, "browse", 10)


def test_a_total_leaves_groups_with_a_rate_alone(view):
    view.groups["browse"].open = True
    every = Choice(view, "all", 10)
    assert [group.name for group in every.sharing] == ["publish", "quote"]
    marked = Choice(view, "all", 10, frozenset({"browse", "publish", "quote"}))
    assert {order.group for order in typed_vus("120", marked)} == {"publish", "quote"}
    assert typed_vus("120", Choice(view, "browse", 10)) == (cmd.ChangeVus(group="browse", to=120),)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("cpu 80", cmd.ChangeThreshold(metric="cpu_percent", limit=80)),
        ("web1 cpu 80 %", cmd.ChangeThreshold(metric="cpu_percent", limit=80, server="web1")),
        ("db1 mem <= 90", cmd.ChangeThreshold(metric="memory_percent", limit=90, server="db1")),
        ("web1 disk /var 90", cmd.ChangeThreshold(
            metric="disk_percent:/var", limit=90, server="web1",
        )),
        ("disk_percent:/ 85", cmd.ChangeThreshold(metric="disk_percent:/", limit=85)),
        ("disk_await_ms:sda 20 ms", cmd.ChangeThreshold(metric="disk_await_ms:sda", limit=20)),
        ("open_files 5000", cmd.ChangeThreshold(metric="open_files", limit=5000)),
        ("web1 cpu off", cmd.ChangeThreshold(metric="cpu_percent", limit=None, server="web1")),
        ("limits peak", cmd.ChangeLimits(set="peak")),
        ("web1 limits strict", cmd.ChangeLimits(set="strict", server="web1")),
        ("load_1m 4.5", cmd.ChangeThreshold(metric="load_1m", limit=4.5)),
        ("p95 800 ms", cmd.ChangeObjective(metric="p95_ms", max=800)),
        ("p95_ms 800", cmd.ChangeObjective(metric="p95_ms", max=800)),
        ("mean of browse: open 1.2s", cmd.ChangeObjective(
            metric="mean_ms", of="browse: open", max=1200,
        )),
        ("pass rate 99.5 %", cmd.ChangeObjective(metric="pass_rate", min=99.5)),
        ("pass_rate of login >= 98", cmd.ChangeObjective(metric="pass_rate", of="login", min=98)),
        ("tps 300/s", cmd.ChangeObjective(metric="tps", min=300)),
    ],
)  # fmt: skip
def test_a_limit(text, command, view):
    assert typed_limit(text, view) == (command,)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "write "),
        ("cpu", "write "),
        ("web1 80", "neither a server's metric nor an objective"),
        ("speed 80", "neither a server's metric nor an objective"),
        ("cpu 80 ms", "ms is no unit of it; write % or none"),
        ("p95 80 %", "% is no unit of it; write s or ms or none"),
        ("pass rate 101", "a pass rate is at most 100 %"),
        ("cpu 0", "a limit is above 0"),
        ("load_1m 5 %", "% is no unit of it; write none"),
        ("web9 limits peak", "no server web9; there are: "),
    ],
)
def test_no_limit(text, said, view):
    with pytest.raises(ValueError, match=said):
        typed_limit(text, view)


def test_no_limit_of_servers_without_servers(script):
    view = RunView()
    for event in script().started(servers=False).events:
        view.fold(event)
    with pytest.raises(ValueError, match="no servers in this run"):
        typed_limit("cpu 80", view)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("45m", cmd.ChangeDuration(to_s=2700)), ("+5m", cmd.ChangeDuration(by_s=300)),
        ("- 90s", cmd.ChangeDuration(by_s=-90)), (" none ", cmd.ChangeDuration()),
    ],
)  # fmt: skip
def test_a_duration(text, command):
    assert typed_duration(text) == (command,)


@pytest.mark.parametrize("text", ["", "+", "-0", "0", "400d", "soon", "--5m"])
def test_no_duration(text):
    with pytest.raises(ValueError, match=r"time|write"):
        typed_duration(text)


@pytest.mark.parametrize(
    ("text", "wait_for", "timeout"),
    [
        ("80 VUs", "80", None), ("50% of running", "50% of running", None),
        ("manual", "manual", None), ("100% of all timeout 1m", "100% of all", 60),
        ("timeout 5s", None, 5),
    ],
)  # fmt: skip
def test_a_policy(text, wait_for, timeout):
    expected = cmd.ChangePolicy(point="gate", wait_for=wait_for, timeout=timeout)
    assert typed_policy(text, "gate") == (expected,)


@pytest.mark.parametrize("text", ["", "many", "0", "120% of all", "50% of some", "timeout"])
def test_no_policy(text):
    with pytest.raises(ValueError, match="write"):
        typed_policy(text, "gate")


def test_factors_and_times(choice):
    assert typed_factor("× 0.5", choice) == (cmd.ChangeThink(groups=("browse",), factor=0.5),)
    assert typed_resume("0", choice) == (cmd.ResumeGroups(groups=("browse",)),)
    for text in ("", "fast", "-1", "1001", "nan"):
        with pytest.raises(ValueError, match="write a factor"):
            typed_factor(text, choice)
    with pytest.raises(ValueError, match="at most 7 days"):
        typed_resume("8d", choice)


def test_traces_are_one_command_a_group(view):
    groups = list(view.groups.values())[:2]
    assert typed_trace("0", groups) == (
        cmd.TraceGroup(group="browse", count=0), cmd.TraceGroup(group="publish", count=0),
    )  # fmt: skip
    for text in ("", "all", "1001", "-3"):
        with pytest.raises(ValueError, match="write"):
            typed_trace(text, groups)
