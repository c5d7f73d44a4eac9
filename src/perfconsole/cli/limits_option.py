"""``--limits``: which set of limits servers are held to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from perfconsole.cli.complaint import Complaint

if TYPE_CHECKING:
    from perfconsole.model.scenario import Scenario

limits_option = click.option(
    "--limits", metavar="NAME", help="Limits of servers: default, daily, peak, or the scenario's."
)


def with_limits(scenario: Scenario, name: str | None) -> Scenario:
    """Its servers held to the set of that name, but for those that name one of their own. Raises
    Complaint."""
    if name is None:
        return scenario
    from perfconsole.model.limit_sets import no_such_set

    try:
        scenario.set_of_limits(name)
    except KeyError:
        raise Complaint(f"--limits: {no_such_set(name, scenario.limit_sets)}") from None
    return scenario.model_copy(update={"limits": name})
