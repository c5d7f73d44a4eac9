"""VUs are spread evenly over injectors, none lost, none made."""

from hypothesis import given
from hypothesis import strategies as st

from perfconsole.model.shares import shares


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
