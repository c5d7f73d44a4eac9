"""What a server has to tell besides its samples."""

from __future__ import annotations

import msgspec


class ProbeTold(msgspec.Struct, frozen=True, tag="probe_told"):
    """A probe has begun to fail, fails in another way, or works again."""

    server: str
    probe: str
    ok: bool
    detail: str = ""
    """With not ok: why, one line for a person; secrets are not masked yet."""


class LogMatched(msgspec.Struct, frozen=True, tag="log_matched"):
    """Lines that matched, since the last time this was told."""

    server: str
    log: str
    count: int
    lines: tuple[str, ...]
    """The first of them, each one line that is fit to be shown; secrets are not masked yet."""


class LogTold(msgspec.Struct, frozen=True, tag="log_told"):
    """How it stands with following a log."""

    server: str
    log: str
    level: str
    """``info`` or ``warning``."""
    text: str
    """One line for a person."""


class CommandOutput(msgspec.Struct, frozen=True):
    """What one command of a snapshot wrote."""

    name: str
    text: str
    """Lines that are fit to be shown."""
    note: str = ""
    """What is to be known of it, such as that it was clipped; empty: all is well."""


class SnapshotCame(msgspec.Struct, frozen=True, tag="snapshot_came"):
    """Secrets are not masked yet."""

    server: str
    number: int
    """Of the request."""
    outputs: tuple[CommandOutput, ...]


ServerNews = ProbeTold | LogMatched | LogTold | SnapshotCame
