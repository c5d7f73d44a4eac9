"""Flows in Python: what they may use, how they fail, and that nothing they do ends the injector."""

from __future__ import annotations

import asyncio
import textwrap
from collections import Counter

import pytest

from perfconsole.model import plan, wire
from perfconsole.model.dataset import Table
from perfconsole.model.profile import Profile
from perfconsole.model.states import StopMode, VuState

NOW, REQUEST, ITERATION = StopMode.NOW, StopMode.AFTER_REQUEST, StopMode.AFTER_ITERATION
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

# ---------------------------------------------------------------- what it may use


async def test_requests_are_sent_as_they_were_asked_for(target, played) -> None:
    async def answer(seen, writer) -> None:
        body = b'{"you": "%s"}' % seen.method.encode()
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Own: a\r\nx-own: b\r\n"
            b"Set-Cookie: s=1\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
        )

    target.script = answer
    injector = await played(
        """
        from perfconsole.script import Vu

        async def checkout(vu: Vu):
            first = await vu.get("/home", query={"a": [1, 2], "b": "x y"}, headers={"X-A": "1"})
            await vu.post("/json", json={"é": None})
            await vu.put("/form", form={"a": "b c"})
            await vu.patch("/body", body="text")
            await vu.delete("/item/7", name="DELETE /item")
            await vu.options("/é")
            await vu.request("PURGE", "/cache", body=b"raw")
            assert first.status == 200 and first.ok and first.error is None
            assert first.json() == {"you": "GET"} and first.text == '{"you": "GET"}'
            assert first.headers["X-OWN"] == "a, b" and first.headers.all("x-own") == ["a", "b"]
            assert first.elapsed_s > 0
        """,
        headers=(("User-Agent", "me"), ("Accept", "*/*")),
    )
    assert injector.errors == {}
    sent = {seen.path: seen for seen in target.seen}
    assert [seen.method for seen in target.seen] == [
        "GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PURGE",
    ]  # fmt: skip
    home = sent["/home?a=1&a=2&b=x+y"].headers
    assert home["x-a"] == "1" and home["user-agent"] == "me"
    assert sent["/json"].body == '{"é":null}'.encode()
    assert sent["/json"].headers["content-type"] == "application/json"
    assert sent["/json"].headers["cookie"] == "s=1"
    assert sent["/form"].body == b"a=b+c"
    assert sent["/body"].body == b"text" and sent["/cache"].body == b"raw"
    assert "/%C3%A9" in sent
    rows = {row.name: row.count for tick in injector.ticks for row in tick.by_request}
    assert set(rows) == {
        "GET /home", "POST /json", "PUT /form", "PATCH /body", "DELETE /item", "OPTIONS /é",
        "PURGE /cache",
    }  # fmt: skip
    assert injector.transaction("GET /home", "passed") == 1


async def test_transactions_measure_what_is_in_them_less_the_thinking(played) -> None:
    injector = await played(
        """
        import asyncio

        async def checkout(vu):
            with vu.transaction("outer"):
                await vu.get("/a")
                async with vu.transaction("inner"):
                    await vu.think("1s")
                    await vu.get("/b")
            with vu.transaction("own"):
                await asyncio.sleep(0.3)
        """
    )
    assert injector.transaction("outer", "passed") == injector.transaction("inner", "passed") == 1
    assert injector.transaction("outer", "max_us") < 1_000_000
    assert injector.transaction("own", "max_us") >= 290_000
    assert injector.transaction("GET /a", "passed") == 0
    assert injector.iterations() == (1, 0)


async def test_a_failed_request_ends_the_iteration_and_its_transactions(target, played) -> None:
    async def unavailable(_seen, writer) -> None:
        writer.write(b"HTTP/1.1 503 x\r\nContent-Length: 4\r\n\r\nbusy")

    target.script = unavailable
    injector = await played(
        """
        async def checkout(vu):
            with vu.transaction("outer"):
                await vu.get("/a")
                await vu.get("/never")
        """,
        iterations=2,
    )
    assert injector.errors == {"GET /a: HTTP 503": 2}
    assert "busy" in injector.sample("GET /a: HTTP 503")
    assert injector.transaction("outer", "failed") == 2
    assert injector.iterations() == (2, 2)
    assert target.paths == {"/a": 2}


