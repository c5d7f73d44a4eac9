from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from perfconsole.metrics.facts import MetricFacts, RunFacts, ServerFacts, facts_of
from perfconsole.metrics.judge import Judgement, judge
from perfconsole.metrics.offering import Offering
from perfconsole.metrics.totals import Totals
from perfconsole.metrics.view import RunView
from perfconsole.model import event as ev
from perfconsole.model.limit_traits import LimitTraits
from perfconsole.model.sample import ServerSample
from perfconsole.model.scenario import Scenario
from perfconsole.model.states import Verdict

WELL = MetricFacts(50.0, 60.0, 75.0, 0.0, 1.0)
BREACHED = MetricFacts(80.0, 95.0, 75.0, 40.0, 1.0, 1, "web1 CPU over 75 % at 340 VUs, 402 TPS")


def scenario(groups: bool = True, **fields: Any) -> Scenario:
    tree: dict[str, Any] = {"name": "shop", "servers": {"web1": {"local": True}}}
    if groups:
        tree |= {
            "target": "http://127.0.0.1:1",
            "groups": {"browse": {"vus": 1}},
            "flows": {"browse": [{"request": "GET /"}]},
        }
    return Scenario.model_validate(tree | fields)


def servers(metric: MetricFacts = WELL, judged: bool = True, **fields: Any) -> dict[str, Any]:
    given = {"judged": judged, "reached": True, "detail": "", "metrics": {"cpu_percent": metric}}
    return {"web1": ServerFacts(**(given | fields))}


def facts(**fields: Any) -> RunFacts:
    given = {"loaded_s": 10.0, "requests": 2000, "bytes_in": 10_000, "servers": {}}
    return RunFacts(**(given | fields))


@pytest.fixture
def totals(row) -> Totals:
    """1000 transactions of 1 to 1000 ms, none failed; 100 a second."""
    made = Totals()
    made.add(row("browse", "home", [1000.0 * n for n in range(1, 1001)]))
    return made


def held(totals: Totals, objective: dict[str, Any], **more: Any) -> Judgement:
    return judge(scenario(objectives=[objective]), totals, facts(**more))


def test_the_default_objective_is_named_as_such(totals, row):
    good = judge(scenario(), totals, facts())
    assert (good.verdict, good.reasons) == (
        Verdict.PASSED,
        ("pass rate 100 % ≥ 99 % (default objective)",),
    )
    totals.add(row("browse", "home", failed_us=[1.0] * 29))
    bad = judge(scenario(), totals, facts())
    assert bad.verdict is Verdict.FAILED
    assert bad.reasons == ("pass rate 97.2 % is under 99 % (the default objective)",)


SATURATED: dict[str, Any] = {"saturated_s": 12.2, "saturated_why": "injector 0 uses 98 %"}


@pytest.mark.parametrize(
    "objective",
    [
        {"metric": "p95_ms", "max": 500},
        {"metric": "p95_ms", "max": 5000},
        {"metric": "max_ms", "of": "home", "max": 5000},
        {"metric": "tps", "min": 1000},
        {"metric": "hits_per_s", "min": 100_000},
    ],
)
def test_a_saturated_generator_proves_no_time_and_no_rate_not_reached(totals, objective):
    outcome = held(totals, objective, **SATURATED)
    assert outcome.verdict is Verdict.NOT_PROVEN
    (reason,) = outcome.reasons
    assert "not proven: the load generator was the bottleneck for 12 s" in reason
    assert "(injector 0 uses 98 %)" in reason
    assert outcome.objectives[0].met is None
    assert outcome.objectives[0].value is not None


@pytest.mark.parametrize(
    ("objective", "verdict"),
    [
        ({"metric": "pass_rate", "min": 99}, Verdict.PASSED),
        ({"metric": "tps", "min": 50}, Verdict.PASSED),
        ({"metric": "tps", "max": 50}, Verdict.FAILED),
    ],
)
def test_a_saturated_generator_leaves_other_objectives_judged(totals, objective, verdict):
    assert held(totals, objective, **SATURATED).verdict is verdict


def test_what_failed_outranks_what_a_saturated_generator_left_unproven(totals):
    both = [{"metric": "p95_ms", "max": 5000}, {"metric": "tps", "max": 50}]
    outcome = judge(scenario(objectives=both), totals, facts(**SATURATED))
    assert outcome.verdict is Verdict.FAILED
    assert [o.met for o in outcome.objectives] == [None, False]


