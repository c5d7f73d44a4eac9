"""A VU's values as its flow in Python has them: variables, and the row of each data set."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Protocol

from perfconsole.injector.driving import Leaving
from perfconsole.injector.feeds import DataEnded
from perfconsole.injector.values import NoValue, Values
from perfconsole.texts import say


class Holder(Protocol):
    """Who has the values of the present iteration."""

    values: Values


class ScriptValues(MutableMapping[str, str]):
    """By name; what is set here is gone with the iteration."""

    __slots__ = ("_ended", "_holder")

    def __init__(self, holder: Holder, ended: Callable[[DataEnded], None]) -> None:
        """`ended` hears that a data set has no row left."""
        self._holder = holder
        self._ended = ended

    def __getitem__(self, name: str) -> str:
        try:
            return self._holder.values[name]
        except NoValue:
            raise KeyError(say('there is no value "{name}"', name=name)) from None
        except DataEnded as end:
            self._ended(end)
            raise Leaving from None

    def __setitem__(self, name: str, value: object) -> None:
        self._holder.values.put(name, str(value))

    def __delitem__(self, name: str) -> None:
        del self._holder.values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._holder.values)

    def __len__(self) -> int:
        return len(self._holder.values)

    def __contains__(self, name: object) -> bool:
        return name in self._holder.values


class Row(Mapping[str, str]):
    """The row that the VU has in this iteration: taken when the first value is asked for."""

    __slots__ = ("_columns", "_name", "_values")

    def __init__(self, values: ScriptValues, name: str, columns: tuple[str, ...]) -> None:
        self._values = values
        self._name = name
        self._columns = columns

    def __getitem__(self, column: str) -> str:
        if column not in self._columns:
            raise KeyError(
                say('data set "{name}" has no column "{column}"', name=self._name, column=column)
            )
        return self._values[f"{self._name}.{column}"]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)


class ScriptData(Mapping[str, Row]):
    """The data sets by name."""

    __slots__ = ("_columns", "_values")

    def __init__(self, values: ScriptValues, columns: Mapping[str, tuple[str, ...]]) -> None:
        self._values = values
        self._columns = columns

    def __getitem__(self, name: str) -> Row:
        if name not in self._columns:
            raise KeyError(say('there is no data set "{name}"', name=name))
        return Row(self._values, name, self._columns[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)
