"""A log of a server that is followed while the run lasts, as a person writes it."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from perfconsole.model.extended_regex import checked_pattern
from perfconsole.model.scalars import Rate
from perfconsole.model.strict import Strict
from perfconsole.texts import say

MOST_LOGS = 6
"""Of one server: they share a session, which has a descriptor of one digit for each."""
LOG_METRIC = "log_matches_s"
"""Kind of the metric; a log's is ``log_matches_s:NAME``."""


def _whole_path(file: str) -> str:
    if not file.startswith("/") or not file.isprintable() or file.endswith("/"):
        raise ValueError(
            say("{file!r} is no path of a file on the server; it begins with /", file=file)
        )
    return file


class LogSpec(Strict):
    """Lines that are added to a file on the server while the run lasts, and match a pattern, are
    counted, also over rotation and truncation."""

    file: Annotated[str, AfterValidator(_whole_path), Field(max_length=1000)]
    """Its path on the server, from ``/`` on. It may come later than the run."""
    pattern: Annotated[str, AfterValidator(checked_pattern)]
    """A regular expression of ``grep -E``, which looks for it on the server: ``ERROR|Exception``.
    ``[0-9]`` for a digit."""
    keep: Annotated[int, Field(ge=0, le=100)] = 20
    """The first so many lines that match become events of the run, 300 characters of each and
    secrets masked; later ones are only counted."""
    limit: Annotated[Rate, Field(gt=0)] | None = None
    """Lines that match, ``2/s`` or ``30/min``: a threshold like any other."""


def log_metric(name: str) -> str:
    """The metric of the log called `name`."""
    return f"{LOG_METRIC}:{name}"
