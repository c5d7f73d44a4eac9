"""The probes of a server, as a person reads them before a run."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from perfconsole.model.any_probe import Probe, metrics_of
from perfconsole.model.duration import short
from perfconsole.model.probe_spec import ProbeSpec
from perfconsole.model.ready_probes import CommandProbe
from perfconsole.model.server_spec import ServerSpec
from perfconsole.scenario.secret_text import masked_argv, masked_page
from perfconsole.texts import say


def probe_lines(server: ServerSpec) -> Iterator[str]:
    """Commands run with the rights of the login: each is to be seen before."""
    for name, probe in server.probes.items():
        yield say("    probe {name}: {what}, every {time}", name=name, what=_what(probe),
                  time=short(probe.every))  # fmt: skip
        if not isinstance(probe, ProbeSpec) and (metrics := metrics_of(name, probe)):
            yield say("      measures {metrics}", metrics=", ".join(metrics))


def _what(probe: Probe) -> str:
    if isinstance(probe, ProbeSpec):
        return shlex.join(masked_argv(probe.argv)) if probe.argv else masked_page(probe.url or "")
    if isinstance(probe, CommandProbe):
        command = (*masked_argv(probe.through), probe.program)
        return say("{use} by {command}", use=probe.use, command=shlex.join(command))
    page = masked_page(probe.url)
    if probe.ask_from == "server":
        page = say("{page}, asked for on the server", page=page)
    return say("{use} at {page}", use=probe.use, page=page)
