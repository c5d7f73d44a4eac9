"""What the run asks before it does a command, and what others did meanwhile."""

from __future__ import annotations

import pytest

from perfconsole.console.screens.dialogs import EntryDialog, QuestionDialog
from perfconsole.model import command as cmd
from perfconsole.model.states import GroupState

SIZE = (160, 45)
QUESTION = "VUs of browse 204 → 5000 is more than ten times the present load. Do it?"


def asked(app):
    return isinstance(app.screen, QuestionDialog)


async def test_yes_sends_the_same_again_sure(one_minute, console, typed, until):
    one_minute.asks = QUESTION
    app = console(one_minute)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        typed(app, "=5000⏎")
        await until(lambda: asked(app), pilot)
        line = app.screen_stack[0].query_one("#pending")
        await until(lambda: line.parts, pilot)
        assert line.parts[0].text == f"? vus browse → 5000: {QUESTION}"
        typed(app, "Y")
        await until(lambda: len(one_minute.sent) == 2, pilot)
        assert one_minute.sent == [cmd.ChangeVus(group="browse", to=5000)] * 2
        assert one_minute.sures == [False, True]
        assert one_minute.ids[0] == one_minute.ids[1]
        assert one_minute.revisions[0] == one_minute.revisions[1] is not None
        await until(lambda: not line.parts, pilot)


@pytest.mark.parametrize("keys", ["⏎", "⎋", "N", "n", "y1 ↓⏎", "y12 +x=↑⏎"])
async def test_whatever_else_is_pressed_is_a_no(keys, one_minute, console, typed, until):
    one_minute.asks = QUESTION
    app = console(one_minute)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        typed(app, "+")
        await until(lambda: asked(app), pilot)
        typed(app, keys)
        await until(lambda: app.screen is app.screen_stack[0], pilot)
        await until(lambda: not app.outbox.shown(), pilot)
        assert len(one_minute.sent) == 1


async def test_several_questions_come_one_after_the_other(one_minute, console, typed, until):
    one_minute.asks = QUESTION
    app = console(one_minute)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        typed(app, "Gm+")
        for answer in "YNY":
            await until(lambda: asked(app), pilot)
            assert len(app.screen_stack) == 2
            before = app.screen
            typed(app, answer)
            await until(lambda before=before: app.screen is not before, pilot)
        await until(lambda: app.screen is app.screen_stack[0], pilot)
        await until(lambda: sum(one_minute.sures) == 2, pilot)


async def test_a_question_does_not_open_over_what_is_typed(one_minute, console, typed, until):
    one_minute.asks = QUESTION
    one_minute.silent.clear()
    app = console(one_minute)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        typed(app, "+n")
        await until(lambda: isinstance(app.screen, EntryDialog), pilot)
        one_minute.silent.set()
        await until(app.outbox.question, pilot)
        await pilot.pause(0.3)
        typed(app, "Yes⎋")
        await until(lambda: asked(app), pilot)
        typed(app, "⎋")
        await until(lambda: not app.outbox.question(), pilot)
        assert len(one_minute.sent) == 1


@pytest.mark.parametrize(("keys", "sure"), [("x1", True), ("X1", True), ("+", False)])
async def test_what_the_console_has_asked_is_not_asked_twice(
    keys, sure, one_minute, console, typed, until
):
    one_minute.asks = "really?"
    app = console(one_minute)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        typed(app, keys)
        await until(lambda: one_minute.sent, pilot)
        await until(lambda: asked(app) is not sure, pilot)
        assert one_minute.sures == [sure]


async def test_quit_and_stop_asks_once(one_minute, console, typed, until):
    app = console(one_minute)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        typed(app, "q2")
        await until(lambda: one_minute.sent, pilot)
        assert one_minute.sent == [cmd.StopRun()]
        assert one_minute.sures == [True]


async def test_commands_tell_what_they_were_based_on(script, scripted_run, console, typed, until):
    written = script().started().play(range(30))
    written.commanded(30, "paused browse", do="pause", groups=["browse"])
    revision = len(written.events)
    written.play(range(30, 33))
    run = scripted_run(written)
    app = console(run)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        typed(app, "+")
        await until(lambda: run.sent, pilot)
        typed(app, "=")
        await until(lambda: isinstance(app.screen, EntryDialog), pilot)
        written.commanded(33, "VUs of browse 204 → 5", by="ben", do="vus", group="browse", to=5)
        run.publish()
        await until(lambda: app.feed.view.revision == len(written.events), pilot)
        typed(app, "50⏎")
        await until(lambda: len(run.sent) == 2, pilot)
        typed(app, "⊗")
        await until(lambda: len(run.sent) == 3, pilot)
        assert run.revisions == [revision, revision, None], "that of what was on the screen"


async def test_a_clash_says_what_has_changed(one_minute, console, typed, until):
    one_minute.refusal = "not done: ben set the VUs of browse to 5 meanwhile"
    app = console(one_minute)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        typed(app, "+")
        line = app.screen.query_one("#pending")
        await until(lambda: [part.role for part in line.parts] == ["over"], pilot)
        assert line.parts[0].text == f"✗ vus browse +10: {one_minute.refusal}"


async def test_what_others_do_is_there_at_once(script, scripted_run, console, until):
    """Two consoles on one run: each shows the other's command, and its own without a name."""
    written = script().started().play(range(20))
    annas, bens = scripted_run(written), scripted_run(written)
    bens.by = "ben"
    one, other = console(annas), console(bens)
    async with one.run_test(size=SIZE) as first, other.run_test(size=SIZE) as second:
        await until(lambda: one.feed.view and one.screen.ui.group, first)
        await until(lambda: other.feed.view and other.screen.ui.group, second)
        written.commanded(21, "paused browse", do="pause", groups=["browse"])
        written.group("browse", 21, GroupState.PAUSED)
        for run in (annas, bens):
            run.publish()
        own, seen = one.screen.query_one("#events"), other.screen.query_one("#events")
        await until(lambda: own.lines and seen.lines, first, 1.0)
        assert own.lines[0].text == "paused browse"
        assert seen.lines[0].text == "paused browse (anna)"
