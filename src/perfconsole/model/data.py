"""Values of a scenario: variables, data sets, and what is extracted from answers."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

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


def _default(value: str | int | float) -> str | int | float:
    text = str(value)
    if "${" in text:
        raise ValueError(say('a variable\'s value is plain text; "${" means nothing in it'))
    if not text.isascii() and text.encode("utf-8", "replace").decode() != text:
        raise ValueError(say("this text has characters that cannot be sent"))
    return value


def _delimiter(text: str) -> str:
    if len(text) != 1 or text in '"\r\n' or not (text.isprintable() or text == "\t"):
        raise ValueError(say('a delimiter is one character, such as ";" or "\\t"'))
    return text


VariableName = Annotated[str, AfterValidator(_variable_name)]
Default = Annotated[str | int | float, AfterValidator(_default)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DataSpec(_Model):
    """A table whose rows VUs take, one in an iteration: ``users: {csv: users.csv}``.

    Its first line names the columns; ``${users.name}`` is the value in the column ``name``.
    """

    csv: Annotated[str, Field(min_length=1)]
    """A UTF-8 file, relative to the scenario's."""
    order: Literal["sequential", "random"] = "sequential"
    """Sequential begins anew after the last row."""
    delimiter: Annotated[str, AfterValidator(_delimiter)] = ","
    """Between two columns."""


class ExtractSpec(_Model):
    """Where in an answer a value lies."""

    regex: Annotated[str, Field(min_length=1)] | None = None
    """Its first group, or all that matches when it has none; in the body."""
    json_path: Annotated[str, Field(min_length=1)] | None = Field(default=None, alias="json")
    """JMESPath, such as ``items[0].id``; in the body."""
    header: Annotated[str, Field(min_length=1)] | None = None
    """A header's name, in capitals or not."""
    cookie: Annotated[str, Field(min_length=1)] | None = None
    """A cookie's name; its value as the VU has it after the answer."""
    nth: Annotated[int, Field(ge=1)] = 1
    """Which of several: the first when left out."""

    @property
    def place(self) -> tuple[Literal["regex", "json", "header", "cookie"], str]:
        """Kind and what to look for."""
        if self.regex is not None:
            return "regex", self.regex
        if self.json_path is not None:
            return "json", self.json_path
        if self.header is not None:
            return "header", self.header
        return "cookie", self.cookie or ""

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        places = (self.regex, self.json_path, self.header, self.cookie)
        if sum(place is not None for place in places) != 1:
            raise ValueError(say("say where the value is: one of regex, json, header and cookie"))
        if self.cookie is not None and self.nth != 1:
            raise ValueError(say("there is one cookie of a name; leave nth out"))
        return self


Extracts = Annotated[dict[VariableName, ExtractSpec], Field(min_length=1)]
"""What to extract, by the name of the variable it becomes."""
