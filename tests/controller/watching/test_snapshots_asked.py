"""Snapshots that hands and breaches ask for, and what becomes of them."""

from __future__ import annotations

from typing import Any

import pytest

from perfconsole.controller.record import Record
from perfconsole.controller.refusal import Refusal
from perfconsole.controller.secret_values import mask_for
from perfconsole.controller.watching.snapshots import Snapshots
from perfconsole.model import event as ev
from perfconsole.model.scenario import Scenario
from perfconsole.model.server_news import CommandOutput, SnapshotCame
from perfconsole.servers.snapshots.snapshot_requests import SnapshotRequest

SCENARIO = {
    "name": "shop",
    "variables": {"door": {"value": "open sesame", "secret": True}},
    "servers": {
        "web1": {"local": True, "snapshots": {"sockets": ["ss", "-s"]}}, "web2": {"local": True},
        "db1": {"local": True, "snapshot_on_breach": False},
    },
}  # fmt: skip
WROTE = "user=anna password=letmein door: OPEN SESAME"


class Desk:
    def __init__(self, record: Record, kept: Any) -> None:
        scenario = Scenario.model_validate(SCENARIO)
        infos = tuple(ev.ServerInfo(name, "this machine", {}, True) for name in scenario.servers)
        record.add(
            ev.Started, run="r", name="n", target="", rendezvous=(), duration_s=60.0, groups=(),
            servers=infos, response_limit_ms=None, pass_rate_limit=None, scenario={},
        )  # fmt: skip
        self.record, self.kept = record, kept
        self.now_s = 100.0
        self.asked: list[tuple[str, SnapshotRequest]] = []
        self.snapshots = Snapshots(
            scenario.servers, record, lambda *asked: self.asked.append(asked),
            mask_for(scenario, {}), lambda: self.now_s,
        )  # fmt: skip

    def breach(self, server: str, *, over: bool = True) -> None:
        self.record.add(
            ev.Breached, server=server, metric="cpu_percent", limit=75.0, over=over, since=1000.0,
            text=f"{server} CPU over 75 %",
        )  # fmt: skip

    def answer(self, place: int = -1) -> None:
        server, request = self.asked[place]
        request.taken = True
        output = CommandOutput("processes", WROTE)
        self.snapshots.came(SnapshotCame(server, request.number, (output,)))

    def later(self, seconds: float) -> None:
        self.now_s += seconds

    @property
    def taken(self) -> list[ev.SnapshotTaken]:
        return self.kept.of(ev.SnapshotTaken)

    @property
    def words(self) -> list[str]:
        return [event.text for event in self.kept.of(ev.Noted)]


@pytest.fixture
def desk(timed: Record, kept: Any) -> Desk:
    return Desk(timed, kept)


async def test_a_hand_takes_one_and_secrets_are_masked(desk):
    assert desk.snapshots.take("web1", "by hand") == ["web1"]
    desk.answer()
    await desk.snapshots.close()
    (taken,) = desk.taken
    assert (taken.number, taken.server, taken.why, taken.asked_at) == (1, "web1", "by hand", 1000)
    (output,) = taken.outputs
    assert output.text == "user=anna password=*** door: ***"
    (heading,) = desk.record.view.snapshots
    assert heading.names == ("processes",)
    assert heading.size == len(output.text)
    assert heading.seq == taken.seq
    assert desk.record.view.lines[-1].text == "snapshot 1 of web1: processes (by hand)"


async def test_all_servers_that_are_not_at_it_already(desk):
    desk.snapshots.take("web1", "by hand")
    assert desk.snapshots.take(None, "by hand") == ["web2", "db1"]
    with pytest.raises(Refusal, match="a snapshot of web2 is under way"):
        desk.snapshots.take("web2", "by hand")
    with pytest.raises(Refusal, match="there is no server 'web3'; there are: web1, web2, db1"):
        desk.snapshots.take("web3", "by hand")


async def test_a_breach_takes_one_and_not_too_often(desk):
    desk.breach("web1")
    assert [server for server, _ in desk.asked] == ["web1"]
    desk.answer()
    desk.later(59)
    desk.breach("web1", over=False)
    desk.breach("web1")
    desk.breach("db1")
    assert len(desk.asked) == 1, "a minute between two, and none where nobody wants them"
    desk.breach("web2")
    desk.later(2)
    desk.breach("web1")
    assert [server for server, _ in desk.asked] == ["web1", "web2", "web1"]
    await desk.snapshots.close()
    assert desk.taken[0].why == "web1 CPU over 75 %"


async def test_breaches_take_a_hundred_and_a_run_keeps_two_hundred(desk):
    for _ in range(150):
        desk.later(61)
        desk.breach("web1")
        if len(desk.asked) <= 100:
            desk.answer()
    assert len(desk.asked) == 100
    for _ in range(100):
        desk.snapshots.take("web2", "by hand")
        desk.answer()
    with pytest.raises(Refusal, match="at most 200 snapshots"):
        desk.snapshots.take("web2", "by hand")
    await desk.snapshots.close()
    assert len(desk.record.view.snapshots) == 200


async def test_a_server_that_hangs_gives_no_answer(desk):
    desk.snapshots.take("web1", "by hand")
    desk.later(9)
    desk.snapshots.beat()
    assert desk.words == []
    desk.later(2)
    desk.snapshots.beat()
    assert desk.words == ["no snapshot of web1: no answer (by hand)"]
    desk.answer()
    assert desk.snapshots.take("web1", "by hand") == ["web1"], "it may be asked again"
    await desk.snapshots.close()
    assert desk.taken == [], "nobody waited for it any more"


async def test_one_that_has_begun_is_waited_for_longer(desk):
    desk.snapshots.take("web1", "by hand")
    desk.asked[0][1].taken = True
    desk.later(30)
    desk.snapshots.beat()
    assert desk.words == []
    desk.later(60)
    desk.snapshots.beat()
    assert desk.words == ["no snapshot of web1: no answer (by hand)"]


async def test_the_end_of_the_run_is_told(desk):
    desk.breach("web1")
    await desk.snapshots.close()
    assert desk.words == [
        "no snapshot of web1: the run ended before it was there (web1 CPU over 75 %)"
    ]
