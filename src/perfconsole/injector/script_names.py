"""What a flow in Python calls its requests and transactions: never more names than a run can bear.

A name with an id in it would make a new row of every table, a thousand times a second.
"""

from __future__ import annotations

from collections.abc import Callable

from perfconsole.injector.recorder import Recorder
from perfconsole.texts import say

MOST_AUTOMATIC = 200
"""Distinct names made of method and path, for each group in a load generator."""
MOST_GIVEN = 1000
"""Distinct names that a flow gives itself, for each group: of requests, and of transactions."""


class Named:
    """A request's name with its numbers, as it is recorded."""

    __slots__ = ("name", "number", "transaction")

    def __init__(self, name: str, number: int, transaction: int) -> None:
        self.name = name
        self.number = number
        self.transaction = transaction
        """Of the transaction that it is by itself."""


class ScriptNames:
    """Of one group in this injector."""

    def __init__(
        self, group: str, function: str, recorder: Recorder, trouble: Callable[[str], None]
    ) -> None:
        self._group = group
        self._function = function
        self._recorder = recorder
        self._trouble = trouble
        self._automatic: dict[str, Named] = {}
        self._given: dict[str, Named] = {}
        self._transactions: dict[str, int] = {}

    def automatic(self, name: str) -> Named:
        """Of a request that was given no name."""
        return self._request(name, self._automatic, MOST_AUTOMATIC)

    def given(self, name: str) -> Named:
        return self._request(name, self._given, MOST_GIVEN)

    def transaction(self, name: str) -> int:
        number = self._transactions.get(name)
        if number is None:
            if len(self._transactions) >= MOST_GIVEN:
                name = say("other transactions of {flow}", flow=self._function)
                self._tell(MOST_GIVEN, say("transactions"))
            number = self._transactions[name] = self._recorder.number(self._group, name)
        return number

    def _request(self, name: str, known: dict[str, Named], most: int) -> Named:
        named = known.get(name)
        if named is None:
            if len(known) >= most:
                name = say("other requests of {flow}", flow=self._function)
                self._tell(most, say("requests"))
                if name in known:
                    return known[name]
            recorder, group = self._recorder, self._group
            named = known[name] = Named(
                name, recorder.request_number(group, name), recorder.number(group, name)
            )
        return named

    def _tell(self, most: int, what: str) -> None:
        self._trouble(
            say(
                "{flow} has more than {most} names of {what}; the others are counted together. "
                'Give those that are one operation one name, such as name="GET /item"',
                flow=self._function,
                most=most,
                what=what,
            )
        )
