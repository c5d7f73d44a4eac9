"""What is asked for the probes of a server: commands where it is, pages from here.

A new ready probe is its settings (in the model) and one entry here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from perfconsole.model.any_probe import Probe
from perfconsole.model.page_probes import NginxProbe, PageProbe, PrometheusProbe
from perfconsole.model.probe_spec import ProbeSpec, ProbeTiming
from perfconsole.model.ready_probes import (
    DockerProbe,
    JvmProbe,
    MysqlProbe,
    PostgresqlProbe,
    RedisProbe,
    TomcatProbe,
)
from perfconsole.servers.probes.ask import Ask
from perfconsole.servers.probes.own_reading import own_parse
from perfconsole.servers.probes.page_ask import PageAsk
from perfconsole.servers.probes.ready import (
    docker_probe,
    jvm_probe,
    mysql_probe,
    postgresql_probe,
    redis_probe,
    tomcat_probe,
)
from perfconsole.servers.probes.ready.nginx_probe import read_status
from perfconsole.servers.probes.ready.page_fetch import page_ask, request_headers, server_ask
from perfconsole.servers.probes.ready.prometheus_probe import page_parse, wanted_lines

A = TypeVar("A", Ask, PageAsk)


@dataclass(frozen=True, slots=True)
class Planned(Generic[A]):
    """One of the asks of a probe."""

    probe: str
    ask: A
    strict: bool
    """A command that fails has told nothing, whatever it wrote; else its reader says what was
    wrong."""

    def metric(self, name: str) -> str:
        """The whole name of what a reading calls `name`."""
        return f"{self.probe}.{name}" if name else self.probe


def _own_asks(spec: ProbeSpec) -> tuple[Ask, ...]:
    if spec.argv is None:
        return ()
    ask = Ask(
        spec.argv, own_parse(spec), spec.stdin, spec.environment,
        every_s=spec.every, timeout_s=spec.timeout,
    )  # fmt: skip
    return (ask,)


def _own_pages(spec: ProbeSpec) -> tuple[PageAsk, ...]:
    if spec.url is None:
        return ()
    headers = request_headers(spec.headers, spec.auth)
    return (PageAsk(spec.url, own_parse(spec), headers, spec.every, spec.timeout),)


def _nginx_asks(spec: NginxProbe) -> tuple[Ask, ...]:
    return (server_ask(spec, read_status),) if spec.ask_from == "server" else ()


def _nginx_pages(spec: NginxProbe) -> tuple[PageAsk, ...]:
    return (page_ask(spec, read_status),) if spec.ask_from == "here" else ()


def _prometheus_asks(spec: PrometheusProbe) -> tuple[Ask, ...]:
    if spec.ask_from == "here":
        return ()
    return (server_ask(spec, page_parse(spec), wanted_lines(spec)),)


def _prometheus_pages(spec: PrometheusProbe) -> tuple[PageAsk, ...]:
    return (page_ask(spec, page_parse(spec)),) if spec.ask_from == "here" else ()


ASKS: Mapping[type[ProbeTiming], Callable[[Any], tuple[Ask, ...]]] = {
    ProbeSpec: _own_asks,
    PostgresqlProbe: postgresql_probe.asks,
    MysqlProbe: mysql_probe.asks,
    RedisProbe: redis_probe.asks,
    JvmProbe: jvm_probe.asks,
    TomcatProbe: tomcat_probe.asks,
    DockerProbe: docker_probe.asks,
    NginxProbe: _nginx_asks,
    PrometheusProbe: _prometheus_asks,
}
"""Commands by the type of a probe."""
PAGES: Mapping[type[ProbeTiming], Callable[[Any], tuple[PageAsk, ...]]] = {
    ProbeSpec: _own_pages,
    TomcatProbe: tomcat_probe.pages,
    NginxProbe: _nginx_pages,
    PrometheusProbe: _prometheus_pages,
}
"""Pages by the type of a probe; one that is not here has none."""


def asks_of(probes: Mapping[str, Probe]) -> tuple[Planned[Ask], ...]:
    return tuple(_planned(probes, ASKS))


def pages_of(probes: Mapping[str, Probe]) -> tuple[Planned[PageAsk], ...]:
    return tuple(_planned(probes, PAGES))


def _planned(
    probes: Mapping[str, Probe], plans: Mapping[type[ProbeTiming], Callable[[Any], tuple[A, ...]]]
) -> Iterator[Planned[A]]:
    for name, probe in probes.items():
        plan = plans.get(type(probe))
        for ask in plan(probe) if plan is not None else ():
            yield Planned(name, ask, isinstance(probe, ProbeSpec | PageProbe))
