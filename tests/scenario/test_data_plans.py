"""The laws of sharing: what is unique is unique over all injectors, those of a replacement too."""

from __future__ import annotations

from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.model.data import DataSpec
from perfconsole.model.dataset import Table
from perfconsole.model.group import GroupSpec
from perfconsole.model.plan import DataPlan
from perfconsole.model.scenario import Scenario
from perfconsole.model.shares import shares
from perfconsole.scenario.planning import plan_for


def table(rows: int) -> Table:
    return Table(("n",), tuple((str(n),) for n in range(rows)))


def plans(spec: DataSpec, rows: int, injectors: int, vus: list[int], lost: int) -> list[DataPlan]:
    """The data set as each injector has it, `lost` replacements among them."""
    names = [f"g{n}" for n in range(len(vus))]
    scenario = Scenario(
        name="x", target="http://h", data={"d": spec},
        groups={name: GroupSpec(vus=n) for name, n in zip(names, vus, strict=True)},
        flows={name: [{"request": "GET /${d.n}"}] for name in names},
    )  # fmt: skip
    return [
        plan_for(
            scenario, "http://h", injector=number, started_at=0, seed=0, lease_s=5,
            tables={"d": table(rows)}, injectors=injectors,
        ).data["d"]
        for number in range(injectors + lost)
    ]  # fmt: skip


CROWDS = st.lists(st.integers(1, 30), min_size=1, max_size=4)
ONCE = [
    {"order": "unique_per_vu"},
    {"order": "unique_per_run"},
    {"order": "unique_per_run", "at_end": "stop_group"},
    {"order": "sequential", "at_end": "stop_vu"},
]


@pytest.mark.parametrize("promise", ONCE)
@given(st.integers(1, 80), st.integers(1, 7), CROWDS, st.integers(0, 8))
def test_no_row_is_twice_in_a_run_whoever_is_lost(promise, rows, injectors, vus, lost):
    spec = DataSpec(csv="d.csv", **promise)
    made = plans(spec, rows, injectors, vus, lost)
    given_out = list(chain.from_iterable(plan.table.rows for plan in made))
    assert sorted(given_out) == sorted(table(rows).rows)
    assert all(plan.table.rows == () for plan in made[injectors:])
    assert {plan.at_end for plan in made} == {spec.end}


@given(st.integers(1, 7), CROWDS, st.integers(0, 40))
def test_as_many_rows_as_vus_are_enough(injectors, vus, spare):
    made = plans(DataSpec(csv="d.csv", order="unique_per_vu"), sum(vus) + spare, injectors, vus, 0)
    for number, plan in enumerate(made):
        here = sum(shares(n, range(injectors), place)[number] for place, n in enumerate(vus))
        assert here <= len(plan.table.rows) <= here + -(-spare // injectors)


@pytest.mark.parametrize("order", ["sequential", "random"])
@given(st.integers(1, 50), st.integers(1, 7), CROWDS)
def test_what_begins_anew_never_ends(order, rows, injectors, vus):
    made = plans(DataSpec(csv="d.csv", order=order), rows, injectors, vus, 3)
    assert all(plan.table.rows for plan in made)
    if rows >= injectors:
        parts = chain.from_iterable(plan.table.rows for plan in made[:injectors])
        assert sorted(parts) == sorted(table(rows).rows)


def test_the_end_that_holds():
    assert DataSpec(csv="d").end == "recycle"
    assert DataSpec(csv="d", order="unique_per_vu").end == "stop_vu"
    assert DataSpec(csv="d", order="unique_per_run", at_end="stop_group").end == "stop_group"
