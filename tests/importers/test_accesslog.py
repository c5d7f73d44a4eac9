from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.importers.accesslog import busiest_hour, counted, curve, from_accesslog, lines_of
from perfconsole.importers.draft import ImportFault
from perfconsole.importers.log_lines import Hit, hits
from perfconsole.importers.writing import scenario_text
from perfconsole.scenario.document import Composer
from perfconsole.scenario.load import load

MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC).timestamp()


def line(at_s: float, path: str = "/", method: str = "GET", status: int = 200) -> str:
    when = datetime.fromtimestamp(MIDNIGHT + at_s, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")
    return f'10.0.0.1 - anna [{when}] "{method} {path} HTTP/1.1" {status} 512 "-" "curl/8"'


def test_lines_of_several_servers():
    seen: list[int] = []
    found = list(
        hits(
            [
                line(5, "/a?b=c"),
                "",
                json.dumps({"time_iso8601": "2026-03-01T00:00:05+00:00", "status": "200",
                            "request": "GET /a?b=c HTTP/2.0"}),
                json.dumps({"ts": MIDNIGHT + 5, "status": 200,
                            "request": {"method": "GET", "uri": "/a?b=c"}}),
                json.dumps({"@timestamp": "2026-03-01T00:00:05Z", "method": "get",
                            "path": "/a?b=c", "status_code": 200}),
                "nonsense",
                '{"half": ',
            ],
            seen,
        )
    )  # fmt: skip
    assert found == [Hit(MIDNIGHT + 5, "GET", "/a?b=c", 200)] * 4
    assert seen == [6, 7]


def test_the_mix_the_busiest_hour_and_the_curve():
    log = [line(60 * n) for n in range(600)]
    log += [line(7200 + n, f"/item/{n % 3}") for n in range(3600)]
    log += [line(9, "/a.png"), line(9, "/login", "POST"), line(9, "/gone", status=404), "?"]
    draft = from_accesslog(log, "http://127.0.0.1:8080")
    group = draft.tree["groups"]["visitors"]
    assert group["load"][0]["curve"][:2] == [["0s", "0.0167/s"], ["5m", "0.0167/s"]]
    assert group["load"][1:] == [{"to": "0/s"}]
    ways = draft.tree["flows"]["visitors"][0]["choose"]
    assert [(way["weight"], way["steps"][0]) for way in ways] == [
        (3600, {"request": "GET /item/${item.id}", "name": "GET /item/{id}"}),
        (600, {"request": "GET /"}),
    ]
    assert draft.tree["data"] == {"item": {"generate": {"id": ["0", "1", "2"]}}}
    assert draft.notes[:4] == [
        "left out: 1 × static files",
        "left out: 1 × POST (what was sent is in no log)",
        "left out: 1 × answered with an error",
        "1 lines could not be read, the first is line 4204",
    ]
    read = Composer().read(scenario_text(draft))
    assert read is not None
    assert read.plain() == draft.tree


def test_what_it_writes_is_a_scenario(tmp_path):
    path = tmp_path / "log.yaml"
    for spans in (60, 7200):
        log = [line(0, "/?q=a"), line(spans / 2, "/?q=b"), line(spans, "/?q=c")]
        draft = from_accesslog(log, "https://shop.example")
        path.write_text(scenario_text(draft))
        assert load(path).groups["visitors"].open
        assert "left out: what stands behind the ? of GET /, which has 3 forms" in draft.notes


def test_a_packed_log(tmp_path):
    path = tmp_path / "access.log.gz"
    path.write_bytes(gzip.compress("\n".join(line(n) for n in range(10)).encode()))
    assert from_accesslog(lines_of([path]), "http://h").tree["flows"] == {
        "visitors": [{"request": "GET /"}]
    }
    with pytest.raises(ImportFault, match="none: cannot be read: no such file"):
        list(lines_of([tmp_path / "none"]))


def test_an_empty_log():
    with pytest.raises(ImportFault, match="no GET answered below 400 in this log; none of 1 lines"):
        from_accesslog(["x"], "http://h")


@given(st.lists(st.floats(0, 86_400 * 3), min_size=1, max_size=300))
def test_the_busiest_hour_is_no_less_than_any_other_and_the_curve_has_every_request(times):
    traffic = counted(Hit(1e9 + t, "GET", "/", 200) for t in times)
    rate, since_s = busiest_hour(traffic)
    if max(times) - min(times) >= 7200:
        inside = sum(1e9 + t >= since_s and 1e9 + t < since_s + 3600 for t in times)
        assert rate == pytest.approx(max(inside / 3600, 1e-3), rel=0.01)
    points = curve(traffic)
    step = points[1][0] if len(points) > 1 else 300
    assert sum(per_s * step for _, per_s in points) == pytest.approx(len(times), rel=1e-6)


@given(st.lists(st.text(max_size=60), max_size=10))
def test_nonsense_is_refused(lines):
    with pytest.raises(ImportFault):
        from_accesslog(lines, "http://h")
