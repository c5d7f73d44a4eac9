"""``make bench``: measure on this machine and write ``bench/results.md``.

``python bench/run.py get tls`` measures these rows alone and only prints them; ``--quick`` is for
seeing that everything works: one short round, numbers not worth keeping.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import cost
import crowd
import first_frame
import listing
import loading
import machine
import rendezvous
import steering
import thinking
from nginx import Target, nginx
from processes import BenchError, nothing_left_behind
from rows import Row

import servers
from perfconsole.client.api import ControllerGone

RESULTS = Path(__file__).with_name("results.md")
FULL, QUICK = (3, 5.0), (1, 3.0)
"""Rounds, and seconds of load of each tool in one."""
METHOD = """\
Target on one core, the measured process alone on another; controller, front end and bench are
with the target where there are only two. Tools take turns, round by round. CPU (user + system, by
the process's clock) and requests (by nginx's count) are taken from outside, in a window that
leaves out the first second and the end, so no tool's start-up or printing is in it; "whole
process" has them (`wait4`; of an injector its last tick). Figures are medians of the rounds, with
lowest and highest in brackets. How and why: notes.md."""


def _rows(target: Target, *, quick: bool) -> dict[str, Callable[[], Row]]:
    rounds, seconds = QUICK if quick else FULL
    rows: dict[str, Callable[[], Row]] = {
        name: partial(cost.measure, work, target, rounds, seconds)
        for name, work in cost.WORKS.items()
    }
    rows["think"] = partial(thinking.measure, target)
    rows["rendezvous"] = partial(rendezvous.measure, target, rounds)
    rows["commands"] = partial(steering.measure, target)
    rows["crowd"] = partial(crowd.measure, target, crowd.QUICK if quick else crowd.FULL)
    rows["listing"] = partial(listing.measure, target)
    rows["loading"] = loading.measure
    rows["servers"] = partial(servers.measure, servers.QUICK if quick else servers.FULL)
    rows["console"] = lambda: Row("The console", notes=first_frame.measure())
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure perfconsole beside its peers.")
    parser.add_argument("rows", nargs="*", metavar="ROW", help="only these; all when left out")
    parser.add_argument("--quick", action="store_true", help="one short round of everything")
    asked = parser.parse_args()
    rounds, seconds = QUICK if asked.quick else FULL
    head = [*machine.described(), f"rounds: {rounds} of {seconds:g} s for each tool"]
    print("\n".join(head))
    with nothing_left_behind(), nginx(machine.cores()[0]) as target:
        rows = _rows(target, quick=asked.quick)
        if unknown := set(asked.rows) - set(rows):
            parser.error(f"no row {', '.join(sorted(unknown))}; there are {', '.join(rows)}")
        measured = [_measured(name, rows[name]) for name in asked.rows or rows]
    if not asked.rows and not asked.quick:
        _write(head, measured)
    return 1 if any(not row.done for row in measured) else 0


def _measured(name: str, measure: Callable[[], Row]) -> Row:
    """One that could not be measured says why."""
    try:
        row = measure()
    except (BenchError, ControllerGone) as error:
        row = Row(name, notes=[f"not measured: {error}"], done=False)
    print(f"\n{row.markdown()}", flush=True)
    return row


def _write(head: list[str], rows: list[Row]) -> None:
    reaches = [(row.title, reach) for row in rows for reach in row.reaches]
    short = [f"| {title} | {str(reach).replace(': ', ' | ', 1)} |" for title, reach in reaches]
    parts = [
        "# Measured",
        "\n".join(f"- {line}" for line in head),
        "\n".join(["| work | held against | came to |", "| --- | --- | --- |", *short]),
        METHOD,
        *(row.markdown() for row in rows),
    ]
    RESULTS.write_text("\n\n".join(parts) + "\n")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
