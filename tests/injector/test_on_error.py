"""What follows a failed step: next iteration, next step, the end of a VU or of its group."""

from __future__ import annotations

import msgspec
import pytest

from perfconsole.model import plan, wire
from perfconsole.model.plan import RepeatStep, SetStep, TransactionStep, WhileStep
from perfconsole.model.states import StopMode, VuState

NO_COUNT = plan.Text("\x1avalue:0\x1a", (plan.Hole("n", "text"),))
ALWAYS = plan.Asking(
    (plan.Comparing(plan.Text("a"), "==", plan.Text("a")),), "and", "a == a"
)  # fmt: skip


@pytest.fixture(autouse=True)
def answers(target):
    """Whatever begins with /bad fails."""

    async def answer(seen, writer):
        status = b"503 no" if seen.path.startswith("/bad") else b"200 OK"
        writer.write(b"HTTP/1.1 %b\r\nContent-Length: 0\r\n\r\n" % status)

    target.script = answer


@pytest.fixture
def bad(step):
    def bad(on_error, path="/bad"):
        return msgspec.structs.replace(step(path), on_error=on_error)

    return bad


# ---------------------------------------------------------------- continue


async def test_continue_plays_the_next_step_and_all_around_has_failed(play, step, bad, target):
    flow = [
        step("/first"),
        TransactionStep(
            "outer",
            (TransactionStep("inner", (bad("continue"), step("/in"))),
             TransactionStep("clean", (step("/clean"),))),
        ),
        bad("continue"),
        TransactionStep("after", (step("/after"),)),
    ]  # fmt: skip
    played = await play(flow, iterations=3)
    assert target.paths == {"/first": 3, "/bad": 6, "/in": 3, "/clean": 3, "/after": 3}
    assert played.iterations() == (3, 3)
    assert played.states() == {VuState.FAILED: 1}
    assert played.errors == {"GET /bad: HTTP 503": 6}
    for name, outcome in {
        "outer": (0, 3, 0), "inner": (0, 3, 0), "clean": (3, 0, 0), "after": (3, 0, 0),
        "GET /bad": (0, 3, 0), "GET /first": (3, 0, 0),
    }.items():  # fmt: skip
        assert played.transaction(name) == outcome, name


async def test_continue_in_a_loop_plays_all_rounds(play, step, bad, think, target):
    flow = [
        RepeatStep((3, 3), (bad("continue"), think(0.001), step("/ok"))),
        step("/end"),
    ]
    played = await play(flow)
    assert target.paths == {"/bad": 3, "/ok": 3, "/end": 1}
    assert played.iterations() == (1, 1)


async def test_an_inner_next_iteration_is_not_held_up_by_a_loops_continue(play, step, bad, target):
    loop = RepeatStep((3, 3), (bad("next_iteration"),), "continue")
    played = await play([loop, step("/never")], iterations=2)
    assert target.paths == {"/bad": 2}
    assert played.iterations() == (2, 2)


async def test_loops_and_set_that_fail_by_themselves_can_be_passed_over(play, step, target):
    flow = [
        RepeatStep(NO_COUNT, (step("/never"),), "continue"),
        WhileStep(ALWAYS, (step("/twice"),), 2, "continue"),
        SetStep((("x", NO_COUNT),), "continue"),
        step("/end"),
    ]
    played = await play(flow)
    assert target.paths == {"/twice": 2, "/end": 1}
    assert played.iterations() == (1, 1)
    assert played.errors == {
        "repeat ${n}: ${n} has no value": 1,
        "while a == a: check failed: still so after 2 rounds": 1,
        "set x: ${n} has no value": 1,
    }


async def test_continue_is_no_busy_loop_at_a_dead_target(
    here, plan_for, step, free_port, until, waits
):
    dead = msgspec.structs.replace(step("/"), on_error="continue")
    played = here(plan_for(free_port, iterations=1).of(g=[RepeatStep((5, 5), (dead,))]))
    played.vus(1)
    await until(played.over)
    assert waits[:5] == [0.1] * 5
    assert played.errors == {"GET /: connect refused": 5}


# ---------------------------------------------------------------- stop_vu


