"""Metrics as they are told: whatever a server says, all who read them can."""

from __future__ import annotations

import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.model.sample import MOST_NAME, ServerSample, told, told_name

any_text = st.text(st.characters(), max_size=400)


@given(st.dictionaries(any_text, st.floats() | st.integers()), st.lists(any_text).map(tuple))
def test_whatever_a_server_says_can_be_kept_and_shown(metrics, held):
    sample = ServerSample("web1", True, told(metrics), held=tuple(map(told_name, held)))
    for wire in (msgspec.msgpack, msgspec.json):
        assert wire.decode(wire.encode(sample), type=ServerSample) == sample
    for name, value in sample.metrics.items():
        assert name.isprintable() and len(name) <= MOST_NAME
        assert math.isfinite(value**2)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("disk_percent:/srv/my data", "disk_percent:/srv/my data"),
        ("disk_percent:/café", "disk_percent:/café"),
        ("disk_percent:/caf\udce9", "disk_percent:/caf?"),
        ("disk_percent:/\x1b]0;title\x07\u202e\n", "disk_percent:/?]0;title???"),
    ],
)
def test_names_hold_nothing_that_a_terminal_would_obey(said, name):
    assert told({said: 1.0}) == {name: 1.0}


@pytest.mark.parametrize(
    ("said", "value"),
    [(123456.4, 123456), (0.123456, 0.12346), (3e30, 3e30), (-(2.0**60), -1.1529e18)],
)
def test_five_digits_and_whole_ones_in_full(said, value):
    assert told({"backlog": said}) == {"backlog": value}


def test_what_is_no_measurement_is_unknown():
    assert told({"a": math.nan, "b": math.inf, "c": -1e308, "d": 10**400}) == {}
