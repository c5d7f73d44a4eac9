"""Probes with what their ``${name}`` stand for put in, as a run asks with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from perfconsole.model.any_probe import Probe
from perfconsole.model.scenario import Scenario
from perfconsole.model.sent import AuthSpec
from perfconsole.model.server_spec import ServerSpec
from perfconsole.scenario.interpolation import literal, put_in
from perfconsole.scenario.variables import known_values

TAKE_VALUES = ("environment", "headers", "auth", "password")
"""Keys of a probe in which secrets may stand: they are put in when the run starts."""


def with_probe_values(scenario: Scenario, given: Mapping[str, str]) -> dict[str, ServerSpec]:
    """The scenario's servers; `given` are the values of ``--var`` and of ``${env:NAME}``."""
    texts = known_values(scenario.variables, given).texts
    return {
        name: server.model_copy(
            update={"probes": {key: _filled(each, texts) for key, each in server.probes.items()}}
        )
        for name, server in scenario.servers.items()
    }


def _filled(probe: Probe, texts: Mapping[str, str]) -> Probe:
    written = {key: getattr(probe, key) for key in TAKE_VALUES if key in probe.model_fields_set}
    return probe.model_copy(update={key: _put(value, texts) for key, value in written.items()})


def _put(value: Any, texts: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return put_in(value, texts)
    if isinstance(value, dict):
        return {name: put_in(text, texts) for name, text in value.items()}
    if isinstance(value, AuthSpec):
        # A login is put together with its values where it is sent: here it is all its own.
        basic, bearer = value.basic, value.bearer
        return value.model_copy(update={
            "basic": None if basic is None else literal(put_in(basic, texts)),
            "bearer": None if bearer is None else put_in(bearer, texts),
        })  # fmt: skip
    return value
