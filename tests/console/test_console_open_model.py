"""Open models on the screen: arrivals beside the VUs, and a hand on the rate."""

from __future__ import annotations

import msgspec
import pytest

from perfconsole.console.orders import Choice
from perfconsole.console.present import pages, shapes
from perfconsole.console.present.details import details
from perfconsole.console.titles import title
from perfconsole.console.typed import typed_load
from perfconsole.console.uistate import ALL, Page
from perfconsole.metrics.view import RunView
from perfconsole.model import command as cmd
from perfconsole.model import event as ev
from perfconsole.model.tick import Arrivals, Times

SERVED = Times(40, 35, 50, 61, 80, 95)


def opened(event: ev.RunEvent, group: str) -> ev.RunEvent:
    """The same second, but that `group` has arrivals."""
    if not isinstance(event, ev.Second):
        return event
    arrivals = Arrivals(300.0, due=300, offered=290, waiting=12, dropped=1)
    tick = event.tick
    groups = tuple(
        msgspec.structs.replace(g, arrivals=arrivals, service=SERVED) if g.name == group else g
        for g in tick.groups
    )
    named = tuple(
        msgspec.structs.replace(t, service=SERVED) if t.name.startswith(group) else t
        for t in tick.transactions
    )
    return msgspec.structs.replace(
        event, tick=msgspec.structs.replace(tick, groups=groups, transactions=named)
    )


@pytest.fixture
def open_run(script, scripted_run):
    written = script().started().play(range(60))
    written.events = [opened(event, "browse") for event in written.events]
    return scripted_run(written)


@pytest.fixture
def view(open_run) -> RunView:
    seen = RunView()
    for event in open_run.script.events:
        seen.fold(event)
    return seen


def cells(view: RunView, page: Page, key: str) -> dict[str, object]:
    row = next(row for row in pages.rows(view, page) if row.key == key)
    return dict(zip((c.key for c in shapes.SHAPES[page].columns), row.cells, strict=True))


def test_arrivals_stand_beside_the_vus(view) -> None:
    browse = cells(view, Page.GROUPS, "browse")
    assert (browse["rate/s"], browse["waiting"]) == ("300", ("12", "warn"))
    assert (browse["dropped"], browse["svc p95"]) == (("60!", "over"), "61")
    publish = cells(view, Page.GROUPS, "publish")
    assert (publish["rate/s"], publish["waiting"], publish["dropped"]) == ("", "", "")
    assert cells(view, Page.GROUPS, ALL)["rate/s"] == "300"
    said = dict(details(view, Page.GROUPS, "browse"))
    assert said["arrivals"] == "290/s offered of 300/s, 12 waiting"
    assert said["so far"] == "18,000 due, 17,400 offered, 60 dropped"
    assert "p95 61 ms" in said["service time"]
    assert "arrivals" not in dict(details(view, Page.GROUPS, "publish"))


def test_service_stands_beside_response(view) -> None:
    assert cells(view, Page.TRANSACTIONS, "browse: open")["svc p95"] == "61"
    assert cells(view, Page.TRANSACTIONS, "publish: open")["svc p95"] == ""
    assert "service time" in dict(details(view, Page.TRANSACTIONS, "browse: open"))


def test_a_closed_run_has_no_columns_for_it(script) -> None:
    seen = RunView()
    for event in script().started().play(range(5)).events:
        seen.fold(event)
    assert {"rate/s", "waiting", "dropped", "svc p95"} <= pages.absent(seen, Page.GROUPS)
    assert "svc p95" in pages.absent(seen, Page.TRANSACTIONS)


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("150/s", cmd.ChangeRate(group="browse", to=150)),
        ("90/min over 30s", cmd.ChangeRate(group="browse", to=1.5, over_s=30)),
        ("40", cmd.ChangeVus(group="browse", to=40)),
    ],
)
def test_what_is_typed(view, text: str, sent: cmd.Command) -> None:
    (made,) = typed_load(text, Choice(view, "browse", 10))
    assert made == sent
    assert title(made).split()[0] in ("rate", "vus")


@pytest.mark.parametrize(
    ("text", "group"), [("5/s", "publish"), ("5/day", "browse"), ("5/s over soon", "browse")]
)
def test_what_is_typed_in_vain(view, text: str, group: str) -> None:
    with pytest.raises(ValueError, match=r"write|select"):
        typed_load(text, Choice(view, group, 10))


async def test_the_dialog_takes_a_rate(open_run, console, typed, until) -> None:
    app = console(open_run)
    async with app.run_test(size=(160, 45)) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        dashboard = app.screen
        typed(app, "=150/s over 5s⏎")
        await until(lambda: open_run.sent and app.screen is dashboard, pilot)
        assert open_run.sent == [cmd.ChangeRate(group="browse", to=150, over_s=5)]
