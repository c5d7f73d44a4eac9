"""What is wrong with what a person gave, in one line, as the models find it."""

from __future__ import annotations

from pydantic import ValidationError


def first_fault(error: ValidationError) -> str:
    """The first thing, without its place."""
    words = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
    return " ".join(words.split())


def first_fault_and_place(error: ValidationError, whole: str = "") -> str:
    """The same, after the keys that lead to it; after `whole` when it is about all of it."""
    where = ".".join(map(str, error.errors(include_url=False)[0]["loc"])) or whole
    return f"{where}: {first_fault(error)}" if where else first_fault(error)
