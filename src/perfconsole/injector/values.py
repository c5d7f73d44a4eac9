"""What ``${name}`` stands for: defaults, data rows and what was extracted, anew each iteration."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from random import Random

from perfconsole.injector.echoes import hidden
from perfconsole.injector.failure import Failure
from perfconsole.model import plan
from perfconsole.model.script_walk import names_in, requests_in
from perfconsole.scenario.secret_text import is_secret_name


class Feed:
    """The rows of a data set that this injector's VUs share."""

    __slots__ = ("_names", "_next", "_random", "_rows")

    def __init__(self, name: str, data: plan.DataPlan, random: Random) -> None:
        self._names = tuple(f"{name}.{column}" for column in data.table.columns)
        self._rows = data.table.rows
        self._random = random if data.order == "random" else None
        self._next = 0

    def row(self) -> dict[str, str]:
        """One row, its values under their full names; after the last one comes the first."""
        if self._random is not None:
            row = self._random.choice(self._rows)
        else:
            row = self._rows[self._next]
            self._next = (self._next + 1) % len(self._rows)
        return dict(zip(self._names, row, strict=True))


@dataclass(frozen=True, slots=True)
class Supply:
    """Where the VUs of an injector have their values from."""

    defaults: Mapping[str, str]
    feeds: Mapping[str, Feed]
    secret: frozenset[str]
    """Names of values that no person may see."""

    @classmethod
    def of(cls, whole: plan.InjectorPlan, random: Random) -> Supply:
        steps = [step for group in whole.groups for step in requests_in(group.script)]
        names = {name for group in whole.groups for name in names_in(group.script)}
        extracts = [extract for step in steps for extract in step.extracts]
        names.update(whole.variables, (extract.variable for extract in extracts))
        names.update(
            f"{name}.{column}" for name, data in whole.data.items() for column in data.table.columns
        )
        secret = {name for name in names if is_secret_name(name)}
        # What is a secret where it comes from is one under any name.
        secret.update(e.variable for e in extracts if _from_secret_place(e))
        feeds = {name: Feed(name, data, random) for name, data in whole.data.items()}
        return cls(whole.variables, feeds, frozenset(secret))

    def values(self) -> Values:
        """For a VU that begins an iteration."""
        return Values(self)


class Values(dict[str, str]):
    """By name. A data set's row is taken when the first value of it is asked for."""

    __slots__ = ("_supply",)

    def __init__(self, supply: Supply) -> None:
        super().__init__(supply.defaults)
        self._supply = supply

    def __missing__(self, name: str) -> str:
        row = self._supply.feeds[name.partition(".")[0]].row()
        self.update(row)
        return row[name]

    def put(self, name: str, value: str) -> None:
        """From a flow in Python; a secret by its name is one from now on."""
        if name not in self._supply.secret and is_secret_name(name):
            self._supply = replace(self._supply, secret=self._supply.secret | {name})
        self[name] = value

    def hiding(self, failure: Failure) -> Failure:
        """`failure` with a sample that shows no secret value, however it was written."""
        secrets = [self[name] for name in self._supply.secret if self.get(name)]
        if not secrets:
            return failure
        return replace(failure, sample=partial(_shown, failure.sample, tuple(secrets)))

    def hidden(self, text: str) -> str:
        """`text`, perhaps cut at its end, with a mask for every secret value in it."""
        return hidden(text, [self[name] for name in self._supply.secret if self.get(name)])


NO_VALUES = Values(Supply({}, {}, frozenset()))
"""Of VUs whose flow has none."""


def has_values(script: plan.Script) -> bool:
    """Whether a script uses or extracts any."""
    return any(True for _ in names_in(script)) or any(r.extracts for r in requests_in(script))


def _from_secret_place(extract: plan.Extract) -> bool:
    if extract.kind == "header":
        return extract.what.lower() == "set-cookie" or is_secret_name(extract.what)
    return extract.kind == "cookie"


def _shown(sample: str | Callable[[], str], secrets: Sequence[str]) -> str:
    return hidden(sample if isinstance(sample, str) else sample(), secrets)
