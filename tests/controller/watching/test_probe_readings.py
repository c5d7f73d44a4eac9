"""Readings of probes held against their limits, and what is told of them."""

from __future__ import annotations

import pytest

from perfconsole.controller.opening import server_infos
from perfconsole.controller.secret_values import mask_for
from perfconsole.controller.watching.breaches import BreachWatch
from perfconsole.controller.watching.probe_news import ProbeNews
from perfconsole.model import event as ev
from perfconsole.model.sample import ServerSample
from perfconsole.model.scenario import Scenario
from perfconsole.model.server_news import ProbeTold

SCENARIO = Scenario.model_validate({
    "name": "n",
    "servers": {"web1": {"local": True, "probes": {
        "queue": {"argv": ["x"], "limit": 50, "unit": "jobs", "environment": {"A": "${env:A}"}},
    }}},
})  # fmt: skip


@pytest.fixture
def record(timed):
    timed.add(
        ev.Started, run="r", name="n", target="", groups=(), rendezvous=(), duration_s=None,
        servers=tuple(server_infos(SCENARIO)), response_limit_ms=None, pass_rate_limit=None,
        scenario={},
    )  # fmt: skip
    return timed


def test_a_reading_that_is_repeated_is_no_breach(record, kept):
    watch = BreachWatch(SCENARIO, record)

    def take(*held):
        record.at += 2
        watch.take(ServerSample("web1", True, {"queue": 51.0}, held=held))

    take()
    for _ in range(20):
        take("queue")
    take()
    assert kept.of(ev.Breached) == []
    take()
    (breach,) = kept.of(ev.Breached)
    assert breach.text == "web1 queue over 50 jobs"
    assert breach.since == 1002.0


def test_what_is_told_of_a_probe_has_no_secret(record, kept):
    news = ProbeNews(record, mask_for(SCENARIO, {"env:A": "hush hush"}))
    news.told(ProbeTold("web1", "queue", False, "x says: hush hush is wrong, password=abc"))
    (event,) = kept.of(ev.ProbeChanged)
    assert event.detail == "x says: *** is wrong, password=***"
    assert record.view.servers["web1"].probes == {"queue": event.detail}
