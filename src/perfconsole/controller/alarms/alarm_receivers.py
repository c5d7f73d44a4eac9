"""The receivers of alarms that a scenario names, with what its variables stand for put in."""

from __future__ import annotations

from collections.abc import Iterator

from perfconsole.controller.alarms.alarm_command import AlarmCommand
from perfconsole.controller.alarms.alarm_message import Receiver
from perfconsole.controller.secret_values import mask_for
from perfconsole.model.scenario import Scenario
from perfconsole.model.start import StartSpec
from perfconsole.scenario.interpolation import put_in_url
from perfconsole.scenario.secret_text import masked_webhook
from perfconsole.scenario.variables import known_values


def receivers_of(scenario: Scenario, spec: StartSpec) -> Iterator[Receiver]:
    known = known_values(scenario.variables, spec.variables)
    masked = mask_for(scenario, spec.variables)
    for receiver in scenario.alarms.receivers:
        if receiver.command is not None:
            yield AlarmCommand(receiver.command, receiver.level, spec.base or "/", masked)
        elif receiver.webhook is not None:
            # Its packages take their time, and few runs need them.
            from perfconsole.controller.alarms.alarm_webhook import AlarmWebhook

            url = put_in_url(receiver.webhook, known.texts)
            yield AlarmWebhook(url, receiver.level, masked_webhook(receiver.webhook))
