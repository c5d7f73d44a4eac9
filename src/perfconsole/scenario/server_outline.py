"""What a scenario would do on servers: what it measures there, reads, and runs."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from perfconsole.model.duration import short
from perfconsole.model.scenario import Scenario
from perfconsole.model.server_spec import ServerSpec
from perfconsole.model.snapshot_spec import PROCESSES
from perfconsole.scenario.limit_outline import limit_lines
from perfconsole.scenario.probe_outline import probe_lines
from perfconsole.scenario.secret_text import masked_argv
from perfconsole.scenario.server_place import describe
from perfconsole.texts import say


def server_lines(scenario: Scenario) -> Iterator[str]:
    if scenario.servers:
        yield say("servers")
    for name, server in scenario.servers.items():
        judged = "" if server.judged else say(", not judged")
        yield say("  {name}: {place}, every {time}{judged}", name=name, place=describe(server),
                  time=short(server.every), judged=judged)  # fmt: skip
        yield from limit_lines(scenario, name)
        yield from probe_lines(server)
        yield from _logs(server)
        yield from _snapshots(server)


def _logs(server: ServerSpec) -> Iterator[str]:
    for name, log in server.logs.items():
        yield say("    log {name}: lines of {file} with {pattern}, the first {n} are kept",
                  name=name, file=log.file, pattern=log.pattern, n=log.keep)  # fmt: skip


def _snapshots(server: ServerSpec) -> Iterator[str]:
    """They run with the rights of the login: each is to be seen before."""
    when = say("by hand, or at a breach") if server.snapshot_on_breach else say("by hand")
    if server.snapshots or "snapshot_on_breach" in server.model_fields_set:
        yield say("    snapshot {when}: {processes}, the largest by CPU and memory",
                  when=when, processes=PROCESSES)  # fmt: skip
    for name, argv in server.snapshots.items():
        yield f"      {name}: {shlex.join(masked_argv(argv))}"
