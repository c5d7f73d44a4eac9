"""A scenario → the plain plan an injector plays."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from perfconsole.model import plan
from perfconsole.model.dataset import Table
from perfconsole.model.group import GroupSpec
from perfconsole.model.names import Variables, VariableSpec
from perfconsole.model.scenario import Scenario
from perfconsole.model.script_walk import names_in
from perfconsole.scenario.authorization import common_headers
from perfconsole.scenario.inventory import points_of
from perfconsole.scenario.request_plans import DEFAULT_HEADERS, merged_headers
from perfconsole.scenario.scripts import script_of


def plan_for(
    scenario: Scenario,
    target_url: str,
    *,
    injector: int,
    started_at: float,
    seed: int,
    lease_s: float,
    tables: Mapping[str, Table] | None = None,
    injectors: int = 1,
) -> plan.InjectorPlan:
    """The plan of injector number `injector`; `target_url` stands for the scenario's target.

    `started_at` is Unix time of the run's second 0, `lease_s` seconds. `tables` are the rows of
    the scenario's data sets, to be shared by `injectors`.
    """
    points = points_of(scenario)
    groups = tuple(group_plan(scenario, name, injector, injectors) for name in scenario.groups)
    taken = {name.partition(".")[0] for group in groups for name in names_in(group.script)}
    if any(group.python for group in groups):
        taken |= scenario.data.keys()
    return plan.InjectorPlan(
        injector=injector,
        started_at=started_at,
        target=target_plan(scenario, target_url),
        groups=groups,
        rendezvous=tuple(points),
        rendezvous_off=tuple(name for name, point in points.items() if not point.on),
        seed=seed,
        lease_s=lease_s,
        variables=texts_of(scenario.variables),
        data={
            name: plan.DataPlan(table.share(injector, injectors), scenario.data[name].order)
            for name, table in (tables or {}).items()
            if name in taken
        },
    )


def group_plan(scenario: Scenario, name: str, injector: int, injectors: int) -> plan.GroupPlan:
    """A group as injector number `injector`, one of `injectors`, plays it."""
    group = scenario.groups[name]
    python = group.python
    script = plan.Script()
    if python is None:
        script = script_of(scenario, scenario.flows[scenario.flow_of(name)], group)
    return plan.GroupPlan(
        name,
        script,
        group.iterations,
        scenario.http_version_of(name),
        scenario.proxy_of(name),
        group.arrivals if group.open else None,
        python=None if python is None else plan.PythonFlow(*python, scenario.http.timeout),
        samples=_share(group.samples, injector, injectors),
        think=plan.ThinkPlan(group.think.factor, group.think.limit, group.think.ignore),
        bandwidth_bit_s=group.bandwidth,
        source_ips=_source_ips(group, injector, injectors),
        variables=texts_of(group.variables),
        headers=merged_headers(DEFAULT_HEADERS, common_headers(scenario.http, None), group.headers),
        on_error=group.on_error or scenario.on_error,
    )


def _share(count: int | None, number: int, of: int) -> int | None:
    """What number `number % of` has of `count`, spread evenly."""
    return None if count is None else count // of + (number % of < count % of)


def _source_ips(group: GroupSpec, number: int, of: int) -> tuple[str, ...]:
    """Another part for each injector, as long as there are enough."""
    ips = group.source_ips or ()
    return ips[number % of :: of] or ips


def texts_of(variables: Variables) -> dict[str, str]:
    """Their defaults; "" where there is none."""
    given = {
        name: each.value if isinstance(each, VariableSpec) else each
        for name, each in variables.items()
    }
    return {name: "" if value is None else str(value) for name, value in given.items()}


def ascii_host(host: str) -> str:
    """A host name as DNS knows it. Raises ValueError when it can be none."""
    return host if host.isascii() else host.encode("idna").decode("ascii")


def target_plan(scenario: Scenario, url: str) -> plan.TargetPlan:
    """Where connections go and what they must prove; `url` ends after host and port."""
    parts, http = urlsplit(url), scenario.http
    return plan.TargetPlan(
        scheme=parts.scheme,
        host=ascii_host(parts.hostname or ""),
        port=parts.port or (443 if parts.scheme == "https" else 80),
        connect_timeout_s=http.connect_timeout,
        verify=not http.insecure,
        ca_file=http.ca,
        cert_file=http.cert,
        key_file=http.key,
        max_redirects=http.max_redirects,
        allowed_hosts=tuple(host.lower() for host in http.allowed_hosts),
        resolve_per_vu=http.resolve == "vu",
        family=http.ip or 0,
        server_name=http.server_name,
        resume_tls=http.resume_tls,
    )
