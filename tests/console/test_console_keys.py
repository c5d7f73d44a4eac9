"""Every key of the dashboard sends the right command, and only when it should."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual import events
from textual.widgets import Input

from perfconsole.console.keys import KEYS
from perfconsole.console.screens.dialogs import ChoiceDialog, EntryDialog, FormDialog
from perfconsole.console.uistate import ALL
from perfconsole.importers.curl_group import curl_group
from perfconsole.model import command as cmd
from perfconsole.model.stages import HoldSpec, ToSpec
from perfconsole.model.states import GroupState, StopMode, Verdict

SIZE = (160, 45)


CASES = [
    ("+", cmd.ChangeVus(group="browse", by=10)),
    ("-", cmd.ChangeVus(group="browse", by=-10)),
    ("}+", cmd.ChangeVus(group="browse", by=100)),
    ("{-", cmd.ChangeVus(group="browse", by=-1)),
    (" ", cmd.PauseGroups(groups=("browse",))),
    ("j ", cmd.PauseGroups(groups=("publish",))),
    ("G ", cmd.PauseGroups(groups=(ALL,))),
    ("⊗", cmd.PauseGroups(groups=(ALL,))),
    ("i", cmd.HoldGroups(groups=("browse",))),
    ("s", cmd.StartGroups(groups=("browse",))),
    ("x1", cmd.StopGroups(groups=("browse",))),
    ("x2", cmd.StopGroups(groups=("browse",), mode=StopMode.AFTER_REQUEST)),
    ("x3", cmd.StopGroups(groups=("browse",), mode=StopMode.NOW)),
    ("x↑⏎", cmd.StopGroups(groups=("browse",), mode=StopMode.NOW)),
    ("X1", cmd.StopRun()),
    ("X3", cmd.StopRun(mode=StopMode.NOW)),
    ("R⏎", cmd.ReleasePoint(point="top-up")),
    ("nslow db⏎", cmd.AddNote(text="slow db")),
    ("=120⏎", cmd.ChangeVus(group="browse", to=120)),
    ("=120 over 30s⏎", cmd.ChangeVus(group="browse", to=120, over_s=30)),
    ("=120 5 every 3s⏎", cmd.ChangeVus(group="browse", to=120, step=5, every_s=3)),
    ("⏎ ", cmd.PauseGroups(groups=("browse",))),
    ("⏎↓⏎", cmd.ChangeVus(group="browse", by=10)),
    ("⏎x1", cmd.StopGroups(groups=("browse",))),
    ("u", cmd.Undo()),
    ("⊖", cmd.Undo()),
    ("t0.5⏎", cmd.ChangeThink(groups=("browse",), factor=0.5)),
    ("S", cmd.InitializeGroups(groups=("browse",))),
    ("M", cmd.MuteGroups(groups=("browse",))),
    ("v⏎", cmd.TraceGroup(group="browse")),
    ("v⌫5 all⏎", cmd.TraceGroup(group="browse", count=5, all=True)),
    ("Eto 50 over 2m, hold 10m⏎", cmd.EditSchedule(
        group="browse", load=(ToSpec(to="50", over="2m"), HoldSpec(hold="10m")),
    )),
    ("w+5m⏎", cmd.ChangeDuration(by_s=300)),
    ("wnone⏎", cmd.ChangeDuration()),
    ("<web1 cpu 80⏎", cmd.ChangeThreshold(metric="cpu_percent", limit=80, server="web1")),
    ("<p95 of browse: open 1.2 s⏎", cmd.ChangeObjective(
        metric="p95_ms", of="browse: open", max=1200,
    )),
    ("O1", cmd.SwitchPoint(point="top-up", on=False)),
    ("O3", cmd.SwitchPoint(point="top-up", on=False, groups=("publish",))),
    ("P⌫50% of running timeout 1m⏎", cmd.ChangePolicy(
        point="top-up", wait_for="50% of running", timeout=60,
    )),
    ("⏎t2⏎", cmd.ChangeThink(groups=("browse",), factor=2)),
    ("G=100 over 30s⏎", cmd.ChangeVus(group=ALL, to=100, over_s=30)),
]  # fmt: skip
"""Keys, and what they send: on a fresh dashboard, its first group selected."""


async def test_a_key_sends_its_command(one_minute, console, typed, until):
    app = console(one_minute)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        dashboard = app.screen
        for keys, sent in CASES:
            typed(app, keys)
            await until(lambda: one_minute.sent and app.screen is dashboard, pilot)
            assert one_minute.sent == [sent], keys
            one_minute.sent.clear()
            typed(app, "g")
            dashboard.ui = replace(dashboard.ui, step=10)


@pytest.mark.parametrize("key", ["x", "X", "q"])
async def test_dialogs_that_end_something_default_to_no(key, one_minute, console, until):
    app = console(one_minute)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        await pilot.press(key)
        await until(lambda: isinstance(app.screen, ChoiceDialog), pilot)
        await pilot.press("enter")
        await until(lambda: app.screen is app.screen_stack[0], pilot)
        await pilot.press(key, "escape")
        await pilot.pause()
        assert one_minute.sent == []
        assert app.is_running


async def test_plus_on_all_is_one_step_that_the_groups_share(one_minute, console, typed, until):
    app = console(one_minute)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        typed(app, "G+")
        await until(lambda: one_minute.sent, pilot)
        assert one_minute.sent == [cmd.ChangeVus(group=ALL, by=10)]
        one_minute.sent.clear()
        typed(app, "m+")
        await until(lambda: len(one_minute.sent) == 3, pilot)
        assert {command.group for command in one_minute.sent} == {"browse", "publish", "quote"}


async def test_what_is_marked_is_what_commands_go_to(one_minute, console, typed, until):
    app = console(one_minute)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        typed(app, "mjm ")
        await until(lambda: one_minute.sent, pilot)
        assert one_minute.sent == [cmd.PauseGroups(groups=("browse", "publish"))]
        assert [row.marked for row in app.screen.table.rows] == [True, True, False, False]
        assert "2 marked" in app.screen.table.head
        one_minute.sent.clear()
        typed(app, "=120⏎")
        await until(lambda: len(one_minute.sent) == 2, pilot)
        shares = {command.group: command.to for command in one_minute.sent}
        assert shares == {"browse": 80, "publish": 40}
        one_minute.sent.clear()
        typed(app, "m⎋G ")
        await until(lambda: one_minute.sent, pilot)
        assert one_minute.sent == [cmd.PauseGroups(groups=(ALL,))]
        typed(app, "m")
        await until(lambda: app.screen.ui.marked == {"browse", "publish", "quote"}, pilot)
        typed(app, "m")
        await until(lambda: not app.screen.ui.marked, pilot)


async def test_the_point_selected_on_its_page_needs_no_choosing(
    script, scripted_run, console, typed, until
):
    run = scripted_run(script().started(points=2).play(range(510)))
    app = console(run)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        await pilot.press("f6")
        await until(lambda: app.screen.ui.point == "top-up", pilot)
        typed(app, "jR⏎")
        await until(lambda: run.sent, pilot)
        typed(app, "⏎O1")
        await until(lambda: len(run.sent) == 2, pilot)
        assert run.sent == [
            cmd.ReleasePoint(point="comment"), cmd.SwitchPoint(point="comment", on=False),
        ]  # fmt: skip


async def test_what_is_paused_resumes_over_a_time(script, scripted_run, console, typed, until):
    written = script().started().play(range(30)).group("browse", 30, GroupState.PAUSED)
    run = scripted_run(written)
    app = console(run)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        typed(app, "p⏎")
        await until(lambda: run.sent, pilot)
        assert run.sent == [cmd.ResumeGroups(groups=("browse",), over_s=10)]
        typed(app, "jp")
        await until(lambda: app.outbox.shown()[-1:], pilot)
        assert app.outbox.shown()[-1].title == "not paused: publish"


async def test_pause_and_hold_are_switches(script, scripted_run, console, until):
    written = script().started().play(range(30))
    written.group("browse", 30, GroupState.PAUSED).group(
        "publish", 30, GroupState.RUNNING, held=True
    )
    run = scripted_run(written)
    app = console(run)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        await pilot.press("space", "j", "i")
        await until(lambda: len(run.sent) == 2, pilot)
        assert run.sent == [
            cmd.ResumeGroups(groups=("browse",)),
            cmd.HoldGroups(groups=("publish",), on=False),
        ]


@pytest.mark.parametrize("before", ["=12", "x", "X", "a", "?", "<cpu", "⏎", "/bro"])
async def test_ctrl_x_pauses_whatever_has_the_focus(before, one_minute, console, typed, until):
    app = console(one_minute)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        typed(app, before)
        await until(lambda: len(app.screen_stack) > 1 or app.focused.id == "filter", pilot)
        open_before = len(app.screen_stack)
        typed(app, "⊗")
        await until(lambda: one_minute.sent, pilot)
        assert one_minute.sent == [cmd.PauseGroups(groups=(ALL,))]
        assert len(app.screen_stack) == open_before


async def test_ctrl_x_asks_before_it_resumes_everything(script, scripted_run, console, until):
    written = script().started().play(range(30))
    for name in ("browse", "publish", "quote"):
        written.group(name, 30, GroupState.PAUSED)
    run = scripted_run(written)
    app = console(run)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.feed.view.paused, pilot)
        await pilot.press("ctrl+x", "enter")
        await pilot.pause()
        assert run.sent == []
        await pilot.press("ctrl+x", "2")
        await until(lambda: run.sent, pilot)
        assert run.sent == [cmd.ResumeGroups(groups=(ALL,), over_s=10)]


async def test_ctrl_x_pauses_what_is_still_to_come(script, scripted_run, console, until):
    """A group that has no VUs yet is not paused because the others are."""
    written = script().started().play(range(30)).group("browse", 30, GroupState.PAUSED)
    written.group("publish", 30, GroupState.PENDING).group("quote", 30, GroupState.STOPPED)
    run = scripted_run(written)
    app = console(run)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        await pilot.press("ctrl+x", "G", "space")
        await until(lambda: len(run.sent) == 2, pilot)
        assert run.sent == 2 * [cmd.PauseGroups(groups=(ALL,))]
        written.group("publish", 31, GroupState.PAUSED)
        run.publish()
        await until(lambda: app.feed.view.at_rest, pilot)
        await pilot.press("space")
        await until(lambda: len(run.sent) == 3, pilot)
        assert run.sent[2] == cmd.ResumeGroups(groups=(ALL,))


async def test_a_hold_ends_though_some_groups_are_over(script, scripted_run, console, until):
    written = script().started().play(range(30))
    written.group("browse", 30, GroupState.RUNNING, held=True)
    written.group("publish", 30, GroupState.FINISHED).group("quote", 30, GroupState.DOWN)
    run = scripted_run(written)
    app = console(run)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        await pilot.press("G", "i")
        await until(lambda: run.sent, pilot)
        assert run.sent == [cmd.HoldGroups(groups=(ALL,), on=False)]


async def test_a_desk_steers_the_group_whose_it_is(one_minute, console, typed, until):
    """And not those that were marked before."""
    app = console(one_minute)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        typed(app, "mj⏎ ")
        await until(lambda: one_minute.sent, pilot)
        typed(app, "⏎=7⏎")
        await until(lambda: len(one_minute.sent) == 2, pilot)
        assert one_minute.sent == [
            cmd.PauseGroups(groups=("publish",)), cmd.ChangeVus(group="publish", to=7),
        ]  # fmt: skip
        assert app.screen.ui.marked == {"browse"}


async def test_what_was_typed_and_refused_comes_back(one_minute, console, typed, until):
    one_minute.refusal = "browse has a rate: write one, such as to 500/s"
    app = console(one_minute)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        dashboard = app.screen

        def wrong():
            """What the dialog that is open calls wrong."""
            lines = [] if app.screen is dashboard else list(app.screen.query(".wrong"))
            return [str(line.render()) for line in lines]

        for keys, value in (("Eto 50 over 2m⏎", "to 50 over 2m"), ("alate⏎⏎7⏎", "7")):
            typed(app, keys)
            await until(lambda: wrong() == [one_minute.refusal], pilot)
            assert app.screen.query(Input).last().value == value
            typed(app, "⎋")
            await until(lambda: app.screen is dashboard, pilot)


async def test_of_several_points_one_is_chosen(script, scripted_run, console, until):
    run = scripted_run(script().started(points=2).play(range(510)))
    app = console(run)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        await pilot.press("R")
        await until(lambda: isinstance(app.screen, ChoiceDialog), pilot)
        assert app.screen.choices[0][0] == "top-up: 7 of 80 wait"
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, EntryDialog), pilot)
        await pilot.press("ctrl+u", *"10 every 2s", "enter")
        await until(lambda: run.sent, pilot)
        assert run.sent == [cmd.ReleasePoint(point="top-up", count=10, every_s=2)]


async def test_nonsense_is_answered_in_the_dialog(one_minute, console, typed, until):
    app = console(one_minute)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        typed(app, "=")
        await until(lambda: isinstance(app.screen, EntryDialog), pilot)
        dialog = app.screen
        for text in ("", "many", "12 over", "12 over soon", "12 0 every 3s", "-4", "9999999"):
            typed(app, f"⌫{text}⏎")
            await until(lambda: str(dialog.query_one(".wrong").render()), pilot)
            assert app.screen is dialog
            typed(app, "⌫a")
            await until(lambda: not str(dialog.query_one(".wrong").render()), pilot)
        typed(app, "⎋")
        await until(lambda: app.screen is not dialog, pilot)
        assert one_minute.sent == []


async def test_what_is_sent_stands_there_until_it_is_answered(one_minute, console, until):
    one_minute.silent.clear()
    app = console(one_minute)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        await pilot.press("plus")
        await until(lambda: one_minute.sent, pilot)
        line = app.screen.query_one("#pending")
        assert [part.text for part in line.parts] == ["⏳ vus browse +10: sent"]
        one_minute.silent.set()
        await until(lambda: not line.parts, pilot)


async def test_a_refusal_is_shown_in_red(one_minute, console, until):
    one_minute.refusal = "browse is stopping"
    app = console(one_minute)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        await pilot.press("plus")
        line = app.screen.query_one("#pending")
        await until(lambda: [p.role for p in line.parts] == ["over"], pilot)
        assert line.parts[0].text == "✗ vus browse +10: browse is stopping"


async def test_after_the_end_nothing_is_sent(script, scripted_run, console, until):
    run = scripted_run(script().started().play(range(20)).ended(20, Verdict.PASSED))
    app = console(run)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        await pilot.press("plus", "space", "ctrl+x", "R", "n", "X")
        await pilot.pause()
        assert app.screen is app.screen_stack[0]
        assert run.sent == []
        assert app.outbox.shown()[0].title == "the run has ended"


def test_no_key_is_bound_twice():
    bound = [key for row in KEYS for key, _ in row.binds]
    assert len(bound) == len(set(bound))


async def test_every_action_of_the_table_exists(one_minute, console):
    app = console(one_minute)
    async with app.run_test(size=SIZE):
        for row in KEYS:
            for _, action in row.binds:
                name = action.partition("(")[0]
                assert hasattr(app.screen, f"action_{name}"), action


async def test_the_palette_offers_what_the_keys_do(one_minute, console, until):
    app = console(one_minute)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        commands = {c.title: c.callback for c in app.get_system_commands(app.screen)}
        assert "stop the run (asks)" in commands
        commands["pause or resume the selected group"]()
        await until(lambda: one_minute.sent, pilot)
        assert one_minute.sent == [cmd.PauseGroups(groups=("browse",))]


async def test_a_group_is_added(one_minute, console, typed, until):
    app = console(one_minute, read_curl=curl_group)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        typed(app, "amore⏎⌫quote⏎⌫20 over 2m⏎")
        await until(lambda: one_minute.sent, pilot)
        spec = {"flow": "quote", "vus": 20, "ramp": "over 2m"}
        assert one_minute.sent == [cmd.AddGroup(group="more", spec=spec)]
        typed(app, "aorders⏎⌫")
        await until(lambda: isinstance(app.screen, FormDialog), pilot)
        app.post_message(events.Paste("curl \\\n  'https://shop.test/orders' \\\n -H 'a: b'\n"))
        typed(app, "⏎⌫5/s at most 9⏎")
        await until(lambda: len(one_minute.sent) == 2, pilot)
        added = one_minute.sent[1]
        assert added.group == "orders"
        assert {"rate": "5/s", "vus": 9}.items() <= added.spec.items()
        assert str(added.target) == "https://shop.test"


async def test_a_group_that_cannot_be_is_told(one_minute, console, typed, until):
    def unread(name, text, **load):
        raise ValueError(f"{name}: no URL")

    app = console(one_minute, read_curl=unread)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        typed(app, "a")
        await until(lambda: isinstance(app.screen, FormDialog), pilot)
        form = app.screen
        for keys, said in (
            ("⏎⏎⏎", "give the group a name"),
            ("↹browse↹↹", "there is a group 'browse' already"),
            ("↹x↹↹⌫many", "write the load as "),
            ("⌫0", "write the load as "),
            ("⌫3↹↹⌫curl -X↹", "x: no URL"),
            ("↹↹⌫↹", "name a flow, or paste a curl command"),
        ):
            typed(app, keys.replace("↹browse", "↹⌫browse").replace("↹x", "↹⌫x") + "⏎")
            wrong = form.query_one(".wrong")
            await until(lambda said=said, wrong=wrong: said in str(wrong.render()), pilot)
        typed(app, "⎋")
        await until(lambda: app.screen is not form, pilot)
        assert one_minute.sent == []


async def test_a_run_that_watches_for_a_hand_hears_of_keys(script, scripted_run, console, until):
    run = scripted_run(script().started(dead_man_s=1800).play(range(20)))
    app = console(run)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        assert run.sent == []
        await pilot.press("j", "k", "f2", "escape")
        await until(lambda: run.sent, pilot)
        assert run.sent == [cmd.Confirm()]
        assert not app.outbox.shown()
        app.hand._confirmed_s -= 60
        await pilot.press("j")
        await until(lambda: len(run.sent) == 2, pilot)


async def test_other_runs_hear_of_no_keys(one_minute, console, until):
    app = console(one_minute)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        await pilot.press("j", "k")
        await pilot.pause(0.1)
        assert one_minute.sent == []