async def test_a_failure_that_is_caught_or_not_checked_has_failed_all_the_same(
    target, played
) -> None:
    async def missing(_seen, writer) -> None:
        writer.write(b"HTTP/1.1 404 x\r\nContent-Length: 0\r\n\r\n")

    target.script = missing
    injector = await played(
        """
        from perfconsole.script import StepFailed

        async def checkout(vu):
            with vu.transaction("caught"):
                try:
                    await vu.get("/a")
                except StepFailed as failed:
                    assert failed.answer.status == 404
            with vu.transaction("unchecked"):
                answer = await vu.get("/b", check=False)
                assert answer.error == "HTTP 404" and not answer.ok
            with vu.transaction("expected"):
                assert (await vu.get("/c", expect=404)).ok
                assert (await vu.get("/c", expect=[200, 404])).ok
        """
    )
    assert injector.errors == {"GET /a: HTTP 404": 1, "GET /b: HTTP 404": 1}
    assert injector.transaction("caught", "failed") == 1
    assert injector.transaction("unchecked", "failed") == 1
    assert injector.transaction("expected", "passed") == 1
    assert injector.iterations() == (1, 1)


async def test_on_error_continue_raises_nothing(target, played) -> None:
    async def failing(seen, writer) -> None:
        status = b"500" if seen.path == "/a" else b"200"
        writer.write(b"HTTP/1.1 " + status + b" x\r\nContent-Length: 0\r\n\r\n")

    target.script = failing
    injector = await played(
        """
        async def checkout(vu):
            answer = await vu.get("/a")
            assert answer.status == 500
            assert vu.check(False, "sum") is False
            await vu.get("/b")
        """,
        on_error="continue",
    )
    assert injector.errors == {"GET /a: HTTP 500": 1, "checkout: check failed: sum": 1}
    assert target.paths == {"/a": 1, "/b": 1}


async def test_no_answer_at_all_is_told_by_its_kind(played, planned, target) -> None:
    async def hang_up(_seen, writer) -> None:
        writer.close()

    target.script = hang_up
    injector = await played(
        """
        async def checkout(vu):
            answer = await vu.post("/a", check=False)
            assert answer.status == 0 and answer.error == "closed before the answer", answer.error
            assert answer.content == b"" and not answer.headers
        """,
        keeps_it=False,
    )
    assert injector.errors == {"POST /a: closed before the answer": 1}


async def test_a_check_that_fails_is_an_error_of_its_own(played) -> None:
    injector = await played(
        """
        async def checkout(vu):
            assert vu.check(1, "never told")
            with vu.transaction("t"):
                vu.check([], "the list is empty")
        """
    )
    assert injector.errors == {"checkout: check failed: the list is empty": 1}
    assert injector.transaction("t", "failed") == 1
    assert injector.total("requests_failed") == 0


async def test_values_come_from_rows_and_go_with_the_iteration(target, played) -> None:
    table = Table(("name", "password"), (("anna", "hush-hush"), ("bert", "psst-psst")))
    injector = await played(
        """
        seen = []

        async def checkout(vu):
            assert "mine" not in vu.values
            row = vu.data["users"]
            await vu.get(f"/{row['name']}/{row['name']}", name="row")
            assert set(row) == {'name', 'password'}
            vu.values["mine"] = vu.iteration
            assert vu.values["mine"] == str(vu.iteration)
            assert vu.values["site"] == "north" and "nothing" not in vu.values
            assert (vu.number, vu.injector, vu.group) == (0, 0, "g")
            seen.append(vu.random.random())
            try:
                vu.data["user"]
            except KeyError as error:
                assert "no data set" in str(error)
            if vu.iteration == 3:
                raise ValueError(f"{row['password']} {vu.values['site']}")
        """,
        iterations=3,
        data={"users": plan.DataPlan(table)},
        variables={"site": "north"},
    )
    assert list(target.paths) == ["/anna/anna", "/bert/bert"]
    assert injector.errors == {"checkout: ValueError": 1}
    assert injector.sample("checkout: ValueError") == "*** north"
    assert "hush" not in exchange(injector, "checkout: ValueError")


