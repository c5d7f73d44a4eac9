"""What the front end without a screen prints of what it is told."""

from __future__ import annotations

import pytest

from perfconsole.cli.headless import _Follower, follow, progress
from perfconsole.cli.interrupts import Interrupts
from perfconsole.client.api import RunClient
from perfconsole.journal.folder import RunFolder
from perfconsole.journal.writer import JournalWriter
from perfconsole.metrics.parts import ServerView
from perfconsole.metrics.view import GroupView, RunView
from perfconsole.model import event as ev
from perfconsole.model.states import RunState, Verdict
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


def test_no_line_holds_what_a_terminal_would_obey(tmp_path, capsys):
    follower = _Follower(
        RunClient(tmp_path / "socket", kind="headless", by="me"), RunView(), quiet=False
    )
    follower.view.fold(noted(1, 5.0, "web1: \x1b]0;title\x07 \u202eback"))
    follower.show()
    printed = capsys.readouterr().err
    assert "web1:  ]0;title   back" in printed
    assert printed.replace("\n", "").isprintable()


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


def test_progress_of_a_watch_tells_how_many_servers_answer():
    view = RunView(state=RunState.RUNNING)
    for name, ok in (("web1", True), ("web2", False), ("web3", None)):
        view.servers[name] = ServerView(name, name, True, {}, ok=ok)
    assert progress(view).split("  ")[1:] == ["1 of 3 servers answer"]


@pytest.mark.parametrize("ended", [True, False])
def test_a_run_that_was_over_before_anybody_came_is_told_from_its_journal(tmp_path, capsys, ended):
    folder = RunFolder(tmp_path)
    journal = JournalWriter(folder.journal)
    journal.put(noted(1, 5.0, "not verified"))
    if ended:
        journal.put(ev.Ended(seq=2, at=6.0, verdict=Verdict.PASSED, reasons=()))
    journal.close()
    with Interrupts() as interrupts:
        assert follow(folder, interrupts) is ended
    assert "not verified" in capsys.readouterr().err
