"""``generate`` of a data set: how each column's values are made, and by which injector which."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec

from perfconsole.model.data import DataSpec, Generator
from perfconsole.model.plan import GeneratedColumn
from perfconsole.model.scenario import Scenario
from perfconsole.texts import say

LONGEST_TEXT = 100_000
ONWARD = 1_000_000_000
"""Values of a counter that an injector leaves to itself: one that comes in the place of a lost one
counts from behind them, for nobody knows how far that one had come."""

FORMS = '"uuid", "counter from 1000 by 2", "number 1 to 100", "text 12", "faker name", or a list'

_COUNTER = re.compile(r"counter(?:\s+from\s+(-?\d{1,15}))?(?:\s+by\s+(-?\d{1,15}))?")
_NUMBER = re.compile(r"number\s+(-?\d{1,15})\s+to\s+(-?\d{1,15})")
_TEXT = re.compile(r"text\s+(\d{1,6})")
_FAKER = re.compile(r"faker\s+([a-z][a-z0-9_]*)")


def column(name: str, generator: Generator, number: int = 0, of: int = 1) -> GeneratedColumn:
    """One column as injector `number`, one of `of`, makes it. Raises ValueError with what is right.

    Counters are striped: no two injectors have a value in common.
    """
    if isinstance(generator, tuple):
        if not generator:
            raise ValueError(say("there is nothing in the list to choose from"))
        return GeneratedColumn(name, "choice", choices=tuple(map(str, generator)))
    text = generator.strip()
    if text == "uuid":
        return GeneratedColumn(name, "uuid")
    if match := _COUNTER.fullmatch(text):
        return _counter(name, int(match[1] or 1), int(match[2] or 1), number, of)
    if match := _NUMBER.fullmatch(text):
        return _number(name, int(match[1]), int(match[2]))
    if match := _TEXT.fullmatch(text):
        if not 0 < int(match[1]) <= LONGEST_TEXT:
            raise ValueError(say("a text has 1 to {most:,} characters", most=LONGEST_TEXT))
        return GeneratedColumn(name, "text", int(match[1]))
    if match := _FAKER.fullmatch(text):
        return GeneratedColumn(name, "faker", what=match[1])
    raise ValueError(say("{text!r} makes nothing; write {forms}", text=text[:80], forms=FORMS))


def _counter(name: str, first: int, by: int, number: int, of: int) -> GeneratedColumn:
    if not by:
        raise ValueError(say("a counter by 0 stands still"))
    generation, place = divmod(number, of)
    return GeneratedColumn(name, "counter", first + by * (place + generation * ONWARD), by * of)


def _number(name: str, least: int, most: int) -> GeneratedColumn:
    if least > most:
        raise ValueError(say("the first number is above the second"))
    return GeneratedColumn(name, "number", least, most)


def columns(
    generate: Mapping[str, Generator], number: int = 0, of: int = 1
) -> tuple[GeneratedColumn, ...]:
    """All columns of a data set. Raises ValueError."""
    return tuple(column(name, each, number, of) for name, each in generate.items())


def lacks_faker(scenario: Scenario) -> bool:
    """Whether a data set asks for Faker, and it is not installed here."""
    return find_spec("faker") is None and any(map(_asks_faker, scenario.data.values()))


def _asks_faker(spec: DataSpec) -> bool:
    return any(each.kind == "faker" for each in columns(spec.generate or {}))


def faker_to_install() -> str:
    return say('made-up names and the like need one more package: '
               'pip install "perfconsole[faker]"')  # fmt: skip


@cache
def faker_providers() -> frozenset[str] | None:
    """What Faker can make when asked by name alone; None where it is not installed."""
    if find_spec("faker") is None:
        return None
    from faker import Faker

    fake = Faker()
    return frozenset(
        name
        for provider in fake.get_providers()
        for name in dir(provider)
        if not name.startswith("_") and callable(getattr(provider, name))
    )
