"""What is read out of a command's output or of a page, and what is said when it is not there."""

from __future__ import annotations

import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.model.page_probes import PrometheusProbe
from perfconsole.model.probe_spec import ProbeSpec
from perfconsole.model.sample import LARGEST
from perfconsole.model.series_selector import parse_selector
from perfconsole.servers.probes.ask import Unreadable
from perfconsole.servers.probes.counter_rates import CounterRates
from perfconsole.servers.probes.number_text import number_in
from perfconsole.servers.probes.own_reading import own_parse
from perfconsole.servers.probes.prometheus_page import SeriesReader
from perfconsole.servers.probes.ready.nginx_probe import read_status
from perfconsole.servers.probes.ready.prometheus_probe import page_parse, wanted_lines

DF = """\
Filesystem 1024-blocks Used Available Capacity Mounted on
/dev/vda1 100 37 63 37% /
/dev/vdb1 200 180 20 90% /data

"""
JSON = (
    '{"pool": {"active": 7, "name": "a", "max": "20", "on": true}, "items": [{"n": 1}, {"n": 2.5}]}'
)


def read(text, parse):
    return own_parse(ProbeSpec(argv=["x"], parse=parse))(text).gauges[""]


@pytest.mark.parametrize(
    ("text", "number"),
    [("42\n", 42), (" -1.5e3 ", -1500), ("12 %", 12), ("37%\n", 37), (".5", 0.5), ("+7.", 7)],
)
def test_a_number_alone(text, number):
    assert number_in(text) == number


@pytest.mark.parametrize(
    "text",
    [
        "connection to port 5432 failed",
        "1 2",
        "1,5",
        "nan",
        "inf",
        "1e999",
        "0x10",
        "12 MB",
        "１２",
        "1e101",
    ],
)
def test_a_text_with_a_number_in_it_is_none(text):
    with pytest.raises(Unreadable, match="no number: "):
        number_in(text)


@given(st.floats(-LARGEST, LARGEST))
def test_every_number_is_read_as_it_was_written(number):
    assert number_in(f"{number!r}\n") == number


@pytest.mark.parametrize(
    ("text", "parse", "number"),
    [
        ("up 3 days, 12 users", {"regex": r"(\d+) users"}, 12),
        ("a\nload: 0.75", {"regex": r"^load: (.*)$"}, 0.75),
        ("9 left", {"regex": r"\d+"}, 9),
        (JSON, {"json": "pool.active"}, 7),
        (JSON, {"json": "pool.max"}, 20),
        (JSON, {"json": "sum(items[].n)"}, 3.5),
        (DF, {"column": 5}, 90),
        (DF, {"column": 5, "row": " /$"}, 37),
        ("1 2\n3 4\n", {"column": 2, "row": "first"}, 2),
        ('a 1\nb{x="y"} 2\n', {"prometheus": 'b{x="y"}'}, 2),
    ],
)
def test_where_the_number_is(text, parse, number):
    assert read(text, parse) == number


@pytest.mark.parametrize(
    ("text", "parse", "said"),
    [
        ("", "number", "there is nothing where a number should be"),
        ("ERROR: login refused\n", "number", 'no number: "ERROR: login refused"'),
        ("none", {"regex": r"(\d+) users"}, r"nothing matches (\d+) users"),
        ("x", {"regex": r"x|(\d+)"}, r"the first group of x|(\d+) matches nothing"),
        ("<html>", {"json": "a"}, 'no JSON: "<html>"'),
        (JSON, {"json": "pool.idle"}, "there is nothing at pool.idle"),
        (JSON, {"json": "pool.on"}, "there is no number at pool.on"),
        (JSON, {"json": "pool.name"}, 'no number: "a"'),
        (JSON, {"json": "sum(pool)"}, "JMESPath: "),
        (DF, {"column": 9}, 'there is no column 9 in "/dev/vdb1 200 180 20 90% /data"'),
        (DF, {"column": 1, "row": "nfs"}, "no line has nfs"),
        ("", {"column": 1}, "there is no line"),
        ("b 1", {"prometheus": "a"}, "no series fits a"),
    ],
)
def test_what_is_said_when_it_is_not_there(text, parse, said):
    with pytest.raises(Unreadable) as caught:
        read(text, parse)
    assert str(caught.value).startswith(said)


