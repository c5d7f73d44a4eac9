"""Conditions as they are written: read as meant, or refused with what is right."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from perfconsole.model.condition import Comparison, Condition, parse_condition
from perfconsole.model.steps import IfSpec, RepeatSpec, WhileSpec

STEPS = [{"request": "GET /"}]


@pytest.mark.parametrize(
    ("text", "comparison"),
    [
        ("${role} == admin", ("${role}", "==", "admin")),
        ("${n}<=5", ("${n}", "<=", "5")),
        ("  ${n}  !=  5  ", ("${n}", "!=", "5")),
        ("a${x}b == aXb", ("a${x}b", "==", "aXb")),
        ("${id} is set", ("${id}", "is set", "")),
        ("${id} is  empty", ("${id}", "is empty", "")),
        ("${name} == it's", ("${name}", "==", "it's")),
        ("${name} == 'Tom and Jerry'", ("${name}", "==", "Tom and Jerry")),
        ('"${a} == b" lacks \'"\'', ("${a} == b", "lacks", '"')),
        ('${a} == ""', ("${a}", "==", "")),
        ("${page} contains <b>", ("${page}", "contains", "<b>")),
        ("${page} matches ^<.*>$", ("${page}", "matches", "^<.*>$")),
        ("${page} matches ^${x}(", ("${page}", "matches", "^${x}(")),
        ("orange != android", ("orange", "!=", "android")),
        ("${a} == $${x}", ("${a}", "==", "$${x}")),
        ("${a} == two words", ("${a}", "==", "two words")),
    ],
)
def test_a_comparison(text: str, comparison: tuple[str, str, str]) -> None:
    assert parse_condition(text) == Condition((Comparison(*comparison),))


def test_comparisons_are_joined_by_one_word() -> None:
    both = (Comparison("${a}", "==", "1"), Comparison("${b}", "is set"))
    assert parse_condition("${a} == 1 and ${b} is set") == Condition(both, "and")
    assert parse_condition("${a} == 1 or ${b} is set") == Condition(both, "or")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "compares nothing"),
        ("${a}", "compares nothing"),
        ("== 1", "compares nothing"),
        ("${a} ==", "compares nothing"),
        ("${a} is set 1", "compares nothing"),
        ("${a} == 1 and", "compares nothing"),
        ("${a} == 1 and ${b} == 2 or ${c} == 3", "by and alone"),
        ("1 < ${a} < 5", "compares twice"),
        ("${a} == 'open", "quote is not closed"),
        ("${a} == \ud800", "characters that no text can have"),
        ("${a} matches (", "no regular expression"),
        ("${a} matches a{99999999999}", "no regular expression"),
    ],
)
def test_what_is_no_condition(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_condition(text)
    with pytest.raises(ValidationError, match=why):
        IfSpec.model_validate({"if": text, "then": STEPS})
    with pytest.raises(ValidationError, match=why):
        WhileSpec.model_validate({"while": text, "steps": STEPS})


words = st.sampled_from(
    ["${a}", "and", "or", "==", "<", "is", "set", "is set", "contains", "matches", "'", '"', "${",
     "}", "x y", "[", "(", "\\", "\n", "é"]
)  # fmt: skip


@given(st.text(max_size=60) | st.lists(words, max_size=12).map(" ".join)
       | st.lists(words, max_size=12).map("".join))  # fmt: skip
def test_whatever_is_written_it_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert parse_condition(text).comparisons


@given(st.text(max_size=30), st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "lacks"]),
       st.text(max_size=30))  # fmt: skip
def test_quotes_keep_whatever_is_in_them(left: str, operator: str, right: str) -> None:
    quoted = [f"'{side}'" if '"' in side else f'"{side}"' for side in (left, right)]
    if any("'" in side and '"' in side for side in (left, right)):
        return
    text = f"{quoted[0]} {operator} {quoted[1]}"
    assert parse_condition(text) == Condition((Comparison(left, operator, right),))


@pytest.mark.parametrize(
    ("times", "meant"),
    [(3, (3, 3)), ("3", (3, 3)), ("2 to 5", (2, 5)), (0, (0, 0)), ("${count}", "${count}")],
)
def test_how_often_to_repeat(times: str | int, meant: object) -> None:
    assert RepeatSpec.model_validate({"repeat": times, "steps": STEPS}).times == meant


@pytest.mark.parametrize(
    "times",
    ["often", -1, "5 to 2", "2 to ", 1_000_001, "${a}${b}", "${a} to ${b}", "²", "9" * 5000],
)
def test_no_number_of_times(times: str | int) -> None:
    with pytest.raises(ValidationError):
        RepeatSpec.model_validate({"repeat": times, "steps": STEPS})
