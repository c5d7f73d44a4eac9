"""Which of the values that are there."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import islice
from random import Random

from perfconsole.model.plan import Extract


def picked(values: Iterator[str], extract: Extract, random: Random) -> str | None:
    """The value, or values joined, that `extract` asks for; None when it is not there.

    No more of `values` is looked for than that needs.
    """
    match extract.pick:
        case "first":
            return next(values, None)
        case "last":
            last = deque(values, maxlen=1)
            return last[0] if last else None
        case "random":
            found = list(values)
            return random.choice(found) if found else None
        case "all":
            found = list(values)
            return extract.join.join(found) if found else None
        case number:
            return next(islice(values, number - 1, None), None)
