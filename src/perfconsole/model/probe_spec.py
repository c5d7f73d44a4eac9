"""What a person measures of a server on their own: a command or a page, and a number in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from perfconsole.model.checking import Regex
from perfconsole.model.limit_spec import LimitSpec, LimitValue
from perfconsole.model.scalars import Duration, Headers
from perfconsole.model.sent import AuthSpec
from perfconsole.model.series_selector import SeriesSelector
from perfconsole.model.strict import Strict
from perfconsole.texts import say

MOST_STDIN = 64_000
"""Characters that a command reads: as many as a pipe takes at once."""
MOST_WORDS = 1000

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def _page(value: str) -> str:
    try:
        parts = urlsplit(value)
        is_well = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_well, parts = False, urlsplit("")
    if not is_well or not value.isascii() or any(c.isspace() or not c.isprintable() for c in value):
        raise ValueError(say("a page is a URL such as http://host:9100/metrics"))
    if parts.username is not None:
        raise ValueError(say('a login does not stand in the URL; give it as "auth"'))
    return value


def _words(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value[0].strip():
        raise ValueError(say("the first word is the command's name; it must not be empty"))
    if any("\0" in word for word in value):
        raise ValueError(say("no word of a command can have a zero byte in it"))
    return value


def _environment(value: dict[str, str]) -> dict[str, str]:
    for name, text in value.items():
        if not _VARIABLE.fullmatch(name):
            raise ValueError(say("{name!r} is no name of an environment variable", name=name[:80]))
        if "\0" in text:
            raise ValueError(say("the value of {name} has a zero byte in it", name=name))
    return value


def _unit(value: str) -> str:
    if not value.isprintable():
        raise ValueError(say("a unit is a short word such as MB"))
    return value.strip()


PageUrl = Annotated[str, AfterValidator(_page)]
Words = Annotated[
    tuple[str, ...], Field(min_length=1, max_length=MOST_WORDS), AfterValidator(_words)
]
Environment = Annotated[dict[str, str], AfterValidator(_environment)]
Unit = Annotated[str, Field(max_length=16), AfterValidator(_unit)]
MetricName = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
"""Of one of the several metrics of a probe."""


class ProbeTiming(Strict):
    """What all probes have."""

    every: Annotated[Duration, Field(ge=0.5, le=86400)] = 10.0
    """Between two readings. A reading counts until the second one after it should have come."""
    timeout: Annotated[Duration, Field(gt=0, le=600)] = 5.0
    """A command or a page that takes longer is ended, and has told nothing."""


class ReadyProbe(ProbeTiming):
    """A probe that knows what to ask and what to read; ``use`` names it. Its metrics are called
    ``PROBE.METRIC``."""

    use: str
    """Which one."""

    def measured(self) -> Mapping[str, str | None] | None:
        """Its metrics by their names within the probe, each with its unit; a unit of None is told
        by how the name ends. None where the metrics are known only when they come."""
        return None


class PlaceSpec(Strict):
    """Where in the output of a command, or in a page, the number stands."""

    regex: Regex | None = None
    """The first group of the first match, or all of it when the expression has none."""
    json_path: Annotated[str, Field(min_length=1)] | None = Field(default=None, alias="json")
    """JMESPath, such as ``pool.active`` or ``length(items)``."""
    column: Annotated[int, Field(ge=1, le=10_000)] | None = None
    """The word of that number in a line, from 1, words being told apart by blanks."""
    row: Literal["first", "last"] | Regex = "last"
    """With ``column``: the ``first`` line, the ``last``, or the first line that a regular
    expression is found in. Empty lines are passed over."""
    prometheus: SeriesSelector | None = None
    """A series of a page in Prometheus' text format, such as ``node_load1`` or
    ``http_requests_total{code="500"}``; ``sum(...)``, ``max(...)``, ``min(...)``, ``avg(...)`` or
    ``count(...)`` around it where several fit."""

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        places = (self.regex, self.json_path, self.column, self.prometheus)
        if sum(place is not None for place in places) != 1:
            raise ValueError(
                say("say where the number is: one of regex, json, column and prometheus")
            )
        if "row" in self.model_fields_set and self.column is None:
            raise ValueError(say("row goes with column"))
        return self


class ProbeSpec(ProbeTiming):
    """A number of your own: what a command prints, or what stands in a page. Its metric has the
    probe's name. The server's own shell is not asked: no word of a command is read by one."""

    argv: Words | None = None
    """The command and its words, run where the server is: over its connection, or on this machine.
    Everybody on that machine can see them: secrets go into ``environment``."""
    stdin: Annotated[str, Field(max_length=MOST_STDIN)] = ""
    """What the command reads; nothing when left out."""
    environment: Environment = {}
    """Variables for the command; ``${env:NAME}`` can stand there. They are on no command line and
    are not kept with the run where their names are those of secrets."""
    url: PageUrl | None = None
    """Instead of ``argv``: a page of at most 8 MB, asked for from this machine and through no
    proxy. Certificates are verified; ``SSL_CERT_FILE`` names those of authorities of your own."""
    headers: Headers = {}
    """For the page; ``${env:NAME}`` can stand there."""
    auth: AuthSpec | None = None
    """A login for the page."""
    parse: Literal["number"] | PlaceSpec = "number"
    """Where the number is; ``number`` is for what holds nothing else. A number may have ``%``
    behind it."""
    unit: Unit = ""
    """Shown behind the number, such as ``MB``."""
    limit: LimitValue | LimitSpec | None = None
    """A threshold like any other; ``thresholds`` may hold another one."""
    kind: Literal["gauge", "counter"] = "gauge"
    """A ``counter`` only rises: told is by how much a second. Where it falls it began anew, and
    nothing is told for that time."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.argv is None) == (self.url is None):
            raise ValueError(
                say('give either "argv", a command, or "url", a page, or "use" for a ready probe')
            )
        others = ("headers", "auth") if self.url is None else ("stdin", "environment")
        for key in others:
            if key in self.model_fields_set:
                source = "url" if self.url is None else "argv"
                raise ValueError(say("{key} goes with {source}", key=key, source=source))
        return self

    @property
    def shown_unit(self) -> str | None:
        """Of what is told, a counter's by the second; None where nothing is said of it."""
        if self.kind == "counter":
            return f"{self.unit}/s"
        return self.unit or None
