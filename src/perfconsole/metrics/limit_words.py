"""Limits of server metrics in a person's words: over one, or under one where less is worse."""

from __future__ import annotations

from perfconsole.metrics.words import BYTES, metric_figure, metric_unit, metric_words
from perfconsole.texts import say


def limit_text(metric: str, limit: float, *, least: bool = False, unit: str | None = None) -> str:
    """``75 %``, ``2 GB``, ``≥ 90 %``."""
    sign = "≥ " if least else ""
    shown = metric_unit(metric, unit)
    return sign + (metric_figure(metric, limit, unit) if shown in BYTES else f"{limit:g}{shown}")


def beyond_words(
    server: str, metric: str, limit: float, *, least: bool, unit: str | None = None
) -> str:
    """``web1 CPU over 75 %``."""
    words = _words(server, metric, limit, unit)
    if least:
        return say("{server} {what} under {limit}", **words)
    return say("{server} {what} over {limit}", **words)


def back_words(
    server: str, metric: str, limit: float, *, least: bool, unit: str | None = None
) -> str:
    """``web1 CPU back under 75 %``."""
    words = _words(server, metric, limit, unit)
    if least:
        return say("{server} {what} back over {limit}", **words)
    return say("{server} {what} back under {limit}", **words)


def kept_words(
    server: str,
    metric: str,
    limit: float,
    beyond_s: float,
    *,
    least: bool,
    unit: str | None = None,
) -> str:
    """``web1 CPU stayed under 75 %``; `beyond_s`: how long it was beyond all the same."""
    words = _words(server, metric, limit, unit)
    if beyond_s:
        words["seconds"] = f"{beyond_s:g}"
        if least:
            return say("{server} {what} was under {limit} for {seconds} s, too short for a breach",
                       **words)  # fmt: skip
        return say("{server} {what} was over {limit} for {seconds} s, too short for a breach",
                   **words)  # fmt: skip
    if least:
        return say("{server} {what} stayed over {limit}", **words)
    return say("{server} {what} stayed under {limit}", **words)


def _words(server: str, metric: str, limit: float, unit: str | None) -> dict[str, str]:
    return {
        "server": server,
        "what": metric_words(metric),
        "limit": limit_text(metric, limit, unit=unit),
    }
