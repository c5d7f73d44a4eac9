"""Exchanges over HTTP/2 are kept as those over HTTP/1.1 are."""

from __future__ import annotations

from perfconsole.model import wire


async def test_a_trace_keeps_what_passes_and_what_fails(
    h2_target, here, plan_for, ca_file, step, think, until
) -> None:
    h2_target.script = lambda asked: asked.answer(404 if asked.path == "/bad" else 200, b"welcome")
    plan = plan_for(
        h2_target.port, http_version="2", host="localhost", scheme="https", ca_file=ca_file
    )
    played = here(plan.of(g=[step("/a"), step("/bad"), think(0.05)]))
    played.load.trace(wire.Trace(0, "g", 2, True))
    played.vus(1)

    def kept() -> list[wire.Exchange]:
        told = (each for each in played.stops if isinstance(each, wire.TracedHere))
        return [exchange for each in told for exchange in each.exchanges]

    await until(lambda: len(kept()) == 2)
    passed, failed = kept()
    assert (passed.key, passed.failed) == ("GET /a", False)
    assert "< HTTP/2 200" in passed.text and "< welcome" in passed.text
    assert (failed.key, failed.failed) == ("GET /bad: HTTP 404", True)
