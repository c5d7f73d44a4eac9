"""Whether two stretches differ by more than their noise."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.metrics.shift import FEWEST, shift
from perfconsole.metrics.slices import FIRST_WIDTH_S, MOST, Slices
from perfconsole.model.sample import ServerSample

amounts = st.lists(st.floats(-1e6, 1e6), min_size=FEWEST, max_size=40)


def noise(random: Random, count: int = 20, around: float = 0.0) -> list[float]:
    return [random.gauss(around, 10) for _ in range(count)]


@given(amounts, st.floats(-1e6, 1e6))
def test_what_is_moved_as_a_whole_is_moved_by_that(values: list[float], by: float):
    found = shift(values, [value + by for value in values])
    assert found is not None
    assert found.low <= found.value <= found.high
    assert found.low - 1e-6 <= by <= found.high + 1e-6


@given(amounts, amounts)
def test_the_way_back_is_as_far(one: list[float], other: list[float]):
    there, back = shift(one, other), shift(other, one)
    assert there is not None and back is not None
    assert there.value == pytest.approx(-back.value)
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low))


def test_noise_alone_is_hardly_ever_a_move():
    random = Random(5)
    found = [shift(noise(random), noise(random)) for _ in range(500)]
    assert sum(each.is_sure for each in found if each is not None) <= 12


def test_what_moves_by_more_than_its_noise_is_seen_among_wild_values():
    random = Random(6)
    found = shift([*noise(random), 900.0], [*noise(random, around=30), -900.0])
    assert found is not None and found.is_sure
    assert found.value == pytest.approx(30, abs=8)


def test_too_few_tell_nothing():
    assert shift([1.0] * (FEWEST - 1), [2.0] * 50) is None


@given(st.integers(0, 3000), st.floats(0, 100))
def test_slices_stay_few_and_say_what_was(seconds: int, value: float):
    slices = Slices()
    for _ in range(seconds):
        slices.sampled(ServerSample("web1", True, {"cpu_percent": value}), ["cpu_percent", "none"])
        slices.add([])
    cpu = slices.values.get("web1/cpu_percent", [])
    assert len(cpu) <= MOST
    assert (len(cpu) > 0) is (seconds >= FIRST_WIDTH_S)
    assert cpu == pytest.approx([value] * len(cpu))
    assert slices.values.get("tps", []) == [0.0] * len(cpu)
    assert "p95_ms" not in slices.values


def test_a_reading_that_is_repeated_is_one_of_one_slice():
    """Of a disk that is asked once a minute: six slices of it would be no noise at all."""
    slices = Slices()
    for second in range(120):
        held = ("disk_percent:/",) if second % 60 else ()
        sample = ServerSample("web1", True, {"disk_percent:/": 40 + second // 60}, held=held)
        slices.sampled(sample, ["disk_percent:/"])
        slices.add([])
    assert slices.values["web1/disk_percent:/"] == [40, 41]
