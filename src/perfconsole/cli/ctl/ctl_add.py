"""``ctl``: a group that the run does not have yet."""

from __future__ import annotations

from pathlib import Path

import click

from perfconsole.cli.ctl.ctl_group import ctl
from perfconsole.cli.ctl.ctl_sending import send


@ctl.command("add", short_help="A new group: of a flow, a curl command, or an edited file.")
@click.argument("name")
@click.option("--flow", help="A flow of the run's scenario.")
@click.option("--curl", metavar="'curl ...'", help="What this command asks, of the run's target.")
@click.option("--scenario", type=click.Path(path_type=Path), help="As in this file.")
@click.option("--vus", type=click.IntRange(1, 1_000_000), help="1 when left out.")
@click.option("--ramp", metavar="RAMP", help="As in a scenario, e.g. 'over 2m'.")
@click.option("--rate", metavar="RATE", help="Arrivals a second, e.g. 50/s; --vus at the most.")
@click.option("--pacing", metavar="TIME", help="From one iteration's begin to the next.")
@click.pass_obj
def add(
    run: str,
    name: str,
    flow: str | None,
    curl: str | None,
    scenario: Path | None,
    vus: int | None,
    ramp: str | None,
    rate: str | None,
    pacing: str | None,
) -> int:
    """Give the run a group NAME, which starts at once and is steered like any other.

    \b
    perfconsole ctl last add more --flow browse --vus 20 --ramp 'over 1m'
    perfconsole ctl last add orders --curl "curl 'https://shop.example/orders'" --rate 5/s
    perfconsole ctl last add night --scenario shop-edited.yaml

    Of a file the group and the flows it plays are taken; variables, data, rendezvous and target
    are those of the run.
    """
    from perfconsole.cli.adding import added

    command = added(name, flow, curl, scenario, vus=vus, ramp=ramp, rate=rate, pacing=pacing)
    return send(run, command)
