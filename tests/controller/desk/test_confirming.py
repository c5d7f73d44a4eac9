"""What asks before it is done, and what does not."""

import pytest

from perfconsole.model import event as ev

TWO = {"groups": {"browse": {"vus": 20}, "publish": {"vus": 10}}}


def asks(desk, **command: object) -> str:
    """The question, with nothing done; empty when the command was just done."""
    before = desk.vus()
    said = desk.do(sure=False, **command)  # type: ignore[arg-type]
    if not said.endswith("?"):
        return ""
    assert desk.vus() == before
    return said


@pytest.mark.parametrize(
    ("command", "question"),
    [
        ({"do": "stop", "groups": ["browse"]}, "stop browse after the iteration: 20 VUs?"),
        ({"do": "stop", "groups": ["all"], "mode": "now"}, "stop all groups now: 30 VUs?"),
        ({"do": "stop_run"}, "stop the run after the iteration, for good: 0 VUs?"),
        (
            {"do": "stop_vus", "group": "browse", "vus": ["0.3"]},
            "stop VU 0.3 of browse after the iteration?",
        ),
        (
            {"do": "stop_vus", "group": "browse", "vus": ["0.3", "1.4"], "mode": "now"},
            "stop 2 VUs of browse now?",
        ),
        ({"do": "vus", "group": "browse", "to": 0}, "take browse from 20 VUs to none?"),
        ({"do": "vus", "group": "publish", "by": -10}, "take publish from 10 VUs to none?"),
        (
            {"do": "vus", "group": "publish", "to": 101},
            "raise publish from 10 to 101 VUs, 10.1 times its load?",
        ),
        (
            {"do": "vus", "group": "all", "to": 3000, "over_s": 60},
            "raise browse from 20 to 2,000 VUs, 100 times its load?",
        ),
        (
            {
                "do": "schedule",
                "group": "browse",
                "load": [{"to": 9}, {"spike": 900, "lasting": 5}],
            },
            "raise browse from 20 to 900 VUs, 45 times its load?",
        ),
    ],
)
def test_what_destroys_or_multiplies_the_load_asks(make_desk, command, question):
    desk = make_desk(TWO)
    assert asks(desk, **command) == question


@pytest.mark.parametrize(
    "command",
    [
        {"do": "pause", "groups": ["all"]},
        {"do": "vus", "group": "publish", "to": 100},
        {"do": "start", "groups": ["browse"]},
        {"do": "stop", "groups": ["nobody"]},
        {"do": "vus", "group": "nobody", "to": 900},
    ],
)
def test_what_is_harmless_or_cannot_be_done_asks_nothing(make_desk, command):
    assert asks(make_desk(TWO), **command) == ""


@pytest.mark.parametrize(("now", "to", "asked"), [(1, 5, 0), (1, 10, 0), (1, 11, 1), (2, 21, 1)])
def test_a_few_vus_are_no_flood(make_desk, now: int, to: int, asked: int):
    desk = make_desk({"groups": {"browse": {"vus": now}}})
    assert bool(asks(desk, do="vus", group="browse", to=to)) == bool(asked)


def test_from_nothing_a_few_are_no_flood_either(make_desk):
    desk = make_desk({"groups": {"browse": {"vus": 50}}})
    desk.do(do="vus", group="browse", to=0)
    assert asks(desk, do="vus", group="browse", to=11) == "raise the run from 0 to 11 VUs?"
    assert asks(desk, do="vus", group="browse", to=5) == ""


def test_a_group_that_begins_is_measured_by_the_run(make_desk):
    desk = make_desk({"groups": {"browse": {"vus": 50}, "late": {"vus": 1, "start_after": "1h"}}})
    assert asks(desk, do="vus", group="late", to=60) == ""


def test_rates_ask_as_vus_do(make_desk):
    desk = make_desk({"groups": {"search": {"rate": "5/s", "vus": 10}}})
    assert asks(desk, do="rate", group="search", to="500/s") == "raise search from 5/s to 500/s?"
    assert asks(desk, do="schedule", group="search", load=[{"to": "60/s", "over": 9}]) == (
        "raise search from 5/s to 60/s?"
    )
    assert asks(desk, do="rate", group="search", to="50/s") == ""


