"""Which arrivals of a group are this injector's, and when each is due: one order, as a law."""

from __future__ import annotations

import math
from random import Random

from perfconsole.model.wire import SetRate


class Dues:
    """The arrivals that one order asks for, one after the other; the next is at `due_s`.

    An arrival's number is the group's count of arrivals (Λ, over all injectors) at which it comes.
    Constant ones are whole numbers, every `of`-th of them here. Poisson ones come at sums of
    exponential draws; the exponential has no memory, so that a new order may draw anew.
    """

    __slots__ = ("_offset", "_order", "_random", "due_s", "number")

    def __init__(self, order: SetRate, random: Random | None, passed: float) -> None:
        """`random` for Poisson, None for constant; those up to number `passed` are done with."""
        self._order = order
        self._random = random
        self._offset = order.law.count(order.since_s) - order.first
        if random is None:
            behind = math.ceil((order.first - order.share) / order.of)
            done = math.floor((passed - order.share) / order.of) + 1
            self.number = float(order.share + order.of * max(behind, done))
            self._look_up()
        else:
            self.number = max(order.first, passed)
            self.advance()

    def advance(self) -> None:
        """On to the next one."""
        order = self._order
        step = 1.0 if self._random is None else self._random.expovariate(1.0)
        self.number += order.of * step
        self._look_up()

    def _look_up(self) -> None:
        order = self._order
        self.due_s = (
            order.at_s + order.law.due(max(0.0, self.number + self._offset)) - order.since_s
        )
        """Run second; infinite when there are no more."""

    def rate_at(self, second: float) -> float:
        """The group's arrivals a second, of all injectors together."""
        order = self._order
        return order.law.at(max(0.0, order.since_s + second - order.at_s))

    @property
    def of(self) -> int:
        return self._order.of
