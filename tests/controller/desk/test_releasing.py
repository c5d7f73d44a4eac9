"""Releases by hand, in many small steps."""

from __future__ import annotations

from typing import Any

import pytest

from perfconsole.model import wire

MEETING: dict[str, Any] = {
    "groups": {"browse": {"vus": 500}},
    "flows": {"browse": [{"request": "GET /"}, {"rendezvous": "gate"}]},
}


@pytest.fixture
def desk(make_desk):
    """With 500 VUs at its only rendezvous."""
    desk = make_desk(MEETING)
    desk.releases.gathered(0, wire.Gathered("gate", {"browse": 500}))
    return desk


def released(desk) -> list[wire.Release]:
    return [order for order in desk.pool.sent if isinstance(order, wire.Release)]


def test_steps_shorter_than_a_beat_come_in_time(desk):
    desk.do(do="release", point="gate", count=10, every_s=0.02)
    for _ in range(20):
        desk.releases.advance(0.05)
    assert sum(order.count for order in released(desk)) == pytest.approx(500, abs=30)


def test_however_late_they_are_acted_on_the_point_releases_by_itself_again(desk):
    desk.do(do="release", point="gate", count=1, every_s=0.05)
    for _ in range(160):
        desk.releases.advance(0.05)
    orders = released(desk)
    assert len(orders) > 150
    for order in orders:
        desk.releases.answered(0, order.order)
    before = len(orders)
    desk.releases.gathered(0, wire.Gathered("gate", {"browse": 9}))
    desk.releases.advance(0.05)
    assert len(released(desk)) > before
