"""Where a server is, in few words for the screen."""

from __future__ import annotations

from perfconsole.model.server_spec import ServerSpec
from perfconsole.texts import say


def describe(spec: ServerSpec) -> str:
    """``this machine``, or the server as the scenario names it: ``deploy@web1:22``."""
    return say("this machine") if spec.ssh is None else spec.ssh