async def test_stop_vu_ends_the_vu_for_good(here, plan_for, step, bad, target, until):
    flow = [TransactionStep("t", (step("/ok"), bad("stop_vu"), step("/never")))]
    played = here(plan_for(target.port).of(g=flow))
    played.vus(3)
    await until(played.over)
    assert played.states() == {VuState.FAILED: 3}
    assert target.paths == {"/ok": 3, "/bad": 3}
    assert played.iterations() == (3, 3)
    assert played.transaction("t") == (0, 3, 0)
    played.vus(4)  # a ramp goes on
    await until(lambda: played.states() == {VuState.FAILED: 4})
    assert target.paths == {"/ok": 4, "/bad": 4}
    played.vus(0)
    played.vus(2)  # the group is started anew
    await until(lambda: target.paths["/bad"] == 6)
    assert not played.stops


async def test_stop_vu_waits_no_think_time(play, bad, think, waits):
    await play([bad("stop_vu"), think(60)], iterations=None)
    assert waits == []


# ---------------------------------------------------------------- stop_group


async def test_stop_group_is_told_once_for_each_start(here, plan_for, step, bad, target, until):
    flow = [step("/ok"), bad("stop_group", "/bad/login")]
    played = here(plan_for(target.port).of(g=flow, h=[bad("stop_vu")]))
    played.vus(5)
    await until(played.over)
    assert played.stops == [wire.StopWanted("g", "GET /bad/login failed in g")]
    assert played.states() == {VuState.FAILED: 5}
    played.vus(0)
    played.vus(2)
    await until(lambda: len(played.stops) == 2)
    await until(played.over)
    assert played.stops[0] == played.stops[1]


async def test_the_controller_is_told(begin, plan_for, step, bad, target, until):
    injector = await begin(plan_for(target.port).of(g=[bad("stop_group")]))
    await injector.vus(2)
    await until(lambda: injector.iterations() == (2, 2))
    await injector.finish()
    assert injector.stops == [wire.StopWanted("g", "GET /bad failed in g")]
    assert injector.iterations() == (2, 2)


# ---------------------------------------------------------------- what was skipped is waited


@pytest.mark.parametrize(
    ("rest", "thinks"),
    [
        ("if that holds", 2),
        ("if that does not", 1),
        ("repeat", 2),
        ("repeat by variable", 3),
        ("repeat by no number", 0),
        ("while that holds", 1),
        ("while that does not", 0),
        ("choose", 1),
        ("one of", 1),
    ],
)
async def test_the_think_times_of_steps_that_were_skipped(play, bad, think, waits, rest, thinks):
    """As they would be with the values as they stand; of loops the rounds that are sure."""
    one, two = (think(0.01),), (think(0.01), think(0.01))
    never = plan.Asking(
        (plan.Comparing(NO_COUNT, "is set", plan.Text("")),), "and", "${n} is set"
    )  # fmt: skip
    steps = {
        "if that holds": plan.IfStep(ALWAYS, two, one),
        "if that does not": plan.IfStep(never, two, one),
        "repeat": RepeatStep((2, 9), one),
        "repeat by variable": RepeatStep(NO_COUNT, one),
        "repeat by no number": RepeatStep(NO_COUNT, one),
        "while that holds": WhileStep(ALWAYS, one, 7),
        "while that does not": WhileStep(never, one, 7),
        "choose": plan.ChooseStep((1.0, 2.0), (one, one)),
        "one of": plan.OneOfStep((one, two)),
    }
    flow = [bad("next_iteration"), steps[rest]]
    if rest == "repeat by variable":
        flow.insert(0, SetStep((("n", plan.Text("3")),)))
    await play(flow)
    assert waits == [0.01] * thinks


async def test_a_failure_in_a_round_waits_the_other_rounds_too(play, bad, think, target, waits):
    loop = RepeatStep((4, 4), (bad("next_iteration"), think(0.01)))
    await play([loop])
    assert waits == [0.01] * 4
    assert target.paths == {"/bad": 1}


async def test_a_million_skipped_rounds_cost_nothing_and_a_stop_ends_them(
    here, plan_for, bad, think, target, until
):
    inner = RepeatStep((1_000_000, 1_000_000), (think(30), think(30)))
    idle = RepeatStep((1_000_000, 1_000_000), (plan.IfStep(ALWAYS, (), (think(1),)),))
    flow = [bad("next_iteration"), idle, RepeatStep((1_000_000, 1_000_000), (idle, inner))]
    played = here(plan_for(target.port).of(g=flow))
    played.vus(3)
    await until(lambda: played.iterations() == (3, 3))
    played.vus(0, mode=StopMode.AFTER_ITERATION)
    await until(played.over)
    assert played.iterations() == (3, 3)
    assert target.paths == {"/bad": 3}
