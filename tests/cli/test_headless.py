"""What the front end without a screen prints of what it is told."""

from __future__ import annotations

import pytest

from perfconsole.cli.headless import _Follower, progress
from perfconsole.client.api import RunClient
from perfconsole.metrics.view import GroupView, RunView
from perfconsole.model import event as ev
from perfconsole.model.states import RunState
from perfconsole.model.tick import Arrivals


def noted(seq: int, at: float, text: str) -> ev.Noted:
    return ev.Noted(seq=seq, at=at, level="info", kind="note", text=text)


def test_every_line_is_printed_once_whenever_it_is_told_to_have_been(tmp_path, capsys):
    follower = _Follower(
        RunClient(tmp_path / "socket", kind="headless", by="me"), RunView(), quiet=False
    )
    for event in (noted(1, 5.0, "first"), noted(2, 5.0, "at the same time"),
                  noted(3, 4.0, "of before")):  # fmt: skip
        follower.view.fold(event)
        follower.show()
        follower.show()
    printed = [line.split("  ")[1] for line in capsys.readouterr().err.splitlines()]
    assert [text for text in printed if text != "preparing"] == [
        "first",
        "at the same time",
        "of before",
    ]


@pytest.mark.parametrize(
    ("waiting", "dropped", "said"),
    [(0, 0, ["arrivals 98 of 100/s"]), (3, 2, ["arrivals 98 of 100/s", "waiting 3", "dropped 2"])],
)
def test_progress_tells_what_was_offered_of_the_wanted_rate(waiting, dropped, said):
    view = RunView(state=RunState.RUNNING)
    arrivals = Arrivals(100.0, due=100, offered=98, waiting=waiting, dropped=dropped)
    view.groups["browse"] = GroupView(
        "browse", "buy", planned=40, arrivals=arrivals, dropped=dropped
    )
    view.groups["closed"] = GroupView("closed", "look", planned=2)
    parts = progress(view).split("  ")
    assert parts[parts.index("errors 0/s") + 1 :] == said
