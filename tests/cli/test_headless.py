"""What the front end without a screen prints of what it is told."""

from __future__ import annotations

from perfconsole.cli.headless import _Follower
from perfconsole.client.api import RunClient
from perfconsole.metrics.view import RunView
from perfconsole.model import event as ev


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
