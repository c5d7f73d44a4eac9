"""What each VU draws from."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from perfconsole.injector.small_random import SmallRandom


def test_the_same_seed_draws_the_same_and_another_does_not() -> None:
    first, again, other = SmallRandom("7/0/g/1"), SmallRandom("7/0/g/1"), SmallRandom("7/0/g/2")
    drawn = [first.random() for _ in range(100)]
    assert drawn == [again.random() for _ in range(100)]
    assert not set(drawn) & {other.random() for _ in range(100)}


def test_neighbouring_vus_draw_evenly_and_independently() -> None:
    """A chi-square test of 64 cells over the first two draws of 6,400 VUs; 130 is p = 1e-6."""
    cells: Counter[tuple[int, int]] = Counter()
    for number in range(6400):
        random = SmallRandom(f"1/0/g/{number}")
        cells[int(random.random() * 8), int(random.random() * 8)] += 1
    assert sum((cells[i, j] - 100) ** 2 / 100 for i in range(8) for j in range(8)) < 130


@given(st.integers(0, 200), st.text())
def test_bits_are_so_many(bits: int, seed: str) -> None:
    assert SmallRandom(seed).getrandbits(bits) < 1 << bits


def test_it_has_the_distributions_of_pythons_own() -> None:
    random = SmallRandom("1")
    drawn = [random.gauss(10, 2) for _ in range(20_000)]
    assert abs(sum(drawn) / len(drawn) - 10) < 0.1
    drawn = [random.expovariate(0.5) for _ in range(20_000)]
    assert abs(sum(drawn) / len(drawn) - 2) < 0.1
    assert {random.randint(2, 5) for _ in range(200)} == {2, 3, 4, 5}
    assert Counter(random.choices("ab", (9, 1), k=2000))["a"] > 1600
    assert sorted(random.sample(range(9), 9)) == list(range(9))
