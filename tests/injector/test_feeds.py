"""Rows for virtual users: which, until when, and what is made up."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from perfconsole.injector.failure import Unusable
from perfconsole.injector.feeds import DataEnded, Kept, feed_of
from perfconsole.injector.made_up import maker_of
from perfconsole.injector.values import NoValue, Supply, secret_names
from perfconsole.model import plan
from perfconsole.model.dataset import Table
from perfconsole.model.holes import Hole, mark
from perfconsole.model.states import StopMode, VuState
from perfconsole.model.wait import parse_wait
from perfconsole.scenario.generated import column


def data(rows: int, order: str = "sequential", at_end: str = "recycle") -> plan.DataPlan:
    table = Table(("n", "m"), tuple((str(n), str(-n)) for n in range(rows)))
    return plan.DataPlan(table, order, at_end)


@dataclass
class Taker:
    kept: Kept = field(default_factory=dict)
    random: Random = field(default_factory=lambda: Random(1))


def drawn(feed, count: int) -> list[str]:
    taker = Taker()
    return [feed.row(taker)["d.n"] for _ in range(count)]


def test_rows_begin_anew_or_come_at_random():
    assert drawn(feed_of("d", data(3)), 7) == list("0120120")
    by_chance = drawn(feed_of("d", data(3, "random")), 60)
    assert set(by_chance) == set("012")
    assert by_chance != list("012") * 20
    assert drawn(feed_of("d", data(3, "random")), 60) == by_chance


@pytest.mark.parametrize(
    ("order", "at_end"),
    [("sequential", "stop_vu"), ("unique_per_run", "stop_vu"), ("unique_per_run", "stop_group")],
)
def test_after_the_last_row_there_is_none(order, at_end):
    feed = feed_of("d", data(3, order, at_end))
    assert drawn(feed, 3) == list("012")
    for _ in range(2):
        with pytest.raises(DataEnded) as caught:
            feed.row(Taker())
        assert caught.value.whole_group is (at_end == "stop_group")
    assert caught.value.why("browse", whole_group=False) == "d has no more rows: VUs of browse end"
    assert caught.value.why("browse", whole_group=True) == "d has no more rows: browse ends"


@given(st.integers(0, 8), st.lists(st.integers(0, 9), max_size=60))
def test_a_vu_keeps_its_row_and_nobody_else_has_it(rows, turns):
    feed = feed_of("d", data(rows, "unique_per_vu", "stop_vu"))
    takers: dict[int, Taker] = {}
    had: dict[int, str] = {}
    for vu in turns:
        try:
            row = feed.row(takers.setdefault(vu, Taker()))
        except DataEnded:
            assert vu not in had
            assert len(had) == rows
        else:
            assert had.setdefault(vu, row["d.n"]) == row["d.n"]
    assert len(set(had.values())) == len(had)


def test_a_row_is_taken_when_a_value_of_it_is_asked_for_and_no_earlier():
    feed = feed_of("d", data(2, "unique_per_run", "stop_vu"))
    supply = Supply({"a": "x"}, {"d": feed}, frozenset())
    for n in range(2):
        supply.values(Taker())["a"]
        values = supply.values(Taker())
        assert (values["d.m"], values["d.n"]) == (str(-n), str(n))
    with pytest.raises(DataEnded):
        supply.values(Taker())["d.n"]
    with pytest.raises(NoValue):
        supply.values(Taker())["nobody"]
    assert supply.over({"a": "y", "b": "z"}).values(Taker()) == {"a": "y", "b": "z"}


# -------------------------------------------------------------------- what is made up


def made(written, count: int = 50, seed: int = 1) -> list[str]:
    make = maker_of(column("c", written))
    random = Random(seed)
    return [make(random) for _ in range(count)]


def test_what_is_drawn_can_be_drawn_again():
    for written in ("number 1 to 1000000", "text 12", ("a", "b", "c"), "faker name"):
        assert made(written) == made(written)
        assert made(written) != made(written, seed=2)


def test_what_is_made():
    assert made("counter from 5 by 10", 3) == ["5", "15", "25"]
    assert {int(n) for n in made("number -1 to 1")} == {-1, 0, 1}
    assert all(len(text) == 7 and text.isalnum() for text in made("text 7"))
    assert set(made((1, "b"))) == {"1", "b"}
    assert all(" " in name for name in made("faker name"))
    ids = made("uuid") + made("uuid")
    assert len(set(ids)) == 100
    assert all(UUID(each).version == 4 for each in ids)


def test_a_provider_that_is_none():
    with pytest.raises(Unusable, match='Faker makes no "nobody"'):
        maker_of(plan.GeneratedColumn("c", "faker", what="nobody"))


def test_injectors_count_apart():
    seen = []
    for number in range(5):  # the last two in the place of lost ones
        columns = (column("c", "counter from 100", number, 3), column("id", "uuid", number, 3))
        feed = feed_of("d", plan.DataPlan(generated=columns))
        seen.append([feed.row(Taker())["d.c"] for _ in range(20)])
    whole = list(chain.from_iterable(seen))
    assert len(set(whole)) == len(whole)
    assert sorted(map(int, chain.from_iterable(seen[:3]))) == list(range(100, 160))


# -------------------------------------------------------------------- secrets


def text(*names: str) -> plan.Text:
    return plan.Text("", tuple(Hole(name, "text") for name in names))


def test_what_is_made_of_a_secret_is_one(plan_for):
    steps = (
        plan.SetStep((("a", text("marked")), ("b", text("plain")), ("c", text("d")))),
        plan.RepeatStep((1, 2), (plan.SetStep((("d", text("plain", "a")),)),)),
    )
    whole = plan_for(1).of(g=steps)
    whole = replace(
        whole, variables={"marked": "s", "plain": "p", "password": "w"}, secret=("marked",)
    )
    assert secret_names(whole) == {"marked", "a", "c", "d", "password"}
    values = Supply.of(whole).values(Taker())
    values["c"] = "made-of-it"
    assert values.hidden("p s made-of-it w") == "p *** *** ***"


# -------------------------------------------------------------------- in an injector


@pytest.fixture
def asks(plan_for, target):
    """The plan of a flow that asks for a value of the rows in each iteration."""

    def plan_of(rows: plan.DataPlan, *, of: str = "d.n", then: str = "/then") -> plan.InjectorPlan:
        ask = plan.RequestStep(
            "ask", "GET", f"/{mark(0)}", (), b"", plan.Check(), 10.0, holes=(Hole(of, "path"),)
        )
        after = plan.RequestStep("then", "GET", then, (), b"", plan.Check(), 10.0)
        steps = (plan.TransactionStep("t", (ask, after)), plan.ThinkStep(parse_wait("1ms")))
        return replace(plan_for(target.port).of(g=steps), data={"d": rows})

    return plan_of


async def test_each_row_is_played_once_and_its_vus_end_well(asks, begin, target, until):
    injector = await begin(asks(data(40, "unique_per_run", "stop_vu")))
    await injector.vus(6)
    await until(lambda: injector.ticks and _states(injector).get(VuState.PASSED) == 6)
    await injector.finish()
    assert target.paths == {**{f"/{n}": 1 for n in range(40)}, "/then": 40}
    injector.assert_counts_add_up()
    assert (injector.total("requests_failed"), injector.total("cut")) == (0, 0)
    assert injector.transaction("t", "passed") == 40
    assert injector.transaction("t", "cut") == 6
    assert injector.iterations() == (40, 0)
    assert injector.troubles == ["d has no more rows: VUs of g end"]


async def test_nobody_takes_the_place_of_a_vu_that_has_no_row(asks, begin, target, until):
    injector = await begin(asks(data(3, "unique_per_vu", "stop_vu")))
    await injector.vus(5)
    await until(lambda: injector.ticks and _states(injector).get(VuState.PASSED) == 2)
    await injector.vus(4)
    await until(lambda: sum(target.paths.values()) > 60)
    assert set(target.paths) == {"/0", "/1", "/2", "/then"}
    assert _states(injector)[VuState.PASSED] == 2
    await injector.finish()
    injector.assert_counts_add_up()
    assert injector.total("requests_failed") == 0


async def test_who_comes_after_a_vu_in_its_slot_has_its_row(asks, begin, target, until):
    injector = await begin(asks(data(2, "unique_per_vu", "stop_vu")))
    for _ in range(3):
        await injector.vus(2)
        target.seen.clear()
        await until(lambda: {"/0", "/1"} <= set(target.paths))
        await injector.vus(0, mode=StopMode.AFTER_REQUEST)
        await until(lambda: target.open == 0)
    assert not injector.troubles
    await injector.finish()


async def test_values_of_a_group_are_over_those_of_all(plan_for, target, begin, until):
    ask = plan.RequestStep(
        "ask", "GET", f"/{mark(0)}/{mark(1)}", (), b"", plan.Check(), 10.0,
        holes=(Hole("a", "path"), Hole("b", "path")),
    )  # fmt: skip
    whole = replace(plan_for(target.port, iterations=1).of(g=(ask,), h=(ask,)),
                    variables={"a": "1", "b": "2"})  # fmt: skip
    own = replace(whole.groups[1], variables={"b": "3"})
    injector = await begin(replace(whole, groups=(whole.groups[0], own)))
    await injector.vus(1)
    await injector.vus(1, "h")
    await until(lambda: len(target.paths) == 2)
    assert set(target.paths) == {"/1/2", "/1/3"}
    await injector.finish()


def _states(injector) -> dict[VuState, int]:
    return next(group.states for group in injector.ticks[-1].groups if group.name == "g")