def exchange(injector, key: str) -> str:
    return next(e.exchange for t in injector.ticks for e in t.errors if e.key == key)


async def test_headers_of_all_may_have_values_in_them(target, played) -> None:
    await played(
        """
        async def checkout(vu):
            await vu.get("/a")
            vu.values["run"] = "9\\r\\nX-Bad: 1"
            await vu.get("/b")
        """,
        headers=(("X-Run", "r-${run}"),),
        variables={"run": "8"},
    )
    assert [seen.headers["x-run"] for seen in target.seen] == ["r-8", "r-9X-Bad: 1"]


async def test_names_with_ids_in_them_are_counted_together(target, played) -> None:
    injector = await played(
        """
        async def checkout(vu):
            for n in range(230):
                await vu.get(f"/item/{n}")
        """
    )
    rows = {row.name: row.count for tick in injector.ticks for row in tick.by_request}
    assert len(rows) == 201
    assert sum(r.count for t in injector.ticks for r in t.by_request
               if r.name == "other requests of checkout") == 30  # fmt: skip
    assert len(injector.troubles) == 1 and "200 names" in injector.troubles[0]


async def test_a_path_that_is_none_is_an_error_that_says_so(played) -> None:
    injector = await played(
        """
        async def checkout(vu):
            await vu.get("http://elsewhere.example/")
        """
    )
    assert injector.errors == {"checkout: ValueError": 1}
    assert "vu.httpx" in injector.sample("checkout: ValueError")


async def test_a_vu_does_one_thing_at_a_time(played) -> None:
    injector = await played(
        """
        import asyncio

        async def checkout(vu):
            await asyncio.gather(vu.get("/a"), vu.get("/b"))
        """
    )
    assert injector.errors == {"checkout: RuntimeError": 1}
    assert "one thing at a time" in injector.sample("checkout: RuntimeError")


# ---------------------------------------------------------------- steering


async def test_pause_and_stop_reach_a_flow_at_its_steps(target, planned, begin, until) -> None:
    injector = await begin(
        planned(
            """
            async def checkout(vu):
                try:
                    with vu.transaction("t"):
                        await vu.get("/a")
                        await vu.think("1ms")
                        await vu.get("/b")
                except Exception:
                    raise AssertionError("nothing fails here") from None
            """
        )
    )
    await injector.vus(10)
    await until(lambda: len(target.seen) > 200)
    await injector.act(wire.Pause, ("g",))
    await until(lambda: _states(injector).get(VuState.PAUSED) == 10)
    count = len(target.seen)
    await injector.next_tick()
    assert len(target.seen) == count
    await injector.act(wire.Resume, ("g",), 0.0)
    await until(lambda: len(target.seen) > count + 100)
    await injector.vus(5, mode=REQUEST)
    await until(lambda: _states(injector).get(VuState.PASSED) == 5)
    await injector.vus(0, mode=ITERATION, by_hand=True)
    await until(lambda: _states(injector) == {VuState.STOPPED: 5, VuState.PASSED: 5})
    await injector.finish()
    injector.assert_counts_add_up()
    assert injector.total("cut") == 0 and not injector.errors
    assert injector.total("requests") == len(target.seen)
    assert injector.iterations()[1] == 0


