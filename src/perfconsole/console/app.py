"""The console as a Textual app: joins feed, hand and dashboard, and knows how to leave."""

from __future__ import annotations

import asyncio
import gc
import importlib
import os
import time
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from rich.console import RenderableType
from textual import events
from textual._compositor import ChopsUpdate
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from perfconsole.console import terminal
from perfconsole.console.departure import Departure, Leave
from perfconsole.console.feed import Connect, Feed, Link, Patience
from perfconsole.console.hand import Hand
from perfconsole.console.keys import KEYS
from perfconsole.console.narrow_update import NarrowUpdate
from perfconsole.console.outbox import Outbox
from perfconsole.console.screens.dashboard import Dashboard
from perfconsole.console.screens.painted import PaintedScreen
from perfconsole.console.typeahead import TypeAhead
from perfconsole.console.widgets.theme import PERFCONSOLE_DARK, PERFCONSOLE_LIGHT
from perfconsole.metrics.alarm_bell import Bell
from perfconsole.texts import say

if TYPE_CHECKING:
    from perfconsole.console.orders import ReadCurl

PAUSE_ALL = "ctrl+x"
FRAMES_PER_S = 5
FRAMES_PER_S_SLOW = 2
UNDER_A_DIALOG = 5
"""Frames of which one is painted while a dialog is open."""
LAST_WORD_S = 1.0
"""How long leaving may wait for the controller."""


