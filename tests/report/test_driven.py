"""A journal as the scenario that repeats it: what it says, what it leaves out, what it needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from perfconsole.cli.show import text_of
from perfconsole.model import event as ev
from perfconsole.model.scenario import Scenario
from perfconsole.model.states import GroupState, RunState, Verdict
from perfconsole.report.drive import NothingDriven
from perfconsole.scenario.load import scenario_from
from perfconsole.scenario.masking import masked

SCENARIO = """\
name: shop
target: http://127.0.0.1:1
duration: 10m
groups:
  browse: {vus: 5}
  buy: {vus: 2, after_group: browse, start_after: 2s}
flows:
  browse: [{request: GET /}, {rendezvous: door}]
  buy: [{request: GET /buy}]
"""
OPENED = 1_700_000_000.25
FIRST_VU = OPENED + 0.05


class Journal:
    """`do` is a command done so many seconds after the load began."""

    def __init__(self, scenario: str = SCENARIO) -> None:
        loaded = scenario_from(scenario, "s.yaml", Path(), environ={"WORD": "hush"})
        self.events: list[Any] = []
        self.add(
            ev.Started, OPENED - 1, run="r1", name="shop", target="", groups=(), servers=(),
            rendezvous=(), duration_s=loaded.duration, response_limit_ms=None,
            pass_rate_limit=None, scenario=masked(loaded), seed=7,
        )  # fmt: skip
        self.changed(0.02, "browse", GroupState.RUNNING, course_s=0.02)
        self.add(ev.LoadBegan, FIRST_VU)

    def add(self, kind: type[Any], at: float, **fields: Any) -> None:
        self.events.append(kind(seq=len(self.events) + 1, at=at, **fields))

    def do(self, at_s: float | None, do: str, said: str = "", **fields: Any) -> None:
        self.add(ev.Commanded, OPENED + (at_s or 0), id="x", by="anna", said=said or f"did {do}",
                 command={"do": do, **fields}, load_s=at_s)  # fmt: skip

    def changed(self, at_s: float, name: str, state: GroupState, **fields: Any) -> None:
        self.add(ev.GroupChanged, OPENED + at_s, name=name, state=state, target=0,
                 **{"held": False, "by_hand": False, **fields})  # fmt: skip

    def stopping(self, at_s: float) -> None:
        self.add(ev.StateChanged, OPENED + at_s, state=RunState.STOPPING)

    @property
    def text(self) -> str:
        return text_of(self.events)

    @property
    def scenario(self) -> Scenario:
        environ = dict.fromkeys(
            (
                "PASSWORD",
                "WORD",
                "LOGIN_USER",
                "LOGIN_PASSWORD",
                "TOKEN",
                "CARD_PIN",
                "DATABASE_USER",
                "DATABASE_PASSWORD",
            ),
            "x",
        )
        return scenario_from(self.text, "again.yaml", Path(), environ=environ)

    @property
    def steering(self) -> list[dict[str, Any]]:
        return [each.model_dump(exclude_unset=True) for each in self.scenario.steering]


def test_commands_stand_there_in_their_order_with_their_times():
    journal = Journal()
    journal.do(83.4172, "pause", groups=["browse"])
    journal.do(90, "resume", groups=["browse"], over_s=5.0)
    journal.do(91, "confirm")
    journal.do(100, "vus", group="browse", to=9, by=None, over_s=60.0, step=0, every_s=0.0)
    stages = [{"to": 5, "over": 90.0, "add": None, "every": None}, {"hold": 5.0}]
    journal.do(110, "schedule", group="browse", load=stages)
    journal.do(120, "stop", groups=["browse"], mode="now")
    journal.do(3600, "undo")
    assert journal.text.splitlines()[0].startswith("# Made from run r1 as it was driven on 2023-")
    assert (
        """
steering:
  - {at: 1m23.417s, do: pause, groups: [browse]}
  - {at: 1m30s, do: resume, groups: [browse], over_s: 5s}
  - {at: 1m40s, do: vus, group: browse, to: 9, over_s: 1m}
  - {at: 1m50s, do: schedule, group: browse, load: [{to: 5, over: 1m30s}, {hold: 5s}]}
  - {at: 2m, do: stop, groups: [browse], mode: now}
  - {at: 1h, do: undo}
