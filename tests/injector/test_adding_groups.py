"""A running injector is given one more group."""

from __future__ import annotations

import msgspec

from perfconsole.model import plan, wire
from perfconsole.model.dataset import Table
from perfconsole.model.holes import Hole, mark
from perfconsole.model.states import StopMode, VuState

ITERATION = StopMode.AFTER_ITERATION


def grouped(steps, name="new", **fields):
    return plan.GroupPlan(name, plan.Script(tuple(steps)), **fields)


async def test_it_plays_beside_the_others_and_every_request_counts(
    target, begin, plan_for, step, until
):
    injector = await begin(plan_for(target.port).of(g=[step("/g")]))
    await injector.vus(3)
    await until(lambda: target.paths["/g"] > 100)
    await injector.act(wire.AddGroup, grouped([step("/new"), step("/more")]), ())
    assert [group.name for group in (await injector.next_tick()).groups] == ["g", "new"]
    assert not target.paths["/new"]
    await injector.vus(2, "new")
    await until(lambda: target.paths["/more"] > 100)
    await injector.act(wire.Pause, ("new",))
    assert await injector.states("new") == {VuState.PAUSED: 2}
    await injector.act(wire.Resume, ("new",), 0.0)
    await injector.vus(0, "new", mode=ITERATION, by_hand=True)
    await injector.until_states("new", stopped=2)
    await injector.vus(0, mode=ITERATION)
    await injector.until_states(passed=3)
    await injector.finish()
    injector.assert_counts_add_up()
    assert injector.total("cut") == 0
    assert injector.total("requests") == len(target.seen) == injector.begun
    assert not injector.errors
    assert injector.transaction("GET /new", "passed") == target.paths["/new"]
    assert injector.iterations("new") == (target.paths["/more"], 0)


async def test_scripts_loaded_later_reach_it(target, begin, plan_for, step, until):
    injector = await begin(plan_for(target.port).of(g=[step("/g")]))
    await injector.act(wire.AddGroup, grouped([step("/new")]), ())
    await injector.vus(1, "new")
    await until(lambda: target.paths["/new"] > 3)
    await injector.act(wire.LoadScripts, {"new": plan.Script((step("/edited"),))}, {})
    await until(lambda: target.paths["/edited"] > 3)
    await injector.finish()
    injector.assert_counts_add_up()


async def test_rows_of_a_new_data_set_come_along_and_others_go_on_where_they_are(
    target, begin, plan_for, step, until
):
    def asks(data):
        request = step(f"/{data}?{mark(0)}")
        return msgspec.structs.replace(request, holes=(Hole(f"{data}.a", "form"),))

    def rows(*values):
        return plan.DataPlan(Table(("a",), tuple((value,) for value in values)), at_end="stop_vu")

    old, new = rows("1", "2", "3"), rows("7", "8")
    whole = plan_for(target.port, iterations=2).of(g=[asks("old")])
    injector = await begin(msgspec.structs.replace(whole, data={"old": old}))
    await injector.vus(1)
    await injector.until_states(passed=1)
    added = grouped([asks("old"), asks("new")])
    await injector.act(wire.AddGroup, added, (), {"old": old, "new": new})
    await injector.vus(1, "new")
    await injector.until_states("new", passed=1)
    await injector.finish()
    asked = [seen.path for seen in target.seen]
    assert asked == ["/old?1", "/old?2", "/old?3", "/new?7"]


async def test_what_cannot_be_played_here_ends_its_group_and_nothing_else(
    target, begin, plan_for, step, until
):
    injector = await begin(plan_for(target.port).of(g=[step("/g")]))
    await injector.vus(1)
    script = grouped([], python=plan.PythonFlow("/no/such/flow.py", "go"))
    await injector.act(wire.AddGroup, script, ())
    await injector.vus(2, "new")
    await injector.until_states("new", passed=2)
    (stop,) = injector.stops
    assert stop.group == "new"
    assert "/no/such/flow.py" in stop.why
    have = target.paths["/g"]
    await until(lambda: target.paths["/g"] > have + 20)
    await injector.vus(0, "new")
    await injector.finish()
    injector.assert_counts_add_up()
    assert not injector.troubles


async def test_the_values_of_its_secret_variables_are_masked(target, begin, plan_for, step, until):
    injector = await begin(plan_for(target.port).of(g=[step("/g")]))
    echo = msgspec.structs.replace(
        step(f"/?q={mark(0)}"),
        holes=(Hole("harmless", "form"),),
        check=plan.Check(statuses=(404,)),
    )
    added = grouped([echo], iterations=1, variables={"harmless": "hunter2"})
    await injector.act(wire.AddGroup, added, ("harmless",))
    await injector.vus(1, "new")
    await injector.until_states("new", failed=1)
    await injector.finish()
    assert target.paths["/?q=hunter2"] == 1
    told = "".join(e.sample + e.exchange for tick in injector.ticks for e in tick.errors)
    assert told
    assert "hunter2" not in told
