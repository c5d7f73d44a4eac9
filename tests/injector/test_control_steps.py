"""if, repeat, while, choose, one_of and set, through a real injector."""

from __future__ import annotations

import json
import time

import pytest

from perfconsole.model import plan, wire
from perfconsole.model.condition import parse_condition
from perfconsole.model.plan import (
    Asking,
    ChooseStep,
    Comparing,
    Extract,
    IfStep,
    OneOfStep,
    RendezvousStep,
    RepeatStep,
    SetStep,
    TransactionStep,
    WhileStep,
)
from perfconsole.model.states import StopMode, VuState
from perfconsole.scenario.load import scenario_from
from perfconsole.scenario.planning import plan_for as planned
from perfconsole.scenario.scripts import text_plan


def asking(text: str) -> Asking:
    condition = parse_condition(text)
    return Asking(
        tuple(
            Comparing(text_plan(each.left), each.operator, text_plan(each.right))
            for each in condition.comparisons
        ),
        condition.join,
        text,
    )


def setting(**texts: str) -> SetStep:
    return SetStep(tuple((name, text_plan(text)) for name, text in texts.items()))


async def test_if_and_set(play, step, target):
    flow = [
        setting(role="admin", greeting="I am ${role}", role2="${greeting}!"),
        IfStep(asking("${greeting} == 'I am admin'"), (step("/then"), step("/then2"))),
        IfStep(asking("${role2} == nobody"), (step("/never"),), (step("/else"),)),
        IfStep(asking("${token} is set"), (step("/never"),)),
        TransactionStep("t", (IfStep(asking("${role} is set"), (step("/inside"),)),)),
    ]
    injector = await play(flow, iterations=3)
    assert target.paths == {"/then": 3, "/then2": 3, "/else": 3, "/inside": 3}
    assert injector.iterations() == (3, 0)
    assert injector.transaction("t") == (3, 0, 0)
    assert injector.transaction("GET /inside") == (0, 0, 0)
    assert injector.transaction("GET /else") == (3, 0, 0)
    assert not injector.errors


async def test_what_is_set_is_gone_with_its_iteration(play, step, target):
    flow = [
        IfStep(asking("${seen} is set"), (step("/again"),), (step("/first"),)),
        setting(seen="yes"),
    ]
    await play(flow, iterations=3)
    assert target.paths == {"/first": 3}


async def test_repeat_counts_by_number_range_and_variable(play, step, target):
    flow = [
        RepeatStep((3, 3), (step("/three"), step("/three/more"))),
        RepeatStep((0, 0), (step("/never"),)),
        RepeatStep((2, 5), (step("/some"),)),
        setting(n="4"),
        RepeatStep(text_plan("${n}"), (step("/four"), RepeatStep((2, 2), (step("/eight"),)))),
    ]
    await play(flow, iterations=20)
    paths = target.paths
    assert (paths["/three"], paths["/three/more"], paths["/never"]) == (60, 60, 0)
    assert (paths["/four"], paths["/eight"]) == (80, 160)
    assert 40 <= paths["/some"] <= 100
    assert paths["/some"] not in (40, 60, 80, 100)


@pytest.mark.parametrize(
    "number", ["many", "-1", "2.5", "1000001", "", pytest.param("9" * 6000, id="long")]
)
async def test_a_repeat_by_no_number_has_failed(play, step, target, number):
    flow = [step("/before"), setting(n=number), RepeatStep(text_plan("${n}"), (step("/never"),))]
    injector = await play(flow, iterations=2)
    assert target.paths == {"/before": 2}
    assert injector.iterations() == (2, 2)
    assert injector.errors == {"repeat ${n}: check failed: no number of times": 2}


async def test_while_asks_before_each_round(play, step, target):
    async def job(seen, writer):
        done = target.paths["/state"] % 4 == 0
        state = "done" if done else "busy"
        writer.write(
            b"HTTP/1.1 200 OK\r\nX-State: %b\r\nContent-Length: 0\r\n\r\n" % state.encode()
        )

    target.script = job
    poll = plan.RequestStep("poll", "GET", "/state", (), b"", plan.Check(), 10.0,
                            extracts=(Extract("state", "header", "X-State"),))  # fmt: skip
    flow = [
        WhileStep(asking("${state} != done"), (poll,), 10),
        WhileStep(asking("${state} != done"), (step("/never"),), 10),
        step("/after"),
    ]
    injector = await play(flow, iterations=3)
    assert target.paths == {"/state": 12, "/after": 3}
    assert injector.iterations() == (3, 0)