"""
        in journal.text
    )
    assert (journal.scenario.duration, journal.scenario.seed) == (600, 7)


def test_a_stop_by_hand_is_the_runs_duration():
    journal = Journal()
    journal.do(61.3, "stop_run", mode="after_iteration")
    journal.stopping(61.3)
    assert journal.scenario.duration == pytest.approx(61.25, abs=0.001)
    assert journal.steering == []


def test_a_run_that_was_given_up_lasts_until_then():
    journal = Journal()
    journal.stopping(30.05)
    journal.add(ev.Ended, OPENED + 31, verdict=Verdict.ABORTED, reasons=("nobody came",))
    assert journal.scenario.duration == pytest.approx(30, abs=0.001)
    assert "#   - it was given up after this duration" in journal.text


def test_a_stop_after_a_hand_changed_the_duration_stays_a_command():
    journal = Journal()
    journal.do(20, "duration", to_s=3600.0, by_s=None)
    journal.do(61, "stop_run", mode="after_iteration")
    journal.stopping(61)
    assert journal.scenario.duration == 600
    assert journal.steering == [
        {"at": 20, "do": "duration", "to_s": 3600},
        {"at": 61, "do": "stop_run"},
    ]


def test_a_group_that_waited_for_another_begins_when_it_did():
    journal = Journal()
    journal.changed(0.02, "buy", GroupState.PENDING, course_s=None)
    journal.changed(60.12, "buy", GroupState.PENDING, course_s=-1.9)
    journal.changed(62.1, "buy", GroupState.RUNNING, course_s=0.08)
    buy = journal.scenario.groups["buy"]
    assert (buy.after_group, buy.start_after) == (None, pytest.approx(62.02, abs=0.002))


def test_one_that_was_held_before_it_began_waits_again():
    journal = Journal()
    journal.changed(20, "buy", GroupState.PENDING, held=True)
    journal.changed(62.1, "buy", GroupState.RUNNING, course_s=0.1)
    assert journal.scenario.groups["buy"].after_group == "browse"


def test_single_vus_are_so_many_fewer_or_left_out():
    journal = Journal()
    journal.do(5, "pause_vus", group="browse", vus=["0.1"], on=True)
    journal.do(7, "stop_vus", group="browse", vus=["0.1", "1.2"], mode="now")
    assert journal.steering == [{"at": 7, "do": "vus", "group": "browse", "by": -2}]
    assert "#   - single VUs of browse were stopped: here it is any 2 of them" in journal.text
    assert "single VUs of browse were paused or resumed" in journal.text


def test_an_undo_of_what_is_left_out_is_left_out_too():
    journal = Journal()
    journal.do(5, "mute", groups=["browse"], on=True, said="muted browse")
    journal.do(6, "pause_vus", group="browse", vus=["0.1"], on=True, said="paused 0.1 of browse")
    journal.do(7, "undo", said="undid: paused 0.1 of browse (by anna)")
    journal.do(8, "undo", said="undid: muted browse (by anna)")
    assert [(each["at"], each["do"]) for each in journal.steering] == [(5, "mute"), (8, "undo")]


def test_a_resume_of_single_vus_is_left_out_and_what_undoes_it_too():
    journal = Journal()
    journal.do(5, "pause_vus", group="browse", vus=["0.1"], on=True, said="paused 0.1 of browse")
    journal.do(6, "resume", groups=["all"], said="resumed browse")
    journal.do(7, "undo", said="undid: resumed browse (by anna)")
    journal.do(8, "pause", groups=["browse"], said="paused browse")
    journal.changed(8.1, "browse", GroupState.PAUSED)
    journal.do(9, "resume", groups=["browse"], said="resumed browse")
    journal.changed(9.1, "browse", GroupState.RUNNING)
    journal.do(10, "undo", said="undid: resumed browse (by anna)")
    steered = [(each["at"], each["do"]) for each in journal.steering]
    assert steered == [(8, "pause"), (9, "resume"), (10, "undo")]


def test_an_undo_that_would_take_back_something_else_is_told():
    journal = Journal()
    journal.do(5, "mute", groups=["browse"], on=True, said="muted browse")
    journal.do(7, "stop_vus", group="browse", vus=["0.1"], mode="now", said="stopped VU 0.1")
    journal.do(8, "undo", said="undid: muted browse (by anna)")
    assert "here it takes back that, and not: muted browse" in journal.text


def test_a_group_that_a_hand_started_early_waits_as_planned():
    journal = Journal()
    journal.changed(0.02, "buy", GroupState.PENDING)
    journal.do(9, "start", groups=["buy"])
    journal.changed(9.01, "buy", GroupState.RUNNING, course_s=0.0)
    assert journal.scenario.groups["buy"].after_group == "browse"
    assert [(each["at"], each["do"]) for each in journal.steering] == [(9, "start")]


def test_a_run_that_was_cut_is_cut_again():
    journal = Journal()
    journal.do(20, "stop_run", mode="after_iteration")
    journal.stopping(20)
    journal.do(22, "stop_run", mode="now")
    steered = [(each["at"], each["do"], each.get("mode")) for each in journal.steering]
    assert steered == [(20, "stop_run", None), (22, "stop_run", "now")]
    assert journal.scenario.duration == 600


def test_groups_that_pass_max_vus_by_their_plans_are_no_mistake():
    journal = Journal(SCENARIO.replace("name: shop", "name: shop\nmax_vus: 30"))
    journal.do(5, "stop", groups=["browse"])
    journal.do(9, "add_group", group="more", spec={"vus": 28, "flow": "buy"}, flows={})
    assert journal.scenario.max_vus is None
    assert "max_vus is left out" in journal.text


def test_what_was_done_with_a_rendezvous_that_flows_have_lost_is_left_out():
    journal = Journal()
    edited = SCENARIO.replace("rendezvous: door", "request: GET /door")
    whole = masked(scenario_from(edited, "s.yaml", Path()))
    journal.do(4, "release", point="door")
    journal.do(5, "load_flows", flows=["browse"], scenario={"flows": whole["flows"]})
    assert journal.steering == []
    assert "the last flows have no rendezvous door" in journal.text


def test_flows_that_were_loaded_are_the_last_ones():
    journal = Journal()
    edited = SCENARIO.replace("GET /buy", "GET /sell").replace("GET /}", "GET /home}")
    whole = masked(scenario_from(edited, "s.yaml", Path()))
    journal.do(5, "load_flows", flows=["buy"], scenario={"flows": whole["flows"]})
    flows = journal.scenario.flows
    assert flows["buy"].steps[0].request == "GET /sell"
    assert flows["browse"].steps[0].request == "GET /"
    assert "these are the last ones: buy" in journal.text
    assert journal.steering == []


def test_a_group_that_was_added_starts_then_and_all_means_those_there_were():
    journal = Journal()
    more = SCENARIO.replace("flows:", "  more: {vus: 3, flow: extra, start_after: 1s}\nflows:")
    whole = masked(scenario_from(more + "  extra: [{flow: buy}]\n", "s.yaml", Path()))
    spec, flows = whole["groups"]["more"], {"extra": whole["flows"]["extra"]}
    journal.do(5, "pause", groups=["all"])
    journal.do(6, "resume", groups=["all"], over_s=0)
    journal.do(30, "add_group", group="more", spec=spec, flows=flows)
    journal.do(40, "pause", groups=["all"])
    scenario = journal.scenario
    assert (scenario.groups["more"].start_after, scenario.groups["more"].vus) == (31, 3)
    assert "extra" in scenario.flows
    assert [each.groups for each in scenario.steering] == [
        ("browse", "buy"), ("browse", "buy"), ("browse", "buy", "more")
    ]  # fmt: skip


def test_secrets_are_named_and_not_written():
    journal = Journal("""\
