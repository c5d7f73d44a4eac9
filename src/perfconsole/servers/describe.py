"""Where a server is, in few words for the screen."""

from __future__ import annotations

import shlex

from perfconsole.model.server_spec import ServerSpec
from perfconsole.scenario.secret_text import masked_argv
from perfconsole.texts import say


def describe(spec: ServerSpec) -> str:
    """``this machine``, the server as the scenario names it: ``deploy@web1:22``, or the command
    that leads to it."""
    if spec.command is not None:
        return shlex.join(masked_argv(spec.command))
    return say("this machine") if spec.ssh is None else spec.ssh