def test_more_than_max_vus_in_all_asks_and_fewer_never_do(make_desk):
    desk = make_desk({"max_vus": 40} | TWO)
    question = "have up to 41 VUs in all, over the scenario's max_vus, 40?"
    assert asks(desk, do="vus", group="browse", by=11) == question
    assert desk.do(do="vus", group="browse", by=11) == "VUs of browse 20 → 31"
    assert asks(desk, do="vus", group="browse", by=-1) == ""
    assert asks(desk, do="vus", group="browse", by=1) == question
    desk.do(do="stop", groups=["publish"])
    desk.do(do="vus", group="browse", to=35)
    assert asks(desk, do="start", groups=["publish"]) == (
        "have up to 45 VUs in all, over the scenario's max_vus, 40?"
    )
    added = {
        "do": "add_group",
        "group": "more",
        "spec": {"vus": 9, "flow": "browse", "pacing": "every 1s"},
    }
    assert asks(desk, **added) == "have up to 44 VUs in all, over the scenario's max_vus, 40?"


def test_a_start_against_a_host_that_is_not_on_the_list_asks(make_desk):
    hosts = {"hosts": ["*.test.example", "stage.example:8080"]} | TWO
    for target, asked in (
        ("https://shop.example", True),
        ("http://stage.example:9090", True),
        ("http://stage.example:8080", False),
        ("http://a.test.example:9", False),
        ("http://localhost:8080", False),
    ):
        desk = make_desk(hosts, target)
        desk.do(do="stop", groups=["browse"])
        question = asks(desk, do="start", groups=["browse"])
        host = target.partition("://")[2]
        there = f"start browse against {host}, which is not on the scenario's list of hosts?"
        assert question == (there if asked else ""), target
        by_hand = asks(desk, do="vus", group="publish", to=9)
        assert by_hand == ""
        desk.do(do="stop", groups=["browse"])
        assert asks(desk, do="vus", group="browse", to=9) == (there if asked else "")


def test_without_a_list_a_start_asks_nothing(make_desk):
    desk = make_desk(TWO, "https://shop.example")
    desk.do(do="stop", groups=["browse"])
    assert asks(desk, do="start", groups=["browse"]) == ""


def test_an_undo_that_ends_a_group_asks(make_desk):
    desk = make_desk(TWO)
    desk.do(do="stop", groups=["browse"])
    desk.do(do="start", groups=["browse"])
    assert asks(desk, do="undo") == "stop browse after the iteration: 20 VUs?"
    desk.do(do="undo")
    assert asks(desk, do="undo") == ""
    assert desk.vus()["browse"] == 20


def test_an_undo_asks_as_the_change_would_that_it_makes(make_desk):
    desk = make_desk({"groups": {"a": {"vus": 500}, "b": {"vus": 1, "start_after": "1h"}},
                      "duration": "10m"})  # fmt: skip
    desk.do(do="vus", group="a", to=2)
    assert asks(desk, do="undo") == "raise a from 2 to 500 VUs, 250 times its load?"
    desk.do(do="undo")
    desk.do(do="vus", group="b", to=5)
    assert asks(desk, do="undo") == "stop b after the iteration: 5 VUs?"
    desk.record.add(ev.LoadBegan, at=desk.record.now() - 1200)
    desk.now_s = 1200
    desk.do(do="duration", by_s=3600)
    assert asks(desk, do="undo") == "end the run at once, for it has lasted 20m already?"


def test_an_added_group_asks_when_it_is_most_of_the_load(make_desk):
    desk = make_desk(TWO)
    added = {"do": "add_group", "group": "more"}
    rest = {"flow": "browse", "pacing": "every 1s"}
    assert asks(desk, **added, spec={"vus": 900} | rest).startswith("raise the run from")
    with pytest.raises(NotImplementedError):  # no more is asked: it would be made
        asks(desk, **added, spec={"vus": 90} | rest)
    assert asks(desk, **added, spec={"vus": 9, "flow": "browse"}) == (
        "have 9 VUs of more ask as fast as they are answered, with no think time and no pacing?"
    )
    flood = {"vus": 9, "rate": "900/s", "flow": "browse"}
    assert asks(desk, **added, spec=flood) == "raise more from 0/s to 900/s?"


def test_who_would_hardly_think_any_more_asks(make_desk):
    desk = make_desk(TWO)
    assert asks(desk, do="think", groups=["browse"], factor=0.5) == ""
    assert asks(desk, do="think", groups=["browse"], factor=0).startswith("have browse think 0 ")
    desk.do(do="think", groups=["browse"], factor=0)
    assert asks(desk, do="think", groups=["browse"], factor=0) == ""