name: shop
target: http://127.0.0.1:1
http: {auth: {basic: "anna:hush-1"}}
variables: {token: hush-2, shop: one}
data: {d: {sql: select 1 as n, database: "mysql://root:hush-7@h/n"}}
groups: {a: {variables: {card_pin: hush-3}}}
flows:
  a:
    - request: POST /login?token=hush-4&a=${shop}
      headers: {Authorization: none}
      form: {password: hush-5, text: "$${shop}"}
    - request: GET /
      headers: {X: "${env:WORD}"}
      auth: {basic: "bob:hush-6"}
""".replace('      headers: {Authorization: none}\n', ""))  # fmt: skip
    text = journal.text
    assert "hush" not in text and "***" not in text
    assert "# Set before a run, for secrets are not written down:" in text
    scenario = journal.scenario
    login = "${env:DATABASE_USER}:${env:DATABASE_PASSWORD}"
    assert scenario.data["d"].database == f"mysql://{login}@h/n"
    step = scenario.flows["a"].steps[0]
    assert step.request == "POST /login?token=${env:TOKEN}&a=${shop}"
    assert step.form == {"password": "${env:PASSWORD}", "text": "$${shop}"}
    assert scenario.variables == {"token": "${env:TOKEN}", "shop": "one"}
    for name in ("LOGIN_USER", "LOGIN_PASSWORD", "TOKEN", "PASSWORD", "CARD_PIN"):
        assert f"#   {name}: " in text


def test_files_and_values_that_it_needs_are_named(tmp_path):
    rows = tmp_path / "users.csv"
    rows.write_text("name\nanna\n")
    (tmp_path / "flow.py").write_text("async def buy(vu):\n    pass\n")
    journal = Journal(f"""\
name: shop
target: http://127.0.0.1:1
data: {{users: {{csv: {rows}}}}}
groups: {{a: {{}}, b: {{flow: "{tmp_path}/flow.py:buy"}}}}
flows: {{a: [{{request: "GET /?u=${{users.name}}"}}]}}
before: [{{command: echo hello}}]
""")
    assert f"#   - data.users.csv needs the file {rows}" in journal.text
    assert f"#   - the group b needs the flow in Python {tmp_path}/flow.py:buy" in journal.text
    assert "#   - its commands before and after run in the folder of this file" in journal.text
    assert journal.scenario.data["users"].csv == str(rows)


def test_what_was_done_before_the_load_began_is_told():
    journal = Journal()
    early, began = journal.events[:1], journal.events[1:]
    journal.events = early
    journal.do(None, "note", text="hello")
    journal.events += began
    assert "#   - before the load began, left out: did note" in journal.text


def test_a_journal_without_a_run_says_so():
    with pytest.raises(NothingDriven, match="killed before"):
        text_of([])
