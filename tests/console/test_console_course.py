"""The schedule on the timeline: what was, what is to come, and what hands do to it."""

from __future__ import annotations

import pytest

from perfconsole.console.present import header
from perfconsole.console.present.charts import charts
from perfconsole.console.present.course import planned_vus
from perfconsole.console.uistate import UiState
from perfconsole.metrics.view import RunView
from perfconsole.model import event as ev
from perfconsole.model.states import GroupState, RunState, Verdict

STAGES = (
    ev.StageInfo("to", 100.0, 200.0, 200.0),
    ev.StageInfo("hold", 400.0, 200.0, 200.0),
    ev.StageInfo("spike", 500.0, 200.0, 340.0),
    ev.StageInfo("to", 600.0, 0.0, 200.0),
)
RATES = (ev.StageInfo("to", 50.0, 100.0, 100.0), ev.StageInfo("hold", 250.0, 100.0, 100.0))
STEERED = {"held": False, "by_hand": False}


class Play:
    """Events of a run that began at 1000."""

    def __init__(self, *groups: ev.GroupInfo, duration_s: float | None = None) -> None:
        self.view = RunView()
        self.seq = 0
        self.tell(
            ev.Started, 0.0, run="r", name="shop", target="", groups=groups, servers=(),
            rendezvous=(), duration_s=duration_s, response_limit_ms=None, pass_rate_limit=None,
            scenario={},
        )  # fmt: skip

    def tell(self, kind, at_s: float, /, **fields) -> None:
        self.seq += 1
        self.view.fold(kind(seq=self.seq, at=1000.0 + at_s, **fields))

    def group(self, at_s: float, state: GroupState, course_s: float, **more) -> None:
        fields = {"name": "a", "target": 150} | STEERED | more
        self.tell(ev.GroupChanged, at_s, state=state, course_s=course_s, **fields)

    def note(self, at_s: float) -> None:
        self.tell(ev.Noted, at_s, level="info", kind="note", text="x")

    @property
    def spans(self) -> list[tuple[str, float, float | None]]:
        return [span[1:] for span in header.timeline(self.view).spans if span[0] == "plan"]


def one(*, duration_s: float | None = None) -> Play:
    play = Play(ev.GroupInfo("a", "a", 340, STAGES), duration_s=duration_s)
    play.group(0, GroupState.RAMPING, 0)
    return play


def test_before_its_start_a_run_has_no_course() -> None:
    play = Play(ev.GroupInfo("a", "a", 340, STAGES), ev.GroupInfo("b", "b", 5))
    assert play.spans == []
    assert header.timeline(play.view).duration_s is None


def test_the_stages_that_come_and_where_the_line_ends() -> None:
    play = one()
    assert play.spans == [
        ("ramp 200", 0, 100), ("hold 200", 100, 400), ("spike 340", 400, 500),
        ("ramp down", 500, 600),
    ]  # fmt: skip
    assert header.timeline(play.view).duration_s == 600
    assert one(duration_s=450).spans[-1] == ("spike 340", 400, 450)
    assert one(duration_s=900).spans[-1] == ("ramp down", 500, 600)


def test_a_pause_moves_what_comes_and_not_what_was() -> None:
    play = one()
    play.group(150, GroupState.RUNNING, 150)
    play.group(200, GroupState.PAUSED, 200)
    play.note(260)
    assert play.spans[1:3] == [("hold 200", 100, 460), ("spike 340", 460, 560)]
    play.group(300, GroupState.RUNNING, 200)
    play.note(350)
    assert play.spans == [
        ("ramp 200", 0, 100), ("hold 200", 100, 500), ("spike 340", 500, 600),
        ("ramp down", 600, 700),
    ]  # fmt: skip


@pytest.mark.parametrize("steered", [{"by_hand": True}, {"held": True}])
def test_while_a_hand_has_the_load_nothing_else_comes(steered: dict[str, bool]) -> None:
    play = one(duration_s=1000)
    play.group(150, GroupState.RUNNING, 150, **steered)
    play.note(300)
    assert play.spans == [("ramp 200", 0, 100), ("hold 150", 100, 1000)]
    play.group(400, GroupState.RAMPING, 130)
    assert ("spike 340", 670, 770) in play.spans


