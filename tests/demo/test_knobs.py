"""Slow, failing, leaking: while the target runs."""

from __future__ import annotations

import asyncio
import time

import pytest

from perfconsole.demo.knobs import KnobError, Knobs


async def test_knobs_are_shown_and_turned(target):
    assert (await target.get("/-/knobs")).json() == Knobs().as_dict()
    turned = await target.post("/-/knobs", json={"delay_ms": 5, "workers": 3})
    assert turned.json() == Knobs(workers=3, delay_ms=5).as_dict()
    assert (await target.get("/-/knobs")).json()["workers"] == 3


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b'{"workers": 0}', "workers must be a whole number from 1 to 10000, not 0"),
        (b'{"workers": 2.5}', "workers must be a whole number from 1 to 10000, not 2.5"),
        (b'{"workers": true}', "workers must be a whole number from 1 to 10000, not True"),
        (b'{"error_percent": 101}', "error_percent must be a number from 0 to 100, not 101"),
        (b'{"delay_ms": "x"}', "delay_ms must be a number from 0 to 600000, not 'x'"),
        (b'{"delay_ms": NaN}', "delay_ms must be a number from 0 to 600000, not nan"),
        (b'{"worker": 5}', 'there is no knob "worker"; use workers'),
        (b"[1]", 'send a JSON object such as {"workers": 4}'),
        (b"{", "this is not JSON"),
        (b"\xff", "this is not JSON"),
        (b"[" * 100_000, "this is not JSON"),
    ],
)
async def test_bad_values_change_nothing(target, sent, said):
    answer = await target.post("/-/knobs", content=sent)
    assert (answer.status_code, answer.text) == (400, said + "\n")
    assert (await target.get("/-/knobs")).json() == Knobs().as_dict()


async def test_errors(target):
    await target.post("/-/knobs", json={"error_percent": 100, "service_factor": 0})
    assert (await target.get("/")).status_code == 500
    await target.post("/-/knobs", json={"error_percent": 30})
    answers = await asyncio.gather(*(target.get("/") for _ in range(300)))
    assert 50 < sum(answer.status_code == 500 for answer in answers) < 130
    stats = (await target.get("/-/stats")).json()
    assert sum(stats["answered"].values()) == stats["received"] == 301


@pytest.mark.clock
async def test_delay_slows_answers_but_takes_no_capacity(target):
    await target.post("/-/knobs", json={"delay_ms": 200, "service_factor": 0, "workers": 1})
    begun = time.monotonic()
    await asyncio.gather(*(target.get("/") for _ in range(20)))
    took = time.monotonic() - begun
    assert 0.19 < took < 2.0  # one after the other they would take 4 s


async def test_leak(target):
    await target.post("/-/knobs", json={"leak_kb_per_request": 64, "service_factor": 0})
    await asyncio.gather(*(target.get("/") for _ in range(50)))
    assert (await target.get("/-/stats")).json()["leaked_kb"] == 50 * 64


def test_knobs_refuse_what_cannot_be():
    with pytest.raises(KnobError, match="error_percent must be a number from 0 to 100, not -1"):
        Knobs(error_percent=-1)
    with pytest.raises(KnobError, match='there is no knob "x"; use workers, service_factor'):
        Knobs().changed({"x": 1})
