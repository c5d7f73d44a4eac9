"""What a controller shows of texts that came from anywhere: no secret that the scenario knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from perfconsole.injector.echoes import hidden
from perfconsole.model.sample import ServerSample
from perfconsole.model.scenario import Scenario
from perfconsole.scenario.secret_text import masked_text
from perfconsole.scenario.variables import known_values

Mask = Callable[[str], str]


def mask_for(scenario: Scenario, given: Mapping[str, str]) -> Mask:
    """Masks values of secret variables, and what is a secret by its name. `given` are the values
    of ``--var`` and of ``${env:NAME}``."""
    known = known_values(scenario.variables, given)
    secrets = [known.texts[name] for name in known.secret if known.texts.get(name)]

    def masked(text: str) -> str:
        return masked_text(hidden(text, secrets))

    return masked


def masked_sample(sample: ServerSample, mask: Mask) -> ServerSample:
    """Why there was no answer may be in the words of the command that leads to the server."""
    return replace(sample, detail=mask(sample.detail)) if sample.detail else sample
