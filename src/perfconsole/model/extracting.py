"""Where in an answer a person finds a value."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from perfconsole.model.checking import Regex
from perfconsole.model.strict import Strict
from perfconsole.model.variable_spec import VariableName
from perfconsole.texts import say

PlaceKind = Literal["regex", "json", "header", "cookie", "css", "xpath"]
_Text = Annotated[str, Field(min_length=1)]


class ExtractSpec(Strict):
    """Where in an answer a value lies. One that is not there is a failed check."""

    regex: Regex | None = None
    """Its first group, or all that matches when it has none; in the body."""
    json_path: _Text | None = Field(default=None, alias="json")
    """JMESPath, such as ``items[0].id``; in the body."""
    header: _Text | None = None
    """A header's name, in capitals or not."""
    cookie: _Text | None = None
    """A cookie's name; its value as the VU has it after the answer."""
    css: _Text | None = None
    """CSS selector of an element of the page, such as ``#total``; its text, without the blanks
    around it."""
    xpath: _Text | None = None
    """XPath 1.0 to an element, an attribute or a text of the page, such as ``//a/@href``, or a
    function of them such as ``count(//li)``. An answer whose type is XML is read as such."""
    attribute: _Text | None = None
    """With ``css``: the element's attribute instead of its text; ``value`` for an ``input``."""
    pick: Literal["first", "last", "random", "all"] | Annotated[int, Field(ge=1)] = "first"
    """Which of several: the ``first``, the ``last``, one at ``random``, a number from 1, or
    ``all`` of them. There are several where a regular expression matches more than once, a
    JMESPath leads to a list (its nulls are left out), a header has several lines, or a selector
    or XPath fits more than one."""
    join: str = ","
    """With ``pick: all``: what stands between two."""
    default: str | int | float | None = None
    """Taken when there is no such value, which then is no failure. An empty text is a value."""

    @property
    def place(self) -> tuple[PlaceKind, str]:
        """Kind and what to look for."""
        places: tuple[tuple[PlaceKind, str | None], ...] = (
            ("regex", self.regex), ("json", self.json_path), ("header", self.header),
            ("cookie", self.cookie), ("css", self.css), ("xpath", self.xpath),
        )  # fmt: skip
        return next((kind, what) for kind, what in places if what is not None)

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        places = (self.regex, self.json_path, self.header, self.cookie, self.css, self.xpath)
        if sum(place is not None for place in places) != 1:
            raise ValueError(
                say("say where the value is: one of regex, json, header, cookie, css and xpath")
            )
        if self.cookie is not None and self.pick not in ("first", 1):
            raise ValueError(say("there is one cookie of a name; leave pick out"))
        if self.attribute is not None and self.css is None:
            raise ValueError(say("attribute goes with css; in an xpath write @name"))
        if "join" in self.model_fields_set and self.pick != "all":
            raise ValueError(say("join goes with pick: all"))
        return self


Extracts = Annotated[dict[VariableName, ExtractSpec], Field(min_length=1)]
"""What to extract, by the name of the variable each becomes."""
