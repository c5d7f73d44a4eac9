"""What ``perfconsole ctl RUN add`` asks for: a group of a flow, of a curl command or of a file."""

from __future__ import annotations

from pathlib import Path

from perfconsole.cli.complaint import Complaint
from perfconsole.cli.scenarios import read
from perfconsole.importers.curl_group import curl_group, load_spec
from perfconsole.importers.draft import ImportFault
from perfconsole.model.command import AddGroup
from perfconsole.scenario.inventory import flows_within
from perfconsole.scenario.python_files import with_absolute_file
from perfconsole.texts import say


def added(
    name: str,
    flow: str | None,
    curl: str | None,
    file: Path | None,
    *,
    vus: int | None,
    ramp: str | None,
    rate: str | None,
    pacing: str | None,
) -> AddGroup:
    """The command; one of `flow`, `curl` and `file` says what the group does. Raises Complaint."""
    if sum(each is not None for each in (flow, curl, file)) != 1:
        raise Complaint(say("add {name}: give one of --flow, --curl and --scenario", name=name))
    if file is not None:
        if load_spec(vus, ramp, rate, pacing):
            text = say("--vus, --ramp, --rate, --pacing: with --scenario the file says it")
            raise Complaint(text)
        return _of_file(name, file)
    if curl is not None:
        try:
            return curl_group(name, curl, vus=vus, ramp=ramp, rate=rate, pacing=pacing)
        except ImportFault as fault:
            raise Complaint(f"--curl: {fault}") from None
    played = with_absolute_file(flow or name, Path())
    return AddGroup(group=name, spec={"flow": played, **load_spec(vus, ramp, rate, pacing)})


def _of_file(name: str, file: Path) -> AddGroup:
    """With the flows that it plays."""
    scenario = read(file)
    if name not in scenario.groups:
        known = ", ".join(scenario.groups) or say("none")
        raise Complaint(say("{file} has no group {name!r}; it has: {known}",
                            file=file, name=name, known=known))  # fmt: skip
    tree = scenario.model_dump(mode="json", by_alias=True, exclude_unset=True)
    spec = tree["groups"][name]
    if scenario.groups[name].share is not None:
        spec = {**spec, "vus": scenario.vus_of(name)}
    first = () if scenario.groups[name].python else (scenario.flow_of(name),)
    flows = {flow: tree["flows"][flow] for flow in flows_within(scenario, first)}
    return AddGroup(group=name, spec=spec, flows=flows, target=scenario.target)
