"""The laws of a load's profile: of VUs, of rates, and when arrivals are due."""

from __future__ import annotations

import itertools
import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.model.profile import Profile
from perfconsole.model.sketch import Sketch, ramp, rest_of

VUS = st.integers(0, 5000)
SECONDS = st.floats(0, 1e5)
LINEAR = st.builds(ramp, VUS, VUS, over_s=st.just(0.0) | st.floats(0.001, 1e4))
STEPWISE = st.builds(ramp, VUS, VUS, step=st.integers(1, 100), every_s=st.floats(0.1, 600))
RAMPS = LINEAR | STEPWISE
RATES = st.just(0.0) | st.floats(0.01, 5000)
TIMES = st.floats(0.01, 5000)


@st.composite
def profiles(draw: st.DrawFn) -> Profile:
    """Of several stages, of a rate."""
    sketch = Sketch(draw(RATES))
    for _ in range(draw(st.integers(1, 6))):
        match draw(st.sampled_from(("ramp", "steps", "hold", "line"))):
            case "ramp":
                sketch.ramp(draw(RATES), draw(st.just(0.0) | TIMES), 0.0, 0.0)
            case "steps":
                sketch.ramp(draw(RATES), 0.0, draw(st.floats(1, 1000)), draw(TIMES))
            case "hold":
                sketch.line(sketch.value, sketch.now_s + draw(TIMES))
                sketch.stage("hold")
            case "line":
                sketch.jump(draw(RATES))
                sketch.line(draw(RATES), sketch.now_s + draw(TIMES))
                sketch.stage("curve")
    return sketch.profile()


# ---------------------------------------------------------------- VUs


@given(RAMPS, SECONDS, SECONDS)
def test_a_ramp_moves_one_way_only_and_stays_between_start_and_target(
    law: Profile, a: float, b: float
) -> None:
    early, late = sorted((a, b))
    assert abs(law.vus(late) - law.start) >= abs(law.vus(early) - law.start)
    low, high = sorted((law.start, law.target))
    assert low <= law.vus(early) <= high


@given(RAMPS, SECONDS)
def test_it_is_at_its_target_from_its_length_on(law: Profile, later: float) -> None:
    assert law.vus(law.length_s + later) == law.at(law.length_s + later) == law.target


@given(LINEAR, st.floats(0, 1))
def test_whole_vus_are_never_one_away_from_the_line(law: Profile, share: float) -> None:
    t = share * law.length_s
    assert abs(law.vus(t) - law.at(t)) < 1 + 1e-6


@given(STEPWISE, VUS)
def test_a_stepwise_ramp_goes_on_with_its_own_steps(law: Profile, now: int) -> None:
    (stage,) = law.stages
    rest = rest_of(law, 0.0, now, whole=True)
    assert (rest.stages[0].step, rest.stages[0].every_s) == (stage.step, stage.every_s)
    assert rest.target == law.target
    assert abs(rest.vus(0) - now) == min(stage.step, abs(law.target - now))


# ---------------------------------------------------------------- rates


@given(profiles(), st.floats(0, 1e5))
def test_due_is_the_inverse_of_count(law: Profile, count: float) -> None:
    due = law.due(count)
    if math.isinf(due):
        assert law.target == 0
        assert law.count(1e9) <= count
    else:
        assert law.count(due) == pytest.approx(count, rel=1e-9, abs=1e-6)


@given(profiles(), st.floats(0, 1e4), st.floats(0, 100))
def test_dues_follow_one_another(law: Profile, count: float, more: float) -> None:
    assert law.due(count + more) >= law.due(count) * (1 - 1e-12)


@given(profiles(), st.floats(0, 2))
def test_count_is_the_integral_of_the_rate(law: Profile, share: float) -> None:
    """Summed piece by piece, between all of its knots."""
    t = share * (law.length_s or 1.0)
    cuts = sorted({0.0, t, *(time for time in law.times if time < t)})
    pieces = (
        (law.at(a) + law.at(math.nextafter(b, a))) / 2 * (b - a)
        for a, b in itertools.pairwise(cuts)
    )
    assert law.count(t) == pytest.approx(math.fsum(pieces), rel=1e-6, abs=1e-3)


