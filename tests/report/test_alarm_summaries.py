"""Alarms in what is told of a run: when each began, how long it lasted, whether it recovered."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from rich.cells import cell_len

from perfconsole.model.event import Alarmed
from perfconsole.report.alarm_summaries import MOST_ALARMS, alarm_lines, alarm_summaries
from perfconsole.report.ink import Ink
from perfconsole.report.summarize import summarize


def alarmed(cause: str, since: float, on: bool = True, text: str = "it is so") -> Alarmed:
    return Alarmed(seq=1, at=since + 3, cause=cause, level="error", on=on, text=text, since=since)


def test_each_has_its_beginning_and_its_length():
    told = [
        alarmed("errors", 10.0, text="errors over 5 %"),
        alarmed("server web1", 12.0),
        alarmed("errors", 40.0, on=False, text="errors back under 5 %"),
        alarmed("errors", 90.0, text="errors over 5 % again"),
        alarmed("end", 100.0),
    ]
    alarms = [*alarm_summaries(told, 100.0)]
    assert [(a.cause, a.text, a.at, a.duration_s, a.recovered) for a in alarms] == [
        ("errors", "errors over 5 %", 10.0, 30.0, True),
        ("server web1", "it is so", 12.0, 88.0, False),
        ("errors", "errors over 5 % again", 90.0, 10.0, False),
    ]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 1000)), max_size=30))
def test_every_alarm_that_was_raised_is_one_line(steps):
    on: dict[str, bool] = {}
    told, now = [], 1000.0
    for cause, after in steps:
        now += after
        on[cause] = not on.get(cause, False)
        told.append(alarmed(cause, now, on=on[cause]))
    alarms = [*alarm_summaries(told, now)]
    assert len(alarms) == sum(each.on for each in told)
    assert {a.cause for a in alarms if not a.recovered} == {c for c, lasts in on.items() if lasts}
    assert all(a.duration_s >= 0 for a in alarms)


def test_the_report_has_a_table_of_them_that_fits(make_run):
    summary = summarize(make_run())
    assert summary.alarms == () and alarm_lines(summary, 80, Ink(False)) == []
    start = summary.started_at
    told = [alarmed("errors", start + 61.0, text="errors over 5 %, " + "again " * 20),
            alarmed("errors", start + 191.0, on=False),
            alarmed("saturated", start + 200.0)]  # fmt: skip
    lines = alarm_lines(replace(summary, alarms=(*alarm_summaries(told, start + 300.0),)), 80,
                        Ink(False))  # fmt: skip
    assert lines[0] == "Alarms"
    assert lines[1].startswith("00:01:01     2m10s  errors over 5 %, again")
    assert " ".join(lines).count("again") == 20
    assert lines[-1] == "00:03:20    to end  it is so"
    assert all(cell_len(line) <= 80 for line in lines)
    many = replace(summary, alarms=(*alarm_summaries([told[2]] * 40, start + 300.0),))
    assert alarm_lines(many, 80, Ink(False))[-1] == f"and {40 - MOST_ALARMS} later ones"
