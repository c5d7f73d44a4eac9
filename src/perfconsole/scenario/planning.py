"""A scenario → the plain plan an injector plays."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from perfconsole.model import plan
from perfconsole.model.dataset import Table
from perfconsole.model.group import GroupSpec
from perfconsole.model.scenario import Scenario
from perfconsole.model.shares import proportional, shares
from perfconsole.model.wait import parse_pacing
from perfconsole.scenario.authorization import common_headers
from perfconsole.scenario.data_plans import data_plans
from perfconsole.scenario.interpolation import put_in_url
from perfconsole.scenario.inventory import points_of
from perfconsole.scenario.request_plans import DEFAULT_HEADERS, merged_headers
from perfconsole.scenario.scripts import script_of
from perfconsole.scenario.variables import Known, known_values, over


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
    values: Mapping[str, str] | None = None,
) -> plan.InjectorPlan:
    """The plan of injector number `injector`; `target_url` stands for the scenario's target.

    `started_at` is Unix time of the run's second 0, `lease_s` seconds. `tables` are the rows of
    the scenario's data sets, to be shared by `injectors`; `values` were given to its variables, or
    are ``env:NAME``.
    """
    points = points_of(scenario)
    given = values or {}
    known = known_values(scenario.variables, given)
    owned = {
        name: over(known, group.variables, given, ("groups", name))
        for name, group in scenario.groups.items()
    }
    groups = tuple(
        group_plan(scenario, name, injector, injectors, known.texts, _own(scenario, name, owned))
        for name in scenario.groups
    )
    return plan.InjectorPlan(
        injector=injector,
        started_at=started_at,
        target=target_plan(scenario, target_url),
        groups=groups,
        rendezvous=tuple(points),
        rendezvous_off=tuple(name for name, point in points.items() if not point.on),
        seed=seed,
        lease_s=lease_s,
        variables=known.texts,
        secret=tuple(sorted(known.secret.union(*(own.secret for own in owned.values())))),
        data=data_plans(scenario, groups, tables or {}, injector, injectors),
    )


def _own(scenario: Scenario, group: str, owned: Mapping[str, Known]) -> dict[str, str]:
    return {name: owned[group].texts[name] for name in scenario.groups[group].variables}


def group_plan(
    scenario: Scenario,
    name: str,
    injector: int,
    injectors: int,
    values: Mapping[str, str],
    own: dict[str, str],
) -> plan.GroupPlan:
    """A group as injector number `injector`, one of `injectors`, plays it.

    `values` are those of the scenario's variables, `own` the group's over them.
    """
    group = scenario.groups[name]
    python = group.python
    script = plan.Script(pacing=None if group.pacing is None else parse_pacing(group.pacing))
    if python is None:
        script = script_of(scenario, scenario.flows[scenario.flow_of(name)], group, values)
    return plan.GroupPlan(
        name,
        script,
        group.iterations,
        scenario.http_version_of(name),
        proxy_url(scenario, name, values),
        group.arrivals if group.open else None,
        python=None if python is None else plan.PythonFlow(*python, scenario.http.timeout),
        samples=_samples(scenario, name, injector, injectors),
        think=think_plan(group),
        bandwidth_bit_s=group.bandwidth,
        source_ips=_source_ips(group, injector, injectors),
        variables=own,
        headers=merged_headers(
            DEFAULT_HEADERS, common_headers(scenario.http, None, values), group.headers
        ),
        on_error=group.on_error or scenario.on_error,
    )


def think_plan(group: GroupSpec) -> plan.ThinkPlan:
    return plan.ThinkPlan(group.think.factor, group.think.limit, group.think.ignore)


def _samples(scenario: Scenario, name: str, injector: int, injectors: int) -> int | None:
    """What an injector's VUs do of the group's samples: by how many of its VUs it will have."""
    group = scenario.groups[name]
    if group.samples is None:
        return None
    turn = list(scenario.groups).index(name)
    vus = shares(scenario.most_vus_of(name), range(injectors), turn)
    return proportional(group.samples, vus)[injector % injectors]


def _source_ips(group: GroupSpec, number: int, of: int) -> tuple[str, ...]:
    """Another part for each injector, as long as there are enough."""
    ips = group.source_ips or ()
    return ips[number % of :: of] or ips


def proxy_url(scenario: Scenario, group: str, values: Mapping[str, str]) -> str | None:
    """The proxy of a group, what its variables and the environment say put in."""
    written = scenario.proxy_of(group)
    return None if written is None else put_in_url(written, values)


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