@given(profiles(), st.floats(0, 3))
def test_a_load_is_never_negative_nor_over_its_peak(law: Profile, share: float) -> None:
    t = share * law.length_s
    assert 0 <= law.at(t) <= law.most_from(t) <= law.peak


@given(profiles())
def test_it_ends_at_its_target(law: Profile) -> None:
    assert law.at(law.length_s) == law.at(law.length_s + 1) == law.target
    assert not law.changing(law.length_s)


@given(profiles())
def test_it_travels(law: Profile) -> None:
    law.due(1.0)  # what was worked out stays at home
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(law), type=Profile) == law


@pytest.mark.parametrize(
    ("law", "dues"),
    [
        (ramp(0, 10), [0, 0.1, 0.2, 0.3]),
        (ramp(0, 2, over_s=2), [0, math.sqrt(2), 2, 2.5]),
        (ramp(0, 3, step=1, every_s=2), [0, 1, 2, 2.5, 3, 3.5, 4, 4 + 1 / 3]),
        (ramp(2, 0, over_s=2), [0, 2 - math.sqrt(2), math.inf]),
        (ramp(0, 0), [math.inf]),
    ],
)
def test_dues_one_can_reckon(law: Profile, dues: list[float]) -> None:
    assert [law.due(i) for i in range(len(dues))] == pytest.approx(dues)


# ---------------------------------------------------------------- what a hand leaves


def test_the_rest_of_a_ramp_keeps_its_pace() -> None:
    for elapsed_s in (0, 3, 10, 100):
        assert rest_of(ramp(0, 100, over_s=10), elapsed_s, 40) == ramp(40, 100, over_s=6)
        assert rest_of(ramp(0, 100), elapsed_s, 40) == ramp(40, 100)


def staged_up_hold_down() -> Profile:
    sketch = Sketch(whole=True)
    sketch.ramp(100, 10.0, 0.0, 0.0)
    sketch.line(100, 30.0)
    sketch.stage("hold")
    sketch.ramp(0, 50.0, 0.0, 0.0)
    return sketch.profile()


@pytest.mark.parametrize(
    ("elapsed_s", "now", "seen"),
    [
        (4, 60, {0: 60, 2: 80, 4: 100, 23.9: 100, 34: 80, 74: 0}),
        (4, 200, {0: 200, 5: 150, 10: 100, 30: 100, 40: 80}),
        (15, 40, {0: 40, 3: 70, 6: 100, 21: 100, 31: 80}),
        (15, 100, {0: 100, 15: 100, 25: 80}),
        (55, 70, {0: 70, 10: 50, 35: 0}),
        (500, 20, {0: 20, 5: 10, 10: 0}),
    ],
)
def test_going_on_leads_back_into_the_stage_that_was_left(
    elapsed_s: float, now: int, seen: dict[float, int]
) -> None:
    rest = rest_of(staged_up_hold_down(), elapsed_s, now, whole=True)
    assert {t: rest.vus(t) for t in seen} == seen


@given(profiles(), st.floats(0, 1.5), RATES)
def test_a_rest_begins_with_the_hands_load_and_ends_as_planned(
    law: Profile, share: float, now: float
) -> None:
    elapsed_s = share * law.length_s
    rest = rest_of(law, elapsed_s, now)
    assert (rest.start, rest.target) == (now, law.target)
    assert list(rest.times) == sorted(rest.times)
    assert [stage.last for stage in rest.stages] == sorted(stage.last for stage in rest.stages)
    assert rest.stages[-1].last == len(rest.times) - 1
    tail = len(rest.times) - 1 - rest.stages[0].last
    if tail:
        assert rest.values[-tail:] == law.values[-tail:]
        from_the_end = [law.length_s - time for time in law.times[-tail:]]
        assert [rest.length_s - time for time in rest.times[-tail:]] == pytest.approx(
            from_the_end, rel=1e-6, abs=1e-6 + 1e-9 * rest.length_s
        )