@given(st.text(max_size=200), st.sampled_from(["number", {"regex": "(.+)"}, {"json": "a.b"},
       {"column": 2}, {"prometheus": "a"}]))  # fmt: skip
def test_whatever_comes_is_a_finite_number_or_unreadable(text, parse):
    try:
        number = read(text, parse)
    except Unreadable:
        return
    assert math.isfinite(number)


# ---------------------------------------------------------------- Prometheus


PAGE = r"""# HELP http_requests_total all of them
# TYPE http_requests_total counter
http_requests_total{method="get",code="200"} 1027 1395066363000
http_requests_total{method="get",code="500"} 3 1395066363000
http_requests_total_more 99
msdos_file{path="C:\\DIR\\FILE.TXT",error="Cannot \"find\",\n}file} 7"} 1.458255915e9
# TYPE load gauge
load 0.25
 load 9
loader 8
spaced { a = "b" , } 4.5
empty{} 6
# TYPE foo counter
foo_total{a="x"} 17.0 1520879607.789 # {trace_id="KOO5S4vxi0o"} 0.67
# TYPE took summary
took{quantile="0.5"} NaN
took{quantile="0.9"} +Inf
took_sum 17.5
took_count 35
bad{a="b 1
odd one two three
last 5"""


def series(page, selector):
    return SeriesReader([parse_selector(selector)]).read(page)[0]


@pytest.mark.parametrize(
    ("selector", "value"),
    [
        ("load", 0.25),
        ('http_requests_total{code="500"}', 3),
        ('http_requests_total{code=~"5..",method!="post"}', 3),
        ('http_requests_total{code!~"5..", method="get", absent=""}', 1027),
        ("sum(http_requests_total)", 1030),
        ("max( http_requests_total{} )", 1027),
        ("min(http_requests_total)", 3),
        ("avg(http_requests_total)", 515),
        ("count(http_requests_total)", 2),
        (r'msdos_file{path="C:\\DIR\\FILE.TXT"}', 1.458255915e9),
        (r'msdos_file{error="Cannot \"find\",\n}file} 7"}', 1.458255915e9),
        ('spaced{a="b"}', 4.5),
        ("empty", 6),
        ("foo_total", 17),
        ("took_sum", 17.5),
        ("last", 5),
    ],
)
def test_a_series_of_a_page(selector, value):
    assert series(PAGE, selector).value == value


@pytest.mark.parametrize(
    ("selector", "why"),
    [
        ("http_requests_total", "2 series fit http_requests_total; name one by its labels, or "
         "write sum(...) or max(...)"),
        ("took", "took has no value now"),
        ("absent", "no series fits absent"),
        ("http_requests", "no series fits http_requests"),
        ("bad", "no series fits bad"),
        ("odd", "no series fits odd"),
    ],
)  # fmt: skip
def test_why_there_is_no_such_series(selector, why):
    found = series(PAGE, selector)
    assert (found.value, found.why) == (None, why)


def test_counters_are_known_by_their_type():
    names = ("sum(http_requests_total)", "load", "foo_total", "took_sum", "took_count", "last")
    found = SeriesReader([parse_selector(name) for name in names]).read(PAGE)
    assert [each.is_counter for each in found] == [True, False, True, True, True, False]
    assert series("x_total 1", "x_total").is_counter


LABELS = st.dictionaries(
    st.from_regex(r"[a-z_][a-z0-9_]{0,5}", fullmatch=True), st.text(), max_size=4
)


@given(LABELS, st.floats(allow_nan=False, allow_infinity=False))
def test_any_label_is_found_as_it_was_written(labels, value):
    def quoted(text):
        return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")

    inside = ",".join(f'{name}="{quoted(text)}"' for name, text in labels.items())
    page = f'm{{other0="1"}} 5\nm{{{inside}}} {value!r}\n'
    assert series(page, f'm{{{inside}{"," if labels else ""}other0=""}}').value == value


