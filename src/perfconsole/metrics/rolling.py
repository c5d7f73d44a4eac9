"""A view short enough to be sent: what weighs most is cut down, the newest is kept longest.

It is made anew for every client that attaches, on the controller's event loop: nothing is copied
that is not changed, and how many points fit is reckoned instead of tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeVar

import msgspec

from perfconsole.metrics.main_metrics import is_main
from perfconsole.metrics.series import Series
from perfconsole.metrics.view import (
    ErrorView,
    GroupView,
    MetricView,
    RunView,
    ServerView,
    TraceView,
)

TEXT_SHARE = 8
"""Lines, commands, errors, their exchanges, stages of groups and their courses may each take this
part of the whole; names of transactions two and a half of them, plateaus half a one,
headings of snapshots a quarter."""
TRACE_SHARE = 3
"""What traces have kept may take this part of the room that all other texts leave."""
SURE = 0.95
"""Part of the room that is reckoned with: weights are estimates."""
OTHERS_LEAST = 30
"""Points that the history of a server's lesser metric is sent with, unless it is shorter."""
SAMPLES = 8
"""Points of a series that are weighed to know what all of them weigh."""

_JSON = msgspec.json.Encoder()
T = TypeVar("T")


def shortened_json(view: RunView, most_bytes: int) -> bytes:
    """`view` as JSON of at most `most_bytes`, with as much of its history as that may carry.

    The series shrink to one point each in the end; what then is left must fit by itself.
    """
    light = _with_short_texts(view, most_bytes)
    spare = most_bytes - len(_JSON.encode(_with_series(light, NO_POINTS)))
    light = msgspec.structs.replace(light, traces=_traces(view.traces, spare // TRACE_SHARE))
    room = int(SURE * (most_bytes - len(_JSON.encode(_with_series(light, NO_POINTS)))))
    return _fitted(lambda room: _with_series(light, _points_each(view, room)), room, most_bytes)


def shortened_server(server: ServerView, most_bytes: int) -> bytes:
    """The same of one server alone."""
    view = RunView(servers={server.name: server})
    room = int(SURE * (most_bytes - len(_JSON.encode(_with_points(server, NO_POINTS)))))
    return _fitted(lambda room: _with_points(server, _points_each(view, room)), room, most_bytes)


def _fitted(made_for: Callable[[int], object], room: int, most_bytes: int) -> bytes:
    """What is made for `room` bytes of points, or less of them, as JSON of at most `most_bytes`."""
    while True:
        body = _JSON.encode(made_for(room))
        if len(body) <= most_bytes or room <= 0:
            return body
        room = min(room - (len(body) - most_bytes), room * 9 // 10)


class _Points(NamedTuple):
    """How many each series may have."""

    client: int
    """Of the run itself."""
    main: int
    """Of a server's main metrics, and of those with a limit."""
    others: int


NO_POINTS = _Points(0, 0, 0)


def _with_series(view: RunView, most: _Points) -> RunView:
    return msgspec.structs.replace(
        view,
        series={name: series.rolled_to(most.client) for name, series in view.series.items()},
        servers={name: _with_points(shown, most) for name, shown in view.servers.items()},
    )


def _with_points(server: ServerView, most: _Points) -> ServerView:
    metrics = {
        name: msgspec.structs.replace(
            metric,
            series=metric.series.rolled_to(most.main if _stands_out(name, metric) else most.others),
        )
        for name, metric in server.metrics.items()
    }
    return msgspec.structs.replace(server, metrics=metrics)


def _points_each(view: RunView, room: int) -> _Points:
    """Points for each series, to weigh `room` bytes together.

    The run's own are what most charts show: they get half, and what the servers' leave. Of the
    rest the main metrics get three quarters, and what the others leave. Those get none rather than
    too few to be worth the time: they can be asked for, server by server.
    """
    client, (main, others) = list(view.series.values()), _metric_series(view.servers.values())
    client_weighs, main_weighs, others_weigh = map(_weight, (client, main, others))
    for_client = max(room // 2, room - main_weighs - others_weigh)
    rest = room - min(for_client, client_weighs)
    of_others = _share(others, others_weigh, max(rest // 4, rest - main_weighs))
    if of_others < min(OTHERS_LEAST, _longest(others)):
        of_others = others_weigh = 0
    return _Points(
        max(1, _share(client, client_weighs, for_client)),
        max(1, _share(main, main_weighs, max(rest * 3 // 4, rest - others_weigh))),
        of_others,
    )


def _longest(series: Sequence[Series]) -> int:
    return max((one.size for one in series), default=0)


def _share(series: Sequence[Series], weighs: int, room: int) -> int:
    """Points for each of `series`, which weigh so much, when they may weigh `room`."""
    longest = _longest(series)
    if weighs <= max(0, room):
        return longest
    points = sum(one.size for one in series)
    return max(0, min(longest, room * points // weighs // len(series)))


def _weight(series: Sequence[Series]) -> int:
    """About the bytes of all their points."""
    weight = 0.0
    for one in series:
        some = [
            point
            for part in (one.rolled, one.recent)
            for point in part[:: max(1, 2 * len(part) // SAMPLES)]
        ]
        if some:
            weight += one.size * len(_JSON.encode(some)) / len(some)
    return int(weight)


def _metric_series(servers: Iterable[ServerView]) -> tuple[list[Series], list[Series]]:
    """Those that stand out, and the others."""
    found: tuple[list[Series], list[Series]] = [], []
    for server in servers:
        for name, metric in server.metrics.items():
            found[not _stands_out(name, metric)].append(metric.series)
    return found


def _stands_out(name: str, metric: MetricView) -> bool:
    return metric.limit is not None or is_main(name)


def _with_short_texts(view: RunView, most_bytes: int) -> RunView:
    share = most_bytes // TEXT_SHARE
    busiest_last = sorted(
        view.transactions.items(), key=lambda item: item[1].passed + item[1].failed
    )
    names = dict(_last_that_fit(busiest_last, 5 * share // 2))
    return msgspec.structs.replace(
        view,
        groups=_groups(view.groups, share),
        lines=_last_that_fit(view.lines, share),
        commands=_last_that_fit(view.commands, share),
        errors=_errors(view.errors, share),
        plateaus=_last_that_fit(view.plateaus, share // 2),
        snapshots=_last_that_fit(view.snapshots, share // 4),
        traces=_traces(view.traces, 0),
        transactions={name: seen for name, seen in view.transactions.items() if name in names},
    )


def _groups(groups: dict[str, GroupView], most_bytes: int) -> dict[str, GroupView]:
    """All of them, with the first stages of their plans, and the newest of their courses."""
    each = most_bytes // max(1, len(groups))
    return {
        name: msgspec.structs.replace(
            group,
            stages=tuple(reversed(_last_that_fit(reversed(group.stages), each))),
            course=_last_that_fit(group.course, each) or group.course[-1:],
        )
        for name, group in groups.items()
    }


def _errors(errors: dict[str, ErrorView], most_bytes: int) -> dict[str, ErrorView]:
    """The last ones, and of their exchanges those of the most frequent."""
    bare = ((key, msgspec.structs.replace(error, exchange="")) for key, error in errors.items())
    kept = dict(_last_that_fit(bare, most_bytes))
    frequent_last = sorted(kept, key=lambda key: errors[key].count)
    exchanges = ((key, errors[key].exchange) for key in frequent_last)
    for key, exchange in _last_that_fit(exchanges, most_bytes):
        kept[key].exchange = exchange
    return kept


def _traces(traces: dict[str, TraceView], most_bytes: int) -> dict[str, TraceView]:
    """All of them, with the newest exchanges."""
    kept = {group: TraceView(trace.left) for group, trace in traces.items()}
    of_all = ((group, each) for group, trace in traces.items() for each in trace.exchanges)
    newest_last = sorted(of_all, key=lambda pair: pair[1].at)
    for group, exchange in _last_that_fit(newest_last, most_bytes):
        kept[group].exchanges.append(exchange)
    return kept


def _last_that_fit(items: Iterable[T], most_bytes: int) -> list[T]:
    kept, weight = list(items), 0
    for place in range(len(kept) - 1, -1, -1):
        weight += len(_JSON.encode(kept[place])) + 1
        if weight > most_bytes:
            return kept[place + 1 :]
    return kept
