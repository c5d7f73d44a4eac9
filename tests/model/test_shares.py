"""VUs are spread evenly over injectors, none lost, none made."""

from hypothesis import given
from hypothesis import strategies as st

from perfconsole.model.shares import in_whole, more_or_fewer, proportional, shares


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


weights = st.dictionaries(st.sampled_from("abcde"), st.integers(1, 100), min_size=1)


@given(st.integers(0, 10_000), weights)
def test_whole_parts_add_up_and_are_next_to_the_exact_ones(total: int, by: dict[str, int]) -> None:
    exact = {name: total * weight / sum(by.values()) for name, weight in by.items()}
    parts = in_whole(exact, total)
    assert sum(parts.values()) == total
    assert all(abs(parts[name] - share) < 1 for name, share in exact.items())


@given(weights, st.lists(st.integers(0, 300), min_size=5, max_size=5), st.integers(-500, 500))
def test_more_takes_from_nobody_and_fewer_gives_to_nobody(
    by: dict[str, int], counts: list[int], change: int
) -> None:
    now = dict(zip(by, counts, strict=False))
    then = more_or_fewer(now, by, change)
    assert sum(then.values()) == max(0, sum(now.values()) + change)
    for name, vus in then.items():
        assert vus >= now[name] if change >= 0 else 0 <= vus <= now[name]
