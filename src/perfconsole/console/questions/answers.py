"""What the dialogs that make commands are made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from perfconsole.console.orders import Choice, Orders, Wish
from perfconsole.console.screens.dialogs import ChoiceDialog, Dialog, EntryDialog

Answer = Wish | Callable[[], Dialog[Any]]
"""Commands, or what makes the next dialog."""
Opener = Callable[[Choice], Dialog[Any]]
"""Raises NothingToDo when there is nothing to ask about."""


def choose(
    title: str, question: str, choices: Sequence[tuple[str, Answer | None]], default: int = -1
) -> Dialog[Any]:
    """One of several answers; the last one is the default, and should change nothing."""
    return ChoiceDialog[Answer](title, question, choices, default)


def enter(
    title: str, prompt: str, parse: Callable[[str], Orders], initial: str = ""
) -> Dialog[Any]:
    """A line to type; `parse` raises ValueError with what would be right."""
    return EntryDialog[Answer](title, prompt, lambda text: Wish(parse(text)), initial=initial)
