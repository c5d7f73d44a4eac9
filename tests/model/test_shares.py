"""VUs are spread evenly over injectors, none lost, none made."""

from hypothesis import given
from hypothesis import strategies as st

from perfconsole.model.shares import proportional, shares


@given(st.integers(0, 100_000), st.lists(st.integers(0, 99), unique=True), st.integers(0, 50))
def test_shares_add_up_and_differ_by_at_most_one(
    total: int, injectors: list[int], offset: int
) -> None:
    spread = shares(total, injectors, offset)
    assert set(spread) == set(injectors)
    if injectors:
        assert sum(spread.values()) == total
        assert max(spread.values()) - min(spread.values()) <= 1


def test_odd_vus_of_several_groups_fall_on_different_injectors() -> None:
    assert shares(1, [0, 1], 0) == {0: 1, 1: 0}
    assert shares(1, [0, 1], 1) == {0: 0, 1: 1}


@given(st.integers(0, 10**6), st.lists(st.integers(0, 50), min_size=1).filter(any))
def test_what_is_proportional_adds_up_and_is_off_by_less_than_one(total, weights):
    given_out = proportional(total, dict(enumerate(weights)))
    assert sum(given_out.values()) == total
    for key, weight in enumerate(weights):
        assert abs(given_out[key] - total * weight / sum(weights)) < 1
        assert weight or not given_out[key]
