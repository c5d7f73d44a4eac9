from __future__ import annotations

import json

import pytest

from perfconsole.journal.writer import JournalError, JournalWriter
from perfconsole.model.states import Verdict
from perfconsole.model.summary import ObjectiveSummary
from perfconsole.report.json_text import to_json
from perfconsole.report.summarize import read_run, summarize


def test_the_counts_are_those_of_the_journal(make_run):
    summary = summarize(make_run())
    assert (summary.verdict, summary.reasons) == (Verdict.PASSED, ("all well ≥ 99 %",))
    assert summary.duration_s == 30.0
    requests = summary.requests
    assert (requests.count, requests.failed, requests.cut) == (903, 3, 0)
    assert requests.rate == pytest.approx(903 / 30)
    home = summary.transactions["home page"]
    assert (home.passed, home.failed) == (300, 1)
    assert home.pass_rate == pytest.approx(100 * 300 / 301)
    assert home.tps == pytest.approx(301 / 30)
    assert home.min_ms <= home.p50_ms <= home.p95_ms <= home.p99_ms <= home.max_ms
    assert home.failed_mean_ms == 2.0
    assert [(error.key, error.count) for error in summary.errors] == [("GET /a: HTTP 503", 3)]
    assert (summary.groups["browse"].peak_vus, summary.groups["browse"].iterations) == (10, 300)


def test_where_the_time_went_and_on_how_many_connections(make_run):
    summary = summarize(make_run())
    assert list(summary.phases) == ["connect", "send", "wait", "receive"]
    connect = summary.phases["connect"]
    assert (connect.count, connect.mean_ms, connect.max_ms) == (2, 1.0, 1.5)
    assert summary.phases["send"].p99_ms == 0.0
    wait = summary.phases["wait"]
    assert wait.count == 900
    assert wait.p50_ms <= wait.p95_ms <= wait.p99_ms <= wait.max_ms == 200.0
    assert (summary.connections.opened, summary.connections.reused) == (30, 870)
    named = summary.requests_by_name["GET /a"]
    assert (named.count, named.failed, named.opened) == (900, 0, 30)
    assert named.phases_ms["wait"] == 1.0
    (error,) = summary.errors
    assert error.exchange.startswith("> GET /a?token=*** HTTP/1.1\n> Host: shop")


def test_rates_are_over_the_time_under_load_and_the_duration_over_all(make_run):
    summary = summarize(make_run(loaded=(5.0, 55.0)))
    assert summary.duration_s == 55.0
    assert summary.requests.rate == pytest.approx(903 / 25)
    assert summary.transactions["home page"].tps == pytest.approx(301 / 25)


def test_objectives_are_those_that_the_verdict_was_given_on(make_run):
    judged = (ObjectiveSummary("p95 ≤ 500 ms", 501.0, False),)
    assert summarize(make_run("judged", judged=judged)).objectives == judged
    (computed,) = summarize(make_run("killed", ended=None)).objectives
    assert (computed.text, computed.met) == ("p95 ≤ 500 ms", True)


def test_servers_points_injectors_and_commands(make_run):
    summary = summarize(make_run())
    cpu = summary.servers["web1"]["cpu_percent"]
    assert (cpu.mean, cpu.peak, cpu.limit, cpu.coverage) == (54.0, 68.0, 75.0, 1.0)
    assert list(summary.servers["web1"]) == [
        "cpu_percent", "memory_percent", "disk_percent:/", "net_rx_bytes_s",
    ]  # fmt: skip
    assert summary.servers["web1"]["disk_percent:/"].limit == 80.0
    assert (summary.rendezvous["top-up"].releases, summary.rendezvous["top-up"].spread_ms_max) == (
        2,
        11.0,
    )
    (injector,) = summary.injectors
    assert injector.pid == 4711
    assert injector.cpu_us_per_request == pytest.approx(50, rel=0.05)
    first, second = summary.commands
    assert (first.by, first.command, first.effect_ms) == ("ann", "paused browse by hand", 12.5)
    assert (second.by, second.effect_ms) == ("bob", None)
    assert [objective.text for objective in summary.objectives] == ["p95 ≤ 500 ms"]
    assert summary.objectives[0].met


