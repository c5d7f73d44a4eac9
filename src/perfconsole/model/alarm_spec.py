"""What raises alarms and who is told of them, as a person writes it."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from perfconsole.model.rate import RATE_FORMS, RATE_PATTERN, parse_rate
from perfconsole.model.strict import Strict
from perfconsole.texts import say

LEVELS = ("info", "warning", "error")
"""The least first."""
AlarmLevel = Literal["info", "warning", "error"]
NO_LIMIT = "off"
ERROR_LIMIT_PATTERN = rf"\s*(?:\d+(?:\.\d+)?\s*%|{RATE_PATTERN}|{NO_LIMIT})\s*"
_ERROR_LIMIT = re.compile(ERROR_LIMIT_PATTERN)
WEBHOOK_SCHEMES = ("http", "https")
MOST_RECEIVERS = 10


def parse_error_limit(value: Any) -> str:
    """As written, without spaces. Raises ValueError with what is right."""
    text = "".join(value.split()) if isinstance(value, str) else ""
    if not _ERROR_LIMIT.fullmatch(text):
        raise ValueError(
            say("write a share of all transactions such as 5%, a rate such as {forms}, or off",
                forms=RATE_FORMS)
        )  # fmt: skip
    if text.endswith("%") and not 0 < float(text[:-1]) <= 100:
        raise ValueError(say("a share of errors is above 0 % and at most 100 %"))
    if "/" in text and parse_rate(text) <= 0:
        raise ValueError(say("a rate of errors is above 0"))
    return text


def _webhook(value: str) -> str:
    """Never repeats what was given: it may carry a token."""
    if value.startswith("${"):
        return value  # what a reference stands for is looked at where it is known
    try:
        parts = urlsplit(value)
        is_well = parts.scheme in WEBHOOK_SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_well = False
    if not is_well or not value.isascii() or any(c.isspace() or not c.isprintable() for c in value):
        raise ValueError(
            say("a webhook is a URL such as https://hooks.example/alarms; a secret one can stand "
                "in ${env:NAME}")
        )  # fmt: skip
    return value


ErrorLimit = Annotated[str, BeforeValidator(parse_error_limit)]
WebhookUrl = Annotated[str, AfterValidator(_webhook)]


class ReceiverSpec(Strict):
    """Who is told of alarms without looking: a command, or a webhook. Each has its own line: one
    that hangs or refuses holds up neither the run nor the others, and is told in the events."""

    command: Annotated[str, Field(min_length=1)] | None = None
    """As typed in a shell, in the scenario's folder and with your rights; at most 10 s for each
    alarm. It has the environment of whoever started the run, ``PERFCONSOLE_RUN``, and
    ``PERFCONSOLE_ALARM`` (the text), ``PERFCONSOLE_ALARM_LEVEL``, ``PERFCONSOLE_ALARM_CAUSE`` and
    ``PERFCONSOLE_ALARM_STATE`` (``raised`` or ``recovered``)."""
    webhook: WebhookUrl | None = None
    """A URL to which each alarm is posted as JSON, ``text`` and ``state`` among its keys; up to
    three times where it fails. Never kept with the run but for its host: what else is in it may be
    a secret, and ``${env:NAME}`` can stand there."""
    level: AlarmLevel = "info"
    """The least level to be told; the end of a run that passed is an ``info``."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.command is None) == (self.webhook is None):
            raise ValueError(say('give either "command" or "webhook"'))
        return self


class AlarmSpec(Strict):
    """Breaches, objectives crossed, errors over a limit, a lost load generator or server, a load
    generator that is the bottleneck, and the end: one alarm for each cause. It has recovered when
    its cause has been away for 30 s; until then its coming back is no new alarm."""

    errors: ErrorLimit = "5%"
    """Of all transactions in the last 10 s: a share such as ``5%``, a rate such as ``20/s``, or
    ``off``."""
    receivers: Annotated[tuple[ReceiverSpec, ...], Field(max_length=MOST_RECEIVERS)] = ()
    """Who is told besides those who look on; consoles ring on their own. The end of a run waits at
    most 5 s for what is on its way to them."""
