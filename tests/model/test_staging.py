"""Stages of a load: the profile that each kind makes, and what they have in common."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from perfconsole.model.profile import Profile
from perfconsole.model.stages import CurveSpec, StageSpec, amounts, number, stage_kind
from perfconsole.model.staging import ends, highest, staged, stages_by

ADAPTER: TypeAdapter[tuple[StageSpec, ...]] = TypeAdapter(tuple[StageSpec, ...])
VUS = st.integers(0, 500)
SOME = st.integers(1, 500)
LENGTHS = st.floats(0.1, 2000)


def stages(*written: dict[str, Any]) -> tuple[StageSpec, ...]:
    return ADAPTER.validate_python(written)


def profile(*written: dict[str, Any], seed: str = "7/g") -> Profile:
    return staged(stages(*written), seed)


RANGES = st.tuples(VUS, VUS).map(sorted)
POINT = st.tuples(st.integers(0, 10**8).map(lambda ms: ms / 1000), VUS)
POINTS = st.lists(POINT, min_size=2, max_size=20, unique_by=lambda point: point[0]).map(sorted)
STAGES = st.one_of(
    st.fixed_dictionaries({"to": VUS}, optional={"over": LENGTHS}),
    st.fixed_dictionaries({"to": VUS, "add": SOME, "every": LENGTHS}),
    st.fixed_dictionaries({"hold": LENGTHS}),
    st.fixed_dictionaries({"spike": VUS, "lasting": LENGTHS}),
    st.fixed_dictionaries({"wave": RANGES, "period": st.floats(10, 500), "lasting": LENGTHS}),
    st.fixed_dictionaries({"exponential": SOME, "over": LENGTHS}),
    st.fixed_dictionaries({"walk": RANGES, "every": st.floats(1, 50), "lasting": LENGTHS},
                          optional={"seed": st.integers(0, 9)}),
    st.fixed_dictionaries(
        {"curve": POINTS.filter(lambda points: any(load for _, load in points))},
        optional={"lasting": LENGTHS, "peak": SOME},
    ),
)  # fmt: skip
LISTS = st.lists(STAGES, min_size=1, max_size=6)


def as_rates(stage: dict[str, Any]) -> dict[str, Any]:
    """The same in arrivals a second."""
    loads = ("to", "add", "spike", "exponential", "peak")
    same = {key: f"{value}/s" if key in loads else value for key, value in stage.items()}
    for key in ("wave", "walk"):
        if key in same:
            same[key] = [f"{value}/s" for value in same[key]]
    if "curve" in same:
        same["curve"] = [(t, f"{load}/s") for t, load in same["curve"]]
    return same


@given(LISTS, st.booleans(), st.floats(0, 1.2))
def test_whatever_the_stages_the_load_is_between_nothing_and_its_highest(
    written: list[dict[str, Any]], rates: bool, share: float
) -> None:
    listed = stages(*(map(as_rates, written) if rates else written))
    law = staged(listed, "s")
    assert list(law.times) == sorted(law.times)
    assert law.start == 0
    t = share * law.length_s
    before_from_1 = 1 if any("exponential" in stage for stage in written) else 0
    assert 0 <= law.at(t) <= max(highest(listed), before_from_1) + 1e-6
    if not rates:
        assert all(value == int(value) for value in law.values)
        assert abs(law.vus(t) - law.at(t)) < 1 + 1e-6


@given(LISTS)
def test_stages_join_without_gaps(written: list[dict[str, Any]]) -> None:
    whole = profile(*written)
    assert [stage.kind for stage in whole.stages] == [stage_kind(stage) for stage in written]
    assert whole.stages[-1].last == len(whole.times) - 1
    for n in range(1, len(written)):
        part = profile(*written[:n])
        assert whole.times[: len(part.times)] == part.times
        assert whole.values[: len(part.values)] == part.values


@given(LISTS)
def test_they_survive_the_way_to_the_controller(written: list[dict[str, Any]]) -> None:
    listed = stages(*written)
    sent = ADAPTER.dump_python(listed, mode="json", exclude_unset=True)
    assert ADAPTER.validate_python(sent) == listed


@given(LISTS, st.floats(0.01, 20))
def test_scaled_stages_are_valid_and_keep_their_times(
    written: list[dict[str, Any]], factor: float
) -> None:
    listed = stages(*written)
    scaled = ADAPTER.validate_python(
        ADAPTER.dump_python(stages_by(listed, factor), mode="json", exclude_unset=True)
    )
    for before, after in zip(listed, scaled, strict=True):
        for was, now in zip(amounts(before), amounts(after), strict=False):
            if number(was) and not isinstance(before, CurveSpec):
                assert number(now) == max(1, round(number(was) * factor))
    wanted = staged(listed, "").length_s
    if not any("add" in stage for stage in written):
        assert staged(scaled, "").length_s == pytest.approx(wanted)


def test_steps_hold_and_spike() -> None:
    law = profile({"to": 12, "add": 5, "every": 15}, {"hold": 60}, {"spike": 50, "lasting": 10})
    assert [law.vus(t) for t in (0, 14, 15, 30, 89, 90, 99.9, 100, 1e6)] == [
        5, 5, 10, 12, 12, 50, 50, 12, 12,
    ]  # fmt: skip


def test_the_books_ramp_down() -> None:
    law = profile({"to": 40}, {"to": 10, "over": "60s"}, {"to": 0, "add": 5, "every": 10})
    assert [law.vus(t) for t in (0, 30, 60, 65, 70, 1e3)] == [40, 25, 5, 5, 0, 0]
    assert ends(stages({"to": 40}, {"to": 0, "over": 5}))
    assert not ends(stages({"to": 40}, {"hold": 5}))
    assert not ends(stages({"walk": [0, 1], "every": 1, "lasting": 10}))


@given(st.floats(1, 400), st.floats(0, 400), st.integers(1, 20), st.floats(1, 1000))
def test_a_wave_goes_between_its_bounds_and_has_their_mean(
    swing: float, least: float, periods: int, period: float
) -> None:
    most = least + swing
    wave = {"wave": [f"{least:.6f}/s", f"{most:.6f}/s"], "period": period,
            "lasting": periods * period}  # fmt: skip
    law = profile(wave)
    assert law.count(law.length_s) / law.length_s == pytest.approx((least + most) / 2, rel=1e-4)
    assert law.at(0) == law.target == pytest.approx(least, abs=1e-5)
    assert law.at(period / 2) == law.peak == pytest.approx(most, abs=1e-5)
    assert law.at(period / 8) == pytest.approx(least + swing * 0.1464466, abs=0.005 * swing)


def test_an_exponential_grows_by_the_same_factor_in_equal_times() -> None:
    law = profile({"to": "10/s"}, {"exponential": "1000/s", "over": 100})
    assert [law.at(t) for t in (0, 25, 50, 75, 100)] == pytest.approx(
        [10, 31.6228, 100, 316.228, 1000], rel=2e-3
    )
    assert profile({"exponential": 500, "over": 60}).at(0) == 1
    assert profile({"exponential": "0.1/s", "over": 60}).at(0) == 0.1


@given(RANGES, st.floats(0.5, 60), st.floats(1, 2000), st.text(max_size=5))
def test_a_walk_stays_in_its_range_and_is_the_same_for_the_same_seed(
    bounds: list[int], every: float, lasting: float, seed: str
) -> None:
    walk = {"walk": bounds, "every": every, "lasting": lasting}
    law = profile(walk, seed=seed)
    assert law == profile(walk, seed=seed)
    assert all(bounds[0] <= value <= bounds[1] for value in law.values[1:])
    assert law.length_s == pytest.approx(lasting)
    own = {**walk, "seed": 5}
    assert profile(own, seed=seed) == profile(own, seed="another")


def test_another_seed_walks_elsewhere() -> None:
    walk = {"walk": [0, 1000], "every": 1, "lasting": 50}
    assert profile(walk, seed="1/a") != profile(walk, seed="2/a")
    (first, second) = (law.values for law in (profile(walk), profile({"hold": 1}, walk)))
    assert first != second


def test_a_recorded_curve_begins_with_its_first_time_and_is_stretched_and_scaled() -> None:
    points = [("1h", 10), ("2h", 30), ("4h", 20)]
    law = profile({"to": 5}, {"curve": points})
    assert [law.vus(t) for t in (0, 1800, 3600, 7200, 10800, 1e6)] == [10, 20, 30, 25, 20, 20]
    law = profile({"curve": points, "lasting": "3m", "peak": 300})
    assert [law.vus(t) for t in (0, 60, 180)] == [100, 300, 200]
    rates = profile({"curve": [(0, "6/min"), (60, "0.3/s")]})
    assert rates.at(30) == pytest.approx(0.2)
    assert profile({"curve": points, "peak": "3/s"}).peak == pytest.approx(3)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"to": -1}, "a number of VUs, at most 1,000,000"),
        ({"to": 2.5}, "VUs are whole numbers"),
        ({"to": "many"}, "a number of VUs"),
        ({"to": float("nan")}, "a number of VUs"),
        ({"to": "200000/s"}, "at most 100,000/s"),
        ({"to": 5, "add": 1}, '"add" and "every" go together'),
        ({"to": 5, "over": 3, "add": 1, "every": 1}, 'either "over"'),
        ({"to": 5, "add": 0, "every": 1}, "above 0"),
        ({"to": 5, "over": 0}, "greater than 0"),
        ({"wave": [5, 1], "period": 1, "lasting": 1}, "the least comes first"),
        ({"walk": [5, "10/s"], "every": 1, "lasting": 1}, "both are VUs"),
        ({"exponential": 0, "over": 1}, "above 0"),
        ({"curve": [(0, 1)]}, "2 to 20,000 points"),
        ({"curve": [(5, 1), (5, 2)]}, "must increase"),
        ({"curve": [(5, 0), (6, 0)]}, "0 everywhere"),
        ({"nothing": 1}, "a stage is one of to, hold"),
    ],
)
def test_what_is_no_stage(written: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        stages(written)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (({"to": 5}, {"to": "9/s"}), "stage 1 of load speaks of VUs"),
        (({"wave": [1, 2], "period": 0.01, "lasting": "1h"},), "changes more than"),
        (({"to": 1_000_000, "add": 1, "every": 1},), "changes more than"),
        (({"curve": "day.csv"},), "was not read"),
    ],
)
def test_what_is_no_load(written: tuple[dict[str, Any], ...], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        profile(*written)