@pytest.mark.parametrize(
    "inside",
    [
        'await vu.get("/a"); await vu.think("50ms"); await vu.get("/b")',
        'await asyncio.gather(*(vu.httpx.get("/a") for _ in range(3))); await vu.httpx.get("/b")',
        'await vu.get("/a"); await asyncio.sleep(0.05); await vu.httpx.get("/b")',
    ],
)
async def test_a_pause_is_in_no_time(target, planned, begin, until, inside) -> None:
    """Neither of transactions nor of phases of requests."""
    injector = await begin(
        planned(
            f"""
            import asyncio
            async def checkout(vu):
                with vu.transaction("t"):
                    {inside}
            """
        )
    )
    await injector.vus(5)
    await until(lambda: target.paths["/b"] > 20)
    await injector.act(wire.Pause, ("g",))
    await asyncio.sleep(1.5)
    await injector.act(wire.Resume, ("g",), 0.3)
    have = target.paths["/b"]
    await until(lambda: target.paths["/b"] > have + 20)
    await injector.finish()
    assert not injector.errors
    times = [row for tick in injector.ticks for row in (*tick.transactions, *tick.phases)]
    assert max(row.max_us for row in times) < 1e6


def _states(injector) -> dict[VuState, int]:
    """As last told; empty before."""
    states = injector.ticks[-1].groups[0].states if injector.ticks else {}
    return {state: n for state, n in states.items() if n}


async def test_vus_in_python_meet_at_a_point(target, planned, begin, until) -> None:
    injector = await begin(
        planned(
            """
            async def checkout(vu):
                await vu.rendezvous("pay")
                await vu.post("/pay")
                await vu.rendezvous("nowhere")
            """,
            points=("pay",),
            iterations=1,
        )
    )
    await injector.vus(6)
    await until(lambda: injector.gathered and injector.gathered[-1].waiting == {"g": 6})
    assert not target.seen
    await injector.act(wire.Release, "pay", 1, None)
    await until(lambda: injector.spreads)
    assert injector.spreads[0].vus == 6
    await until(lambda: injector.errors["checkout: ValueError"] == 6)
    assert 'rendezvous "nowhere"' in injector.sample("checkout: ValueError")
    await injector.finish()


@pytest.mark.parametrize("wait", ["await asyncio.sleep(60)", "await vu.get('/slow')"])
async def test_a_stop_now_takes_a_vu_out_of_whatever_it_waits_for(
    target, planned, begin, until, wait
) -> None:
    async def no_answer(_seen, _writer) -> None:
        await asyncio.sleep(60)

    target.script = no_answer
    injector = await begin(
        planned(
            f"""
            import asyncio
            async def checkout(vu):
                with vu.transaction("t"):
                    {wait}
            """
        )
    )
    await injector.vus(3)
    await until(lambda: _states(injector).get(VuState.RUNNING) == 3)
    await injector.next_tick()
    await injector.vus(0, mode=NOW)
    await until(lambda: _states(injector) == {VuState.PASSED: 3})
    await injector.finish()
    injector.assert_counts_add_up()
    assert injector.transaction("t", "cut") == 3


@pytest.mark.parametrize("mode", [REQUEST, NOW])
async def test_a_flow_that_catches_everything_does_not_keep_its_vu(
    target, planned, begin, until, mode
) -> None:
    injector = await begin(
        planned(
            """
            import asyncio
            async def checkout(vu):
                while True:
                    try:
                        await vu.get("/a")
                        await asyncio.sleep(0.001)
                    except BaseException:
                        pass
            """
        )
    )
    await injector.vus(4)
    await until(lambda: len(target.seen) > 20)
    await injector.vus(0, mode=mode, by_hand=True)
    await until(lambda: _states(injector) == {VuState.STOPPED: 4})
    await injector.finish()
    injector.assert_counts_add_up()
    assert injector.troubles == []


# ---------------------------------------------------------------- what goes wrong in it


