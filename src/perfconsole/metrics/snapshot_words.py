"""Snapshots of servers as people read them, on the screen and in a report."""

from __future__ import annotations

import time

from perfconsole.metrics.figures import byte_size
from perfconsole.model.event import SnapshotTaken
from perfconsole.model.server_news import CommandOutput
from perfconsole.texts import say


def snapshot_title(taken: SnapshotTaken) -> str:
    """``snapshot 3 of web1, 12:04:51, web1 CPU over 75 % at 340 VUs, 412 TPS``."""
    moment = time.strftime("%H:%M:%S", time.localtime(taken.asked_at))
    return say("snapshot {n} of {server}, {moment}, {why}",
               n=taken.number, server=taken.server, moment=moment, why=taken.why)  # fmt: skip


def output_title(output: CommandOutput) -> str:
    """``sockets (1.2 kB): exit status 1``."""
    size = byte_size(len(output.text))
    return f"{output.name} ({size})" + (f": {output.note}" if output.note else "")


def snapshot_text(taken: SnapshotTaken) -> str:
    """All of it."""
    parts = [snapshot_title(taken)]
    parts += [f"── {output_title(each)}\n{each.text}".rstrip("\n") for each in taken.outputs]
    return "\n\n".join(parts)
