"""Plateaus in a person's words."""

from __future__ import annotations

from collections.abc import Mapping

from perfconsole.metrics.figures import milliseconds, percent, three_digits
from perfconsole.metrics.words import metric_words
from perfconsole.model.plateau import Plateau
from perfconsole.model.rate import rate_text
from perfconsole.texts import say, some_vus

BUSY = "cpu_percent"
"""The metric that tells how busy a server was."""


def load_text(vus: Mapping[str, int], rate: float | None) -> str:
    """``300 VUs``, ``200/s``, or both; `rate` is None where there are no open groups."""
    parts = []
    if vus or not rate:
        parts.append(some_vus(sum(vus.values())))
    if rate:
        parts.append(rate_text(rate))
    return " + ".join(parts)


def plateau_line(plateau: Plateau) -> str:
    """``at 300 VUs: 412 TPS, p95 640 ms, web1 CPU 74 %``."""
    parts = [f"{three_digits(plateau.tps)} TPS", f"p95 {milliseconds(plateau.times.p95_ms)}"]
    if plateau.error_percent:
        parts.append(say("errors {share}", share=percent(plateau.error_percent)))
    if busiest := busiest_server(plateau):
        server, mean, _ = busiest
        parts.append(f"{server} {metric_words(BUSY)} {percent(mean, 0)}")
    return say(
        "at {load}: {figures}", load=load_text(plateau.vus, plateau.rate), figures=", ".join(parts)
    )


def busiest_server(plateau: Plateau, metric: str = BUSY) -> tuple[str, float, float] | None:
    """The server that used most of its CPU, or has most of another metric, with mean and peak."""
    known = [
        (mean, peak, name.partition("/")[0])
        for name, (mean, peak) in plateau.servers.items()
        if name.partition("/")[2] == metric
    ]
    if not known:
        return None
    mean, peak, server = max(known)
    return server, mean, peak