FAULTS = {
    "raise ValueError('no')": "ValueError",
    "raise SystemExit": "SystemExit",
    "sys.exit('bye')": "SystemExit",
    "raise KeyboardInterrupt": "KeyboardInterrupt",
    "raise MemoryError": "MemoryError",
    "raise asyncio.CancelledError": "CancelledError",
    "asyncio.current_task().cancel(); await vu.get('/c')": "CancelledError",
    "raise StopIteration": "RuntimeError",
    "raise GeneratorExit": "RuntimeError",
    "await asyncio.wait_for(asyncio.sleep(9), 0.01)": "TimeoutError",
    "f = lambda: f(); f()": "RecursionError",
    "raise type('Odd', (Exception,), {'__str__': lambda self: 1 / 0})": "Odd",
    "raise ExceptionGroup('some', [ValueError(1), KeyError(2)])": "ExceptionGroup",
    "await asyncio.create_task(fails())": "RuntimeError",
    "input()": "EOFError",
    "asyncio.get_running_loop().stop()": None,
    "asyncio.get_running_loop().call_soon(sys.exit)": None,
    "asyncio.current_task().cancel()": None,
}


async def test_no_exception_ends_more_than_its_iteration(target, played) -> None:
    branches = "".join(
        f"""
        if vu.iteration == {number}:
            with vu.transaction("t{number}"):
                {statement}
        """
        for number, statement in enumerate(FAULTS, 1)
    )
    source = f"""
        import asyncio, sys

        async def fails():
            raise SystemExit(3)

        async def checkout(vu):
            await vu.get("/before")
{textwrap.indent(textwrap.dedent(branches), " " * 12)}
        """
    injector = await played(source, iterations=len(FAULTS), keeps_it=False)
    kinds = Counter(f"checkout: {kind}" for kind in FAULTS.values() if kind)
    assert injector.errors == kinds
    assert target.paths["/before"] == len(FAULTS)
    assert injector.iterations() == (len(FAULTS), kinds.total())
    for number, kind in enumerate(FAULTS.values(), 1):
        assert injector.transaction(f"t{number}", "failed") == (1 if kind else 0)
    assert injector.troubles == []


async def test_the_traceback_shows_the_users_own_lines(played) -> None:
    injector = await played(
        """
        import json

        async def checkout(vu):
            password = "hunter2"
            read("{", password="hunter2")

        def read(text, password):
            return json.loads(text)
        """
    )
    text = exchange(injector, "checkout: JSONDecodeError")
    lines = text.splitlines()
    assert lines[0].endswith("flows/checkout.py:6, in checkout")
    assert lines[2].endswith("flows/checkout.py:9, in read")
    assert lines[3].strip() == "return json.loads(text)"
    assert lines[-1].startswith("JSONDecodeError: Expecting property name")
    assert "hunter2" not in text and "perfconsole/" not in text


async def test_a_mistake_is_no_busy_loop(target, planned, begin, until) -> None:
    injector = await begin(planned("async def checkout(vu):\n    1 / 0\n"))
    await injector.vus(5)
    for _ in range(3):
        await injector.next_tick()
    await injector.finish()
    assert 5 <= injector.errors["checkout: ZeroDivisionError"] <= 5 * 10 * 5


async def test_a_failed_iteration_thinks_as_a_whole_one_does(target, planned, begin, until) -> None:
    injector = await begin(
        planned(
            """
            async def checkout(vu):
                await vu.get("/a")
                if vu.iteration > 1:
                    raise ValueError
                await vu.think("30s" if vu.iteration > 1 else "10ms")
                await vu.think("60s" if vu.iteration > 1 else "10ms")
            """
        )
    )
    await injector.vus(1)
    await until(lambda: injector.errors["checkout: ValueError"] >= 5)
    await injector.finish()
    assert target.paths["/a"] >= 6


async def test_a_flow_that_never_waits_leaves_the_others_their_turn(
    target, planned, begin, until
) -> None:
    injector = await begin(planned("async def checkout(vu):\n    vu.values['a'] = 1\n"))
    await injector.vus(3)
    await until(lambda: injector.iterations()[0] > 1000)
    await injector.finish()
    assert injector.iterations()[1] == 0


