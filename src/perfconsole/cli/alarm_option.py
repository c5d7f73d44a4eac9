"""``--alarm command=TEXT`` and ``--alarm webhook=URL``: receivers besides those of a scenario."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from perfconsole.cli.complaint import Complaint
from perfconsole.texts import say

KINDS = ("command", "webhook")


def _receivers(
    context: click.Context, parameter: click.Parameter, texts: tuple[str, ...]
) -> tuple[dict[str, str], ...]:
    """Never repeats what was given: it may be a secret."""
    receivers = []
    for text in texts:
        kind, sign, rest = text.partition("=")
        if kind not in KINDS or not sign or not rest:
            right = say("write command=... or webhook=https://hooks.example/alarms")
            raise click.BadParameter(right, context, parameter)
        receivers.append({kind: rest})
    return tuple(receivers)


alarm_option = click.option(
    "--alarm",
    "receivers",
    metavar="command=TEXT|webhook=URL",
    multiple=True,
    callback=_receivers,
    help="Tell of alarms, the end among them; may be repeated.",
)
"""Hands the command `receivers`, each as in a scenario."""


def with_receivers(
    scenario: Any, receivers: Sequence[Mapping[str, str]], given: Mapping[str, str] | None = None
) -> Any:
    """The scenario with these told of its alarms, too. Raises Complaint."""
    from pydantic import ValidationError

    from perfconsole.cli.scenarios import texts_for, values_for
    from perfconsole.model.alarm_spec import MOST_RECEIVERS, AlarmSpec, ReceiverSpec
    from perfconsole.scenario.interpolation import Unclosed, names_in, put_in_url
    from perfconsole.scenario.variables import ENVIRONMENT

    if not receivers:
        return scenario
    mine = tuple(dict(receiver) for receiver in receivers)
    alarms = scenario.alarms.model_dump(mode="json", exclude_unset=True)
    try:
        spec = AlarmSpec.model_validate(
            {**alarms, "receivers": (*alarms.get("receivers", ()), *mine)}
        )
        told = scenario.model_copy(update={"alarms": spec})
        texts = texts_for(told, values_for(told, given))
        for url in (receiver["webhook"] for receiver in mine if "webhook" in receiver):
            for name in names_in(url):
                if name.startswith(ENVIRONMENT) and not texts[name]:
                    raise Complaint(say('--alarm: the environment has no "{name}"',
                                        name=name.removeprefix(ENVIRONMENT)))  # fmt: skip
            ReceiverSpec.model_validate({"webhook": put_in_url(url, texts)})
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)[0]
        why = details.get("ctx", {}).get("error", details["msg"])
        if details["type"] == "too_long":
            why = say("with those of the scenario there are at most {most} receivers",
                      most=MOST_RECEIVERS)  # fmt: skip
        raise Complaint(f"--alarm: {why}") from None
    except (KeyError, Unclosed):
        raise Complaint(
            say("--alarm: a value in it is neither a variable of the scenario nor ${env:NAME}")
        ) from None
    return told
