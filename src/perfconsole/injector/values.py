"""What ``${name}`` stands for: defaults, data rows and what was extracted, anew each iteration."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from random import Random

from perfconsole.injector.echoes import hidden
from perfconsole.injector.failure import Failure
from perfconsole.injector.feeds import Feed, Kept, feed_of
from perfconsole.model import plan
from perfconsole.model.script_walk import names_in, requests_in, walk
from perfconsole.scenario.secret_text import is_secret_name


@dataclass(frozen=True, slots=True)
class Supply:
    """Where the VUs of an injector have their values from."""

    defaults: Mapping[str, str]
    feeds: Mapping[str, Feed]
    secret: frozenset[str]
    """Names of values that no person may see."""

    @classmethod
    def of(cls, whole: plan.InjectorPlan, random: Random) -> Supply:
        """Of all groups; `random` draws rows and values. Raises Unusable."""
        feeds = {name: feed_of(name, data, random) for name, data in whole.data.items()}
        return cls(whole.variables, feeds, secret_names(whole))

    def over(self, variables: Mapping[str, str]) -> Supply:
        """The same for a group with variables of its own."""
        return replace(self, defaults={**self.defaults, **variables}) if variables else self

    def values(self, kept: Kept) -> Values:
        """For a VU that begins an iteration and keeps the rows `kept`."""
        return Values(self, kept)


class Values(dict[str, str]):
    """By name. A data set's row is taken when the first value of it is asked for: then DataEnded
    is raised when there is none. A name that has no value yet is an empty text."""

    __slots__ = ("_kept", "_supply")

    def __init__(self, supply: Supply, kept: Kept) -> None:
        super().__init__(supply.defaults)
        self._supply = supply
        self._kept = kept

    def __missing__(self, name: str) -> str:
        feed = self._supply.feeds.get(name.partition(".")[0])
        if feed is None:
            return ""
        row = feed.row(self._kept)
        self.update(row)
        return row[name]

    def hiding(self, failure: Failure) -> Failure:
        """`failure` with a sample that shows no secret value, however it was written."""
        secrets = [self[name] for name in self._supply.secret if self.get(name)]
        if not secrets:
            return failure
        return replace(failure, sample=partial(_shown, failure.sample, tuple(secrets)))

    def hidden(self, text: str) -> str:
        """`text`, perhaps cut at its end, with a mask for every secret value in it."""
        return hidden(text, [self[name] for name in self._supply.secret if self.get(name)])


NO_VALUES = Values(Supply({}, {}, frozenset()), {})
"""Of VUs whose flow has none."""


def has_values(script: plan.Script) -> bool:
    """Whether a script uses, extracts or sets any."""
    steps = walk((*script.init, *script.steps, *script.end))
    return any(True for _ in names_in(script)) or any(
        isinstance(step, plan.SetStep) or (isinstance(step, plan.RequestStep) and step.extracts)
        for step in steps
    )


def secret_names(whole: plan.InjectorPlan) -> frozenset[str]:
    """Names of values that no person may see.

    Those that the plan names or that are called like secrets; what is a secret where it comes from
    is one under any name, and so is what is made of one.
    """
    scripts = [group.script for group in whole.groups]
    extracts = [e for script in scripts for step in requests_in(script) for e in step.extracts]
    names = {name for script in scripts for name in names_in(script)}
    names.update(whole.variables, (extract.variable for extract in extracts))
    made = [pair for script in scripts for pair in _made(script)]
    names.update(name for name, _ in made)
    secret = {name for name in names if is_secret_name(name)}
    secret.update(whole.secret)
    secret.update(e.variable for e in extracts if _from_secret_place(e))
    while more := {name for name, of in made if name not in secret and not secret.isdisjoint(of)}:
        secret |= more
    return frozenset(secret)


def _made(script: plan.Script) -> Iterator[tuple[str, set[str]]]:
    """What is set, and the names of what it is made of."""
    for step in walk((*script.init, *script.steps, *script.end)):
        if isinstance(step, plan.SetStep):
            for name, text in step.values:
                yield name, {hole.name for hole in text.holes}


def _from_secret_place(extract: plan.Extract) -> bool:
    if extract.kind == "header":
        return extract.what.lower() == "set-cookie" or is_secret_name(extract.what)
    return extract.kind == "cookie"


def _shown(sample: str | Callable[[], str], secrets: Sequence[str]) -> str:
    return hidden(sample if isinstance(sample, str) else sample(), secrets)