def test_a_pass_rate_just_under_its_limit_does_not_look_like_it(row):
    totals = Totals()
    totals.add(row(times_us=[1.0] * 9899, failed_us=[1.0] * 101))
    (reason,) = judge(scenario(), totals, facts()).reasons
    assert reason == "pass rate 98.99 % is under 99 % (the default objective)"


def test_what_was_cut_does_not_count_against_the_pass_rate(totals, row):
    totals.add(row("browse", "home", cut=500))
    assert judge(scenario(), totals, facts()).verdict is Verdict.PASSED


@pytest.mark.parametrize(
    ("objective", "reason"),
    [
        ({"metric": "mean_ms", "max": 400}, "mean time 500.5 ms is over 400 ms"),
        ({"metric": "max_ms", "max": 999}, "longest time 1,000 ms is over 999 ms"),
        ({"metric": "tps", "min": 600}, "passed TPS 100 is under 600"),
        ({"metric": "hits_per_s", "min": 201}, "hits/s 200 is under 201"),
        (
            {"metric": "throughput_bytes_s", "min": 1e6},
            "throughput 1,000 B/s is under 1,000,000 B/s",
        ),
        ({"metric": "pass_rate", "of": "home", "max": 50}, "pass rate of home 100 % is over 50 %"),
    ],
)  # fmt: skip
def test_a_missed_objective_fails_the_run_and_says_by_how_much(totals, objective, reason):
    judgement = held(totals, objective)
    assert (judgement.verdict, judgement.reasons) == (Verdict.FAILED, (reason,))
    assert judgement.objectives[0].met is False


def test_a_percentile_is_held_against_its_limit(totals):
    assert held(totals, {"metric": "p95_ms", "of": "home", "max": 980}).verdict is Verdict.PASSED
    judgement = held(totals, {"metric": "p95_ms", "of": "home", "max": 900})
    assert judgement.verdict is Verdict.FAILED
    assert judgement.reasons[0].startswith("p95 of home 9")
    assert judgement.objectives[0].text == "p95 of home ≤ 900 ms"


def test_an_objective_that_was_not_measured_is_not_proven(totals):
    judgement = held(totals, {"metric": "p95_ms", "of": "never", "max": 900})
    assert judgement.verdict is Verdict.NOT_PROVEN
    assert judgement.reasons == ("p95 of never: too little was measured to tell",)


@pytest.mark.parametrize(
    ("given", "metric", "verdict"),
    [
        ((), WELL, Verdict.PASSED),
        ((), BREACHED, Verdict.FAILED),
        (({"metric": "pass_rate", "min": 95},), WELL, Verdict.FAILED),
    ],
)
def test_a_watch_is_judged_by_its_servers_and_by_what_is_given(row, given, metric, verdict):
    failing = Totals()
    failing.add(row("url", "GET /health", failed_us=[1.0] * 9))
    watch = scenario(watch=True, objectives=given)
    judgement = judge(watch, failing, facts(servers=servers(metric)))
    assert judgement.verdict is verdict
    assert len(judgement.objectives) == len(given)


def test_no_transaction_at_all_is_not_proven(row):
    totals = Totals()
    totals.add(row("browse", "home", cut=3))
    judgement = judge(scenario(), totals, facts(loaded_s=0.0))
    assert (judgement.verdict, judgement.reasons) == (
        Verdict.NOT_PROVEN,
        ("no transaction was completed",),
    )


def test_a_breach_on_a_judged_server_fails_the_run(totals):
    judgement = judge(scenario(), totals, facts(servers=servers(BREACHED)))
    assert judgement.verdict is Verdict.FAILED
    assert judgement.reasons == ("web1 CPU over 75 % at 340 VUs, 402 TPS",)
    shown_only = judge(scenario(), totals, facts(servers=servers(BREACHED, judged=False)))
    assert shown_only.verdict is Verdict.PASSED


