"""The API is what its description says, asked at random."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from perfconsole.controller.api.api_document import document
from perfconsole.controller.api.http_api import ENDPOINTS

EXAMPLES = 40
DOCUMENT = document(ENDPOINTS)
OPERATIONS = {
    operation.label: operation
    for operation in (each.ok() for each in schemathesis.openapi.from_dict(DOCUMENT)
                      .get_all_operations())
}  # fmt: skip
CHECKED = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
    checks.unsupported_method,
]
"""Not that whatever fits the schema is done: two keys may not go together, a group not be there."""
ASKED = [
    *((label, GenerationMode.POSITIVE) for label in OPERATIONS),
    ("GET /v1/events", GenerationMode.NEGATIVE),
    ("POST /v1/commands", GenerationMode.NEGATIVE),
]
ENDS = "stop_run"
"""The command after which every other is refused."""


# it is the server in the other thread that draws
@pytest.mark.filterwarnings("ignore:Do not use the `random` module")
@pytest.mark.parametrize(("label", "mode"), ASKED)
def test_it_answers_as_described(served: Any, label: str, mode: GenerationMode) -> None:
    operation = OPERATIONS[label]
    done = {kind.model_fields["do"].default for kind in served.run._commanding._dispatch._deeds}
    with requests.Session() as session:
        session.headers.update(served.operator)

        @given(case=operation.as_strategy(generation_mode=mode), there=st.booleans())
        @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), database=None)
        def ask(case: Any, there: bool) -> None:
            if isinstance(case.query.get("wait"), int | float):  # nothing happens, and all of it
                case.query["wait"] = min(case.query["wait"], 0.01)  # would be waited
            command = case.body.get("command") if isinstance(case.body, dict) else None
            if isinstance(command, dict):
                assume(command.get("do") in done - {ENDS} or mode is GenerationMode.NEGATIVE)
                assume(command.get("do") != ENDS)
                if there and mode is GenerationMode.POSITIVE:
                    command |= names_that_are_there(command)
            response = case.call(base_url=served.url, session=session, timeout=10)
            case.validate_response(response, checks=CHECKED)

        ask()


def names_that_are_there(command: dict[str, Any]) -> dict[str, Any]:
    there: dict[str, Any] = {
        "group": "search", "groups": ["browse", "meet"], "point": "gate", "vus": ["0.1", "1.2"],
        "server": "web1",
    }  # fmt: skip
    return {key: there[key] for key in command if key in there}


def test_it_serves_its_own_description(served: Any) -> None:
    answer = requests.get(f"{served.url}/v1/openapi.json", headers=served.operator, timeout=10)
    assert answer.json() == msgspec.json.decode(msgspec.json.encode(DOCUMENT))
    for schema in DOCUMENT["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_every_command_and_every_key_is_explained_or_plain() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    commands = schemas["CommandRequest"]["properties"]["command"]["discriminator"]["mapping"]
    assert len(commands) > 20
    for do, place in commands.items():
        schema = schemas[place.rpartition("/")[2]]
        assert schema["properties"]["do"]["const"] == do
        assert "do" in schema["required"]
    seconds = schemas["ResumeGroups"]["properties"]["over_s"]
    assert (seconds["minimum"], seconds["maximum"]) == (0, 7 * 86400)
    assert schemas["Point"]["prefixItems"][0]["title"] == "t"
    assert "Unix time" in schemas["RunView"]["properties"]["started_at"]["description"]
