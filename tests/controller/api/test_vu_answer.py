"""The list of a group's VUs over HTTP: what may be asked, and what is answered otherwise."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from types import SimpleNamespace

import httpx
import pytest

from perfconsole.controller.api.http_api import make_app
from perfconsole.controller.attendance import Attendance
from perfconsole.metrics.parts import GroupView
from perfconsole.metrics.view import RunView
from perfconsole.model.states import VuState
from perfconsole.model.vu_page import VuLine, VuPage


class OneRun:
    """A run of which only its VUs are asked."""

    def __init__(self) -> None:
        groups = {name: GroupView(name, name, 1) for name in ("browse", "a/b ü")}
        self.record = SimpleNamespace(view=RunView(groups=groups))
        self.attendance = Attendance.since(time.monotonic(), None)
        self.asked: list[tuple[str, int, int, VuState | None]] = []

    async def vus(self, group: str, first: int, count: int, state: VuState | None) -> VuPage:
        self.asked.append((group, first, count, state))
        return VuPage(7, (VuLine("0.1", VuState.RUNNING, "GET /", 3, 1),), (4,))


@pytest.fixture
def run() -> OneRun:
    return OneRun()


@pytest.fixture
async def http(run: OneRun) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(make_app(run))
    async with httpx.AsyncClient(transport=transport, base_url="http://controller") as client:
        yield client


async def test_a_page_is_asked_for_by_number_and_state(run: OneRun, http) -> None:
    answer = await http.get("/v1/groups/browse/vus?first=2&count=1000&state=paused")
    assert answer.status_code == 200
    assert answer.json() == {
        "total": 7,
        "vus": [{"id": "0.1", "state": "running", "step": "GET /", "iterations": 3, "failed": 1,
                 "last_error": "", "paused": False}],
        "missing": [4],
    }  # fmt: skip
    await http.get("/v1/groups/a%2Fb%20%C3%BC/vus")
    assert run.asked == [("browse", 2, 1000, VuState.PAUSED), ("a/b ü", 0, 100, None)]


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("nope/vus", 404, "there is no group 'nope'; there are: browse, a/b ü"),
        ("browse/vus?first=-1", 422, "first is a whole number from 0 on"),
        ("browse/vus?first=1e3", 422, "first is a whole number from 0 on"),
        ("browse/vus?count=0", 422, "count is a whole number from 1 to 1,000"),
        ("browse/vus?count=1001", 422, "count is a whole number from 1 to 1,000"),
        ("browse/vus?count=", 422, "count is a whole number from 1 to 1,000"),
        ("browse/vus?state=tired", 422, "state is one of: down, pending, initializing, ready, "
         "running, rendezvous, paused, gradual_exiting, exiting, passed, failed, error, stopped"),
    ],
)  # fmt: skip
async def test_what_cannot_be_asked_is_answered_in_one_line(
    run: OneRun, http, path: str, status: int, says: str
) -> None:
    answer = await http.get(f"/v1/groups/{path}")
    assert (answer.status_code, answer.json()) == (status, {"error": says})
    assert run.asked == []