async def test_a_while_that_never_ends_has_failed_at_its_limit(play, step, target):
    flow = [
        TransactionStep("wait", (WhileStep(asking("${state} != done"), (step("/state"),), 5),)),
        step("/never"),
    ]
    injector = await play(flow, iterations=2)
    assert target.paths == {"/state": 10}
    assert injector.iterations() == (2, 2)
    assert injector.errors == {"while ${state} != done: check failed: still so after 5 rounds": 2}
    assert injector.transaction("wait") == (0, 2, 0)


async def test_choose_takes_the_ways_by_their_weights(play, step, target):
    ways = ((step("/a"),), (step("/b"), step("/b2")), (step("/c"),))
    injector = await play([ChooseStep((6.0, 3.0, 1.0), ways)], iterations=100, vus=10)
    paths = target.paths
    assert paths["/b"] == paths["/b2"]
    assert paths["/a"] + paths["/b"] + paths["/c"] == 1000
    assert (abs(paths["/a"] - 600) < 90, abs(paths["/b"] - 300) < 90, 40 < paths["/c"] < 170) == (
        True, True, True,
    )  # fmt: skip
    assert injector.iterations() == (1000, 0)


async def test_one_of_goes_round_with_all_vus_of_the_group(here, plan_for, step, target, until):
    def flow(name):
        return [OneOfStep(tuple((step(f"/{name}{way}"),) for way in range(3)))]

    played = here(plan_for(target.port, iterations=1).of(g=flow("g"), h=flow("h")))
    played.vus(6)
    played.vus(3, "h")
    await until(lambda: played.over() and played.over("h"))
    assert target.paths == {"/g0": 2, "/g1": 2, "/g2": 2, "/h0": 1, "/h1": 1, "/h2": 1}


async def test_a_failure_inside_ends_all_around_it(play, step, target):
    async def some_fail(seen, writer):
        status = b"503 no" if seen.path == "/bad" else b"200 OK"
        writer.write(b"HTTP/1.1 %b\r\nContent-Length: 0\r\n\r\n" % status)

    target.script = some_fail
    bad = (step("/ok"), step("/bad"), step("/never"))
    inside = RepeatStep(
        (2, 2),
        (
            ChooseStep(
                (1.0,),
                ((OneOfStep((bad,)),),),
            ),
            step("/never"),
        ),
    )
    flow = [
        TransactionStep("t", (IfStep(asking("a == a"), (inside,)), step("/never"))),
        step("/never"),
    ]
    injector = await play(flow, iterations=2)
    assert target.paths == {"/ok": 2, "/bad": 2}
    assert injector.iterations() == (2, 2)
    assert injector.transaction("t") == (0, 2, 0)


async def test_a_request_whose_variable_has_no_value_has_failed_and_was_not_sent(
    play, step, target
):
    hole = plan.RequestStep(
        "order", "GET", "/order/\x1avalue:0\x1a", (), b"", plan.Check(), 10.0,
        holes=(plan.Hole("id", "path"),),
    )  # fmt: skip
    flow = [step("/before"), hole, step("/never")]
    injector = await play(flow, iterations=2)
    assert target.paths == {"/before": 2}
    assert injector.errors == {"order: ${id} has no value": 2}
    assert injector.transaction("order") == (0, 2, 0)
    assert not injector.engine.recorder.tally.failed


# ---------------------------------------------------------------- pauses, stops and turns


SPINNING = {
    "repeat": RepeatStep((1_000_000, 1_000_000), (setting(a="1"),)),
    "while": WhileStep(asking("a == a"), (setting(a="1"),), 1_000_000),
    "point": RepeatStep((1_000_000, 1_000_000), (RendezvousStep("off"),)),
    "nested": RepeatStep((1000, 1000), (RepeatStep((1000, 1000), (setting(a="1"),)),)),
    "maybe": RepeatStep((1_000_000, 1_000_000),
                        (IfStep(asking("a != a"), (plan.ThinkStep(plan.Wait("constant", 1)),)),)),
}  # fmt: skip


