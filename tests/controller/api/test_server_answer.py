"""``GET /v1/servers/NAME``: one server whole."""

from __future__ import annotations

import time
from types import SimpleNamespace
from urllib.parse import quote

import httpx
import msgspec
import pytest

from perfconsole.controller.api.endpoint import MOST_BYTES
from perfconsole.controller.api.http_api import make_app, shortened
from perfconsole.controller.attendance import Attendance
from perfconsole.metrics.fold_servers import fold_sample
from perfconsole.metrics.view import RunView, ServerView
from perfconsole.model.sample import ServerSample

SAMPLES = 1500
METRICS = ["cpu_percent", "disk_percent:/", *(f"disk_await_ms:sd{n}" for n in range(43))]


@pytest.fixture(scope="module")
def view() -> RunView:
    """A crowd after fifty minutes."""
    names = ["a/b ü", *(f"web{n}" for n in range(1, 50))]
    limits = {"cpu_percent": 75.0}
    view = RunView(servers={name: ServerView(name, "there", True, limits) for name in names})
    for second in range(0, 2 * SAMPLES, 2):
        for number, name in enumerate(names):
            metrics = {metric: float((second + number) % 97) for metric in METRICS}
            fold_sample(view, float(second), ServerSample(name, True, metrics))
    for series in view.series.values():
        for second in range(2 * SAMPLES):
            series.add(float(second), second / 7)
    return view


async def asked(view: RunView, name: str) -> httpx.Response:
    attendance = Attendance.since(time.monotonic(), None)
    run = SimpleNamespace(record=SimpleNamespace(view=view), attendance=attendance)
    transport = httpx.ASGITransport(make_app(run))
    async with httpx.AsyncClient(transport=transport, base_url="http://controller") as client:
        return await client.get(f"/v1/servers/{quote(name, safe='')}")


async def test_one_of_many_has_more_history_than_a_snapshot_carries(view):
    body = shortened(view)
    assert len(body) <= MOST_BYTES
    of_all = msgspec.json.decode(body, type=RunView).servers["a/b ü"]
    alone = msgspec.json.decode((await asked(view, "a/b ü")).content, type=ServerView)
    assert alone == view.servers["a/b ü"]
    assert list(of_all.metrics) == METRICS
    assert all(metric.samples == SAMPLES for metric in of_all.metrics.values())
    some, whole = (shown.metrics["cpu_percent"].series for shown in (of_all, alone))
    assert 10 < some.size < whole.size > 1000


async def test_it_fits_however_many_metrics_there_are(view):
    server = ServerView("big", "there", True, {"disk_percent": 80.0})
    metrics = view.servers["web1"].metrics
    server.metrics = {f"disk_percent:/{n}": metrics["cpu_percent"] for n in range(64)}
    server.metrics |= {f"disk_await_ms:{n}": metrics["disk_await_ms:sd1"] for n in range(100)}
    answer = await asked(RunView(servers={"big": server}), "big")
    assert len(answer.content) <= MOST_BYTES
    sent = msgspec.json.decode(answer.content, type=ServerView)
    assert min(metric.series.size for metric in sent.metrics.values()) > 20


async def test_one_that_is_not_there(view):
    answer = await asked(RunView(servers={"web1": view.servers["web1"]}), "nope")
    assert answer.status_code == 404
    assert answer.json() == {"error": "there is no server 'nope'; there are: web1"}
