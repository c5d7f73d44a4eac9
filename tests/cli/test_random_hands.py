"""Random commands from three clients at once: whatever they do to a run, its books stay in order.

``PERFCONSOLE_RANDOM_SESSIONS`` makes it longer, and other commands each time: so many sessions of
up to `STEPS` steps, of which 24 have about 1,000 commands.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import Iterator
from itertools import cycle
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from perfconsole.client.api import RunClient
from perfconsole.journal.folder import find_folder
from perfconsole.journal.reader import JournalReader
from perfconsole.metrics.rolling import shortened_json
from perfconsole.metrics.view import RunView
from perfconsole.model import command as cmd
from perfconsole.model import event as ev
from perfconsole.model.states import GroupState, StopMode, VuState, active

ASKED = os.environ.get("PERFCONSOLE_RANDOM_SESSIONS")
SESSIONS = int(ASKED or 4)
STEPS = 10
SETTLED_WITHIN_S = 60.0
MOST_BYTES = 1_000_000

SCENARIO = """\
name: random
target: {url}
groups:
  browse: {{vus: 6}}
  meet: {{vus: 4, ramp: 1 every 100ms}}
  open: {{vus: 5, rate: 20/s}}
flows:
  browse:
    - transaction: look
      steps: [{{request: GET /, name: start}}, {{think: 20ms to 80ms}}, {{request: GET /guide}}]
  meet: [{{request: GET /supply}}, {{rendezvous: gate}}, {{request: GET /}}, {{think: 50ms}}]
  open: [{{request: GET /demand}}]
  idle: [{{request: GET /supply, name: idle}}, {{think: 50ms}}]
rendezvous:
  gate: {{wait_for: 3, timeout: 1s}}
