from __future__ import annotations

from perfconsole.metrics.facts import RunFacts, facts_of
from perfconsole.metrics.judge import judge
from perfconsole.metrics.totals import Totals
from perfconsole.metrics.view import RunView
from perfconsole.model import event as ev
from perfconsole.model.sample import ServerSample
from perfconsole.model.scenario import Scenario
from perfconsole.model.states import Verdict
from perfconsole.model.tick import RunTick, Times

LIMIT = {"metric": "server", "of": "web1/cpu_percent", "max": 60}


def second(number: int, requests: int) -> RunTick:
    return RunTick(
        second=number, transactions=(), groups=(), errors={}, samples={}, requests=requests,
        requests_failed=0, cut=0, bytes_in=10 * requests, connections_opened=0, injectors=(),
        rendezvous=(), times=Times(),
    )  # fmt: skip


def warmed(warm_up: bool = True) -> RunView:
    """Ten seconds: in the first four 100 requests each at 90 % CPU, then 10 each at 40 %."""
    view = RunView()
    limits = {"cpu_percent": 95.0}
    started = ev.Started(
        seq=1, at=1000.0, run="r", name="n", target="", groups=(), rendezvous=(),
        servers=(ev.ServerInfo("web1", "here", limits, True),),
        duration_s=None, response_limit_ms=None, pass_rate_limit=None, scenario={},
    )  # fmt: skip
    events: list[ev.RunEvent] = [started, ev.LoadBegan(seq=2, at=1000.0)]
    for number in range(10):
        at, warm = 1001.0 + number, number < 4
        if warm_up and number == 4:
            events.append(ev.WarmedUp(seq=len(events) + 1, at=at, second=4))
        sample = ServerSample("web1", True, {"cpu_percent": 90.0 if warm else 40.0})
        tick = second(number, 100 if warm else 10)
        events.append(ev.Sampled(seq=len(events) + 1, at=at, second=number + 0.5, sample=sample))
        events.append(ev.Second(seq=len(events) + 1, at=at, tick=tick))
    for event in events:
        view.fold(event)
    return view


def scenario(**fields: object) -> Scenario:
    tree = {
        "name": "shop", "target": "http://127.0.0.1:1", "warmup": "4s",
        "groups": {"browse": {"vus": 1}}, "flows": {"browse": [{"request": "GET /"}]},
        "servers": {"web1": {"local": True}},
    }  # fmt: skip
    return Scenario.model_validate(tree | fields)


def test_what_objectives_are_about_comes_after_it():
    judged = facts_of(warmed(), warm_up_s=4.0)
    assert (judged.requests, judged.bytes_in, judged.loaded_s) == (60, 600, 6.0)
    assert judged.per_second(judged.requests) == 10.0
    cpu = judged.servers["web1"].metrics["cpu_percent"]
    assert round(cpu.judged_mean or 0, 6) == 40.0
    assert (cpu.mean, cpu.peak) == (60.0, 90.0)
    assert not judged.in_warm_up


def test_without_one_everything_counts():
    whole = facts_of(warmed(warm_up=False))
    assert (whole.requests, whole.loaded_s, whole.in_warm_up) == (460, 10.0, False)
    assert round(whole.servers["web1"].metrics["cpu_percent"].judged_mean or 0, 6) == 60.0


def test_a_server_objective_leaves_it_out_and_a_threshold_does_not(row):
    totals = Totals()
    totals.add(row("browse", "home", [1000.0] * 100))
    view = warmed()
    asked = scenario(objectives=[LIMIT])
    assert judge(asked, totals, facts_of(view, warm_up_s=4.0)).verdict is Verdict.PASSED
    assert facts_of(view).servers["web1"].metrics["cpu_percent"].peak == 90.0


def test_a_run_that_ends_within_it_is_not_proven(row):
    facts = RunFacts(loaded_s=3.0, requests=10, bytes_in=0, servers={}, in_warm_up=True)
    judgement = judge(scenario(), Totals(), facts)
    assert judgement.verdict is Verdict.NOT_PROVEN
    assert judgement.reasons == ("the run ended within its warm-up of 4s",)


def test_the_console_sees_where_it_was():
    (band,) = warmed().bands
    assert (band.kind, band.start, band.end) == ("warm-up", 0.0, 4.0)
