"""A viewer's console shows everything, says what it is, and sends nothing."""

from __future__ import annotations

import pytest

from perfconsole.console.departure import Leave
from perfconsole.console.widgets.headline import Headline
from perfconsole.model import command as cmd


@pytest.mark.parametrize("size", [(160, 45), (80, 24)])
async def test_it_refuses_every_key_that_steers(size, one_minute, console, until):
    app = console(one_minute, viewer=True)
    async with app.run_test(size=size) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        assert "viewer" in [part.text for part in app.screen.query_one("#head", Headline).parts]
        keys = [part.text for part in app.screen.query_one("#keys", Headline).parts]
        assert "? help" in keys and "+/- VUs" not in keys and "n note" not in keys
        for key in ("space", "ctrl+x", "plus", "h", "v", "x", "X", "r", "n", "s"):
            await pilot.press(key)
            assert len(app.screen_stack) == 1, key
        shown = app.outbox.shown()
        assert shown and all("only looks on" in sending.title for sending in shown)
        app.outbox.send(app.feed.source, cmd.Confirm(), "confirm")
        assert "only looks on" in app.outbox.shown()[-1].said
        await pilot.press("q")
        await until(lambda: app.return_value, pilot)
    assert app.return_value.how is Leave.DETACHED
    assert one_minute.sent == []


async def test_another_console_is_no_viewer(one_minute, console, until):
    app = console(one_minute)
    async with app.run_test(size=(160, 45)) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        assert "viewer" not in [part.text for part in app.screen.query_one("#head", Headline).parts]
