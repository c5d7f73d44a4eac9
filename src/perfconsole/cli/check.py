"""``perfconsole check SCENARIO``."""

from __future__ import annotations

from pathlib import Path

import click

from perfconsole.cli.printing import fit
from perfconsole.cli.var_option import var_option


@click.command(short_help="Validate a scenario and print what it would do.")
@click.argument("scenario", type=click.Path(path_type=Path))
@var_option
def check(scenario: Path, given: dict[str, str]) -> int:
    """Validate SCENARIO and print what a run of it would do. Never connects anywhere."""
    from perfconsole.cli.planned_load import planned_load
    from perfconsole.cli.scenarios import read, tables_of, values_for
    from perfconsole.scenario.outline import outline

    valid = read(scenario, given=given)
    tables = tables_of(valid, values_for(valid, given), ask=False)
    click.echo(fit(outline(valid, tables, given, planned_load(valid))))
    return 0