def test_what_was_never_measured_is_told_from_what_has_the_same_words(totals):
    shown = {"web1": ServerFacts(True, True, "", {
        "cache.used_memory_percent": MetricFacts(None, None, 90.0, 0.0, 0.0),
        "cache.used_memory_bytes": MetricFacts(1e6, 1e6, None, 0.0, 1.0),
    })}  # fmt: skip
    judgement = judge(scenario(), totals, facts(servers=shown))
    assert judgement.reasons == ("web1 cache memory (%) was never measured",)


def test_over_the_limit_in_all_of_too_few_samples_is_no_pass(totals):
    brief = MetricFacts(99.0, 99.0, 75.0, 4.0, 1.0, always_over=True)
    judgement = judge(scenario(), totals, facts(servers=servers(brief)))
    assert judgement.verdict is Verdict.NOT_PROVEN
    assert judgement.reasons == ("web1 CPU over 75 % in all samples, too few for a breach",)


def test_what_kept_its_limit_is_said(totals):
    judgement = judge(scenario(), totals, facts(servers=servers()))
    assert "web1 CPU stayed under 75 %" in judgement.reasons
    spiky = MetricFacts(50.0, 81.0, 75.0, 4.0, 1.0)
    judgement = judge(scenario(), totals, facts(servers=servers(spiky)))
    assert judgement.verdict is Verdict.PASSED
    assert "web1 CPU was over 75 % for 4 s, too short for a breach" in judgement.reasons
    eased = replace(spiky, limit=95.0, crossed=75.0)
    judgement = judge(scenario(), totals, facts(servers=servers(eased)))
    assert "web1 CPU was over 75 % for 4 s, too short for a breach" in judgement.reasons


@pytest.mark.parametrize(
    ("coverage", "verdict"), [(0.89, Verdict.NOT_PROVEN), (0.9, Verdict.PASSED)]
)
def test_under_90_percent_of_the_samples_nothing_is_proven(totals, coverage, verdict):
    hardly = MetricFacts(50.0, 60.0, 75.0, 0.0, coverage)
    judgement = judge(scenario(), totals, facts(servers=servers(hardly)))
    assert judgement.verdict is verdict
    if verdict is Verdict.NOT_PROVEN:
        assert judgement.reasons == ("web1 CPU: only 89 % of the samples came, 90 % are needed",)


def test_a_server_never_reached_is_not_proven_and_says_why(totals):
    never = servers(MetricFacts(None, None, 75.0, 0.0, 0.0), reached=False, detail="no route")
    judgement = judge(scenario(), totals, facts(servers=never))
    assert judgement.verdict is Verdict.NOT_PROVEN
    assert judgement.reasons == ("web1 was never reached: no route",)


def test_aborted_outranks_failed_outranks_not_proven(totals, row):
    hardly = {"cpu_percent": BREACHED, "memory_percent": MetricFacts(None, None, 75.0, 0.0, 0.0)}
    both = servers(metrics=hardly)
    failed = judge(scenario(), totals, facts(servers=both))
    assert failed.verdict is Verdict.FAILED
    assert failed.reasons[1] == "web1 memory was never measured"
    aborted = judge(scenario(), totals, facts(servers=both, aborted="the disk is full"))
    assert aborted.verdict is Verdict.ABORTED
    assert aborted.reasons[0] == "the disk is full"


def test_watching_servers_judges_thresholds_only():
    watch = scenario(groups=False)
    judgement = judge(watch, Totals(), facts(servers=servers()))
    assert (judgement.verdict, judgement.objectives) == (Verdict.PASSED, ())
    assert judge(watch, Totals(), facts(servers=servers(BREACHED))).verdict is Verdict.FAILED
    nothing = judge(watch, Totals(), facts(servers=servers(judged=False)))
    assert (nothing.verdict, nothing.reasons) == (
        Verdict.NOT_PROVEN,
        ("there was nothing to judge",),
    )


def test_a_limit_that_is_only_shown_decides_nothing(totals):
    shown = replace(BREACHED, traits=LimitTraits(judged=False))
    both = servers(metrics={"cpu_percent": WELL, "disk_busy_percent:sda": shown})
    judgement = judge(scenario(), totals, facts(servers=both))
    assert judgement.verdict is Verdict.PASSED
    assert not any("disk busy" in reason for reason in judgement.reasons)


