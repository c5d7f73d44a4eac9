"""What is looked at before a run starts: the target, or the proxies on the way to it."""

from __future__ import annotations

import socket

import pytest

from perfconsole.controller.preflight import CannotStart, preflight
from perfconsole.model.scenario import Scenario


def scenario(**http: object) -> Scenario:
    return Scenario.model_validate(
        {
            "name": "x",
            "target": "http://none.invalid:1",
            "http": http,
            "groups": {"a": {}},
            "flows": {"a": [{"request": "GET /"}]},
        }
    )


async def test_a_proxy_is_reached_and_the_target_left_to_it():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        way = scenario(proxy=f"http://anna:hush@127.0.0.1:{port}")
        await preflight(way, "http://none.invalid:1", 1, {})
    with pytest.raises(CannotStart) as caught:
        await preflight(way, "http://none.invalid:1", 1, {})
    text = str(caught.value)
    assert text.startswith(f"cannot reach the proxy 127.0.0.1:{port}: connection refused")
    assert "hush" not in text


async def test_without_one_the_target_is():
    with pytest.raises(CannotStart, match=r"none\.invalid"):
        await preflight(scenario(), "http://none.invalid:1", 1, {})
