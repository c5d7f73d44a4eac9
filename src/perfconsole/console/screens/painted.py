"""A whole screen that shows the run, painted anew when there is news."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.screen import Screen

if TYPE_CHECKING:
    from perfconsole.console.app import ConsoleApp


class PaintedScreen(Screen[None]):
    @property
    def console(self) -> ConsoleApp:
        return cast("ConsoleApp", self.app)

    def paint(self) -> None:
        """One frame; nothing when nothing it is made from has changed."""
        raise NotImplementedError

    def action_theme(self) -> None:
        dark = self.app.theme == "perfconsole-dark"
        self.app.theme = "perfconsole-light" if dark else "perfconsole-dark"

    def action_help(self) -> None:
        from perfconsole.console.screens.help import HelpDialog

        self.app.push_screen(HelpDialog())
