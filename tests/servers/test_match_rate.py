"""Lines a second: over the last looks, and never over none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.servers.logs.match_rate import MatchRate

LOOKS = st.lists(
    st.tuples(st.floats(0.001, 1000), st.integers(0, 10_000)), min_size=1, max_size=30
)  # fmt: skip


@given(LOOKS, st.floats(0.5, 3600))
def test_it_is_of_the_last_looks(looks, window_s):
    rate = MatchRate(window_s)
    for seconds, matched in looks:
        rate.add(seconds, matched)
    parts = [looks[place:] for place in range(len(looks))]
    of_last = [sum(m for _, m in part) / sum(s for s, _ in part) for part in parts]
    assert any(rate.a_second == pytest.approx(each) for each in of_last)


def test_each_sample_sees_every_line_once():
    rate, told = MatchRate(2.0), []
    for matched in (0, 4, 0, 0, 10, 0):
        rate.add(2.0, matched)
        told.append(2 * rate.a_second)
    assert told == [0, 4, 0, 0, 10, 0]


def test_samples_that_are_seldom_see_all_looks_between():
    rate = MatchRate(60.0)
    for matched in (600, 60, 0, 0, 0, 0, 0):
        rate.add(10.0, matched)
    assert rate.a_second == 1.0


def test_nothing_is_known_of_no_time():
    assert MatchRate(2.0).a_second == 0
