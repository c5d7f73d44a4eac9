"""The most VUs of several groups at one time."""

from hypothesis import given
from hypothesis import strategies as st

from perfconsole.model.profile import Profile
from perfconsole.model.sketch import Sketch, ramp
from perfconsole.model.together import Coming, most_together


def there_and_away(vus: int, at_s: float) -> Profile:
    sketch = Sketch()
    sketch.ramp(vus, 0, 0, 0)
    sketch.line(vus, at_s)
    sketch.ramp(0, 0, 0, 0)
    return sketch.profile()


def test_groups_one_after_the_other_are_not_added_up() -> None:
    groups = {"a": Coming(there_and_away(100, 60)), "b": Coming(ramp(0, 80), -60)}
    assert most_together(groups) == 100
    assert most_together({**groups, "b": Coming(ramp(0, 80), -59)}) == 180


def test_a_group_that_waits_for_another_is_never_there_with_it() -> None:
    groups = {
        "a": Coming(ramp(0, 50)),
        "b": Coming(ramp(0, 30), first="a"),
        "c": Coming(ramp(0, 40), first="a"),
        "d": Coming(ramp(0, 7)),
    }
    assert most_together(groups) == 77


def test_a_group_whose_time_is_over_has_left() -> None:
    groups = {"a": Coming(ramp(0, 50), ends_s=30), "b": Coming(ramp(0, 50), -30)}
    assert most_together(groups) == 50


ramps = st.builds(
    lambda vus, over, elapsed: Coming(ramp(0, vus, over), elapsed),
    st.integers(1, 50), st.integers(0, 2000).map(lambda hundredths: hundredths / 100),
    st.floats(-20, 30),
)  # fmt: skip


@given(st.dictionaries(st.sampled_from("abcd"), ramps))
def test_it_is_never_less_than_what_is_there_at_any_time(groups: dict[str, Coming]) -> None:
    most = most_together(groups)
    for second in range(60):
        assert sum(each.profile.vus(each.elapsed_s + second) for each in groups.values()
                   if each.elapsed_s + second >= 0) <= most + 1  # fmt: skip
    assert most <= sum(each.most for each in groups.values())
