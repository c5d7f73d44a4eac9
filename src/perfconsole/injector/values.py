"""What ``${name}`` stands for: defaults, data rows and what was extracted, anew each iteration."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from random import Random

import msgspec

from perfconsole.injector.echoes import hidden
from perfconsole.injector.failure import Failure
from perfconsole.injector.feeds import Feed, Kept, Taker, feed_of
from perfconsole.model import plan
from perfconsole.model.script_walk import names_in, requests_in, sets_in
from perfconsole.scenario.secret_text import is_secret_name

_WORD = re.compile(r"[\w-]+")
_FIELD_NAME = re.compile(r"""\b(?:name|id|property)\s*[~|^$*]?=\s*[\\"']*([\w.-]+)""")
"""In a selector, an XPath, or a regular expression for a page."""


class NoValue(KeyError):
    """A variable is asked for before anything gave it a value."""

    @property
    def name(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True, slots=True)
class Supply:
    """Where the VUs of an injector have their values from."""

    defaults: Mapping[str, str]
    feeds: Mapping[str, Feed]
    secret: frozenset[str]
    """Names of values that no person may see."""

    @classmethod
    def of(cls, whole: plan.InjectorPlan) -> Supply:
        """Of all groups. Raises Unusable."""
        feeds = {name: feed_of(name, data) for name, data in whole.data.items()}
        return cls(whole.variables, feeds, secret_names(whole))

    def renewed(self, whole: plan.InjectorPlan) -> Supply:
        """For a plan with other scripts and variables, or more data sets; rows of those that were
        there go on where they are. Raises Unusable."""
        new = {name: data for name, data in whole.data.items() if name not in self.feeds}
        fresh = Supply.of(msgspec.structs.replace(whole, data=new))
        return replace(fresh, feeds={**fresh.feeds, **self.feeds})

    def over(self, variables: Mapping[str, str]) -> Supply:
        """The same for a group with variables of its own."""
        return replace(self, defaults={**self.defaults, **variables}) if variables else self

    def values(self, taker: Taker) -> Values:
        """For a VU that begins an iteration."""
        return Values(self, taker)


class Values(dict[str, str]):
    """By name. A data set's row is taken when the first value of it is asked for.

    ``values[name]`` raises NoValue, and DataEnded where there is no row left.
    """

    __slots__ = ("_supply", "_taker")

    def __init__(self, supply: Supply, taker: Taker) -> None:
        super().__init__(supply.defaults)
        self._supply = supply
        self._taker = taker

    def __missing__(self, name: str) -> str:
        feed = self._supply.feeds.get(name.partition(".")[0])
        if feed is None:
            raise NoValue(name)
        row = feed.row(self._taker)
        self.update(row)
        return row[name]

    def put(self, name: str, value: str) -> None:
        """From a flow in Python; a secret by its name is one from now on."""
        if name not in self._supply.secret and is_secret_name(name):
            self._supply = replace(self._supply, secret=self._supply.secret | {name})
        self[name] = value

    def kept(self) -> dict[str, str]:
        """What was set and extracted, to hold for later iterations; a row is of one alone."""
        defaults = self._supply.defaults
        return {
            name: value for name, value in self.items()
            if "." not in name and defaults.get(name) != value
        }  # fmt: skip

    def hiding(self, failure: Failure) -> Failure:
        """`failure` with a sample that shows no secret value, however it was written."""
        secrets = [self[name] for name in self._supply.secret if self.get(name)]
        if not secrets:
            return failure
        return replace(failure, sample=partial(_shown, failure.sample, tuple(secrets)))

    def hidden(self, text: str) -> str:
        """`text`, perhaps cut at its end, with a mask for every secret value in it."""
        return hidden(text, [self[name] for name in self._supply.secret if self.get(name)])


@dataclass(slots=True)
class _Nobody:
    kept: Kept
    random: Random


NOBODY: Taker = _Nobody({}, Random(0))
NO_VALUES = Values(Supply({}, {}, frozenset()), NOBODY)
"""Of VUs whose flow has none."""


def has_values(script: plan.Script) -> bool:
    """Whether a script uses, sets or extracts any."""
    return (
        any(True for _ in names_in(script))
        or any(r.extracts for r in requests_in(script))
        or any(True for _ in sets_in(script))
    )


def secret_names(whole: plan.InjectorPlan) -> frozenset[str]:
    """Names of values that no person may see.

    Those that the plan names or that are called like secrets; what is a secret where it comes from
    is one under any name, and so is what is made of one.
    """
    scripts = [group.script for group in whole.groups]
    extracts = [e for script in scripts for step in requests_in(script) for e in step.extracts]
    sets = [each for script in scripts for each in sets_in(script)]
    names = {name for script in scripts for name in names_in(script)}
    names.update(whole.variables, (extract.variable for extract in extracts))
    names.update(name for each in sets for name, _ in each.values)
    if any(group.python for group in whole.groups):
        names.update(
            f"{name}.{column}" for name, data in whole.data.items() for column in data.columns
        )
    secret = {name for name in names if is_secret_name(name)}
    secret.update(whole.secret)
    secret.update(e.variable for e in extracts if _from_secret_place(e))
    return frozenset(_with_made_of(secret, sets))


def _with_made_of(secret: set[str], sets: Sequence[plan.SetStep]) -> set[str]:
    """The secret names, and those of variables that are set to a text with one of them in it."""
    made = [(name, {h.name for h in text.holes}) for each in sets for name, text in each.values]
    while more := {name for name, of in made if of & secret} - secret:
        secret = secret | more
    return secret


def _from_secret_place(extract: plan.Extract) -> bool:
    """Whether the place has a secret's name: the field of a form, the last part of a JMESPath."""
    match extract.kind:
        case "cookie":
            return True
        case "header":
            return is_secret_name(extract.what)
        case "json":
            parts = _WORD.findall(extract.what)
            return bool(parts) and is_secret_name(parts[-1])
        case _:
            return any(is_secret_name(name) for name in _FIELD_NAME.findall(extract.what))


def _shown(sample: str | Callable[[], str], secrets: Sequence[str]) -> str:
    return hidden(sample if isinstance(sample, str) else sample(), secrets)
