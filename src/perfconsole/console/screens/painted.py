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
