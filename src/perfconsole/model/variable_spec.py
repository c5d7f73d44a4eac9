"""Names of values, and the values that a person gives them."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

from perfconsole.model.strict import Strict
from perfconsole.texts import say

_NAME = re.compile(r"[^\W\d][\w-]*")
_LONGEST_NAME = 80


def _variable_name(text: str) -> str:
    if not _NAME.fullmatch(text) or len(text) > _LONGEST_NAME:
        raise ValueError(
            say("{name!r} is no variable's name: a letter, then letters, digits, _ and -",
                name=text[:_LONGEST_NAME])
        )  # fmt: skip
    return text


def _sendable(value: str | int | float) -> str | int | float:
    text = str(value)
    if not text.isascii() and text.encode("utf-8", "replace").decode() != text:
        raise ValueError(say("this text has characters that cannot be sent"))
    return value


VariableName = Annotated[str, AfterValidator(_variable_name)]
Default = Annotated[str | int | float, AfterValidator(_sendable)]
"""A variable's text; ``${env:NAME}`` in it stands for the environment of whoever starts the run,
``${name}`` for another variable."""


class VariableSpec(Strict):
    """A variable that is secret, or that has no value before ``--var`` gives it one."""

    value: Default | None = None
    """Its default; without one ``--var NAME=VALUE`` must give it."""
    secret: bool = False
    """True: no journal, screen, error sample or report ever shows it."""


Variables = dict[VariableName, Default | VariableSpec]
