"""Dialogs: a choice whose default changes nothing, a line to type, and lines to read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Generic, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from perfconsole.console.widgets import glyphs
from perfconsole.texts import say

Result = TypeVar("Result")
LONG = 58
"""Characters of a line to type from which on it gets more room."""


def words(text: str) -> Content:
    """`text` without markup, in characters that this terminal has."""
    return Content(glyphs.current().plain(text))


class Dialog(ModalScreen[Result | None], Generic[Result]):
    """A box over the dashboard; escape closes it and changes nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", show=False)]
    LOW: ClassVar[int] = 18
    """Lines of a terminal below which it does without air and hint."""
    ASKED_OVER: ClassVar[bool] = False
    """A question of the run may open over it: no key of it could be meant as an answer."""

    def __init__(self, title: str) -> None:
        super().__init__(classes="" if glyphs.current().braille else "-ascii")
        self.box_title = title

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = words(self.box_title)
            yield from self.inside()

    def inside(self) -> ComposeResult:
        raise NotImplementedError

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.height < self.LOW, "-low")

    def action_cancel(self) -> None:
        self.dismiss(None)

    def again(self, why: str) -> Dialog[Result] | None:
        """One like it with what was typed, which the run has refused; None when nothing was."""
        return None


class ChoiceDialog(Dialog[Result]):
    """One of several answers, by arrows and enter or by its number; the last is the default."""

    def __init__(
        self,
        title: str,
        question: str,
        choices: Sequence[tuple[str, Result | None]],
        default: int = -1,
    ) -> None:
        super().__init__(title)
        self._question = question
        self.choices = tuple(choices)
        self._default = default % len(self.choices)

    def inside(self) -> ComposeResult:
        yield Static(words(self._question), classes="question")
        options = [Option(self._prompt(place)) for place in range(len(self.choices))]
        yield OptionList(*options, compact=True)
        hint = say("enter or 1-{n} chooses · esc changes nothing", n=min(9, len(self.choices)))
        yield Static(words(hint), classes="hint")

    def _prompt(self, place: int, marked: bool = False) -> Content:
        mark, key = "▸" if marked else " ", str(place + 1) if place < 9 else " "
        return words(f"{mark} {key} {self.choices[place][0]}")

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """The mark says which one without any colour."""
        event.stop()
        for place in range(len(self.choices)):
            prompt = self._prompt(place, place == event.option_index)
            event.option_list.replace_option_prompt_at_index(place, prompt)

    def on_mount(self) -> None:
        options = self.query_one(OptionList)
        options.highlighted = self._default
        options.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(self.choices[event.option_index][1])

    def on_key(self, event: events.Key) -> None:
        if event.key.isdigit() and 0 < int(event.key) <= len(self.choices):
            event.stop()
            self.dismiss(self.choices[int(event.key) - 1][1])


class QuestionDialog(Dialog[bool]):
    """What the run asks before it does something. It comes while the person does other things:
    no key that means something elsewhere says yes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("Y", "dismiss(True)", show=False),
        Binding("N,n,enter", "dismiss(False)", show=False),
    ]

    def __init__(self, title: str, question: str) -> None:
        super().__init__(title)
        self._question = question

    def inside(self) -> ComposeResult:
        yield Static(words(self._question), classes="question")
        yield Static(words(say("  Y      yes, do it\n▸ enter  no, nothing is done")))


class EntryDialog(Dialog[Result]):
    """A typed line that `parse` turns into the result; what it raises is shown below the line."""

    def __init__(
        self,
        title: str,
        prompt: str,
        parse: Callable[[str], Result],
        *,
        initial: str = "",
        wrong: str = "",
    ) -> None:
        super().__init__(title)
        self._prompt, self._parse, self._initial = prompt, parse, initial
        self._wrong = wrong

    def inside(self) -> ComposeResult:
        yield Static(words(self._prompt), classes="question")
        long = "-long" if len(self._initial) >= LONG else ""
        yield Input(self._initial, compact=True, classes=long)
        yield Static(words(self._wrong), classes="wrong")
        yield Static(words(say("enter does it · esc changes nothing")), classes="hint")

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        try:
            result = self._parse(event.value)
        except ValueError as error:
            self.query_one(".wrong", Static).update(words(str(error)))
            return
        self._initial = event.value
        self.dismiss(result)

    def on_input_changed(self, event: Input.Changed) -> None:
        if event.value != self._initial:
            self.query_one(".wrong", Static).update("")

    def again(self, why: str) -> EntryDialog[Result]:
        return EntryDialog(
            self.box_title, self._prompt, self._parse, initial=self._initial, wrong=why
        )


class Line(Input):
    """A line to type that takes a pasted text of several lines whole, as one line."""

    def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        pasted = (line.rstrip().removesuffix("\\").strip() for line in event.text.splitlines())
        self.insert_text_at_cursor(" ".join(filter(None, pasted)))


class FormDialog(Dialog[Result]):
    """Several lines to type; enter goes to the next one, and on the last one makes the result."""

    def __init__(
        self,
        title: str,
        fields: Sequence[tuple[str, str]],
        parse: Callable[[tuple[str, ...]], Result],
        wrong: str = "",
    ) -> None:
        """`fields` are labels and what stands there at first."""
        super().__init__(title)
        self._fields, self._parse, self._wrong = fields, parse, wrong

    def inside(self) -> ComposeResult:
        for label, initial in self._fields:
            yield Static(words(label))
            yield Line(initial, compact=True, classes="field")
        yield Static(words(self._wrong), classes="wrong")
        hint = say("enter: next, at last does it · tab moves · esc changes nothing")
        yield Static(words(hint), classes="hint")

    def on_mount(self) -> None:
        self.query(Line).first().focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        lines = list(self.query(Line))
        if event.input is not lines[-1]:
            self.focus_next()
            return
        typed = tuple(line.value for line in lines)
        try:
            result = self._parse(typed)
        except ValueError as error:
            self.query_one(".wrong", Static).update(words(str(error)))
            return
        labels = (label for label, _ in self._fields)
        self._fields = tuple(zip(labels, typed, strict=True))
        self.dismiss(result)

    def on_input_changed(self, event: Input.Changed) -> None:
        if all(event.value != initial for _, initial in self._fields):
            self.query_one(".wrong", Static).update("")

    def again(self, why: str) -> FormDialog[Result]:
        return FormDialog(self.box_title, self._fields, self._parse, why)


class DetailDialog(Dialog[None]):
    """Labels and values to read, and a text below them; any of the usual keys closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,q,space", "cancel", show=False)]

    def __init__(self, title: str, lines: Sequence[tuple[str, str]], below: str = "") -> None:
        super().__init__(title)
        self._lines, self._below = lines, below

    def inside(self) -> ComposeResult:
        with VerticalScroll():
            yield Static(pairs(self._lines))
            if self._below:
                yield Static(marked(self._below), classes="below")
        hint = say("arrows scroll · esc closes") if self._below else say("esc closes")
        yield Static(words(hint), classes="hint")


def marked(text: str) -> Content:
    """Lines that begin with a mark, ``>``, ``<`` or ``*``, which is furniture."""
    return Content("\n").join(
        Content.assemble((glyphs.current().plain(line[:2]), "$foreground-muted"), words(line[2:]))
        for line in text.split("\n")
    )


def pairs(lines: Sequence[tuple[str, str]]) -> Content:
    """Labels and values under each other."""
    width = max((Content(label).cell_length for label, _ in lines), default=0)
    return Content("\n").join(
        Content.assemble(
            (label + " " * (width - Content(label).cell_length + 2), "$foreground-muted"), value
        )
        for label, value in lines
    )
