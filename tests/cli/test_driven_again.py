"""A run steered by hand, written as a scenario and run again without hands: the same curve."""

from __future__ import annotations

from bisect import bisect

import pytest

from perfconsole.journal.folder import find_folder
from perfconsole.journal.reader import JournalReader
from perfconsole.model import event as ev

SCENARIO = """\
name: driven
target: {url}
groups:
  browse: {{vus: 60, ramp: over 60s}}
  meet: {{vus: 4, start_after: 1s}}
flows:
  browse: [{{request: GET /}}, {{think: 200ms to 600ms}}]
  meet:
    - request: POST /login
      form: {{user: anna, password: "hush-5"}}
      check: {{status: [200, 401, 404, 405]}}
    - rendezvous: gate
    - think: 100ms
rendezvous:
  gate: {{wait_for: manual}}
"""
Curve = list[tuple[float, int]]
STEPS = (
    ("hold", "browse"),
    ("undo",),
    ("pause", "browse"),
    ("resume", "browse"),
    ("vus", "browse", "40", "--over", "1s"),
    ("undo",),
    ("vus", "browse", "25"),
    ("schedule", "browse", "to 20 over 1s, hold 1m"),
    ("release", "gate"),
)


def events_of(which: str) -> list[ev.RunEvent]:
    with JournalReader(find_folder(which).journal) as journal:
        return list(journal.events())


def curves(events: list[ev.RunEvent]) -> dict[str, Curve]:
    """When how many VUs were wanted of each group, from when the load began."""
    began = min(event.at - event.load_s for event in events
                if isinstance(event, ev.Commanded) and event.load_s is not None)  # fmt: skip
    wanted: dict[str, Curve] = {"browse": [], "meet": []}
    for event in events:
        if isinstance(event, ev.Second):
            for group in event.tick.groups:
                wanted[group.name].append((event.at - began, group.target))
    return wanted


def at(curve: Curve, moment: float) -> float:
    """The VUs then, straight from second to second."""
    times, values = zip(*curve, strict=True)
    n = max(1, min(bisect(times, moment), len(times) - 1))
    share = (moment - times[n - 1]) / (times[n] - times[n - 1])
    return values[n - 1] + min(1.0, max(0.0, share)) * (values[n] - values[n - 1])


def strays(one: Curve, other: Curve) -> Curve:
    """What of `one` is further than a second and a VU from `other`."""
    return [
        (moment, wanted) for moment, wanted in one
        if other[0][0] <= moment < other[-1][0]
        and (around := [at(other, moment - 1), at(other, moment + 1),
                        *(vus for then, vus in other if abs(then - moment) <= 1)])
        and not min(around) - 1 <= wanted <= max(around) + 1
    ]  # fmt: skip


@pytest.mark.timeout(300)
def test_a_run_with_hands_is_repeated_without(
    start_run, scenario_file, target, program, eventually, tmp_path
):
    first = start_run(scenario_file(SCENARIO.format(url=target.url)), "--duration", "100s")
    eventually(lambda: program.status().get("target_vus", 0) >= 6)
    for step in STEPS:
        done = program("ctl", "last", "--yes", *step)
        assert done.returncode == 0, done.stderr
        # Long enough to be in the curve, which has a point a second, in both runs.
        then = program.status()["elapsed_s"]
        eventually(lambda then=then: program.status()["elapsed_s"] > then + 2)
    eventually(lambda: program.status()["groups"]["browse"]["target_vus"] == 20)
    assert program("ctl", "last", "note", "enough").returncode == 0
    first.process.send_signal(2)  # ctrl+c stops the run
    first.wait()
    steered = events_of(first.run)

    written = program("report", first.run, "--format", "scenario")
    assert written.returncode == 0, written.stderr
    assert "hush" not in written.stdout
    assert "${env:PASSWORD}" in written.stdout
    assert "#   PASSWORD: " in written.stdout
    again = scenario_file(written.stdout, "again.yaml")
    refused = program("check", again)
    assert 'the environment has no "PASSWORD"' in refused.stderr
    program.env["PASSWORD"] = "hush-5"
    checked = program("check", again)
    assert checked.returncode == 0, checked.stderr
    assert "pause browse" in checked.stdout and "release gate" in checked.stdout

    done = program("run", again, "--headless")
    assert done.returncode in (0, 1, 4), done.stderr + done.stdout
    repeated = events_of("last")
    commands = [event for event in repeated if isinstance(event, ev.Commanded)]
    assert {event.by for event in commands} == {"scenario"}
    said = [event.command["do"] for event in commands]
    assert said == [*(step[0] for step in STEPS), "note", "stop_run"]
    for name, curve in curves(steered).items():
        again_curve = curves(repeated)[name]
        off = strays(curve, again_curve), strays(again_curve, curve)
        assert off == ([], []), f"{name}: {off}\n{curve}\n{again_curve}"
    lasted = [
        next(e.at for e in events if isinstance(e, ev.StateChanged) and e.state == "stopping")
        - next(e.at for e in events if isinstance(e, ev.LoadBegan))
        for events in (steered, repeated)
    ]
    assert abs(lasted[0] - lasted[1]) < 1
