"""Where a server is, in few words for the screen."""

from __future__ import annotations

import shlex

from perfconsole.model.any_probe import page_hosts
from perfconsole.model.server_spec import ServerSpec
from perfconsole.scenario.secret_text import masked_argv
from perfconsole.texts import say


def describe(spec: ServerSpec) -> str:
    """``this machine``, the server as the scenario names it: ``deploy@web1:22``, the command that
    leads to it, or whose pages are all that is known of it."""
    if spec.command is not None:
        return shlex.join(masked_argv(spec.command))
    if spec.ssh is not None:
        return spec.ssh
    hosts = ", ".join(page_hosts(spec.probes))
    return say("this machine") if spec.local else say("pages of {hosts}", hosts=hosts)
