"""Columns that are made up: what may be written, and that no two injectors count the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.model.plan import GeneratedColumn
from perfconsole.scenario import generated
from perfconsole.scenario.generated import column

HEAD = "name: x\ntarget: http://h\ngroups: {a: {}}\nflows: {a: [{request: 'GET /${made.id}'}]}\n"


@pytest.mark.parametrize(
    ("written", "made"),
    [
        ("uuid", GeneratedColumn("c", "uuid")),
        ("counter", GeneratedColumn("c", "counter", 1, 1)),
        ("counter from 1000", GeneratedColumn("c", "counter", 1000, 1)),
        ("counter by -2", GeneratedColumn("c", "counter", 1, -2)),
        ("counter  from 0 by 5 ", GeneratedColumn("c", "counter", 0, 5)),
        ("number -5 to 5", GeneratedColumn("c", "number", -5, 5)),
        ("text 12", GeneratedColumn("c", "text", 12)),
        ("faker first_name", GeneratedColumn("c", "faker", what="first_name")),
        (("a", 1, 2.5), GeneratedColumn("c", "choice", choices=("a", "1", "2.5"))),
    ],
)
def test_what_may_be_written(written, made):
    assert column("c", written) == made


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("uid", "'uid' makes nothing; write \"uuid\", \"counter from 1000 by 2\", "
         '"number 1 to 100", "text 12", "faker name", or a list'),
        ("counter by 0", "a counter by 0 stands still"),
        ("number 5 to 1", "the first number is above the second"),
        ("text 0", "a text has 1 to 100,000 characters"),
        ("faker seed_instance", 'Faker makes no "seed_instance"'),
        ("faker nmae", 'Faker makes no "nmae"; did you mean "name"?'),
        ("faker __class__", "makes nothing"),
        ([], "there is nothing in the list to choose from"),
    ],
)  # fmt: skip
def test_one_clear_line(refused, written, says):
    (told,) = refused(HEAD + f"data:\n  made:\n    generate:\n      id: {written!r}\n")
    assert told.startswith("8: data.made.generate.id: ")
    assert says in told


def test_what_else_goes_with_it(refused):
    text = HEAD + "data: {made: {generate: {id: uuid}, order: random}}\n"
    assert refused(text) == [
        "5: data.made.order: rows that are made up have no end: leave order and at_end out"
    ]
    (told,) = refused(HEAD + "data: {made: {generate: {n: uuid}}}\n")
    assert 'has no column "id"' in told


@given(st.integers(-50, 50), st.integers(-5, 5).filter(bool), st.integers(1, 6), st.integers(1, 3))
def test_no_two_injectors_count_the_same(first, by, injectors, generations):
    seen: list[int] = []
    for number in range(injectors * generations):
        made = column("c", f"counter from {first} by {by}", number, injectors)
        seen += [made.first + n * made.second for n in range(40)]
        if number == injectors - 1:
            assert sorted(seen) == sorted(first + n * by for n in range(40 * injectors))
    assert len(set(seen)) == len(seen)


def test_without_faker_its_names_are_not_looked_at(loaded, monkeypatch):
    monkeypatch.setattr(generated, "find_spec", lambda _: None)
    generated.faker_providers.cache_clear()
    try:
        scenario = loaded(HEAD + "data: {made: {generate: {id: faker whatever}}}\n")
        assert generated.lacks_faker(scenario)
    finally:
        generated.faker_providers.cache_clear()
