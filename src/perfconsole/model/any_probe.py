"""All probes of a server, ready ones and own ones, and the metrics that they make."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import Discriminator, Field, Tag

from perfconsole.model.limit_spec import LimitSpec
from perfconsole.model.page_probes import NginxProbe, PageProbe, PrometheusProbe
from perfconsole.model.probe_spec import ProbeSpec
from perfconsole.model.ready_probes import (
    DockerProbe,
    JvmProbe,
    MysqlProbe,
    PostgresqlProbe,
    RedisProbe,
    TomcatProbe,
)

READY = (
    "postgresql", "mysql", "mariadb", "redis", "jvm", "tomcat", "nginx", "docker", "prometheus",
)  # fmt: skip
"""What ``use`` can be."""
OWN = "own"


def _kind(value: Any) -> str | None:
    use = value.get("use", OWN) if isinstance(value, dict) else getattr(value, "use", OWN)
    if use not in (OWN, *READY):
        return None
    return "mysql" if use == "mariadb" else str(use)


Probe = Annotated[
    Annotated[ProbeSpec, Tag(OWN)]
    | Annotated[PostgresqlProbe, Tag("postgresql")]
    | Annotated[MysqlProbe, Tag("mysql")]
    | Annotated[RedisProbe, Tag("redis")]
    | Annotated[JvmProbe, Tag("jvm")]
    | Annotated[TomcatProbe, Tag("tomcat")]
    | Annotated[NginxProbe, Tag("nginx")]
    | Annotated[DockerProbe, Tag("docker")]
    | Annotated[PrometheusProbe, Tag("prometheus")],
    Discriminator(
        _kind,
        custom_error_type="probe",
        custom_error_message=f"use is one of {', '.join(READY)}",
    ),
]

ProbeName = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[A-Za-z_][A-Za-z0-9_-]*$")]
MOST_PROBES = 50
"""Of one server."""


def are_pages(probes: Mapping[str, Probe]) -> bool:
    """Whether there are some, and none of them needs the server's shell."""
    return bool(probes) and all(map(is_page, probes.values()))


def is_page(probe: Probe) -> bool:
    """Whether it is a page, asked for from this machine."""
    if isinstance(probe, ProbeSpec):
        return probe.url is not None
    return isinstance(probe, PageProbe) and probe.ask_from == "here"


def page_hosts(probes: Mapping[str, Probe]) -> tuple[str, ...]:
    """Whose pages are asked for from here, with their ports as written."""
    urls = (getattr(probe, "url", None) for probe in probes.values() if is_page(probe))
    return tuple(dict.fromkeys(urlsplit(url).netloc for url in urls if url))


def metrics_of(name: str, probe: Probe) -> Mapping[str, str | None] | None:
    """The metrics of the probe called `name`, each with its unit (None: told by how the metric's
    name ends): of an own one ``name``, of a ready one ``name.metric`` each. None where they are
    known only when they come."""
    if isinstance(probe, ProbeSpec):
        return {name: probe.shown_unit}
    found = probe.measured()
    return None if found is None else {f"{name}.{metric}": found[metric] for metric in found}


def limits_in(probes: Mapping[str, Probe]) -> dict[str, LimitSpec]:
    """Those that stand with probes of one's own, by metric."""
    return {
        name: limit if isinstance(limit, LimitSpec) else LimitSpec(limit=limit)
        for name, probe in probes.items()
        if isinstance(probe, ProbeSpec) and (limit := probe.limit) is not None
    }


def units_of(probes: Mapping[str, Probe]) -> dict[str, str]:
    """By metric, where the metric's name does not tell."""
    known = (metrics_of(name, probe) or {} for name, probe in probes.items())
    return {m: unit for each in known for m, unit in each.items() if unit is not None}
