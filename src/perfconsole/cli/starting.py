"""From a scenario to a controller on its way up: what `run`, `demo` and `watch` share."""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from perfconsole.cli.complaint import Complaint
from perfconsole.cli.login_questions import credentials_for
from perfconsole.cli.scenarios import tables_of, values_for
from perfconsole.client.launch import Starting, StartRefused, launch
from perfconsole.journal.folder import FolderError, RunFolder, new_folder
from perfconsole.model.credentials import Credentials
from perfconsole.model.dataset import Table
from perfconsole.model.http_spec import DEMO_TARGET
from perfconsole.model.listen import ListenAt
from perfconsole.model.scenario import Scenario
from perfconsole.model.start import StartSpec
from perfconsole.pool.cores import default_injectors, usable_cores
from perfconsole.texts import say

HEADLESS_ORPHAN_S = 6.0
"""A headless front end asks every 2 s; with the stop the load is over within 10 s."""
CONSOLE_ORPHAN_S = 60.0


@dataclass(frozen=True, slots=True)
class StartOptions:
    injectors: int | None = None
    """Load processes; one per core but one when None."""
    out: Path | None = None
    orphan_s: float | None = None
    base: Path = Path()
    """The scenario's folder."""
    keepable: bool = False
    """Detaching on purpose ends the limit of `orphan_s`."""
    given: Mapping[str, str] = field(default_factory=dict)
    """Values of the scenario's variables."""
    listen: ListenAt | None = None
    """Where the API is to be had on TCP too."""
    dead_man_s: float | None = None
    """The load is paused when no operator has touched the run for so long."""


def start(scenario: Scenario, options: StartOptions) -> Starting:
    """Begin to start the run's controller (and the demo target, if the scenario wants it).

    Asks on the terminal for what the logins of its servers need. Raises Complaint when nobody can
    be asked, a data set cannot be read or there is no place for the run; what fails later
    `Starting.wait` raises.
    """
    values = values_for(scenario, options.given)
    tables = tables_of(scenario, values)
    credentials = credentials_for(scenario, values)
    try:
        folder = new_folder(options.out)
    except FolderError as error:
        raise Complaint(error) from None
    return Starting(folder, partial(_begin, scenario, tables, values, credentials, options, folder))


def _begin(
    scenario: Scenario,
    tables: dict[str, Table],
    values: dict[str, str],
    credentials: Credentials,
    options: StartOptions,
    folder: RunFolder,
) -> subprocess.Popen[bytes]:
    """Raises StartRefused; nothing is left running then."""
    with demo_target(scenario) as (url, lifeline):
        spec = StartSpec(
            folder=str(folder.path),
            scenario=scenario.model_dump(mode="json", by_alias=True, exclude_unset=True),
            target=url,
            injectors=options.injectors or default_injectors(usable_cores()),
            seed=random.getrandbits(32) if scenario.seed is None else scenario.seed,
            orphan_s=options.orphan_s,
            keepable=options.keepable,
            data=tables,
            credentials=credentials,
            dead_man_s=options.dead_man_s,
            base=str(options.base.absolute()),
            variables=values,
            listen=options.listen,
        )
        return launch(spec, folder, keep_open=lifeline)


@contextlib.contextmanager
def demo_target(scenario: Scenario) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The URL to load; for the demo's own target also the pipe that keeps it alive.

    The target ends when the last holder of that pipe does: the controller, once it is started.
    Raises StartRefused.
    """
    if scenario.target != DEMO_TARGET:
        yield scenario.target or "", ()
        return
    theirs, ours = os.pipe()
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "perfconsole", "target", "--port", "0", "--until-eof"],
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            text=True,
        )
        assert process.stdout is not None
        with process.stdout as pipe:
            words = pipe.readline().split()
        if not words:
            raise StartRefused(3, say("the demo target could not start"))
        yield words[-1], (ours,)
    finally:
        os.close(theirs)
        os.close(ours)
