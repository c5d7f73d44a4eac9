"""Reading the scenario a command was given, with the changes its flags make."""

from __future__ import annotations

from pathlib import Path

from perfconsole.cli.complaint import Complaint
from perfconsole.model.dataset import Table
from perfconsole.model.duration import parse_duration
from perfconsole.model.rate import parse_rate
from perfconsole.model.scenario import Scenario
from perfconsole.scenario.extras import lacks_package, what_to_install
from perfconsole.scenario.load import load
from perfconsole.scenario.problems import ScenarioError
from perfconsole.scenario.shape import scaled, with_duration, with_rate
from perfconsole.scenario.tables import read_tables
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
) -> Scenario:
    """The scenario in `path`, scaled to `vus` and to `per_s` arrivals a second, ended after
    `duration_s`. Raises Complaint."""
    try:
        scenario = reshaped(load(path), vus=vus, duration_s=duration_s, per_s=per_s)
    except ScenarioError as error:
        raise Complaint(error) from None
    return runnable(scenario, str(path))


def runnable(scenario: Scenario, named: str) -> Scenario:
    """The same, when the packages it needs are there. Raises Complaint."""
    for group in scenario.groups:
        if lacks_package(scenario.http_version_of(group), scenario.proxy_of(group)):
            raise Complaint(f"{named}: {what_to_install()}")
    return scenario


def tables_of(scenario: Scenario) -> dict[str, Table]:
    """The scenario's data sets, as their files are now. Raises Complaint."""
    try:
        return read_tables(scenario)
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
