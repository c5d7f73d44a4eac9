"""Ready probes that read a page: any exporter in Prometheus' format, nginx's stub_status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from perfconsole.model.probe_spec import MetricName, PageUrl, ReadyProbe, Unit
from perfconsole.model.scalars import Headers
from perfconsole.model.sent import AuthSpec
from perfconsole.model.series_selector import SeriesSelector
from perfconsole.model.strict import Strict
from perfconsole.texts import say

MOST_SERIES = 200
NGINX_METRICS = (
    "active", "reading", "writing", "waiting", "requests_s", "accepted_s", "dropped_s",
)  # fmt: skip


class PageProbe(ReadyProbe):
    url: PageUrl
    """The page."""
    ask_from: Literal["here", "server"] = "here"
    """``server``: it is asked for on the server, with the curl or wget that is there; for a page
    that answers nobody else."""
    headers: Headers = {}
    """For the page, when it is asked for from here; ``${env:NAME}`` can stand there."""
    auth: AuthSpec | None = None
    """A login for the page, when it is asked for from here."""

    @model_validator(mode="after")
    def _from_here(self) -> Self:
        if self.ask_from == "server" and (self.headers or self.auth):
            raise ValueError(
                say("headers and auth go with ask_from: here; on the server everybody could see "
                    "them")
            )  # fmt: skip
        return self


class NginxProbe(PageProbe):
    """``use: nginx``: the page of ``stub_status``. Metrics: ``active`` connections, those
    ``reading``, ``writing`` and ``waiting``, ``requests_s``, ``accepted_s``, and ``dropped_s``:
    connections that were accepted and not handled, for worker_connections were not enough."""

    use: Literal["nginx"]

    def measured(self) -> Mapping[str, str | None]:
        return dict.fromkeys(NGINX_METRICS)


class SeriesSpec(Strict):
    """A series of a Prometheus page, when its name alone will not do."""

    select: SeriesSelector
    """As after ``prometheus`` of an own probe's ``parse``."""
    kind: Literal["gauge", "counter"] | None = None
    """As the page says, when left out."""
    unit: Unit | None = None
    """Shown behind the number; by how the metric's name ends when left out."""


class PrometheusProbe(PageProbe):
    """``use: prometheus``: any exporter of Prometheus' text format or of OpenMetrics. Only the
    lines of the series that are named are read, however long the page. Counters are told as a rate
    a second."""

    use: Literal["prometheus"]
    metrics: Annotated[
        dict[MetricName, SeriesSelector | SeriesSpec], Field(min_length=1, max_length=MOST_SERIES)
    ]
    """By the names that they shall have: a series such as ``node_load1`` or
    ``sum(node_network_receive_bytes_total{device!="lo"})``, or select with kind and unit."""

    def measured(self) -> Mapping[str, str | None]:
        return {
            name: series.unit if isinstance(series, SeriesSpec) else None
            for name, series in self.metrics.items()
        }
