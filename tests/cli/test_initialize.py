"""Groups that begin and end by themselves: init first, end last, samples, durations, successors."""

from __future__ import annotations

import pytest

LOGIN = """\
flows:
  {flow}:
    init: [{{request: GET /guide, name: log in}}]
    steps: [{{request: GET /}}, {{think: {think}}}]
    end: [{{request: GET /faq, name: log out, check: {{status: [200, 404]}}}}]
"""


@pytest.fixture
def scripted(scenario_file, target):
    """A scenario whose groups all play one flow with an init and an end."""

    def make(groups: str, rest: str = "", think: str = "20ms"):
        head = f"name: lives\ntarget: {target.url}\ngroups:\n{groups}\n{rest}\n"
        return scenario_file(head + LOGIN.format(flow="shop", think=think))

    return make


def lines(program):
    """What the events of the last run say."""
    from perfconsole.journal.folder import find_folder
    from perfconsole.journal.reader import JournalReader

    with JournalReader(find_folder(program.summary()["run"]).journal) as journal:
        return [text for event in journal.events() if (text := getattr(event, "text", ""))]


def test_samples_are_exact_over_injectors_with_uneven_shares(program, scripted, target):
    scenario = scripted("  a: {flow: shop, vus: 5, samples: 23}\n  b: {flow: shop, samples: 1}")
    done = program("run", scenario, "--headless", "--injectors", "3")
    assert done.returncode == 0, done.stderr
    summary = program.summary()
    assert summary["groups"]["a"]["iterations"] == 23
    assert summary["groups"]["b"]["iterations"] == 1
    assert target.received() == summary["requests"]["count"]
    assert summary["requests"]["count"] == 24 + 2 * summary["transactions"]["log in"]["passed"]


def test_nobody_begins_before_all_have_played_init(start_run, program, scripted, target):
    run = start_run(
        scripted(
            "  a: {flow: shop, vus: 6, iterations: 2}\n"
            "  b: {flow: shop, vus: 3, iterations: 2, after_group: a}",
            "initialize_all: true",
        )
    )
    assert run.wait()[0] == 0
    summary = program.summary()
    assert {name: group["iterations"] for name, group in summary["groups"].items()} == {
        "a": 12, "b": 6,
    }  # fmt: skip
    assert summary["transactions"]["log in"]["passed"] == 9
    assert summary["transactions"]["log out"]["passed"] == 9
    assert target.received() == summary["requests"]["count"] == 9 + 18 + 9
    said = lines(program)
    order = [
        said.index(text)
        for text in ("initialized 6 VUs of a", "initialized 3 VUs of b", "a has ended: b is next")
    ]
    assert order == sorted(order)


def test_a_group_whose_time_is_over_ends_and_the_next_one_follows(program, scripted, target):
    scenario = scripted(
        "  a: {flow: shop, vus: 2, duration: 1s}\n"
        "  b: {flow: shop, vus: 2, duration: 1s, after_group: a, start_after: 500ms}"
    )
    done = program("run", scenario, "--headless")
    assert done.returncode == 0, done.stderr
    summary = program.summary()
    assert summary["transactions"]["log out"]["passed"] == 4
    assert all(group["iterations"] > 0 for group in summary["groups"].values())
    assert target.received() == summary["requests"]["count"]


def test_a_hand_initializes_a_group_and_starts_it_later(
    start_run, program, scripted, target, eventually
):
    run = start_run(scripted("  a: {flow: shop, vus: 3}\n  b: {flow: shop, vus: 2}"),
              "--duration", "100s")  # fmt: skip
    eventually(lambda: program.status().get("vus") == 5)
    refused = program("ctl", "last", "initialize", "a")
    assert (refused.returncode, refused.stderr) == (1, "already running: a\n")
    program("ctl", "last", "stop", "a", "--yes")
    eventually(lambda: program.status()["groups"]["a"]["state"] == "stopped")
    done = program("ctl", "last", "initialize", "a")
    assert done.stdout == "began to initialize a\n", done.stderr
    a = eventually(
        lambda: (found := program.status()["groups"]["a"])["states"].get("ready") == 3 and found
    )
    assert (a["state"], a["target_vus"]) == ("initializing", 0)
    eventually(lambda: "initialized 3 VUs of a" in lines(program))
    before = a["iterations"]
    assert program("ctl", "last", "start", "a").stdout == "started a\n"
    eventually(lambda: program.status()["groups"]["a"]["iterations"] > before)
    program("ctl", "last", "stop-run", "--yes")
    run.wait()
    summary = program.summary()
    logins = summary["transactions"]["log in"]["passed"]
    assert logins == summary["transactions"]["log out"]["passed"] == 3 + 3 + 2


def test_a_failed_init_takes_no_run_hostage(program, scripted, target):
    scenario = scripted("  a: {flow: shop, vus: 3}", "initialize_all: true")
    text = scenario.read_text().replace("name: log in", "name: log in, check: {status: 500}")
    scenario.write_text(text)
    done = program("run", scenario, "--headless", "--duration", "60s")
    assert done.returncode == 1, done.stderr
    summary = program.summary()
    assert summary["groups"]["a"]["iterations"] == 0
    assert summary["duration_s"] < 30
    assert summary["requests"]["count"] == target.received() == 3
    assert "initialized 0 VUs of a; 3 failed and are out" in lines(program)


def test_a_run_with_a_seed_tells_it_and_another_draws_one(program, scripted):
    scenario = scripted("  a: {flow: shop, iterations: 1}")
    program("run", scenario, "--headless", "--seed", "42")
    assert program.summary()["seed"] == 42
    assert "seed 42" in program("show", "last").stdout


def test_what_stops_a_group_stops_only_that_one_and_is_told_once(program, scripted, target):
    scenario = scripted(
        "  a: {flow: shop, vus: 4, on_error: stop_group}\n  b: {flow: fine, vus: 2, samples: 30}"
    )
    scenario.write_text(
        scenario.read_text().replace("GET /}", "GET /, check: {status: 500}}")
        + "  fine: [{request: GET /guide}, {think: 50ms}]\n"
    )
    done = program("run", scenario, "--headless", "--injectors", "2", "--duration", "60s")
    assert done.returncode == 1, done.stderr
    summary = program.summary()
    assert summary["duration_s"] < 40
    assert summary["groups"]["b"]["iterations"] == 30
    assert 1 <= summary["groups"]["a"]["iterations"] <= 8
    logins = summary["transactions"]["log in"]["passed"]
    assert logins == summary["transactions"]["log out"]["passed"]
    assert summary["requests"]["count"] == target.received()
    told = [text for text in lines(program) if text.startswith("stopped a: ")]
    assert len(told) == 1
