"""Charts of servers: what they use, one of them or all beside each other."""

from __future__ import annotations

from collections.abc import Sequence

from perfconsole.console.present.chart_parts import (
    chart_line,
    chart_model,
    limited,
    marked,
    no_servers,
    pressure,
    shown_server,
    silent_words,
)
from perfconsole.console.present.server_standing import CPU, DISK, MEMORY, short_names
from perfconsole.console.uistate import UiState
from perfconsole.console.widgets.chartmodel import ChartModel
from perfconsole.metrics.view import MetricView, RunView, ServerView
from perfconsole.metrics.words import metric_unit, metric_words
from perfconsole.model.server_metrics import is_percent, kind_of
from perfconsole.texts import say

MOST_SERVERS = 4
"""Lines in a chart of all servers."""
MOST_IN_HEAD = 2
"""Of them with their present value in the border: the title has to be read too."""
_ROLES = ("other2", "other1", "other3", "other5", "other4", "other6", "other7", "other8")
"""By a server's place in the run, so that its colour stays."""


def cpu_and_memory(view: RunView, ui: UiState) -> ChartModel:
    server = shown_server(view, ui)
    if server is None:
        return chart_model(
            say("CPU · memory"), "%", (), head="", ceiling=100.0,
            empty=no_servers(view),
        )  # fmt: skip
    wanted = ((say("cpu"), CPU, "cpu"), (say("mem"), MEMORY, "memory"))
    shown = _having(server, wanted)
    model = chart_model(
        f"{short_names(view.servers)[server.name]} {say('CPU · memory')}", "%",
        [chart_line(label, metric.series, role) for label, metric, role in reversed(shown)],
        head="  ".join(f"{label} {marked(metric)}" for label, metric, _ in shown),
        ceiling=100.0, empty=silent_words(server),
    )  # fmt: skip
    return limited(model, [metric for _, metric, _ in shown])


def fullest_disks(view: RunView) -> list[tuple[ServerView, MetricView]]:
    """Every server's worst mount, fullest first; the load generator's where there is no other."""
    worst = []
    under_load = [server for server in view.servers.values() if not server.generator]
    for server in under_load or view.servers.values():
        mounts = [m for name, m in server.metrics.items() if name.startswith(DISK)]
        if mounts:
            worst.append((server, max(mounts, key=lambda m: (m.value or -1.0, m.mean))))
    return sorted(worst, key=lambda pair: (-(pair[1].value or 0.0), pair[0].name))


def disk_space(view: RunView) -> ChartModel:
    disks = fullest_disks(view)[:MOST_SERVERS]
    roles = ("disk", "other1", "other2", "other5")
    names = short_names(view.servers)
    model = chart_model(
        say("Disk space"), "%",
        [
            chart_line(names[server.name], metric.series, role)
            for (server, metric), role in reversed(list(zip(disks, roles, strict=False)))
        ],
        head="  ".join(f"{names[server.name]} {marked(metric)}" for server, metric in disks),
        ceiling=100.0,
        empty=say("no disk measured yet") if view.servers else no_servers(view),
    )  # fmt: skip
    return limited(model, [metric for _, metric in disks])


def by_server(
    view: RunView, ui: UiState, metric: str, title: str, unit: str, ceiling: float | None = None
) -> ChartModel:
    """One metric of the servers that matter most; of those with several (``disk_busy_percent:sda``)
    the one that is highest on average. The limit is that of those in the head."""
    names = short_names(view.servers)
    shown = [(server, m) for server in _chosen(view, ui) if (m := _highest(server, metric))]
    places = {name: place for place, name in enumerate(view.servers)}
    model = chart_model(
        title, unit,
        [
            chart_line(names[server.name], m.series, _ROLES[places[server.name] % len(_ROLES)])
            for server, m in reversed(shown)
        ],
        head="  ".join(f"{names[server.name]} {marked(m)}" for server, m in shown[:MOST_IN_HEAD]),
        ceiling=ceiling, empty=say("not measured yet") if view.servers else no_servers(view),
    )  # fmt: skip
    return limited(model, [m for _, m in shown[:MOST_IN_HEAD]])


def network(view: RunView, ui: UiState) -> ChartModel:
    """Both ways of the shown server."""
    server = shown_server(view, ui)
    if server is None:
        return chart_model(say("Network"), "B/s", (), head="", empty=no_servers(view))
    shown = _having(server, ((say("in"), "net_rx_bytes_s", "other1"),
                             (say("out"), "net_tx_bytes_s", "other2")))  # fmt: skip
    name = short_names(view.servers)[server.name]
    return chart_model(
        f"{name} {say('network')}", "B/s",
        [chart_line(label, metric.series, role) for label, metric, role in shown],
        head="  ".join(f"{label} {marked(metric)}" for label, metric, _ in shown),
        empty=silent_words(server),
    )  # fmt: skip


def of_metric(server: ServerView, name: str, empty: str) -> ChartModel:
    """The history of one metric; `empty` stands where none is known."""
    metric = server.metrics.get(name) or MetricView()
    whole = is_percent(name)
    model = chart_model(
        metric_words(name), metric_unit(name, metric.unit).strip(),
        [chart_line("", metric.series, "cpu")], head=marked(metric),
        ceiling=100.0 if whole else None, empty=empty,
    )  # fmt: skip
    return limited(model, [metric])


def _having(
    server: ServerView, wanted: Sequence[tuple[str, str, str]]
) -> list[tuple[str, MetricView, str]]:
    """Label, metric and role of those that it has."""
    return [
        (label, metric, role)
        for label, name, role in wanted
        if (metric := server.metrics.get(name)) is not None
    ]


def _chosen(view: RunView, ui: UiState) -> list[ServerView]:
    """The shown one first, then those nearest to their limits."""
    first = shown_server(view, ui)
    ranked = sorted(view.servers.values(), key=pressure, reverse=True)
    return sorted(ranked, key=lambda server: server is not first)[:MOST_SERVERS]


def _highest(server: ServerView, metric: str) -> MetricView | None:
    fitting = [m for name, m in server.metrics.items() if kind_of(name) == metric]
    return max(fitting, key=lambda m: m.mean, default=None)
