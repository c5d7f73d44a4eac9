"""``ctl``: limits, objectives and the length of the run, and the dead man's clock."""

from __future__ import annotations

import click

from perfconsole.cli.complaint import Complaint
from perfconsole.cli.ctl.ctl_group import ctl
from perfconsole.cli.ctl.ctl_sending import send
from perfconsole.texts import say


@ctl.command(short_help="Another limit of a server metric.")
@click.argument("metric")
@click.argument("limit", metavar="LIMIT|off")
@click.option("--server", help="Of this server only.")
@click.pass_obj
def threshold(run: str, metric: str, limit: str, server: str | None) -> int:
    """Hold METRIC (cpu_percent, memory_percent, disk_percent:/var, load_1m or any other of a
    server, orders_db.connections_percent of a probe) against LIMIT from its next sample on, on all
    servers that have it; with "off" against none."""
    from pydantic import ValidationError

    from perfconsole.model.command import ChangeThreshold

    try:
        value = None if limit == "off" else float(limit)
        command = ChangeThreshold(metric=metric, limit=value, server=server)
    except (ValueError, ValidationError):
        raise Complaint(
            say('{limit!r} is no limit; write a number above 0, such as 80, or "off"', limit=limit)
        ) from None
    return send(run, command)


@ctl.command(short_help="Another set of limits for the servers.")
@click.argument("name")
@click.option("--server", help="Of this server only.")
@click.pass_obj
def limits(run: str, name: str, server: str | None) -> int:
    """Hold servers to the limits NAME (default, daily, peak, or a set of the scenario) in place of
    those they have; the scenario's own thresholds stay over it."""
    from perfconsole.model.command import ChangeLimits

    return send(run, ChangeLimits(set=name, server=server))


@ctl.command(short_help="Another limit of an objective, or a new one.")
@click.argument("metric")
@click.option("--of", metavar="NAME", help="A transaction; over all when left out.")
@click.option("--max", "most", type=float, metavar="N", help="At most this.")
@click.option("--min", "least", type=float, metavar="N", help="At least this.")
@click.option("--off", is_flag=True, help="Hold the run to it no longer.")
@click.pass_obj
def objective(
    run: str, metric: str, of: str | None, most: float | None, least: float | None, off: bool
) -> int:
    """Hold METRIC, as a scenario names it (p95_ms, pass_rate, tps, ...), against a limit. The
    verdict is about the whole run, what came before included."""
    from pydantic import ValidationError

    from perfconsole.model.command import ChangeObjective

    if (most is not None) + (least is not None) + off != 1:
        raise Complaint(say("give one of --max, --min and --off"))
    try:
        command = ChangeObjective(metric=metric, of=of, min=least, max=most)
    except ValidationError:
        raise Complaint(say("a limit is a number, such as 800")) from None
    return send(run, command)


@ctl.command(
    short_help="Let the run last longer.", context_settings={"ignore_unknown_options": True}
)
@click.argument("time", metavar="TIME|-TIME")
@click.pass_obj
def extend(run: str, time: str) -> int:
    """Let the run last TIME longer than it would, such as 30m."""
    return _change_duration(run, by_s=_length("extend", time))


@ctl.command(short_help="Let the run last so long, or until a hand ends it.")
@click.argument("time", metavar="TIME|none")
@click.pass_obj
def duration(run: str, time: str) -> int:
    """Let the run last TIME from its first VU, such as 2h, or with "none" until a hand ends it. A
    time that is over ends it now."""
    return _change_duration(run, to_s=None if time == "none" else _length("duration", time))


def _length(word: str, time: str) -> float:
    from perfconsole.cli.scenarios import seconds

    return seconds(word, time) or 0.0


def _change_duration(run: str, *, to_s: float | None = None, by_s: float | None = None) -> int:
    from pydantic import ValidationError

    from perfconsole.model.command import ChangeDuration

    try:
        command = ChangeDuration(to_s=to_s, by_s=by_s)
    except ValidationError:
        raise Complaint(say("a run lasts at most a year")) from None
    return send(run, command)


@ctl.command(short_help="Somebody is there: the dead man's clock begins anew.")
@click.pass_obj
def confirm(run: str) -> int:
    from perfconsole.model.command import Confirm

    return send(run, Confirm())
