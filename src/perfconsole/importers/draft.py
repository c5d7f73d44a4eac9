"""A scenario in the making: a plain tree as a person would write it, with comments at its steps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from perfconsole.scenario.interpolation import literal
from perfconsole.scenario.secret_text import is_secret_header, is_secret_name
from perfconsole.texts import say


class ImportFault(Exception):
    """The source cannot be read as what it is said to be; str() is one line, where and what."""


@dataclass(frozen=True, slots=True)
class Noted:
    """A step with comments above it."""

    step: dict[str, Any]
    """The steps within it may be `Noted` too."""
    comments: tuple[str, ...] = ()


Step = Noted | dict[str, Any]


@dataclass(slots=True)
class Draft:
    tree: dict[str, Any]
    """Keys in the order in which they are written."""
    source: str
    """What it was made of, for the file's first line."""
    notes: list[str] = field(default_factory=list)
    """What could not be carried over, and what is to be filled in: a line each."""
    environment: dict[str, str] = field(default_factory=dict)
    """Names of the environment that stand for secrets left out, and what each stands for."""
    keeps_secrets: bool = False
    """It is played at once and never written."""
    has_references: bool = False
    """Texts of its source come with the references of a scenario in them."""
    _secrets: dict[str, str] = field(default_factory=dict)
    """What each name of the environment stands for."""

    def text(self, text: str) -> str:
        """A text of the source as a scenario writes it."""
        return text if self.has_references else literal(text)

    def hidden(self, name: str, value: str, what: str) -> str:
        """What is written instead of a secret: ``${env:PASSWORD}``, and its name remembered."""
        if self.keeps_secrets:
            return literal(value)
        if self.has_references and "${" in value:
            return value
        variable = "".join(c if c.isalnum() else "_" for c in name.upper()).strip("_") or "SECRET"
        if variable[0].isdigit():
            variable = f"_{variable}"
        base, number = variable, 1
        while self._secrets.get(variable, value) != value:
            number += 1
            variable = f"{base}_{number}"
        self._secrets[variable] = value
        self.environment.setdefault(variable, what)
        return f"${{env:{variable}}}"

    def kept(self, name: str, value: str, what: str) -> str:
        """`value` as it stands, or the reference instead of it when `name` says it is a secret."""
        if value and is_secret_name(name):
            return self.hidden(name, value, what)
        return self.text(value)

    def kept_header(self, name: str, value: str) -> str:
        """The same of a header."""
        if value and is_secret_header(name):
            return self.hidden(name, value, say("the header {name}", name=name))
        return self.text(value)


def plain(value: Any) -> Any:
    """A tree without its comments."""
    if isinstance(value, Noted):
        return plain(value.step)
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value


def requests_of(steps: Any) -> Iterator[dict[str, Any]]:
    """Every request among steps, and steps within steps."""
    if isinstance(steps, Noted):
        yield from requests_of(steps.step)
    elif isinstance(steps, dict):
        if "request" in steps:
            yield steps
        for value in steps.values():
            if isinstance(value, list | Noted):
                yield from requests_of(value)
    elif isinstance(steps, list):
        for step in steps:
            yield from requests_of(step)
