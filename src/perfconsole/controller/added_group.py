"""A group for a running test, laid over the scenario as it is played."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from perfconsole.controller.refusal import Refusal
from perfconsole.model.command import AddGroup
from perfconsole.model.http_spec import DEMO_TARGET
from perfconsole.model.scenario import Scenario
from perfconsole.model.stages import CurveSpec
from perfconsole.scenario.extras import lacks_package, what_to_install
from perfconsole.scenario.inventory import flows_run, flows_within
from perfconsole.scenario.masking import masked
from perfconsole.scenario.planning import ascii_host
from perfconsole.scenario.references import reference_complaints
from perfconsole.scenario.validating import validated
from perfconsole.texts import say


def with_group(present: Scenario, command: AddGroup, target: str) -> Scenario:
    """`present`, which loads the URL `target`, with the group and its flows. Raises Refusal."""
    name = command.group
    if not present.groups:
        raise Refusal(say("this run only watches servers: it has no target for a group"))
    if name in present.groups:
        raise Refusal(say("there is a group {name!r} already: start it, or give this one another "
                          "name", name=name))  # fmt: skip
    if command.target not in (None, present.target) and not _same(command.target, target):
        raise Refusal(
            say("{group} would ask {other}, but a run has one target, and this one loads {target}",
                group=name, other=command.target, target=target)
        )  # fmt: skip
    if isinstance(vus := command.spec.get("vus"), str) and "%" in vus:
        raise Refusal(say("groups.{group}.vus: the VUs of a running test are shared out already; "
                          "write a number", group=name))  # fmt: skip
    added = _checked(present, command)
    if any(isinstance(s, CurveSpec) and not s.read for s in added.groups[name].load or ()):
        raise Refusal(say("a curve from a file cannot be read now; write its points"))
    flows = {flow: added.flows[flow] for flow in command.flows}
    for flow in flows_within(present, flows_run(present)).keys() & flows.keys():
        if flows[flow] != present.flows[flow]:
            raise Refusal(say("flow {flow} is another one in this run: load it first, or give it "
                              "another name", flow=flow))  # fmt: skip
    if lacks_package(added.http_version_of(name), added.proxy_of(name)):
        raise Refusal(what_to_install())
    return present.model_copy(
        update={
            "groups": {**present.groups, name: added.groups[name]},
            "flows": {**present.flows, **flows},
        }
    )


def kept_group(command: AddGroup) -> dict[str, Any]:
    """A command that was done, as the journal keeps it: without secrets."""
    alone = {
        "name": "-", "target": DEMO_TARGET, "groups": {command.group: command.spec},
        "flows": command.flows,
    }  # fmt: skip
    whole = masked(Scenario.model_validate(alone))
    shown = {"spec": whole["groups"][command.group], "flows": whole["flows"]}
    return command.model_dump(mode="json") | shown


def _same(one: str | None, other: str) -> bool:
    """Both lead to one origin."""
    return _origin(one or "") == _origin(other)


def _origin(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return parts.scheme, ascii_host(parts.hostname or ""), port


def _checked(present: Scenario, command: AddGroup) -> Scenario:
    """Valid with the group in it. Raises Refusal with the first thing that is wrong, and where."""
    before = present.model_dump(mode="json", by_alias=True, exclude_unset=True)
    tree = {
        **before,
        "groups": {**before["groups"], command.group: command.spec},
        "flows": {**before.get("flows", {}), **command.flows},
    }
    outcome = validated(tree)
    if isinstance(outcome, list):
        raise Refusal(outcome[0].text)
    known = set(reference_complaints(before))  # files of the run may be gone since
    for complaint in reference_complaints(tree):
        if complaint not in known:
            raise Refusal(complaint.text)
    return outcome