@pytest.mark.parametrize(
    "text",
    ["", "1a", "a{", "a{b}", 'a{b="c}', "a{b='c'}", "rate(a)", "sum(a", "a)", 'a{b=~"("}', "a b"],
)
def test_what_selects_nothing_is_refused(text):
    with pytest.raises(ValueError, match=r"selects nothing|no regular expression"):
        parse_selector(text)


def test_a_page_of_megabytes_costs_next_to_nothing():
    lines = [f'noise_total{{n="{n}",path="/some/long/path"}} {n}' for n in range(110_000)]
    lines.insert(60_000, '# TYPE wanted_total counter\nwanted_total{a="b"} 5\nload 2')
    page = "\n".join(lines)
    assert len(page) > 5_000_000
    metrics = {"w": "wanted_total", "l": "load", **{f"a{n}": f"absent{n}" for n in range(60)}}
    parse = page_parse(PrometheusProbe(use="prometheus", url="http://h/metrics", metrics=metrics))
    begun = time.process_time()
    reading = parse(page)
    assert time.process_time() - begun < 0.1
    assert (reading.gauges, reading.counters) == ({"l": 2}, {"w": 5})


def test_what_a_page_lacks_is_told_beside_what_it_has():
    parse = page_parse(PrometheusProbe(
        use="prometheus", url="http://h/metrics",
        metrics={"a": "load", "b": "absent", "c": {"select": "loader", "kind": "counter"}},
    ))  # fmt: skip
    reading = parse(PAGE)
    assert (reading.gauges, reading.counters) == ({"a": 0.25}, {"c": 8})
    assert reading.lacks == "no series fits absent"
    with pytest.raises(Unreadable, match="no series fits load"):
        parse("<html>")


def test_the_lines_that_a_server_sends_are_those_that_are_read():
    import re

    metrics = {"a": "sum(http_requests_total)", "b": "foo_total", "c": "took_sum", "d": "load",
               "e": 'spaced{a="b"}'}  # fmt: skip
    settings = PrometheusProbe(use="prometheus", url="http://h/metrics", metrics=metrics)
    sent = [line for line in PAGE.split("\n") if re.search(wanted_lines(settings), line)]
    assert len(sent) < 14
    assert page_parse(settings)("\n".join(sent)) == page_parse(settings)(PAGE)


# ---------------------------------------------------------------- nginx, counters


STATUS = """Active connections: 291
server accepts handled requests
 16630948 16630940 31070465
Reading: 6 Writing: 179 Waiting: 106
"""


def test_the_page_of_stub_status():
    reading = read_status(STATUS)
    assert reading.gauges == {"active": 291, "reading": 6, "writing": 179, "waiting": 106}
    assert reading.counters == {"requests_s": 31070465, "accepted_s": 16630948, "dropped_s": 8}
    with pytest.raises(Unreadable, match='no page of stub_status: "404 Not Found"'):
        read_status("404 Not Found")


def test_a_counter_is_told_as_a_rate_and_a_fall_is_a_gap():
    rates = CounterRates()
    assert rates.rates(10.0, {"a": 100, "b": 5}) == {}
    assert rates.rates(12.0, {"a": 150}) == {"a": 25}
    assert rates.rates(14.0, {"a": 20, "b": 9}) == {"b": 1}
    assert rates.rates(16.0, {"a": 20}) == {"a": 0}
    assert rates.rates(16.0, {"a": 30}) == {}


@pytest.mark.parametrize(
    "rest",
    [" " * 50_000 + "#", "{" + " " * 50_000, '{a="' + "\\" * 99_999],
    ids=("value", "label", "escapes"),
)
def test_a_line_of_nothing_but_blanks_takes_no_time(rest):
    begun = time.process_time()
    (series,) = SeriesReader((parse_selector("load"),)).read(f"load {rest}x\nload 5\n")
    assert series.value == 5
    assert time.process_time() - begun < 1
