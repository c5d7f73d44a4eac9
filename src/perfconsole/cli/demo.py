"""``perfconsole demo``."""

from __future__ import annotations

import sys
from pathlib import Path

import click


@click.command(short_help="Built-in target and scenario, to see what this is.")
@click.option("--headless", is_flag=True, help="No console (as when there is no terminal).")
@click.option("--duration", metavar="TIME", help="End after this long, e.g. 30s.")
@click.option("--vus", type=click.IntRange(3, 100_000), help="VUs in all, over the three groups.")
@click.option("--summary", type=click.Path(path_type=Path), help="Write the summary JSON here.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder to keep the run in.")
def demo(
    headless: bool, duration: str | None, vus: int | None, summary: Path | None, out: Path | None
) -> int:
    """Three groups against the built-in target, this machine watched as the server."""
    from perfconsole.cli.scenarios import read, seconds
    from perfconsole.cli.session import SessionOptions, hold_session
    from perfconsole.cli.starting import (
        CONSOLE_ORPHAN_S,
        HEADLESS_ORPHAN_S,
        StartOptions,
        start,
    )
    from perfconsole.demo.example import demo_scenario_path
    from perfconsole.scenario.advice import has_end

    headless = headless or not (sys.stdin.isatty() and sys.stdout.isatty())
    duration_s = seconds("--duration", duration)
    scenario = read(demo_scenario_path(), vus=vus, duration_s=duration_s)
    if headless and not has_end(scenario):
        scenario = read(demo_scenario_path(), vus=vus, duration_s=30.0)
    orphan_s = HEADLESS_ORPHAN_S if headless else CONSOLE_ORPHAN_S
    starting = start(scenario, StartOptions(out=out, orphan_s=orphan_s))
    return hold_session(starting, SessionOptions(headless, False, summary, ends_alone_s=orphan_s))