class ConsoleApp(App[Departure]):
    """One person's console on one run."""

    CSS_PATH = "console.tcss"
    TITLE = "perfconsole"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q,ctrl+c", "detach", show=False, priority=True),
        Binding(PAUSE_ALL, "pause_all", show=False, priority=True),
    ]

    def __init__(
        self, connect: Connect, *, run: str, leave_hint: str,
        slow: bool = False, patience: Patience | None = None, viewer: bool = False,
        read_curl: ReadCurl | None = None,
    ) -> None:  # fmt: skip
        """A `viewer` looks on and steers nothing."""
        super().__init__()
        self.run_name, self.leave_hint = run, leave_hint
        self.feed = Feed(connect, self.paint, patience)
        self.outbox = Outbox(self.paint, viewer=viewer)
        self._type_ahead = TypeAhead(self, super().on_event)
        self.hand = Hand(self, self.feed, self.outbox, self._type_ahead.forget, read_curl)
        self.trouble: Exception | None = None
        """Why the run could not be reached at all."""
        self._alarm_bell = Bell()
        self._frames_per_s = FRAMES_PER_S_SLOW if slow else FRAMES_PER_S
        self._painted_s = 0.0
        """Monotonic time at which the dashboard was painted last."""
        self._stop_asked = False
        self._leaving = False
        self._following: asyncio.Task[None] | None = None
        self._last_words: asyncio.Task[None] | None = None

    # ------------------------------------------------------------ life

    def get_default_screen(self) -> Screen[None]:
        return Dashboard()

    def on_mount(self) -> None:
        self.register_theme(PERFCONSOLE_DARK)
        self.register_theme(PERFCONSOLE_LIGHT)
        self.theme = PERFCONSOLE_DARK.name
        if not self.is_headless:
            terminal.watch(partial(self.leave, Leave.TERMINATED))
        self.call_after_refresh(self._begin)

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key) and not event.is_forwarded:
            self.hand.is_there()
            if event.key == PAUSE_ALL and self.screen_stack:  # waits behind nothing, is never lost
                await super().on_event(event)
                return
        if not self._type_ahead.takes(event):
            await super().on_event(event)

    async def on_unmount(self) -> None:
        await self._type_ahead.close()

    def _begin(self) -> None:
        """After the first frame: only now is there time for imports and connections."""
        self.paint()
        self._following = asyncio.create_task(self._follow())
        self.set_interval(1 / self._frames_per_s, self._frame)

    async def _follow(self) -> None:
        try:
            await asyncio.to_thread(_import_the_rest)
            if not self.is_headless:
                gc.freeze()  # it stays for good, and looking through it stops the screen for 80 ms
            await self.feed.follow()
        except Exception as error:  # whatever starting the run raised is for whoever started us
            self.trouble = error
            await self.feed.close()
            self.exit()

    def _frame(self) -> None:
        self.paint()
        if self._stop_asked and self.feed.link is Link.OVER:
            self.leave(Leave.ENDED)

    def paint(self) -> None:
        if self.feed.view is not None and self._alarm_bell.rings(self.feed.view):
            self.bell()
        if self.is_running and self.screen_stack and not self._leaving:
            shown = [screen for screen in self.screen_stack if isinstance(screen, PaintedScreen)]
            if shown and shown[-1].is_mounted:
                if self._worth_painting(shown[-1]):
                    self._painted_s = time.monotonic()
                    shown[-1].paint()
                self.hand.pass_on_question()

    def _worth_painting(self, screen: PaintedScreen) -> bool:
        """Under a dialog it is painted less often: what is over it is drawn anew with it, and
        nobody looks."""
        return (
            screen is self.screen
            or time.monotonic() - self._painted_s >= UNDER_A_DIALOG / self._frames_per_s
        )

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        if isinstance(renderable, ChopsUpdate):
            renderable = NarrowUpdate(renderable)
        super()._display(screen, renderable)

    def action_pause_all(self) -> None:
        """Whatever has the focus: whoever needs it has no time to close a dialog first."""
        dashboard = self.screen_stack[0]
        if isinstance(dashboard, Dashboard):
            dashboard.action_pause_all()

    # ------------------------------------------------------------ leaving

    def leave(self, how: Leave) -> None:
        """End the console, never the run."""
        if not self._leaving:
            self._leaving = True
            self._last_words = asyncio.create_task(self._leave(how))

    async def _leave(self, how: Leave) -> None:
        if self._following is not None:
            self._following.cancel()
            await asyncio.wait([self._following])
        try:
            async with asyncio.timeout(LAST_WORD_S):
                operator = how is Leave.DETACHED and not self.outbox.viewer
                if operator and self.feed.source is not None:
                    from perfconsole.model.command import KeepRunning

                    await self.feed.source.send(KeepRunning())
        except Exception as error:  # whatever it is, the person wants to leave
            self.log(error)
        await self.outbox.settle(LAST_WORD_S)
        await self.feed.close()
        self.exit(Departure(how, self.feed.view))

    def action_detach(self) -> None:
        if self.feed.link is Link.OVER:
            self.leave(Leave.ENDED)
        elif self.feed.link is Link.DEAD:
            self.leave(Leave.LOST)
        else:
            self.leave(Leave.STOPPED if self._stop_asked else Leave.DETACHED)

    async def action_quit(self) -> None:
        self.action_detach()

    def ask_quit(self) -> None:
        """Leave it running, stop it, or stay; nothing to ask when the run is over or lost, and
        nothing to ask a viewer."""
        if self.outbox.viewer or self.feed.link in (Link.OVER, Link.DEAD) or self._stop_asked:
            self.action_detach()
            return
        from perfconsole.console.screens.dialogs import ChoiceDialog

        leave = say("leave it running; come back with: {how}", how=self.leave_hint)
        choices = ((leave, "leave"), (say("stop the run, and leave when it has ended"), "stop"),
                   (say("stay"), None))  # fmt: skip
        self.push_screen(ChoiceDialog(say("Quit"), say("What about the run?"), choices), self._quit)

    def _quit(self, answer: str | None) -> None:
        if answer is None:
            return
        if answer == "leave" or self.feed.link in (Link.OVER, Link.DEAD):
            self.action_detach()
        else:
            self._stop_asked = True
            self.hand.stop_run(self._stop_refused)

    def _stop_refused(self, _: str) -> None:
        self._stop_asked = False

    # ------------------------------------------------------------ palette

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The table of keys, by what they do."""
        for key in KEYS:
            if key.in_palette and key.binds:
                run = partial(self._run_key, key.binds[0][1])
                yield SystemCommand(say(key.help), key.shown, run)

    def _run_key(self, action: str) -> None:
        dashboard = self.screen_stack[0]
        self.call_later(dashboard.run_action, action)


_LATER = (
    "perfconsole.console.questions.openers",
    "perfconsole.console.titles",
    "perfconsole.console.screens.desk",
    "perfconsole.console.screens.help",
    "perfconsole.console.screens.server_screen",
    "perfconsole.console.screens.vulist",
)


def _import_the_rest() -> None:
    """In a thread, so that the first key need not wait for pydantic and the dialogs."""
    for module in _LATER:
        importlib.import_module(module)


def run_console(
    connect: Connect,
    *,
    run: str,
    leave_hint: str,
    slow: bool = False,
    viewer: bool = False,
    read_curl: ReadCurl | None = None,
) -> Departure:
    """Show the run that `connect` reaches until the person leaves; the run goes on unless told.

    `run` names it before anything is known of it; `leave_hint` is the command to come back.
    `slow` paints less often, as over an SSH line. A `viewer` steers nothing. `read_curl` makes
    groups of pasted curl commands. Raises what `connect` raised.
    """
    slow = slow or "SSH_CONNECTION" in os.environ
    app = ConsoleApp(
        connect, run=run, leave_hint=leave_hint, slow=slow, viewer=viewer, read_curl=read_curl
    )
    departure = app.run()
    if app.trouble is not None:
        raise app.trouble
    return departure or Departure(Leave.TERMINATED, app.feed.view)
