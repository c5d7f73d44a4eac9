"""Commands whose output is kept at moments of a run, as a person writes them."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from perfconsole.model.scalars import Name
from perfconsole.texts import say

MOST_COMMANDS = 8
MOST_SNAPSHOTS = 200
"""In one run."""
PROCESSES = "processes"
"""Name of what is in every snapshot."""


def _one_line_each(argv: tuple[str, ...]) -> tuple[str, ...]:
    if not argv[0] or any("\0" in word or "\n" in word or "\r" in word for word in argv):
        raise ValueError(
            say("a command is a list of words such as [top, -b, -n1], each of one line")
        )
    return argv


def _own_names(commands: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    if PROCESSES in commands:
        raise ValueError(say("{name!r} is always among them; give yours another name",
                             name=PROCESSES))  # fmt: skip
    return commands


Word = Annotated[str, Field(max_length=4000)]
Argv = Annotated[
    tuple[Word, ...], Field(min_length=1, max_length=50), AfterValidator(_one_line_each)
]
"""A command and its arguments, never a shell's text."""
SnapshotCommands = Annotated[
    dict[Name, Argv], Field(max_length=MOST_COMMANDS), AfterValidator(_own_names)
]
"""By the name under which their output is kept."""