def test_what_may_be_missing_proves_no_less_but_fails_where_it_is_over(totals):
    optional = LimitTraits(optional=True)
    hardly = MetricFacts(10.0, 20.0, 70.0, 0.0, 0.3, traits=optional)
    known = {"cpu_percent": WELL, "network_percent:eth0": hardly}
    assert judge(scenario(), totals, facts(servers=servers(metrics=known))).verdict is (
        Verdict.PASSED
    )
    assert judge(scenario(), totals, facts(servers=servers(metrics=known))).reasons == (
        "pass rate 100 % ≥ 99 % (default objective)", "web1 CPU stayed under 75 %",
    )  # fmt: skip
    known["network_percent:eth0"] = replace(hardly, breaches=1)
    judgement = judge(scenario(), totals, facts(servers=servers(metrics=known)))
    assert (judgement.verdict, judgement.reasons[0]) == (
        Verdict.FAILED, "web1 network use eth0 over 70 %",
    )  # fmt: skip


def test_less_may_be_what_fails(totals):
    least = MetricFacts(99.0, 97.0, 95.0, 0.0, 1.0, traits=LimitTraits(least=True))
    known = servers(metrics={"db.hit_percent": least})
    judgement = judge(scenario(), totals, facts(servers=known))
    assert "web1 db.hit_percent stayed over 95 %" in judgement.reasons


def test_the_mean_of_a_server_metric_can_be_an_objective(totals):
    disks = {
        "disk_percent:/": MetricFacts(40.0, 41.0, 80.0, 0.0, 1.0, judged_mean=40.0),
        "disk_percent:/data": MetricFacts(70.0, 71.0, 80.0, 0.0, 1.0, judged_mean=70.0),
    }
    shown = servers(metrics=disks, judged=False)
    objective = {"metric": "server", "of": "web1/disk_percent", "max": 60}
    judgement = held(totals, objective, servers=shown)
    assert judgement.reasons == ("mean web1 disk 70 % is over 60 %",)
    known = {"metric": "server", "of": "web1/disk_percent:/", "max": 60}
    assert held(totals, known, servers=shown).verdict is Verdict.PASSED
    least = {"metric": "server", "of": "web1/disk_percent", "min": 60}
    assert held(totals, least, servers=shown).reasons == ("mean web1 disk 40 % is under 60 %",)
    missing = {"metric": "server", "of": "web1/cpu_percent", "max": 60}
    assert held(totals, missing, servers=shown).verdict is Verdict.NOT_PROVEN


def test_facts_come_from_the_view_with_unseen_limits_as_uncovered():
    view = RunView()
    limits = {"cpu_percent": 75.0, "memory_percent": 75.0, "disk_percent": 80.0}
    view.fold(
        ev.Started(
            seq=1, at=100.0, run="r", name="n", target="", groups=(), rendezvous=(),
            servers=(ev.ServerInfo("web1", "here", limits, True),
                     ev.ServerInfo("web2", "there", limits, True)),
            duration_s=None, response_limit_ms=None, pass_rate_limit=None, scenario={},
        )
    )  # fmt: skip
    known = {"cpu_percent": 80.0, "disk_percent:/": 10.0}
    answers = [ServerSample("web1", True, known), ServerSample("web1", False, {}, "no answer")]
    for seq, sample in enumerate(answers, 2):
        view.fold(ev.Sampled(seq=seq, at=100.0 + seq, second=float(seq), sample=sample))
    found = facts_of(view)
    web1 = found.servers["web1"].metrics
    assert {name: metric.coverage for name, metric in web1.items()} == {
        "cpu_percent": 0.5, "disk_percent:/": 0.5, "memory_percent": 0.0,
    }  # fmt: skip
    assert web1["memory_percent"].mean is None
    assert (found.servers["web1"].reached, found.servers["web2"].reached) == (True, False)
    assert found.loaded_s == 3.0


@pytest.mark.parametrize(
    ("objective", "verdict"),
    [({"metric": "p95_ms", "max": 2000}, Verdict.NOT_PROVEN),
     ({"metric": "p95_ms", "max": 5}, Verdict.FAILED)],
)  # fmt: skip
def test_a_load_that_was_not_offered(totals, objective, verdict):
    judged = held(totals, objective, offerings={"browse": Offering(100, 90, 10)})
    assert judged.verdict is verdict
    assert "browse: 10 of 100 arrivals were dropped" in "".join(judged.reasons)
