"""What tells of a rehearsal while it is played: steps, values, failures, secrets masked.

An engine has one in a rehearsal only; the injectors of a run have none. What it hooks into are the
steps as they are compiled, and the browser of the VU.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal

from perfconsole.injector.echoes import hidden
from perfconsole.injector.exchange import worth_hiding
from perfconsole.injector.failure import Failure, one_line
from perfconsole.injector.player import Player, Step
from perfconsole.injector.trace_words import step_words
from perfconsole.injector.values import Values
from perfconsole.model import plan
from perfconsole.model import rehearsing as told
from perfconsole.model.script_walk import walk
from perfconsole.model.wait import Wait
from perfconsole.scenario.secret_mark import mark_of
from perfconsole.scenario.secret_text import is_secret_name, masked_text
from perfconsole.texts import say

if TYPE_CHECKING:
    from perfconsole.injector.browser import Browser
    from perfconsole.injector.httpx_browser import HttpxBrowser
    from perfconsole.injector.python_flow import Flow
    from perfconsole.injector.script_api import ScriptVu
    from perfconsole.injector.vu import Vu

VALUE_CHARS = 2000
"""Most that is told of a value."""
SEEN_CHARS = 4000
"""Most that is told of what was there instead."""
_END = "\0"
"""Behind a text that is whole: only where one is cut off may it end within a secret."""


@dataclass(frozen=True, slots=True)
class TracedStep:
    """A compiled step that tells when it is played."""

    made: Step
    planned: plan.Step
    tracer: Tracer

    async def play(self, vu: Player) -> Any:
        return await self.tracer.play(self.planned, self.made, vu)

    def thinks(self, vu: Player) -> Iterable[Wait]:
        return self.made.thinks(vu)


@dataclass(slots=True)
class Tracer:
    rehearsal: told.Rehearsal
    tell: Callable[[told.Traced], None]
    first_failure: told.Failed | None = None
    failures: int = 0
    answers: int = 0
    unreachable: bool = False
    """The first request got no connection."""
    values: dict[str, str] = field(default_factory=dict)
    """As told so far."""
    taken: set[str] = field(default_factory=set)
    """Secrets seen so far under names that say so."""
    _labels: dict[int, str] = field(init=False)
    """By the identity of the plan's steps: two of them may be equal."""
    _at: list[plan.Step] = field(default_factory=list)
    """The steps being played, the innermost last."""
    _looked_at: Values | None = None

    def __post_init__(self) -> None:
        (group,) = self.rehearsal.plan.groups
        script = group.script
        steps = walk((*script.init, *script.steps, *script.end))
        self._labels = dict(zip(map(id, steps), self.rehearsal.labels, strict=True))

    # ------------------------------------------------------------ what the engine asks for

    def step(self, planned: plan.Step, made: Step) -> Step:
        """`made`, compiled from `planned`, so that it tells of itself."""
        return TracedStep(made, planned, self)

    @property
    def browser(self) -> type[Browser]:
        """Of VUs on the first engine."""
        from perfconsole.injector.traced_browser import TracedBrowser

        return TracedBrowser

    def script_vu(self, flow: Flow, user: Vu) -> ScriptVu:
        """What a flow in Python is given."""
        from perfconsole.injector.traced_script import TracedScriptVu

        return TracedScriptVu(flow, user, self)

    @property
    def second_browser(self) -> type[HttpxBrowser]:
        from perfconsole.injector.traced_httpx import TracedHttpxBrowser

        return TracedHttpxBrowser

    # ------------------------------------------------------------ steps

    async def play(self, planned: plan.Step, made: Step, vu: Player) -> Any:
        """Whatever the step itself answers."""
        self.look(vu.values, "set")
        self.began(*step_words(planned), label=self.label_of(planned))
        self._at.append(planned)
        began, excluded_s, failures = perf_counter(), vu.excluded_s, self.failures
        try:
            return await made.play(vu)
        finally:
            self._at.pop()
            self.look(vu.values, "set")
            if isinstance(planned, plan.TransactionStep):
                took_s = perf_counter() - began - (vu.excluded_s - excluded_s)
                self.transaction_ended(
                    self.label_of(planned), planned.name, passed=self.failures == failures,
                    took_s=took_s,
                )  # fmt: skip

    def label_of(self, planned: plan.Step) -> str:
        return self._labels.get(id(planned), "")

    def began(self, kind: str, what: str, label: str = "") -> None:
        """A step; one of a flow in Python has no label."""
        if kind == "think" and not self.rehearsal.think:
            what = say("{time}, not waited", time=what)
        elif kind == "rendezvous":
            what = say("{point}, walked past", point=what)
        self.tell(told.StepBegan(label, kind, self.shown(what)))

    def transaction_ended(self, label: str, name: str, *, passed: bool, took_s: float) -> None:
        self.tell(told.TransactionEnded(label, self.shown(name), passed, 1000 * took_s))

    def checked(self, what: str) -> None:
        """By a flow in Python, and it holds."""
        self.tell(told.Checked(self.shown(what)))

    @property
    def request(self) -> plan.RequestStep | None:
        """The request step being played; None in a flow in Python."""
        step = self._at[-1] if self._at else None
        return step if isinstance(step, plan.RequestStep) else None

    # ------------------------------------------------------------ values

    def look(self, values: Values, how: Literal["given", "extracted", "set"]) -> None:
        """Tell what has changed since the last look; those a VU begins with are given to it."""
        if values is not self._looked_at:
            self._looked_at, how = values, "given"
        for name, value in list(values.items()):
            shown = self.value_shown(name, value)
            if self.values.get(name) != shown:
                self.values[name] = shown
                self.tell(told.Valued(name, shown, how))

    def value_shown(self, name: str, value: str) -> str:
        if is_secret_name(name.rpartition(".")[2]) or self._is_secret(value):
            self.taken.add(value)
            return mark_of(value)
        return one_line(self.shown(value), VALUE_CHARS)

    def _is_secret(self, value: str) -> bool:
        """Of a variable that is marked so, or taken from a place of secrets."""
        values = self._looked_at
        return (
            bool(value)
            and values is not None
            and values.hidden(value + _END) == mark_of(value) + _END
        )

    # ------------------------------------------------------------ masks

    def hidden(self, text: str, *, whole: bool = True) -> str:
        """`text` with a mark for every secret known so far, however it is written."""
        text = text + _END if whole else text
        if self._looked_at is not None:
            text = self._looked_at.hidden(text)
        return hidden(text, worth_hiding(self.taken)).removesuffix(_END)

    def shown(self, text: str) -> str:
        """The same, and with marks for what is a secret by its name."""
        return masked_text(self.hidden(text), self.taken)

    # ------------------------------------------------------------ what goes wrong

    def failed(self, name: str, failure: Failure, detail: str) -> None:
        """A request, its answer, or another step was not as it must be."""
        seen = self.shown(_sample(failure))[:SEEN_CHARS]
        label = self.label_of(self._at[-1]) if self._at else ""
        failed = told.Failed(
            label, self.shown(name), self.shown(failure.kind), seen, self.shown(detail)
        )
        self.failures += 1
        self.first_failure = self.first_failure or failed
        self.tell(failed)

    def trouble(self, text: str) -> None:
        self.tell(told.Told(self.shown(text)))

    def over(self, *, passed: bool) -> told.Over:
        """The last word, when the VU has ended and `passed` by its own count."""
        failed = self.first_failure
        if failed is None:
            why = "" if passed else say("the iteration failed")
        else:
            where = say("step {label}: ", label=failed.label) if failed.label else ""
            why = f"{where}{failed.name}: {failed.why}"
        return told.Over(
            passed and failed is None, why, self.values, self.unreachable and not self.answers
        )


def _sample(failure: Failure) -> str:
    try:
        return failure.sample if isinstance(failure.sample, str) else failure.sample()
    except Exception:  # what cannot be shown is a failure all the same
        return ""
