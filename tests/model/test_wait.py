"""Think times and pacing: what is drawn is what was asked for."""

from __future__ import annotations

import contextlib
import math
from random import Random
from statistics import fmean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from perfconsole.model.group import GroupSpec
from perfconsole.model.plan import ThinkPlan
from perfconsole.model.steps import PacingSpec, ThinkSpec
from perfconsole.model.wait import LONGEST_S, Pacing, Wait, parse_pacing, parse_wait

DRAWS = 20_000
times = st.floats(0, LONGEST_S)
waits = (
    st.builds(Wait, st.just("constant"), times)
    | st.tuples(times, times).map(sorted).filter(lambda t: t[0] < t[1]).map(
        lambda t: Wait("uniform", t[0], t[1]))
    | st.builds(Wait, st.just("exponential"), times)
    | st.builds(Wait, st.sampled_from(["normal", "lognormal"]), times, times)
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "wait"),
    [
        ("2s", Wait("constant", 2)),
        (1.5, Wait("constant", 1.5)),
        (2, Wait("constant", 2)),
        ("2", Wait("constant", 2)),
        ("1m30s", Wait("constant", 90)),
        ("1s to 3s", Wait("uniform", 1, 3)),
        ("1 to 3", Wait("uniform", 1, 3)),
        ("500ms to 1m", Wait("uniform", 0.5, 60)),
        ("2s to 2s", Wait("constant", 2)),
        ("normal 3s sd 1s", Wait("normal", 3, 1)),
        ("  lognormal  3s  sd  500ms ", Wait("lognormal", 3, 0.5)),
        ("exponential 3s", Wait("exponential", 3)),
    ],
)
def test_the_forms(text: str | float, wait: Wait) -> None:
    assert parse_wait(text) == wait
    assert ThinkSpec(think=text).wait == wait


@pytest.mark.parametrize(
    "text",
    ["3s to 1s", "soon", "1s to later", "normal 3s", "normal sd 1s", "exponential", "-1s", "", "8d",
     "nan", "inf", "1s to", "to 3s", "uniform 1s 3s", True, None, [1], float("nan"), -1],
)  # fmt: skip
def test_what_is_no_think_time(text: object) -> None:
    with pytest.raises(ValidationError):
        ThinkSpec(think=text)


@given(
    st.text(max_size=40) | st.from_regex(r"(normal |after )?\d{0,400}(s|ms|d)?( to | sd )?\d*s?")
)
def test_whatever_is_written_it_is_read_or_refused(text: str) -> None:
    for parse in (parse_wait, parse_pacing):
        with contextlib.suppress(ValueError):
            assert parse(text).text


@given(waits)
def test_its_text_reads_as_itself(wait: Wait) -> None:
    assert parse_wait(wait.text) == wait


@pytest.mark.parametrize("kind", ["after", "every"])
@given(wait=waits)
def test_the_text_of_pacing_reads_as_itself(kind: str, wait: Wait) -> None:
    pacing = parse_pacing(f"{kind} {wait.text}")
    assert pacing == Pacing(kind, wait)
    assert parse_pacing(pacing.text) == pacing


@pytest.mark.parametrize("text", ["5s", "every", "each 5s", "every soon", "after 3s to 1s", ""])
def test_what_is_no_pacing(text: str) -> None:
    with pytest.raises(ValidationError, match='"after 5s"'):
        PacingSpec(pacing=text)


@given(waits, st.integers())
def test_no_time_is_negative(wait: Wait, seed: int) -> None:
    random = Random(seed)
    drawn = [wait.drawn(random) for _ in range(20)]
    assert all(seconds >= 0 and math.isfinite(seconds) for seconds in drawn)


@pytest.mark.parametrize(
    ("text", "mean", "sd"),
    [
        ("2s", 2.0, 0.0),
        ("1s to 4s", 2.5, 3 / math.sqrt(12)),
        ("exponential 3s", 3.0, 3.0),
        ("normal 5s sd 1s", 5.0, 1.0),
        ("lognormal 3s sd 2s", 3.0, 2.0),
        ("lognormal 3s sd 0s", 3.0, 0.0),
        ("normal 3s sd 0s", 3.0, 0.0),
        ("exponential 0s", 0.0, 0.0),
        ("lognormal 0s sd 1s", 0.0, 0.0),
    ],
)
def test_mean_and_deviation_are_those_asked_for(text: str, mean: float, sd: float) -> None:
    wait, random = parse_wait(text), Random(text)
    drawn = [wait.drawn(random) for _ in range(DRAWS)]
    assert wait.mean_s == mean
    assert fmean(drawn) == pytest.approx(mean, abs=5 * sd / math.sqrt(DRAWS) + 1e-9)
    assert stdev(drawn) == pytest.approx(sd, rel=0.08, abs=1e-9)


def test_a_normal_one_is_cut_at_nothing() -> None:
    wait, random = parse_wait("normal 1s sd 2s"), Random(7)
    drawn = [wait.drawn(random) for _ in range(2000)]
    assert min(drawn) == 0.0
    assert sum(seconds == 0.0 for seconds in drawn) / 2000 == pytest.approx(0.31, abs=0.05)


# ---------------------------------------------------------------- a group's rules


@given(waits, st.floats(0, 1000), st.none() | st.floats(0, 100), st.booleans(), st.integers())
def test_what_becomes_of_a_groups_think_times(
    wait: Wait, factor: float, limit_s: float | None, ignore: bool, seed: int
) -> None:
    rules = ThinkPlan(factor, limit_s, ignore)
    written, drawn = wait.drawn(Random(seed)), rules.drawn(wait, Random(seed))
    assert 0 <= drawn <= (math.inf if limit_s is None else limit_s)
    assert drawn in (0.0, written * factor, limit_s)
    if ignore or not rules.thinks:
        assert drawn == 0


def test_pacing_is_of_groups_whose_vus_ask_by_themselves() -> None:
    assert GroupSpec(vus=3, pacing="every 60s").pacing == "every 60s"
    with pytest.raises(ValidationError, match="give either rate or pacing"):
        GroupSpec(rate="5/s", pacing="every 60s")
