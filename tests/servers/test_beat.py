"""When samples fall due, whatever holds this process up."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from perfconsole.servers.beat import next_due

seconds = st.floats(0, 1e6)
intervals = st.floats(0.5, 3600)


@given(due=seconds, late=st.floats(0, 1e5), every=intervals)
def test_never_two_at_once_and_nothing_is_caught_up(due, late, every):
    now = due + late
    after = next_due(due, now, every)
    assert now < after <= now + every
    if late > every:
        assert after == now + every, "after a sleep it begins anew"


@given(due=seconds, every=intervals, lateness=st.lists(st.floats(0, 0.4), max_size=50))
def test_being_a_little_late_shifts_no_beat(due, every, lateness):
    begun = due
    for late in lateness:
        due = next_due(due, due + late, every)
    assert abs(due - begun - every * len(lateness)) < 1e-3
