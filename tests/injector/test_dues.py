"""The arrivals of an order: the law itself, shared by injectors, going on with the next order."""

from __future__ import annotations

import itertools
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.injector.dues import Dues
from perfconsole.model.profile import Profile
from perfconsole.model.sketch import ramp
from perfconsole.model.wire import SetRate

RAMPS = st.one_of(
    st.builds(ramp, st.just(0.0), st.floats(1, 1000)),
    st.builds(ramp, st.floats(0, 500), st.floats(1, 1000), st.floats(0.1, 100)),
    st.builds(
        lambda target, step, every_s: ramp(0.0, target, step=step, every_s=every_s),
        st.floats(1, 1000), st.floats(1, 100), st.floats(0.1, 100),
    ),
)  # fmt: skip


def order(law: Profile, share: int = 0, of: int = 1, first: float = 0.0, since_s: float = 0.0):
    return SetRate(1, "g", 5.0, first, law, since_s, share, of)


def some(dues: Dues, count: int) -> list[float]:
    found = []
    for _ in range(count):
        found.append(dues.due_s)
        dues.advance()
    return found


@given(RAMPS)
def test_arrival_i_is_computed_from_the_start(law: Profile) -> None:
    assert some(Dues(order(law), None, -1.0), 50) == pytest.approx(
        [5 + law.due(i) for i in range(50)]
    )


@given(RAMPS, st.integers(1, 7), st.integers(0, 10**7).map(lambda n: n / 1000), st.floats(0, 50))
def test_shares_make_up_the_whole(law: Profile, of: int, first: float, since_s: float) -> None:
    whole = some(Dues(order(law, 0, 1, first, since_s), None, -1.0), 10 * of)
    shares = [
        some(Dues(order(law, share, of, first, since_s), None, -1.0), 10) for share in range(of)
    ]
    assert sorted(itertools.chain(*shares)) == pytest.approx(whole)


@given(st.lists(st.tuples(RAMPS, st.integers(1, 4), st.floats(0, 30)), min_size=1, max_size=8))
def test_orders_in_a_row_leave_out_nothing_and_double_nothing(laws) -> None:
    first, passed = 0.0, -1.0
    seen: list[float] = []
    for law, of, gained in laws:
        shares = [Dues(order(law, share, of, first), None, passed) for share in range(of)]
        for dues in shares:
            while dues.number < first + gained:
                seen.append(dues.number)
                dues.advance()
        first += gained
        passed = max(seen, default=-1.0)
    assert sorted(seen) == list(range(len(seen)))
    assert len(seen) == pytest.approx(first, abs=1)


@given(RAMPS, st.floats(0, 100), st.floats(0, 20))
def test_a_late_order_doubles_nothing(law: Profile, first: float, late: float) -> None:
    passed = float(int(first + late))
    dues = Dues(order(law, first=first), None, passed)
    assert dues.number == passed + 1


def test_poisson_arrivals_are_sums_of_exponential_draws() -> None:
    draws = Random(7)
    wanted = list(itertools.accumulate(3 * draws.expovariate(1.0) for _ in range(20)))
    dues = Dues(order(ramp(0, 30), 1, 3), Random(7), -1.0)
    assert some(dues, 20) == pytest.approx([5 + number / 30 for number in wanted])


def test_poisson_shares_come_to_the_rate() -> None:
    found = []
    for share in range(3):
        dues = Dues(order(ramp(0, 600, over_s=10), share, 3), Random(share), -1.0)
        while dues.due_s < 5 + 10:
            found.append(dues.due_s)
            dues.advance()
    assert len(found) == pytest.approx(3000, abs=200)
    early = sum(due < 10 for due in found)
    assert early == pytest.approx(750, abs=120)
