"""How single values are made up: identifiers, counters, numbers, texts, names of people."""

from __future__ import annotations

import string
import uuid
from collections.abc import Callable
from itertools import count
from random import Random
from typing import Any

from perfconsole.injector.failure import Unusable
from perfconsole.model.plan import GeneratedColumn
from perfconsole.texts import say

Maker = Callable[[Random], str]
"""Draws from the one it is given."""

_SIGNS = string.ascii_letters + string.digits


def maker_of(column: GeneratedColumn) -> Maker:
    """What makes a column's values. All are drawn but uuids, which never come again, not even when
    a run is repeated. Raises Unusable.
    """
    match column.kind:
        case "uuid":
            return lambda _: str(uuid.uuid4())
        case "counter":
            numbers = count(column.first, column.second)
            return lambda _: str(next(numbers))
        case "number":
            return lambda random: str(random.randint(column.first, column.second))
        case "text":
            return lambda random: "".join(random.choices(_SIGNS, k=column.first))
        case "choice":
            return lambda random: random.choice(column.choices)
        case "faker":
            return _faker(column.what)


def _faker(provider: str) -> Maker:
    """Faker costs a tenth of a second to load: it is, when somebody needs it."""
    try:
        from faker import Faker
    except ImportError:
        raise Unusable(say('made-up values need one more package: pip install '
                           '"perfconsole[faker]"')) from None  # fmt: skip
    fake = Faker()
    make: Callable[[], Any] | None = getattr(fake, provider, None)
    if make is None:
        raise Unusable(say('Faker makes no "{provider}"', provider=provider))

    def made(random: Random) -> str:
        fake.seed_instance(random.getrandbits(64))
        return str(make())

    return made
