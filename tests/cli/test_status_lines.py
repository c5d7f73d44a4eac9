"""What `ctl status` prints of a run's state."""

from __future__ import annotations

from typing import Any

from rich.cells import cell_len

from perfconsole.cli.ctl.status_lines import status_lines
from perfconsole.controller.api.status import status_of
from perfconsole.metrics.view import RunView
from perfconsole.model import event as ev
from perfconsole.model.sample import ServerSample


def found(**keys: Any) -> dict[str, Any]:
    """The state of a run of two servers and no load, one of which has answered."""
    servers = tuple(ev.ServerInfo(name, "here", {}, True) for name in ("web1", "db1"))
    view = RunView()
    view.fold(
        ev.Started(
            seq=1, at=1000.0, run="r1", name="n", target="", groups=(), rendezvous=(),
            servers=servers, duration_s=None, response_limit_ms=None, pass_rate_limit=None,
            scenario={},
        )
    )  # fmt: skip
    metrics = {
        "cpu_percent": 53.3,
        "disk_percent:/": 20.0,
        "disk_percent:/data": 81.0,
        "forks_s": 1.0,
    }
    sample = ServerSample("web1", True, metrics, interval_s=2.0)
    view.fold(ev.Sampled(seq=2, at=1002.0, second=2.0, sample=sample))
    return status_of(view, 1) | {"elapsed_s": 85.2, "state": "running"} | keys


def test_a_run_without_load_tells_its_servers_and_nothing_of_a_load():
    assert list(status_lines(found(alarms={"a": {"text": "web1 CPU over 75 %"}}))) == [
        "r1 running for 1m25s",
        "  web1                 CPU 53.3 %  disk /data 81 %",
        "  db1                  unknown",
        "  alarm: web1 CPU over 75 %",
    ]


def test_a_server_that_does_not_answer_any_more_is_unknown():
    status = found()
    status["servers"] = {"web1": dict.fromkeys(status["servers"]["web1"])}
    assert list(status_lines(status))[1:] == ["  web1                 unknown"]


def test_a_chinese_name_is_two_cells_a_character_wide():
    status = found(servers={"数据库": {"cpu_percent": 5.0}, "web1": {"cpu_percent": 6.0}})
    one, other = list(status_lines(status))[1:]
    assert cell_len(one) == cell_len(other)


def test_a_load_is_told_in_one_line_and_its_groups_below():
    groups = {
        "browse": {"state": "running", "vus": 3, "target_vus": 5},
        "search": {"state": "running", "vus": 2, "target_vus": 9, "rate": 5.0, "waiting": 1200,
                   "offered_per_s": 4, "dropped": 0},
    }  # fmt: skip
    status = found(groups=groups, servers={}, vus=5, target_vus=14, tps=7.5, p95_ms=14.5)
    assert list(status_lines(status)) == [
        "r1 running for 1m25s",
        "  VUs 5/14  TPS 7.5  errors 0/s  p95 14.5 ms",
        "  browse               running    3/5",
        "  search               running    2/9  4/s offered of 5/s, 1,200 waiting, 0 dropped",
    ]
