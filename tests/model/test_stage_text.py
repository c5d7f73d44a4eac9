"""Stages as people say them."""

import pytest
from pydantic import TypeAdapter

from perfconsole.model.stage_text import parse_stages
from perfconsole.model.stages import StageSpec
from perfconsole.scenario.stage_words import stage_text

STAGES: TypeAdapter[tuple[StageSpec, ...]] = TypeAdapter(tuple[StageSpec, ...])


@pytest.mark.parametrize(
    "stages",
    [
        [{"to": 200, "over": "2m"}, {"hold": "10m"}, {"to": 0}],
        [{"to": 200, "add": 5, "every": "15s"}, {"spike": 500, "lasting": "30s"}],
        [{"to": "500/s", "over": "1m30s"}, {"to": "0/s", "add": "50/s", "every": "1s"}],
        [{"wave": [50, 200], "period": "5m", "lasting": "30m"}],
        [{"exponential": "50/s", "over": "5m"}],
        [{"walk": ["5/s", "10/s"], "every": "10s", "lasting": "10m"}],
    ],
)
def test_what_is_said_of_stages_is_understood_again(stages):
    words = ", ".join(map(stage_text, STAGES.validate_python(stages)))
    again = STAGES.validate_python(parse_stages(words))
    assert ", ".join(map(stage_text, again)) == words


@pytest.mark.parametrize(
    ("said", "stages"),
    [
        (" to 20 by 5 every 15s ;hold 60", [{"to": "20", "add": "5", "every": "15s"},
                                            {"hold": "60"}]),
        ("spike 9 for 5s", [{"spike": "9", "lasting": "5s"}]),
    ],
)  # fmt: skip
def test_it_may_be_said_otherwise(said, stages):
    assert parse_stages(said) == stages


@pytest.mark.parametrize("said", ["", "to", "to 5 hold 3s", "5 every 3s", "to 5 over fast", ","])
def test_what_is_no_stage_is_told_with_what_is(said):
    with pytest.raises(ValueError, match='is no stage; write "to 200 over 2m, hold 10m"'):
        parse_stages(said)