async def test_loops_without_requests_take_orders_and_let_others_play(
    target, begin, plan_for, step, until
):
    plan_ = plan_for(target.port, points=("off",), points_off=("off",))
    injector = await begin(
        plan_.of(h=[step("/h")], **{name: [step_] for name, step_ in SPINNING.items()})
    )
    for name in SPINNING:
        await injector.vus(2, name)
    await injector.vus(1, "h")
    await until(lambda: len(target.seen) > 20)
    await injector.act(wire.Pause, tuple(SPINNING))
    tick = await injector.next_tick()
    assert [g.states for g in tick.groups[1:]] == [{VuState.PAUSED: 2}] * len(SPINNING)
    await injector.act(wire.Resume, tuple(SPINNING), 0.0)
    for name in SPINNING:
        await injector.vus(0, name, mode=StopMode.AFTER_REQUEST, by_hand=True)
    tick = await injector.next_tick()
    assert [g.states for g in tick.groups[1:]] == [{VuState.STOPPED: 2}] * len(SPINNING)
    await injector.vus(0, "h")
    await injector.finish()
    assert not injector.troubles
    assert {injector.iterations(name)[0] for name in SPINNING} == {0}


@pytest.mark.parametrize("mode", [StopMode.AFTER_REQUEST, StopMode.NOW])
async def test_a_stop_in_the_middle_of_a_loop_cuts_its_transactions(
    target, here, plan_for, step, think, until, mode
):
    loop = RepeatStep((1000, 1000), (step("/page"), think(0.01)))
    played = here(plan_for(target.port).of(g=[TransactionStep("t", (loop,))]))
    played.vus(4)
    await until(lambda: len(target.seen) > 50)
    played.vus(0, mode=mode)
    await until(played.over)
    assert played.states() == {VuState.PASSED: 4}
    assert played.transaction("t") == (0, 0, 4)
    assert played.iterations() == (0, 0)


# ---------------------------------------------------------------- from the file

SCENARIO = """\
name: shop
target: {url}
variables: {{password: hush-hush, page: "2"}}
groups: {{shop: {{iterations: 2}}}}
flows:
  shop:
    - set: {{old: "${{password}} and more", count: 2}}
    - if: ${{page}} >= 2 and ${{old}} contains hush
      then: [{{request: "GET /page/${{page}}"}}]
      else: [{{request: GET /never}}]
    - repeat: ${{count}}
      steps: [{{request: GET /repeated}}]
    - repeat: 2 to 2
      steps: [{{think: 1ms}}]
    - choose: [{{weight: 3, steps: [{{request: GET /chosen}}]}}]
    - one_of: [{{steps: [{{request: GET /one}}]}}, {{steps: [{{request: GET /two}}]}}]
    - while: ${{page}} == 2
      limit: 3
      steps: [{{request: GET /waiting}}]
    - request: GET /never
"""


async def test_a_scenario_with_all_of_them(target, begin, until, tmp_path):
    async def echo(seen, writer):
        body = b"you sent hush-hush and more"
        status = b"500 no" if seen.path == "/two" else b"200 OK"
        writer.write(b"HTTP/1.1 %b\r\nContent-Length: %d\r\n\r\n%b" % (status, len(body), body))

    target.script = echo
    url = f"http://127.0.0.1:{target.port}"
    scenario = scenario_from(SCENARIO.format(url=url), "s.yaml", tmp_path)
    injector = await begin(
        planned(scenario, url, injector=0, started_at=time.time(), seed=1, lease_s=5.0)
    )
    await injector.vus(1, "shop")
    await until(lambda: injector.iterations("shop")[0] == 2)
    await injector.finish()
    assert target.paths == {
        "/page/2": 2, "/repeated": 4, "/chosen": 2, "/one": 1, "/two": 1, "/waiting": 3,
    }  # fmt: skip
    assert injector.iterations("shop") == (2, 2)
    assert injector.errors == {
        "while ${page} == 2: check failed: still so after 3 rounds": 1,
        "GET /two: HTTP 500": 1,
    }
    assert "hush" not in json.dumps([
        (e.sample, e.exchange) for tick in injector.ticks for e in tick.errors
    ])  # fmt: skip
