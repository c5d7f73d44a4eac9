"""The machine that generates the load: always watched, and judged only when a scenario asks."""

from __future__ import annotations

from perfconsole.model.scenario import Scenario
from perfconsole.model.server_spec import ServerSpec
from perfconsole.texts import say


def own_machine(scenario: Scenario) -> dict[str, ServerSpec]:
    """Under a name that no server has; nothing when the scenario watches this machine itself, or
    generates no load."""
    if not scenario.groups or any(server.local for server in scenario.servers.values()):
        return {}
    name = say("load generator")
    while name in scenario.servers:
        name = say("{name} (this machine)", name=name)
    return {name: ServerSpec(local=True, judged=False)}
