"""Stages, shares and curve files in a scenario: what a file may say, and what is made of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.model.scenario import Scenario
from perfconsole.model.vu_shares import ShareError, shares_of
from perfconsole.scenario.advice import has_end
from perfconsole.scenario.curve_files import parse_time
from perfconsole.scenario.inventory import planned_vus
from perfconsole.scenario.load import load
from perfconsole.scenario.outline import outline
from perfconsole.scenario.shape import scaled, with_rate

TEXT = """\
name: x
target: http://127.0.0.1:8080
vus: 200
groups:
  {group}
flows: {{f: [{{request: GET /}}]}}
"""


def text(*groups: str) -> str:
    return TEXT.format(group="\n  ".join(groups))


# ---------------------------------------------------------------- stages


def test_stages_of_vus_and_of_rates(loaded) -> None:
    scenario = loaded(text(
        "a: {flow: f, load: [{to: 200, over: 2m}, {hold: 10m}, {to: 0, add: 10, every: 1s}]}",
        "b: {flow: f, load: [{to: 50/s, over: 1m}, {hold: 5m}], vus: 20, arrivals: poisson}",
        "c: {flow: f, load: [{to: 300/min}, {hold: 5m}, {to: 0}]}",
    ))  # fmt: skip
    assert scenario.curve_of("a").vus(60) == 100
    assert scenario.rate_curve_of("a") is None
    rates = scenario.rate_curve_of("b")
    assert rates is not None
    assert (rates.at(30), rates.target, scenario.curve_of("b").at(0)) == (25, 50, 20)
    assert (scenario.most_vus_of("c"), scenario.groups["c"].most_per_s) == (10, 5)
    lines = outline(scenario).splitlines()
    for line in (
        '  a: at most 200 VUs, 3 stages in 12m19s, flow "f"',
        '  b: at most 50/s arrivals, poisson, by at most 20 VUs, 2 stages in 6m, flow "f"',
        "  VUs        230",
    ):
        assert line in lines
    assert not has_end(scenario)
    again = Scenario.model_validate(scenario.model_dump(mode="json", exclude_unset=True))
    assert again.curve_of("a") == scenario.curve_of("a")


def test_a_load_that_ends_at_0_is_an_end(loaded) -> None:
    ending = "a: {flow: f, load: [{to: 5}, {hold: 1m}, {to: 0, over: 5s}]}"
    scenario = loaded(text(ending, "b: {flow: f, iterations: 3}"))
    assert has_end(scenario)
    assert "  ends       when every group has ended" in outline(scenario)
    assert not has_end(loaded(text(ending, "b: {flow: f}")))


@pytest.mark.parametrize(
    ("group", "said"),
    [
        ("{flow: f, vus: 5, load: [{to: 5}]}", 'leave "vus" out'),
        ("{flow: f, rate: 5/s, load: [{to: 5/s}]}", 'leave "rate" out'),
        ("{flow: f, ramp: 5 every 5s, load: [{to: 5}]}", 'give either "load" or "ramp"'),
        ("{flow: f, load: [{hold: 5m}]}", "load never rises above 0"),
        ("{flow: f, load: [{to: 5}, {spike: 5/s, lasting: 1s}]}", "speaks of VUs, another one"),
        ("{flow: f, iterations: 3, load: [{to: 5/s}]}", "give either rate or iterations"),
        ("{flow: f, arrivals: poisson, load: [{to: 5}]}", 'arrivals need a "rate"'),
        ("{flow: f, load: []}", "must not be empty"),
    ],
)
def test_bad_loads_get_one_line(refused, group: str, said: str) -> None:
    (line,) = refused(text(f"a: {group}"))
    assert line.startswith("5: ")
    assert said in line


def test_the_same_walk_for_the_same_seed_and_another_in_another_run(loaded) -> None:
    walk = "{flow: f, load: [{walk: [0, 1000], every: 1s, lasting: 1m}]}"
    scenario = loaded(text(f"a: {walk}", f"b: {walk}"))
    assert scenario.curve_of("a", 1) == scenario.curve_of("a", 1) != scenario.curve_of("a", 2)
    assert scenario.curve_of("a", 1) != scenario.curve_of("b", 1)
    seeded = scenario.model_copy(update={"seed": 4})
    assert seeded.curve_of("a", 1) == seeded.curve_of("a", 2)


def test_another_total_scales_the_stages(loaded) -> None:
    scenario = loaded(text(
        "a: {flow: f, load: [{to: 60, add: 6, every: 5s}, "
        "{wave: [3, 30], period: 9s, lasting: 9s}]}",
        "b: {flow: f, vus: 20%, ramp: over 1m}",
        "c: {flow: f, load: [{curve: [[0, 2/s], [60, 50/s]]}], vus: 20}",
    ))  # fmt: skip
    assert planned_vus(scenario) == 120
    more = scaled(scenario, 240)
    assert planned_vus(more) == 240
    before, after = scenario.curve_of("a"), more.curve_of("a")
    assert (after.times, after.peak) == (before.times, 120)
    assert more.curve_of("b").vus(30) == 40
    assert more.rate_curve_of("c") == scenario.rate_curve_of("c")
    faster = with_rate(more, 500).rate_curve_of("c")
    assert faster is not None
    assert faster.values[1:] == pytest.approx((20, 500))
    assert Scenario.model_validate(more.model_dump(mode="json", exclude_unset=True)) == more


# ---------------------------------------------------------------- shares


@given(st.integers(1, 100_000), st.lists(st.floats(0.1, 100), min_size=1, max_size=12))
def test_shares_add_up(total: int, percents: list[float]) -> None:
    groups = {str(n): percent for n, percent in enumerate(percents)}
    whole = sum(percents)
    try:
        counts = shares_of(total, groups)
    except ShareError:
        assert whole > 100 or total * whole / 100 < len(groups)
        return
    assert sum(counts.values()) == int(total * round(whole, 6) / 100 + 0.5)
    assert min(counts.values()) >= 1
    if total * min(percents) / 100 >= 1:
        assert all(abs(counts[n] - total * p / 100) < 1.51 for n, p in groups.items())


def test_thirds_of_ten(loaded) -> None:
    thirds = loaded(text(*(f"{name}: {{flow: f, vus: 33.3%}}" for name in "abc")))
    assert [thirds.vus_of(name) for name in "abc"] == [67, 67, 66]
    assert "  a: 67 VUs (33.3 %), all at once" in outline(thirds)


@pytest.mark.parametrize(
    ("written", "line"),
    [
        (text("a: {flow: f, vus: 30%}").replace("vus: 200\n", ""),
         '4: groups.a.vus: a share such as "30%" is of the scenario\'s "vus", '
         "which it does not have"),
        (text("a: {flow: f, vus: 60%}", "b: {flow: f, vus: 50%}"),
         "6: groups.b.vus: the groups' shares are 110 % together, over 100"),
        (text("a: {flow: f, vus: 0.1%}", "b: {flow: f, vus: 0.1%}"),
         "6: groups.b.vus: 0.2 % of 200 VUs are too few for 2 groups; each needs at least 1"),
    ],
)  # fmt: skip
def test_shares_that_do_not_go_round(refused, written: str, line: str) -> None:
    assert refused(written) == [line]


# ---------------------------------------------------------------- curve files


def curve(tmp_path, rows: str, more: str = "") -> Scenario:
    (tmp_path / "day.csv").write_text(rows, encoding="utf-8")
    path = tmp_path / "s.yaml"
    path.write_text(text(f"a: {{flow: f, load: [{{curve: day.csv{more}}}]}}"), encoding="utf-8")
    return load(path)


def test_a_curve_file_is_read_into_the_scenario(tmp_path) -> None:
    scenario = curve(tmp_path, "\ufefftime,note,load\n09:30,x,10\n09:30:30,y,20.4\n\n10:00,z,0\n")
    (tmp_path / "day.csv").unlink()
    law = scenario.curve_of("a")
    assert (law.times, law.values) == ((0, 0, 30, 1800), (0, 10, 20, 0))
    assert has_end(scenario)
    again = Scenario.model_validate(scenario.model_dump(mode="json", exclude_unset=True))
    assert again.curve_of("a") == law


def test_a_curve_of_rates(tmp_path) -> None:
    rates = curve(tmp_path, "load,time\n60/min,0\n4/s,90s\n").rate_curve_of("a")
    assert rates is not None
    assert (rates.times, rates.values) == ((0, 0, 90), (0, 1, 4))
    again = curve(tmp_path, "time,load\n0,1\n1h,4\n", ", lasting: 2m, peak: 80/s").rate_curve_of(
        "a"
    )
    assert again is not None
    assert (again.length_s, again.at(0), again.peak) == (120, 20, 80)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("", "has no two points"),
        ("time,load\n1,5\n", "has no two points"),
        ("when,load\n1,5\n", 'line 1: the columns must be called "time" and "load"'),
        ("time,load\n1,5\nsoon,6\n", "line 3: 'soon' is no time; write 09:30"),
        ("time,load\n1,5\n2,many\n", "line 3: write a number of VUs"),
        ("time,load\n1,5\n2\n", "line 3: write a number of VUs"),
        ("time,load\n1,5\n2,-6\n", "line 3: write a number of VUs"),
        ("time,load\n1,5\n2,500000/s\n", "line 3: a rate is at most"),
        ("time,load\n23:59,5\n00:01,6\n", "line 3: each time must be later"),
        ("time,load\n1,0\n2,0\n", "this curve is 0 everywhere"),
        ('time,load\n1,"5\n', "line 2: no CSV"),
        ("time,load\n1,5\n2,6/s\n", "speaks of VUs, another one of a rate"),
    ],
)
def test_a_bad_curve_file_names_its_line(tmp_path, refused, rows: str, said: str) -> None:
    (tmp_path / "day.csv").write_text(rows, encoding="utf-8")
    (line,) = refused(text("a: {flow: f, load: [{curve: day.csv}]}"))
    assert line.startswith("5: groups.a")
    assert said in line


def test_curve_files_that_cannot_be_read(tmp_path, refused) -> None:
    (tmp_path / "raw.csv").write_bytes(b"time,load\n1,\xff\n")
    (tmp_path / "long.csv").write_text(
        "time,load\n" + "".join(f"{n},1\n" for n in range(20_001)), encoding="utf-8"
    )
    files = ("none", "raw", "long", "")
    lines = refused(text(*(f"{n or 'dir'}: {{flow: f, load: [{{curve: ./{n}.csv}}]}}" if n
                           else "dir: {flow: f, load: [{curve: .}]}" for n in files)))  # fmt: skip
    assert [said in line for line, said in zip(
        lines, ("cannot be read: no such", "is not UTF-8", "more than 20,000", "cannot be read"),
        strict=True)] == [True] * 4  # fmt: skip


@pytest.mark.parametrize(
    ("later", "earlier", "seconds"),
    [
        ("09:31", "09:30", 60),
        ("9:30:01.5", "09:30", 1.5),
        ("26:00", "25:00", 3600),
        ("2h", "90m", 1800),
        ("12.5", "12", 0.5),
        ("2026-03-02", "2026-03-01 12:00", 43200),
        ("2026-03-01T09:30:00Z", "2026-03-01T09:30:00+08:00", 28800),
    ],
)
def test_times_of_a_curve(later: str, earlier: str, seconds: float) -> None:
    assert parse_time(later) - parse_time(earlier) == pytest.approx(seconds)
