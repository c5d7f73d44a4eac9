"""What logs tell: the first lines of the run, and then only how many."""

from __future__ import annotations

import pytest

from perfconsole.controller.secret_values import mask_for
from perfconsole.controller.watching.log_matches import LogMatches
from perfconsole.metrics.words import metric_unit, metric_words
from perfconsole.model import event as ev
from perfconsole.model.log_spec import log_metric
from perfconsole.model.scenario import Scenario
from perfconsole.model.server_news import LogMatched, LogTold

SCENARIO = {
    "name": "shop",
    "servers": {"web1": {"local": True, "logs": {
        "app": {"file": "/var/log/app.log", "pattern": "ERROR", "keep": 3, "limit": "30/min"},
        "db": {"file": "/var/log/db.log", "pattern": "FATAL"},
    }}},
    "thresholds": {"log_matches_s:db": 2},
}  # fmt: skip


@pytest.fixture
def scenario():
    return Scenario.model_validate(SCENARIO)


@pytest.fixture
def logs(scenario, timed):
    return LogMatches(scenario.servers, timed, mask_for(scenario, {}))


def told(kept):
    return [(event.level, event.text) for event in kept.of(ev.Noted)]


def test_the_first_lines_are_kept_and_later_ones_counted(logs, kept):
    logs.matched(LogMatched("web1", "app", 2, ("ERROR token=abc", "ERROR two")))
    logs.matched(LogMatched("web1", "app", 500, ("ERROR three", "ERROR four")))
    logs.matched(LogMatched("web1", "app", 1, ("ERROR again, after a new connection",)))
    logs.close()
    assert told(kept) == [
        ("warning", "web1 app: ERROR token=***"),
        ("warning", "web1 app: ERROR two"),
        ("warning", "web1 app: ERROR three"),
        ("info", "web1 app: these were the first 3; later lines are only counted"),
        ("info", "web1 app: 503 lines matched, 3 of them are kept"),
    ]
    assert {event.kind for event in kept.of(ev.Noted)} == {"log"}


def test_how_it_stands_is_told_once_however_often_it_is_said(logs, kept):
    for _ in range(3):
        logs.told(LogTold("web1", "db", "warning", "there is no /var/log/db.log"))
    logs.told(LogTold("web1", "db", "info", "/var/log/db.log is there now"))
    logs.told(LogTold("web1", "db", "warning", "there is no /var/log/db.log"))
    assert len(told(kept)) == 3
    logs.close()
    assert len(told(kept)) == 3, "nothing matched"


def test_a_log_has_a_limit_as_other_metrics_have(scenario):
    limits = {metric: spec.limit for metric, spec in scenario.limits_of("web1").items()}
    assert limits[log_metric("app")] == 0.5
    assert limits[log_metric("db")] == 2
    assert metric_words(log_metric("app")) == "log app"
    assert metric_unit(log_metric("app")) == "/s"
