"""What is measured more seldom than samples are taken, as a run's view counts it; probes in it."""

from __future__ import annotations

import pytest

from perfconsole.metrics.facts import facts_of
from perfconsole.metrics.fold_servers import MOST_METRICS
from perfconsole.metrics.view import RunView
from perfconsole.metrics.words import metric_figure, metric_unit
from perfconsole.model import event as ev
from perfconsole.model.sample import ServerSample


@pytest.fixture
def view():
    view = RunView()
    server = ev.ServerInfo("web1", "u@web1", {"queue": 50.0}, True, units={"queue": "jobs"})
    view.fold(ev.Started(
        seq=1, at=1000.0, run="r", name="n", target="", groups=(), servers=(server,), rendezvous=(),
        duration_s=60.0, response_limit_ms=None, pass_rate_limit=None, scenario={},
    ))  # fmt: skip
    return view


def sampled(view, second, held=(), **metrics):
    sample = ServerSample("web1", True, metrics, interval_s=2.0, held=held)
    view.fold(ev.Sampled(seq=view.seq + 1, at=1000.0 + second, second=float(second), sample=sample))


def test_a_reading_counts_once_and_holds_as_long_as_it_is_known(view):
    """Measured every 10 s, sampled every 2 s: 40, then 60, then unknown."""
    for second, value in enumerate([40.0] * 5 + [60.0] * 5):
        held = ("queue",) if second % 5 else ()
        sampled(view, 2 * second, held, queue=value)
    sampled(view, 20, other=1.0)
    metric = view.servers["web1"].metrics["queue"]
    assert (metric.samples, metric.mean) == (2, 50.0)
    assert (metric.peak, metric.seconds_over) == (60.0, 10.0)
    facts = facts_of(view).servers["web1"].metrics["queue"]
    assert facts.coverage == pytest.approx(10 / 11)
    assert (facts.mean, facts.unit) == (50.0, "jobs")
    assert metric.value is None


def test_units_stand_behind_the_figures(view):
    sampled(view, 0, queue=51.0)
    unit = view.servers["web1"].metrics["queue"].unit
    assert metric_figure("queue", 51.0, unit) == "51 jobs"
    assert metric_unit("queue", "/s") == "/s"
    assert metric_unit("open_s", "") == ""
    assert metric_unit("cpu_percent") == " %"


def test_names_that_are_new_each_time_do_not_grow_without_end(view):
    sampled(view, 0, queue=51.0)
    for second in range(2, 2 * 2 * MOST_METRICS, 2):
        sampled(view, second, cpu_percent=5.0, **{f"docker.{second}.cpu_percent": 1.0})
    metrics = view.servers["web1"].metrics
    assert len(metrics) == MOST_METRICS
    assert {"queue", "cpu_percent", f"docker.{second}.cpu_percent"} < set(metrics)
    assert "docker.2.cpu_percent" not in metrics


def test_probes_that_fail_are_known_until_they_can_be_read_again(view):
    def told(ok, detail=""):
        view.fold(ev.ProbeChanged(
            seq=view.seq + 1, at=1001.0, server="web1", probe="queue", ok=ok, detail=detail
        ))  # fmt: skip

    told(False, "command not found: rabbitmqctl")
    told(False, "no answer within 5 s, ended")
    assert view.servers["web1"].probes == {"queue": "no answer within 5 s, ended"}
    told(True)
    assert view.servers["web1"].probes == {}
    assert [(line.level, line.kind, line.text) for line in view.lines] == [
        ("warning", "probe", "web1 queue: command not found: rabbitmqctl"),
        ("warning", "probe", "web1 queue: no answer within 5 s, ended"),
        ("info", "probe", "web1 queue can be read again"),
    ]


@pytest.mark.parametrize(("values", "always"), [([60, 70], True), ([60, 40], False), ([], False)])
def test_what_is_beyond_its_limit_in_each_sample_is_always_over(view, values, always):
    for place, value in enumerate(values):
        sampled(view, 2 * place, queue=value)
    assert facts_of(view).servers["web1"].metrics["queue"].always_over is always
