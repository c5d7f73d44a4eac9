"""The operator's hand: from a key pressed, through a dialog where one is needed, to commands.

Imports what needs pydantic and dialogs only when a key asks for it: the first frame is quicker.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.screen import Screen

from perfconsole.console.feed import Feed
from perfconsole.console.outbox import Outbox
from perfconsole.console.uistate import ALL, UiState
from perfconsole.metrics.view import PointView, RunView
from perfconsole.model.states import RunState, StopMode
from perfconsole.texts import say

if TYPE_CHECKING:
    from perfconsole.console.orders import Choice, Orders


class Hand:
    """Gives commands for what is selected. Every refusal is a notice, never an exception."""

    def __init__(
        self, app: App[Any], feed: Feed, outbox: Outbox, forget: Callable[[], None]
    ) -> None:
        """`forget` drops what was typed ahead, for a dialog that does not open."""
        self._app, self._feed, self._outbox, self._forget = app, feed, outbox, forget

    def order(self, name: str, ui: UiState) -> None:
        """What needs no question: pause, hold, schedule, start, more, fewer."""
        from perfconsole.console.orders import ORDERS

        self._with_choice(ui, lambda choice: self.send(ORDERS[name](choice)))

    def pause_all(self, ui: UiState) -> None:
        """Pause everything at once; when everything is paused, ask whether to resume."""
        view = self._running()
        if view is None:
            return
        from perfconsole.model.command import PauseGroups, ResumeGroups

        if not view.paused:
            self.send((PauseGroups(groups=(ALL,)),))
            return
        self._choose(
            say("Resume"),
            say("Everything is paused."),
            (
                (say("resume all at once"), (ResumeGroups(groups=(ALL,)),)),
                (say("resume all over 10 s"), (ResumeGroups(groups=(ALL,), over_s=10),)),
                (say("no"), None),
            ),
        )

    def ask(self, what: str, ui: UiState) -> None:
        """What needs a dialog: ``vus``, ``stop``, ``stop_run``, ``release``, ``note``."""
        match what:
            case "vus":
                self._with_choice(ui, self._ask_vus)
            case "stop":
                self._with_choice(ui, self._ask_stop)
            case "stop_run":
                self._ask_stop_run()
            case "release":
                self._ask_release()
            case "note":
                self._ask_note()

    def send(self, orders: Orders | None) -> None:
        if orders and self._running():
            from perfconsole.console.orders import title
            from perfconsole.model.command import StopGroups, StopRun

            for command in orders:
                asked = isinstance(command, StopGroups | StopRun)  # by its dialog
                self._outbox.send(self._feed.source, command, title(command), sure=asked)

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

        try:
            do(Choice(view, ui.group, ui.step))
        except NothingToDo as reason:
            self._refuse(str(reason))

    def _refuse(self, why: str) -> None:
        self._forget()
        self._outbox.notice(why, wrong=True)

    # ------------------------------------------------------------ dialogs

    def _show(self, dialog: Screen[Orders | None]) -> None:
        self._app.push_screen(dialog, self.send)

    def _choose(
        self, title: str, question: str, choices: tuple[tuple[str, Orders | None], ...]
    ) -> None:
        from perfconsole.console.screens.dialogs import ChoiceDialog

        self._show(ChoiceDialog(title, question, choices))

    def _enter(
        self, title: str, prompt: str, parse: Callable[[str], Orders], initial: str = ""
    ) -> None:
        from perfconsole.console.screens.dialogs import EntryDialog

        self._show(EntryDialog(title, prompt, parse, initial=initial))

    def _ask_vus(self, choice: Choice) -> None:
        from perfconsole.console.orders import RATE_FORMS, VUS_FORMS, typed_load
        from perfconsole.model.rate import rate_text

        groups = choice.groups
        vus = sum(g.vus for g in groups)
        prompt = say("{vus} VUs now, {target} wanted. Write {forms}.",
                     vus=vus, target=sum(g.target for g in groups), forms=VUS_FORMS)  # fmt: skip
        if len(groups) > 1:
            prompt += "\n" + say("The total of all groups, shared as planned.")
        elif (arrivals := groups[0].arrivals) is not None:
            prompt = say("{rate} arrivals now. Write {forms}.",
                         rate=rate_text(arrivals.rate), forms=RATE_FORMS)  # fmt: skip
            prompt += "\n" + say("At most {vus} VUs serve them. For another ceiling write {forms}.",
                                 vus=vus, forms='"120"')  # fmt: skip
        self._enter(
            say("Load of {group}", group=choice.group), prompt, lambda t: typed_load(t, choice)
        )

    def _ask_stop(self, choice: Choice) -> None:
        from perfconsole.console.orders import stop

        vus = sum(group.vus for group in choice.groups)
        self._choose(
            say("Stop {group}", group=choice.group),
            say("{vus} VUs are running. When should they leave?", vus=vus),
            (
                (say("after the iteration"), stop(choice, StopMode.AFTER_ITERATION)),
                (say("after the request"), stop(choice, StopMode.AFTER_REQUEST)),
                (say("now (requests in flight are cut)"), stop(choice, StopMode.NOW)),
                (say("no, let them run"), None),
            ),
        )

    def _ask_stop_run(self) -> None:
        view = self._running()
        if view is None:
            return
        from perfconsole.model.command import StopRun

        self._choose(
            say("Stop the run"),
            say(
                "{run}: {vus} VUs. It ends, is judged, and cannot go on.",
                run=view.name,
                vus=view.vus,
            ),
            (
                (say("after the iteration"), (StopRun(),)),
                (say("after the request"), (StopRun(mode=StopMode.AFTER_REQUEST),)),
                (say("now (requests in flight are cut)"), (StopRun(mode=StopMode.NOW),)),
                (say("no, let it run"), None),
            ),
        )

    def _ask_release(self) -> None:
        view = self._running()
        if view is None:
            return
        points = list(view.rendezvous.values())
        if not points:
            self._refuse(say("this scenario has no rendezvous"))
        elif len(points) == 1:
            self._ask_how(points[0])
        else:
            from perfconsole.console.screens.dialogs import ChoiceDialog

            choices = (*((f"{p.name}: {_waiting(p)}", p) for p in points), (say("none"), None))
            question = say("Which rendezvous?")
            dialog = ChoiceDialog[PointView](
                say("Release"), question, choices, default=_fullest(points)
            )
            self._app.push_screen(dialog, lambda point: self._ask_how(point) if point else None)

    def _ask_how(self, point: PointView) -> None:
        from perfconsole.console.orders import typed_release

        prompt = say(
            '{waiting}. Write "all", or some at a time: "10 every 1s".', waiting=_waiting(point)
        )
        self._enter(
            say("Release {point}", point=point.name), prompt,
            lambda text: typed_release(text, point.name), initial=ALL,
        )  # fmt: skip

    def _ask_note(self) -> None:
        if self._running() is None:
            return
        from perfconsole.model.command import AddNote

        def noted(text: str) -> Orders:
            if not text.strip():
                raise ValueError(say("a note needs some words"))
            return (AddNote(text=text.strip()[:1000]),)

        self._enter(say("Note"), say("It is kept with the run, at this moment."), noted)


def _waiting(point: PointView) -> str:
    if point.needed is None:
        return say("{waiting} wait, a hand releases", waiting=point.total)
    return say("{waiting} of {needed} wait", waiting=point.total, needed=point.needed)


def _fullest(points: list[PointView]) -> int:
    return max(range(len(points)), key=lambda place: points[place].total)
