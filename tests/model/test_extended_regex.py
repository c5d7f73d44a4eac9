"""Patterns for grep -E: what grep takes is taken, and other dialects are told what to write."""

from __future__ import annotations

import re
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from perfconsole.model.extended_regex import checked_pattern
from perfconsole.model.log_spec import LogSpec

PARTS = st.sampled_from(
    ["ERROR", "a", "|", "(", ")", "[", "]", "[^ab]", "[[:space:]]", "[:space:]", "[]x]", "*", "+",
     "?", "{2}", "{1,3}", "^", "$", ".", "\\.", "\\[", "\\w", "\\d", "\\1", "(?:", " ", "-", "\\"]
)  # fmt: skip


@pytest.mark.parametrize(
    "pattern",
    ["ERROR|Exception", "[[:digit:]]{3,}", r"\bOOM\b", "^[]^-]+$", r"a\.b\\d", r"[\]x", "(a|b)?c",
     r"\<word\>", "é+"],
)  # fmt: skip
def test_what_grep_takes_is_taken(pattern):
    assert checked_pattern(pattern) == pattern


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        (r"\d+ ms", r"\d is not known to grep -E; write [0-9]"),
        (r"a[\d.]+", r"\d is not known to grep -E within brackets"),
        ("a[:space:]", "[:space:] stands within brackets; write [[:space:]]"),
        ("[[", "is no regular expression: unterminated character set"),
        ("(?i)error", "(? is not known to grep -E"),
        ("a+?b", "? is not known to grep -E"),
        (r"(a)\1", r"\1: a pattern has no back references"),
        ("(a", "is no regular expression: missing )"),
        ("*a", "is no regular expression: nothing to repeat"),
        ("a\nb", "one line"),
        ("", "1 to 500"),
    ],
)
def test_what_it_does_not_take_is_told(pattern, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        checked_pattern(pattern)


@given(st.lists(PARTS, min_size=1, max_size=6).map("".join))
def test_greps_own_opinion(pattern):
    """Nothing is let through that grep refuses."""
    try:
        checked_pattern(pattern)
    except ValueError:
        return
    done = subprocess.run(
        ["grep", "-aE", "-e", pattern], input=b"x", capture_output=True, check=False
    )
    assert done.returncode in (0, 1), (pattern, done.stderr)


def test_a_log_needs_a_whole_path():
    with pytest.raises(ValidationError):
        LogSpec(file="app.log", pattern="ERROR")
    assert LogSpec(file="/a", pattern="x", limit="30/min").limit == 0.5
