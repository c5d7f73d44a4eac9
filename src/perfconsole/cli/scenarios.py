"""Reading the scenario a command was given, with the changes its flags make."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from perfconsole.cli.complaint import Complaint
from perfconsole.model.dataset import Table
from perfconsole.model.duration import parse_duration
from perfconsole.model.rate import parse_rate
from perfconsole.model.scenario import Scenario
from perfconsole.scenario.extras import lacks_package, what_to_install
from perfconsole.scenario.generated import faker_to_install, lacks_faker
from perfconsole.scenario.load import load
from perfconsole.scenario.planning import proxy_url
from perfconsole.scenario.problems import ScenarioError
from perfconsole.scenario.resolving import start_values
from perfconsole.scenario.shape import scaled, with_duration, with_rate
from perfconsole.scenario.tables import read_tables
from perfconsole.scenario.variables import known_values
from perfconsole.texts import say


def seconds(flag: str, text: str | None) -> float | None:
    """The flag's time in seconds. Raises Complaint."""
    if text is None:
        return None
    try:
        value = parse_duration(text)
    except ValueError as error:
        raise Complaint(f"{flag}: {error}") from None
    if value <= 0:
        raise Complaint(say("{flag}: a time above 0 is needed, such as 30s", flag=flag))
    return value


def rate(flag: str, text: str | None) -> float | None:
    """The flag's rate, arrivals a second. Raises Complaint."""
    if text is None:
        return None
    try:
        value = parse_rate(text)
    except ValueError as error:
        raise Complaint(f"{flag}: {error}") from None
    if value <= 0:
        raise Complaint(say("{flag}: a rate above 0 is needed, such as 200/s", flag=flag))
    return value


def read(
    path: Path,
    *,
    vus: int | None = None,
    duration_s: float | None = None,
    per_s: float | None = None,
    given: Mapping[str, str] | None = None,
) -> Scenario:
    """The scenario in `path`, its variables as `given`, scaled to `vus` and to `per_s` arrivals a
    second, ended after `duration_s`. Raises Complaint."""
    try:
        scenario = load(path, given)
        scenario = reshaped(scenario, vus=vus, duration_s=duration_s, per_s=per_s)
    except ScenarioError as error:
        raise Complaint(error) from None
    return runnable(scenario, str(path), given)


def runnable(scenario: Scenario, named: str, given: Mapping[str, str] | None = None) -> Scenario:
    """The same, when the packages it needs are there. Raises Complaint."""
    texts = texts_for(scenario, values_for(scenario, given))
    for group in scenario.groups:
        if lacks_package(scenario.http_version_of(group), proxy_url(scenario, group, texts)):
            raise Complaint(f"{named}: {what_to_install()}")
    if lacks_faker(scenario):
        raise Complaint(f"{named}: {faker_to_install()}")
    return scenario


def values_for(scenario: Scenario, given: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a run of it needs to be told: `given`, and what it takes from the environment."""
    return start_values(scenario, given or {}, os.environ)


def texts_for(scenario: Scenario, values: Mapping[str, str]) -> dict[str, str]:
    """What its variables stand for with these `values`."""
    return known_values(scenario.variables, values).texts


def tables_of(
    scenario: Scenario, values: Mapping[str, str], *, ask: bool = True
) -> dict[str, Table]:
    """The scenario's data sets as they are now; without `ask` nothing is connected to.

    Raises Complaint.
    """
    try:
        return read_tables(scenario, texts_for(scenario, values), ask=ask)
    except ScenarioError as error:
        raise Complaint(error) from None


def reshaped(
    scenario: Scenario,
    *,
    vus: int | None,
    duration_s: float | None,
    per_s: float | None = None,
) -> Scenario:
    """Raises ScenarioError."""
    if per_s is not None:
        scenario = with_rate(scenario, per_s)
    if vus is not None:
        scenario = scaled(scenario, vus)
    return scenario if duration_s is None else with_duration(scenario, duration_s)