async def test_tasks_end_with_their_iteration(target, played) -> None:
    injector = await played(
        """
        import asyncio

        async def fails():
            raise LookupError("in a task")

        async def checkout(vu):
            vu.tasks_of_mine = [
                asyncio.create_task(asyncio.sleep(60)), asyncio.create_task(fails())
            ]
            await vu.get("/a")
        """
    )
    assert injector.errors == {"checkout: LookupError": 1}
    assert injector.troubles == []


async def test_a_file_that_cannot_be_loaded_keeps_the_injector_from_starting(
    planned, begin
) -> None:
    injector = await begin(planned("import nothing_of_this_name\nasync def checkout(vu): ...\n"))
    assert injector.ready is None
    (trouble,) = injector.troubles
    assert "flows/checkout.py:1: ModuleNotFoundError" in trouble


async def test_a_flow_imports_what_lies_beside_it(target, planned, begin, until, tmp_path) -> None:
    source = "from helping import ask\nasync def checkout(vu):\n    await ask(vu)\n"
    whole = planned(source, iterations=1)
    (tmp_path / "flows" / "helping.py").write_text("async def ask(vu):\n    await vu.get('/h')\n")
    injector = await begin(whole)
    await injector.vus(1)
    await until(lambda: target.paths["/h"] == 1)
    await injector.finish()
    assert not list(tmp_path.rglob("__pycache__"))


async def test_an_open_model_plays_python_too(target, planned, begin, until) -> None:
    injector = await begin(
        planned(
            """
            async def checkout(vu):
                with vu.transaction("t"):
                    await vu.get("/a")
            """,
            arrivals="constant",
        )
    )
    await injector.vus(5)
    await injector.act(wire.SetRate, "g", 0.0, 0.0, Profile((0.0,), (100.0,)), 0.0, 0, 1)
    await until(lambda: injector.transaction("t", "passed") > 50)
    await injector.finish()
    injector.assert_counts_add_up()
    assert injector.transaction("t", "service_max_us") > 0


async def test_init_and_end_are_played_once_by_each_vu(target, planned, begin, until) -> None:
    injector = await begin(
        planned(
            """
            async def init(vu):
                assert vu.iteration == 0
                await vu.post("/login")
                vu.values["session"] = "s1"

            async def checkout(vu):
                await vu.get("/a", headers={"X-Session": vu.values["session"]})

            async def end(vu):
                await vu.post("/logout")
            """,
            iterations=2,
        )
    )
    await injector.vus(3)
    await until(lambda: target.paths["/logout"] == 3)
    await injector.finish()
    assert target.paths == {"/login": 3, "/a": 6, "/logout": 3}
    assert injector.iterations() == (6, 0) and not injector.errors
    assert {s.headers["x-session"] for s in target.seen if s.path == "/a"} == {"s1"}


async def test_rows_that_end_end_the_vu_whatever_its_flow_catches(target, played) -> None:
    injector = await played(
        """
        async def checkout(vu):
            try:
                await vu.get("/" + vu.data["users"]["name"])
            except BaseException:
                await vu.get("/never")
        """,
        iterations=9,
        data={
            "users": plan.DataPlan(Table(("name",), (("a",), ("b",))), at_end="stop_vu"),
        },
    )
    assert target.paths == {"/a": 1, "/b": 1}
    assert injector.iterations() == (2, 0) and not injector.errors
    assert len(injector.troubles) == 1 and "no more rows" in injector.troubles[0]


async def test_a_vu_stops_where_its_group_says_so(target, played) -> None:
    injector = await played(
        """
        async def checkout(vu):
            await vu.get("/a")
            raise ValueError
        """,
        iterations=9,
        on_error="stop_vu",
    )
    assert target.paths == {"/a": 1} and injector.iterations() == (1, 1)
