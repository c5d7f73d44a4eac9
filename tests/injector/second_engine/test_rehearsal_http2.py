"""A rehearsal of a group on the second engine tells the same as one on the first."""

from __future__ import annotations

import asyncio
from pathlib import Path

from perfconsole.injector.rehearsal import rehearsed
from perfconsole.model import rehearsing as told
from perfconsole.scenario.load import scenario_from
from perfconsole.scenario.rehearsals import rehearsal_of

SCENARIO = """\
name: two
target: https://localhost:{port}
http: {{version: "2", ca: {ca}}}
groups: {{a: {{vus: 3}}}}
flows:
  a:
    - request: POST /login
      form: {{user: anna, password: geheimnis}}
      extract: {{token: {{header: X-Token}}}}
    - request: GET /missing
      headers: {{X-Token: "${{token}}"}}
"""


def shop(asked) -> None:
    match asked.path:
        case "/login":
            asked.answer(303, b"", ("location", "/home"), ("set-cookie", "sid=5e5510n1d; Path=/"))
        case "/home":
            asked.answer(200, b"welcome", ("x-token", "t0k3n-t0k3n"))
        case _:
            asked.answer(404, b"none of that")


async def test_what_is_told_of_http2(h2_target, ca_file):
    h2_target.script = shop
    text = SCENARIO.format(port=h2_target.port, ca=ca_file)
    scenario = scenario_from(text, "s.yaml", Path())
    heard: list[told.Traced] = []
    async with asyncio.timeout(20):
        await rehearsed(
            rehearsal_of(scenario, str(scenario.target), "a", seed=1, timeout_s=20), heard.append
        )
    answers = [each for each in heard if isinstance(each, told.Answered)]
    assert [answer.status for answer in answers] == [303, 200, 404]
    assert {"connect", "tls", "wait"} <= set(answers[0].phases_ms)
    assert "connect" not in answers[2].phases_ms
    sent = [each for each in heard if isinstance(each, told.Sent)]
    mark = next(each.value for each in heard if isinstance(each, told.Valued))
    assert mark.startswith("***#") and ("X-Token", mark) in sent[2].headers
    ((_, cookie),) = answers[0].cookies
    assert ("Cookie", f"sid={cookie}") in sent[1].headers
    over = heard[-1]
    assert isinstance(over, told.Over) and over.why == "step 2: GET /missing: HTTP 404"
    for secret in ("geheimnis", "5e5510n1d", "t0k3n-t0k3n"):
        assert secret not in repr(heard)
