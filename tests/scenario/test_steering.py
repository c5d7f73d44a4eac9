"""What a scenario steers by itself: every mistake in one line, and told before a run."""

from __future__ import annotations

import pytest

from perfconsole.model import command as cmd
from perfconsole.model.steering_spec import SteeringSpec
from perfconsole.scenario.advice import has_end
from perfconsole.scenario.outline import outline

BASE = """\
name: x
target: http://h
groups: {browse: {vus: 3}, buy: {vus: 2}}
flows:
  browse: [{request: GET /}, {rendezvous: door}]
  buy: [{request: GET /buy}]
  idle: [{rendezvous: window}]
steering:
"""

NOT_PLAYED = {"add_group", "confirm", "keep_running", "load_flows", "pause_vus", "stop_vus"}
"""What only makes sense at that moment of that run."""


def all_commands():
    return [each for each in vars(cmd).values()
            if isinstance(each, type) and issubclass(each, cmd.SteeringCommand)
            and "do" in each.model_fields]  # fmt: skip


def test_every_command_that_makes_sense_again_may_stand_there_with_all_its_keys():
    kinds = {each.model_fields["do"].default: each for each in all_commands()}
    may = set(SteeringSpec.model_fields["do"].annotation.__args__)
    assert may == kinds.keys() - NOT_PLAYED
    for kind in may:
        assert kinds[kind].model_fields.keys() <= SteeringSpec.model_fields.keys() | {"do"}


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("{at: 1s, do: pause}", '9: steering 1: pause needs a "groups"'),
        ("{at: 1s, do: pause, groups: [brows]}",
         '9: steering 1: there is no group "brows"; did you mean "browse"?'),
        ("{at: 1s, do: vus, group: shop, to: 4}",
         '9: steering 1: there is no group "shop"; the groups are browse, buy'),
        ("{at: 1s, do: pause, groups: [all], to: 4}", '9: steering 1, to: pause takes no "to"'),
        ("{at: 1s, do: vus, group: buy}", '9: steering 1: give either "to" or "by"'),
        ("{at: 1s, do: vus, group: buy, to: -1}",
         '9: steering 1, to: vus cannot have this "to": '
         "input should be greater than or equal to 0"),
        ("{at: 1s, do: release, point: window}",
         '9: steering 1: no flow that is run comes by a rendezvous "window"; '
         "the points are door"),
        ("{at: 1s, do: policy, point: door, wait_for: nobody}",
         '9: steering 1: write "100% of all", "50% of running", a number, or manual'),
        ("{at: 1s, do: schedule, group: buy, load: [{curve: day.csv}]}",
         '9: steering 1, load: "load" takes no curve files here; write its points'),
        ("{at: 1s, do: halt, groups: [all]}", None),
        ("{at: soon, do: undo}",
         '9: steering 1, at: \'soon\' is no time; write one such as "30s" or "2m"'),
        ("{do: undo}", '9: steering 1 needs a "at", such as at: 5m'),
        ("{at: 1s, do: pause, gruops: [all]}", None),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line(refused, entry, says):
    lines = refused(f"{BASE}  - {entry}\n")
    assert len(lines) == 1, lines
    assert says is None or lines == [says]


def test_times_go_up(refused, loaded):
    entries = "  - {at: 1m, do: undo}\n  - {at: 1m, do: undo}\n  - {at: 59s, do: undo}\n"
    assert refused(BASE + entries) == [
        "11: steering 3: 59s is before the time of the one above; put them in the order of their "
        "times"
    ]
    assert len(loaded(BASE + entries.replace("59s", "1h")).steering) == 3


def test_check_shows_it_and_where_it_ends(loaded):
    scenario = loaded(
        BASE + "  - {at: 1m30s, do: vus, group: buy, to: 9, over_s: 2m}\n"
        "  - {at: 5m, do: pause, groups: [browse, buy]}\n"
        "  - {at: 6m, do: schedule, group: buy, load: [{to: 5, over: 1m}, {hold: 2m}]}\n"
        "  - {at: 10m, do: stop_run}\n"
    )
    text = outline(scenario)
    assert "  ends       after 10m, as it steers itself" in text
    assert "  1m30s  vus buy, to 9, over 2m" in text
    assert "     5m  pause browse, buy" in text
    assert "     6m  schedule buy\n           to 5 over 1m, hold 2m" in text
    assert has_end(scenario)


def test_without_it_nothing_is_said(loaded):
    scenario = loaded(BASE.replace("steering:\n", ""))
    assert "steer" not in outline(scenario)
    assert not has_end(scenario)
