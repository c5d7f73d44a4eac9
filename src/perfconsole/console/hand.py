"""The operator's hand: from a key pressed, through a dialog where one is needed, to commands.

Imports what needs pydantic and dialogs only when a key asks for it: the first frame is quicker.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.app import App

from perfconsole.console.feed import Feed
from perfconsole.console.outbox import Outbox, Question
from perfconsole.console.uistate import ALL, Page, UiState
from perfconsole.metrics.view import RunView
from perfconsole.model.states import RunState
from perfconsole.texts import say

if TYPE_CHECKING:
    from perfconsole.console.orders import Choice, Orders, ReadCurl, Wish
    from perfconsole.console.questions.answers import Answer
    from perfconsole.console.screens.dialogs import Dialog
    from perfconsole.model.command import Command

CONFIRM_EVERY_S = 60.0
AGAIN_WITHIN_S = 1.0
"""After it was closed, a dialog whose answer was refused opens again; no later, for by then keys
mean something else."""


class Hand:
    """Gives commands for what is selected. Every refusal is a notice, never an exception."""

    def __init__(
        self,
        app: App[Any],
        feed: Feed,
        outbox: Outbox,
        forget: Callable[[], None],
        read_curl: ReadCurl | None = None,
    ) -> None:
        """`forget` drops what was typed ahead, for a dialog that does not open."""
        self._read_curl = read_curl
        self._app, self._feed, self._outbox, self._forget = app, feed, outbox, forget
        self._confirmed_s: float | None = None
        """Monotonic time at which the run was told last that somebody is here."""

    def order(self, name: str, ui: UiState) -> None:
        """What needs no dialog: pause, hold, schedule, start, more, fewer, undo, ..."""
        from perfconsole.console.orders import ORDERS

        self._with_choice(ui, lambda choice: self._send(ORDERS[name](choice), choice.view.revision))

    def pause_all(self, ui: UiState) -> None:
        """Pause everything at once, whatever others have done; when everything is paused, ask
        whether to resume, unless a dialog is open."""
        view = self._running()
        if view is None:
            return
        if view.at_rest:
            if not self._busy():
                self.ask("resume_all", ui)
            return
        from perfconsole.model.command import PauseGroups

        self._send((PauseGroups(groups=(ALL,)),), None)

    def ask(self, what: str, ui: UiState) -> None:
        """What needs a dialog: a name of `questions.openers`."""
        from perfconsole.console.questions.openers import QUESTIONS

        self._with_choice(
            ui, lambda choice: self._open(QUESTIONS[what](choice), choice.view.revision)
        )

    def wish(self, wish: Wish) -> None:
        """Send what a screen of its own has come to."""
        view = self._running()
        if view is not None:
            self._send(wish.orders, view.revision, sure=wish.sure)

    def stop_run(self, on_refusal: Callable[[str], None]) -> None:
        """Without a further question."""
        from perfconsole.model.command import StopRun

        view = self._feed.view
        revision = view.revision if view else None
        self._deliver(StopRun(), revision, sure=True, on_refusal=on_refusal)

    def is_there(self) -> None:
        """A key was pressed: tell a run that watches for it, once a minute at most."""
        view, now_s = self._feed.view, time.monotonic()
        if view is None or view.dead_man_s is None or view.state is RunState.ENDED:
            return
        every_s = min(CONFIRM_EVERY_S, view.dead_man_s / 3)
        if self._confirmed_s is None or now_s - self._confirmed_s >= every_s:
            self._confirmed_s = now_s
            from perfconsole.model.command import Confirm

            self._outbox.send(self._feed.source, Confirm(), "", quiet=True)

    # ------------------------------------------------------------ what the run asks

    def pass_on_question(self) -> None:
        """Show the oldest question of the run, unless a dialog is open: its keys are not for us."""
        question = self._outbox.question()
        if question is None or self._busy():
            return
        from perfconsole.console.screens.dialogs import QuestionDialog

        self._forget()
        dialog = QuestionDialog(question.title, question.text)
        self._app.push_screen(dialog, partial(self._answer, question))

    def _busy(self) -> bool:
        top = self._app.screen
        if not top.is_modal:
            return False
        from perfconsole.console.screens.dialogs import Dialog

        return not (isinstance(top, Dialog) and top.ASKED_OVER)

    def _answer(self, question: Question, yes: bool | None) -> None:
        self._outbox.answer(question, yes=bool(yes))

    # ------------------------------------------------------------ what there is to give orders to

    def _running(self) -> RunView | None:
        """The run, if there is one to steer; else a notice says why not."""
        view = self._feed.view
        if view is None:
            self._refuse(say("the run is not reached yet"))
        elif view.state is RunState.ENDED:
            self._refuse(say("the run has ended"))
            view = None
        elif self._outbox.viewer:
            self._refuse(
                say("this console only looks on; perfconsole attach without --view steers")
            )
            view = None
        return view

    def _with_choice(self, ui: UiState, do: Callable[[Choice], None]) -> None:
        view = self._running()
        if view is None:
            return
        from perfconsole.console.orders import Choice, NothingToDo

        point = ui.point if ui.page is Page.RENDEZVOUS else ""
        server = ui.server if ui.page is Page.SERVERS else ""
        marked = ui.marked & view.groups.keys()
        try:
            do(Choice(view, ui.group, ui.step, marked, point, server, ui.metric, self._read_curl))
        except NothingToDo as reason:
            self._refuse(str(reason))

    def _refuse(self, why: str) -> None:
        self._forget()
        self._outbox.notice(why, wrong=True)

    # ------------------------------------------------------------ dialogs and what they come to

    def _open(self, dialog: Dialog[Any], revision: int) -> None:
        """`revision` is that of what the person sees while answering."""
        self._app.push_screen(dialog, partial(self._answered, dialog, revision))

    def _answered(self, dialog: Dialog[Any], revision: int, answer: Answer | None) -> None:
        if answer is None:
            return
        if callable(answer):
            self._open(answer(), revision)
        elif self._running():
            whole = len(answer.orders) == 1  # of several some may be done, and must not be again
            again = partial(self._again, dialog, time.monotonic()) if whole else None
            self._send(answer.orders, revision, sure=answer.sure, on_refusal=again)

    def _again(self, dialog: Dialog[Any], closed_s: float, why: str) -> None:
        """What was typed and refused is not lost."""
        again, view = dialog.again(why), self._feed.view
        late = time.monotonic() - closed_s > AGAIN_WITHIN_S
        if again is not None and view is not None and not late and not self._busy():
            self._forget()
            self._open(again, view.revision)

    def _send(
        self,
        orders: Orders,
        revision: int | None,
        *,
        sure: bool = False,
        on_refusal: Callable[[str], None] | None = None,
    ) -> None:
        for command in orders:
            self._deliver(command, revision, sure=sure, on_refusal=on_refusal)

    def _deliver(
        self,
        command: Command,
        revision: int | None,
        *,
        sure: bool,
        on_refusal: Callable[[str], None] | None = None,
    ) -> None:
        from perfconsole.console.titles import title

        self._outbox.send(
            self._feed.source, command, title(command),
            revision=revision, sure=sure, on_refusal=on_refusal or (lambda _: None),
        )  # fmt: skip
