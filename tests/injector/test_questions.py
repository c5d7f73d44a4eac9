"""Whether a condition holds: on values as a VU has them."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.injector.filling import Filling
from perfconsole.injector.questions import Holds, number, question
from perfconsole.injector.values import Supply
from perfconsole.model.condition import Operator, parse_condition
from perfconsole.model.plan import Asking, Comparing
from perfconsole.scenario.scripts import text_plan

ORDERS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
decimals = st.decimals(allow_nan=False, allow_infinity=False)
texts = st.text(max_size=12) | st.integers().map(str) | decimals.map(str)


def asked(text: str) -> Holds:
    condition = parse_condition(text)
    comparisons = tuple(
        Comparing(text_plan(each.left), each.operator, text_plan(each.right))
        for each in condition.comparisons
    )
    return question(Asking(comparisons, condition.join, text))


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("${role} == admin", True),
        ("${role} != admin", False),
        ("${n} == 7.0", True),
        ("${n} == 07", True),
        ("${n} < 10", True),
        ("${n} >= 8", False),
        ("${n} <= ${n}", True),
        ("${role} < 10", False),
        ("${role} >= 10", False),
        ("${big} == 12345678901234567891", False),
        ("${big} < 12345678901234567891", True),
        ("${role} contains dmi", True),
        ("${role} lacks dmi", False),
        ("${role} matches ^a.*n$", True),
        ("${role} matches ^${r}", True),
        ("${role} matches ${bad}", False),
        ("${role} is set", True),
        ("${empty} is set", True),
        ("${empty} is empty", True),
        ("${role} is empty", False),
        ("${never} is set", False),
        ("x${role}${never} is set", False),
        ("${never} is empty", True),
        ("${never} != done", True),
        ("${never} == ''", True),
        ("${never} < 5", False),
        ("${never} > 5", False),
        ("a${never}-${role} == a-admin", True),
        ("${role} == admin and ${n} > 6", True),
        ("${role} == admin and ${n} > 7", False),
        ("${role} == user or ${n} > 6", True),
        ("${role} == user or ${n} > 7", False),
        ("${n} == 7_0 or ${n} == seven", False),
        ("plain == plain", True),
    ],
)
def test_what_holds(text: str, holds: bool) -> None:
    given_values = {"role": "admin", "n": "7", "empty": "", "r": "ad", "bad": "(",
                    "big": "12345678901234567890"}  # fmt: skip
    values = Supply(given_values, {}, frozenset()).values({})
    for each in (values, given_values):
        assert asked(text)(each) is holds


def compare(sign: Operator, left: str, right: str) -> bool:
    values: Mapping[str, str] = {"left": left, "right": right}
    plan = Comparing(text_plan("${left}"), sign, text_plan("${right}"))
    return question(Asking((plan,), "and", ""))(values)


@given(texts, st.sampled_from(get_args(Operator)), texts)
def test_the_law_of_each_operator(left: str, sign: Operator, right: str) -> None:
    holds = compare(sign, left, right)
    numbers = number(left), number(right)
    if sign in ORDERS:
        both = None not in numbers
        assert holds is (both and ORDERS[sign](*numbers))
    elif sign in ("==", "!="):
        same = left == right or (numbers[0] is not None and numbers[0] == numbers[1])
        assert holds is (same == (sign == "=="))
    elif sign in ("contains", "lacks"):
        assert holds is ((right in left) == (sign == "contains"))
    elif sign == "is set":
        assert holds
    elif sign == "is empty":
        assert holds is (left == "")


@given(st.integers(), st.integers(), st.sampled_from(list(ORDERS)))
def test_numbers_are_compared_exactly(left: int, right: int, sign: Operator) -> None:
    assert compare(sign, str(left), f" {right}.0 ") is ORDERS[sign](left, right)
    assert compare("==", str(left), f"{right}e0") is (left == right)


@given(st.text(max_size=20))
def test_what_reads_as_a_number_is_a_finite_one(text: str) -> None:
    found = number(text)
    assert found is None or (found.is_finite() and found == Decimal(text.strip()))


def test_a_long_text_is_no_number() -> None:
    assert number("1" * 100_000) is None
    assert number("1e99999") is None
    assert not compare("<", "1", "9" * 100_000)


plain = st.text(st.characters(exclude_characters="$\x1a"), max_size=8)


@given(st.lists(st.tuples(plain, st.sampled_from(["a", "b-1", None])), max_size=4), plain)
def test_a_text_is_filled_in_place(pairs: list[tuple[str, str | None]], end: str) -> None:
    values = {"a": "A${a}", "b-1": ""}
    written = "".join(f"{text}${{{name}}}" if name else f"{text}$${{x}}" for text, name in pairs)
    meant = "".join(text + (values[name] if name else "${x}") for text, name in pairs)
    filling = Filling.of(text_plan(written + end))
    assert filling.filled(values) == meant + end
    assert filling.shown == (written + end).replace("$${", "${")
