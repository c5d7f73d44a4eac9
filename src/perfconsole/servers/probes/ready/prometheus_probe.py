"""Any exporter of Prometheus' text format: the series that were named, and no others."""

from __future__ import annotations

from collections.abc import Callable

from perfconsole.model.page_probes import PrometheusProbe, SeriesSpec
from perfconsole.model.series_selector import parse_selector
from perfconsole.servers.probes.ask import Reading, Unreadable
from perfconsole.servers.probes.prometheus_page import SeriesReader


def page_parse(settings: PrometheusProbe) -> Callable[[str], Reading]:
    """What is not found is lacking; raises Unreadable when nothing is."""
    specs = {
        name: series if isinstance(series, SeriesSpec) else SeriesSpec(select=series)
        for name, series in settings.metrics.items()
    }
    reader = SeriesReader([parse_selector(spec.select) for spec in specs.values()])

    def parse(page: str) -> Reading:
        gauges, counters = {}, {}
        lacking = []
        for (name, spec), series in zip(specs.items(), reader.read(page), strict=True):
            if series.value is None:
                lacking.append(series.why)
            elif spec.kind == "counter" or (spec.kind is None and series.is_counter):
                counters[name] = series.value
            else:
                gauges[name] = series.value
        if not gauges and not counters:
            raise Unreadable(lacking[0])
        return Reading(gauges, counters, "; ".join(lacking[:3]))

    return parse


def wanted_lines(settings: PrometheusProbe) -> str:
    """An extended regular expression of the lines that `page_parse` looks at."""
    texts = (
        series.select if isinstance(series, SeriesSpec) else series
        for series in settings.metrics.values()
    )
    names = sorted({parse_selector(text).name for text in texts})
    return f"^(# TYPE )?({'|'.join(map(_with_family, names))})[{{ ]"


def _with_family(name: str) -> str:
    """The types of counters and histograms are told under a shorter name."""
    head, underscore, ending = name.rpartition("_")
    return f"{head}({underscore}{ending})?" if underscore and head else name