def test_a_new_start_is_a_new_course() -> None:
    play = one()
    play.group(150, GroupState.RUNNING, 150)
    play.group(200, GroupState.STOPPED, 200, target=0)
    play.group(300, GroupState.RAMPING, 0)
    assert play.spans[0] == ("ramp 200", 300, 400)


def test_groups_are_summed() -> None:
    play = Play(ev.GroupInfo("a", "a", 340, STAGES), ev.GroupInfo("b", "b", 40, STAGES[:2]))
    play.group(0, GroupState.RAMPING, 0)
    play.group(0, GroupState.PENDING, -200, name="b")
    assert play.spans == [
        ("ramp 200", 0, 100), ("hold 200", 100, 200), ("ramp 400", 200, 300),
        ("hold 400", 300, 400), ("spike", 400, 500), ("ramp down to 200", 500, 600),
        ("hold 200", 600, pytest.approx(660)),
    ]  # fmt: skip


def test_rates_are_told_as_rates() -> None:
    play = Play(ev.GroupInfo("a", "a", 20, RATES, open=True), duration_s=300)
    play.group(0, GroupState.RAMPING, 0)
    assert play.spans == [("ramp 100/s", 0, 50), ("hold 100/s", 50, 300)]


def test_after_the_end_only_what_was() -> None:
    play = one()
    play.group(150, GroupState.RUNNING, 150)
    play.group(300, GroupState.STOPPED, 300, target=0)
    play.tell(ev.Ended, 310, verdict=Verdict.PASSED, reasons=())
    assert play.view.state is RunState.ENDED
    assert all(end <= 310 for _, _, end in play.spans)
    assert header.timeline(play.view).duration_s is None


def test_what_the_schedule_plans_next_in_vus() -> None:
    play = one()
    play.group(0, GroupState.RAMPING, 0, target=0)
    assert planned_vus(play.view, 450) == [
        (0, 0), (100, 200), (100, 200), (400, 200), (400, 340), (450, 340),
    ]  # fmt: skip
    play.group(150, GroupState.RUNNING, 150)
    assert planned_vus(play.view, 300) == [(150, 200), (300, 200)]
    assert planned_vus(play.view, 700)[-4:] == [(500, 200), (600, 0), (600, 0), (700, 0)]
    assert planned_vus(play.view, 150) == []


def test_a_hand_keeps_the_load_where_it_is() -> None:
    play = one()
    play.group(50, GroupState.RUNNING, 50, by_hand=True)
    assert planned_vus(play.view, 300) == []
    play.group(60, GroupState.RUNNING, 50)
    assert planned_vus(play.view, 110) == [(60, 150), (110, 200)], "from where the hand left it"


def test_nobody_can_say_how_a_wave_goes_on() -> None:
    play = Play(ev.GroupInfo("a", "a", 340, (ev.StageInfo("wave", 100.0, 20.0, 200.0),)))
    play.group(0, GroupState.RUNNING, 0)
    assert planned_vus(play.view, 200) == [(0, None), (100, None), (100, 20), (200, 20)]


def test_rates_are_no_vus_and_their_ceilings_are() -> None:
    play = Play(ev.GroupInfo("a", "a", 340, STAGES), ev.GroupInfo("b", "b", 30, RATES, open=True))
    play.group(0, GroupState.RAMPING, 0, target=0)
    play.group(0, GroupState.RAMPING, 0, name="b", target=30)
    assert planned_vus(play.view, 100) == [(0, 30), (100, 230)]


def test_the_chart_of_vus_looks_ahead_while_there_is_something_to_come() -> None:
    play = one()
    play.note(580)
    ui = UiState(auto=False, zoom=60.0)
    chart = charts(play.view, ui)[3]
    assert chart.window == (520, 592)
    assert [line.label for line in chart.lines] == ["planned", "wanted", "actual"]
    assert charts(play.view, ui)[0].window == (520, 580)
    play.note(700)
    assert charts(play.view, ui)[3].window == (640, 700)