def test_a_killed_controller_leaves_an_aborted_run_and_what_was_in_flight_is_cut(make_run):
    summary = summarize(make_run(ended=None, begun=[900, 0, 8]))
    assert summary.verdict is Verdict.ABORTED
    assert summary.reasons == ("the controller ended without a verdict",)
    assert (summary.requests.count, summary.requests.cut) == (903, 5)


@pytest.mark.parametrize("begun", [None, [], [100]])
def test_without_a_count_of_those_begun_nothing_is_made_up(make_run, begun):
    assert summarize(make_run(ended=None, begun=begun)).requests.cut == 0


def test_a_run_that_ended_has_nothing_in_flight(make_run):
    assert summarize(make_run(begun=[2000])).requests.cut == 0


def test_a_run_that_goes_on_is_not_proven_yet(make_run):
    summary = summarize(make_run(ended=None, begun=[2000]), running=True)
    assert (summary.verdict, summary.reasons) == (Verdict.NOT_PROVEN, ("still running",))
    assert summary.requests.cut == 0


def test_every_command_is_there_however_many(tmp_path, make_run):
    from perfconsole.model.event import Commanded

    folder = tmp_path / "long"
    folder.mkdir()
    writer = JournalWriter(folder / "journal.db")
    for seq in range(1, 801):
        writer.put(
            Commanded(seq=seq, at=1.0, id=f"c{seq}", by="ann", command={}, said=f"did {seq}")
        )
    writer.close()
    assert [one.command for one in summarize(folder).commands] == [
        f"did {seq}" for seq in range(1, 801)
    ]


def test_a_journal_with_nothing_in_it_is_an_aborted_run(tmp_path):
    JournalWriter(tmp_path / "journal.db").close()
    summary = summarize(tmp_path)
    assert (summary.verdict, summary.duration_s, summary.requests.rate) == (
        Verdict.ABORTED,
        0.0,
        0.0,
    )
    json.loads(to_json(summary))


def test_no_journal_is_a_clear_line(tmp_path):
    with pytest.raises(JournalError, match="there is no journal at"):
        read_run(tmp_path)


def test_the_json_has_the_keys_others_rely_on(make_run):
    text = to_json(summarize(make_run()))
    tree = json.loads(text, parse_constant=pytest.fail)
    assert list(tree)[:5] == ["run", "name", "verdict", "reasons", "started_at"]
    assert tree["verdict"] == "passed"
    assert set(tree["requests"]) == {"count", "failed", "cut", "rate"}
    assert set(tree["transactions"]["home page"]) >= {
        "passed", "failed", "pass_rate", "min_ms", "mean_ms", "stdev_ms", "p50_ms", "p90_ms",
        "p95_ms", "p99_ms", "max_ms", "tps",
    }  # fmt: skip
    assert set(tree["errors"][0]) >= {"key", "count", "sample", "exchange"}
    assert set(tree["groups"]["browse"]) >= {"peak_vus", "iterations"}
    assert set(tree["servers"]["web1"]["cpu_percent"]) >= {
        "mean", "peak", "limit", "seconds_over", "coverage", "first_over", "growth",
    }  # fmt: skip
    assert set(tree["injectors"][0]) >= {
        "pid", "cpu_us_per_request", "cpu_percent_peak", "loop_lag_p99_ms", "peak_rss_mb",
        "saturated_s", "gc_pause_ms", "sockets_left",
    }  # fmt: skip
    assert set(tree["phases"]["wait"]) == {
        "count", "mean_ms", "p50_ms", "p95_ms", "p99_ms", "max_ms",
    }  # fmt: skip
    assert set(tree["connections"]) == {"opened", "reused"}
    assert set(tree["requests_by_name"]["GET /a"]) == {"count", "failed", "opened", "phases_ms"}
    assert set(tree["rendezvous"]["top-up"]) == {"releases", "spread_ms_max"}
    assert set(tree["commands"][0]) == {"at", "by", "command", "effect_ms"}
    assert "在线申请" in text
    assert text.endswith("}\n")


def test_the_json_of_the_same_run_is_the_same_text(make_run):
    folder = make_run()
    assert to_json(summarize(folder)) == to_json(summarize(folder))