"""
AT_START = ("browse", "meet", "open")
LATER = ("first", "second")
PLACES = (VuState.DOWN, VuState.PENDING)
"""States of slots that nobody has been in."""

names = st.sampled_from((*AT_START, *LATER, "nobody"))
groups = st.one_of(st.just(("all",)), st.lists(names, min_size=1, max_size=3).map(tuple))
modes = st.sampled_from(StopMode)
short_s = st.sampled_from((0.0, 0.3, 1.0))
few = st.integers(0, 10)
loads = st.fixed_dictionaries({"flow": st.just("idle"), "vus": st.integers(1, 5)})
stages = st.integers(1, 8).map(lambda to: ({"to": to, "over": "1s"}, {"hold": "2s"}))
"""They never end at 0: with all groups finished the run would be over."""
vus = st.lists(st.sampled_from(("0.0", "0.1", "1.0", "1.7")), min_size=1, unique=True).map(tuple)
policies = st.sampled_from(("manual", "50% of running", "100% of all", 2))


def edited(name: str) -> dict[str, Any]:
    return {
        "name": "random", "target": "http://127.0.0.1:1",
        "groups": {"browse": {"vus": 1}},
        "flows": {"browse": [{"request": "GET /", "name": name}, {"think": "20ms"}]},
    }  # fmt: skip


KINDS: dict[type[Any], st.SearchStrategy[Any]] = {
    cmd.StartGroups: st.builds(cmd.StartGroups, groups=groups),
    cmd.InitializeGroups: st.builds(cmd.InitializeGroups, groups=groups),
    cmd.StopGroups: st.builds(cmd.StopGroups, groups=groups, mode=modes),
    cmd.PauseGroups: st.builds(cmd.PauseGroups, groups=groups),
    cmd.ResumeGroups: st.builds(cmd.ResumeGroups, groups=groups, over_s=short_s),
    cmd.HoldGroups: st.builds(cmd.HoldGroups, groups=groups, on=st.booleans()),
    cmd.ChangeVus: st.one_of(
        st.builds(cmd.ChangeVus, group=names, to=few, over_s=short_s),
        st.builds(cmd.ChangeVus, group=names, by=st.integers(-4, 4)),
        st.builds(cmd.ChangeVus, group=names, to=few, step=st.just(2), every_s=st.just(0.2)),
    ),
    cmd.ChangeRate: st.builds(
        cmd.ChangeRate, group=names, to=st.sampled_from((0, 10, 40)), over_s=short_s
    ),
    cmd.ChangeThink: st.builds(
        cmd.ChangeThink, groups=groups, factor=st.sampled_from((0.5, 1.0, 2.0))
    ),
    cmd.EditSchedule: st.builds(cmd.EditSchedule, group=names, load=stages),
    cmd.LoadFlows: st.builds(
        cmd.LoadFlows, scenario=st.sampled_from(("one", "two")).map(edited),
        flows=st.just(("browse",)),
    ),
    cmd.AddGroup: st.builds(
        cmd.AddGroup, group=st.sampled_from((*LATER, "browse")), spec=loads
    ),
    cmd.MuteGroups: st.builds(cmd.MuteGroups, groups=groups, on=st.booleans()),
    cmd.TraceGroup: st.builds(
        cmd.TraceGroup, group=names, count=st.integers(0, 5), all=st.booleans()
    ),
    cmd.StopVus: st.builds(cmd.StopVus, group=names, vus=vus, mode=modes),
    cmd.PauseVus: st.builds(cmd.PauseVus, group=names, vus=vus, on=st.booleans()),
    cmd.ReleasePoint: st.builds(
        cmd.ReleasePoint, point=st.just("gate"), count=st.sampled_from((None, 1)), every_s=short_s
    ),
    cmd.SwitchPoint: st.builds(
        cmd.SwitchPoint, point=st.just("gate"), on=st.booleans(),
        groups=st.sampled_from(((), ("meet",))),
    ),
    cmd.ChangePolicy: st.builds(
        cmd.ChangePolicy, point=st.just("gate"), wait_for=policies,
        timeout=st.sampled_from((None, 0.5)),
    ),
    cmd.ChangeThreshold: st.builds(
        cmd.ChangeThreshold, metric=st.just("cpu_percent"), limit=st.sampled_from((1.0, 100.0))
    ),
    cmd.ChangeLimits: st.builds(cmd.ChangeLimits, set=st.sampled_from(("peak", "default"))),
    cmd.ChangeObjective: st.builds(
        cmd.ChangeObjective, metric=st.just("p95_ms"), max=st.sampled_from((1.0, 500.0))
    ),
    cmd.ChangeDuration: st.builds(cmd.ChangeDuration, by_s=st.sampled_from((60.0, 600.0))),
    cmd.Confirm: st.builds(cmd.Confirm),
    cmd.Undo: st.builds(cmd.Undo),
    cmd.TakeSnapshot: st.builds(cmd.TakeSnapshot, server=st.sampled_from((None, "nobody"))),
    cmd.AddNote: st.builds(cmd.AddNote, text=st.just("a note")),
}  # fmt: skip
ENDINGS = {cmd.StopRun, cmd.KeepRunning}
"""They have a run end, or have nobody to end it with."""
commands = st.one_of(*KINDS.values())


class Desk:
    """Three operators, and somebody who follows all that happens."""

    def __init__(self, run: str) -> None:
        self.folder = find_folder(run)
        self._runner = asyncio.Runner()
        self._clients = [
            RunClient(self.folder.socket, kind="ctl", by=by) for by in ("anna", "ben", "cleo")
        ]
        self._follower = RunClient(self.folder.socket, kind="console", by="dora")
        self.view = self._runner.run(self._follower.snapshot())
        self.answers: list[cmd.CommandAnswer] = []
        self._made: Counter[str] = Counter()
        """Most VU slots of a group that were in use so far."""

    def close(self) -> None:
        for client in (*self._clients, self._follower):
            self._runner.run(client.close())
        self._runner.close()

    # ------------------------------------------------------------ hands

    def send(self, asked: list[cmd.Command], *, twice: bool = False) -> None:
        """All at once, from the clients in turn; `twice`: each is sent two times."""

        async def all_at_once() -> list[cmd.CommandAnswer]:
            ids = [f"c{len(self.answers) + n}" for n in range(len(asked))]
            hands = [*zip(cycle(self._clients), asked, ids, strict=False)]
            return await asyncio.gather(*(self._one(*hand) for hand in hands * (1 + twice)))

        answers = self._runner.run(all_at_once())
        first, again = answers[: len(asked)], answers[len(asked) :]
        assert not twice or first == again
        for answer in first:
            assert answer.said
            assert "\n" not in answer.said
        self.answers += first

    async def _one(self, client: RunClient, command: cmd.Command, id: str) -> cmd.CommandAnswer:
        answer = await client.send(command, id)
        return await client.send(command, id, sure=True) if answer.asks else answer

    def do(self, command: cmd.Command) -> cmd.CommandAnswer:
        self.send([command])
        return self.answers[-1]

    # ------------------------------------------------------------ what is seen

    def snapshot(self) -> RunView:
        return self._runner.run(self._follower.snapshot())

    def follow(self, wait_s: float = 0.0) -> None:
        """Take in what has happened; every second of it must add up by itself."""
        for event in self._runner.run(self._follower.events(self.view.seq, wait_s)):
            assert event.seq == self.view.seq + 1
            if isinstance(event, ev.Second):
                self._add_up(event)
            self.view.fold(event)

    def _add_up(self, event: ev.Second) -> None:
        tick = event.tick
        assert sum(row.passed for row in tick.transactions) == sum(g.passed for g in tick.groups)
        assert sum(row.failed for row in tick.transactions) == sum(g.failed for g in tick.groups)
        assert {group.name for group in tick.groups} == self.view.groups.keys()
        for group in tick.groups:
            made = sum(n for state, n in group.states.items() if state not in PLACES)
            assert made >= self._made[group.name], f"VUs of {group.name} are lost"
            assert active(group.states) <= made
            self._made[group.name] = made

    def until(self, holds: Any, what: str) -> None:
        until_s = time.monotonic() + SETTLED_WITHIN_S
        while not holds(self.view):
            assert time.monotonic() < until_s, f"{what}: {self.view.groups}"
            self.follow(0.5)


class RandomHands(RuleBasedStateMachine):
    desk: Desk

    @rule(
        asked=st.lists(commands, min_size=3, max_size=9),
        twice=st.booleans(),
        seconds=st.sampled_from((0, 0, 0, 1)),
    )
    def command(self, asked: list[cmd.Command], twice: bool, seconds: int) -> None:
        """And so many seconds pass."""
        self.desk.send(asked, twice=twice)
        self.desk.follow()
        until = self.desk.view.second + seconds
        self.desk.until(lambda view: view.second >= until, "no second closes")


@pytest.fixture
def desk(start_run, scenario_file, target) -> Iterator[Desk]:
    text = SCENARIO.format(url=target.url)
    run = start_run(scenario_file(text), "--duration", "1h", "--injectors", "2")
    made = Desk(run.run)
    yield made
    made.close()


def test_every_kind_of_command_is_in_it():
    kinds, _ = get_args(cmd.Command)
    assert set(KINDS) == set(get_args(kinds)) - ENDINGS


@pytest.mark.timeout(120 + 20 * SESSIONS)
def test_the_books_stay_in_order(desk, target):
    class Hands(RandomHands):
        pass

    Hands.desk = desk
    run_state_machine_as_test(
        Hands,
        settings=settings(
            max_examples=SESSIONS, stateful_step_count=STEPS, deadline=None, database=None,
            derandomize=ASKED is None,
            phases=[Phase.generate], suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
    nobody_is_lost(desk)
    desk.do(cmd.StopRun())
    desk.until(lambda view: view.verdict is not None, "the run does not end")

    view, asked = desk.view, target.received()
    assert as_sent(desk.snapshot()) == as_sent(view)
    assert 0 <= asked - view.requests <= view.cut
    assert view.cut or asked == view.requests
    with JournalReader(desk.folder.journal) as journal:
        events, totals = list(journal.events()), journal.totals()
    assert sum(sums.completed for sums in totals.by_name().values()) == view.passed + view.failed
    done = [event.id for event in events if isinstance(event, ev.Commanded)]
    assert sorted(done) == sorted(answer.id for answer in desk.answers if answer.ok)
    assert as_sent(folded(events)) == as_sent(view)


def nobody_is_lost(desk: Desk) -> None:
    """Once all have left, as many as are wanted come again."""
    desk.do(cmd.StopGroups(groups=("all",)))
    down = (GroupState.DOWN, GroupState.STOPPED, GroupState.FINISHED)
    desk.until(
        lambda view: all(g.state in down and not g.vus for g in view.groups.values()),
        "somebody does not leave",
    )
    assert desk.do(cmd.StartGroups(groups=("all",))).ok
    desk.until(
        lambda view: all(g.vus == g.target == g.planned for g in view.groups.values()),
        "somebody does not come",
    )


def folded(events: list[Any]) -> RunView:
    view = RunView()
    for event in events:
        view.fold(event)
    return view


def as_sent(view: RunView) -> Any:
    return msgspec.json.decode(shortened_json(view, MOST_BYTES))
