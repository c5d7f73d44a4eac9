"""A rehearsal as a person reads it: a line for each thing, indented as its step is nested."""

from __future__ import annotations

from collections.abc import Iterator

from perfconsole.metrics.figures import byte_size, milliseconds, three_digits
from perfconsole.model import rehearsing as told
from perfconsole.report.ink import Ink
from perfconsole.report.text_table import shortened
from perfconsole.scenario.secret_mark import MASK
from perfconsole.texts import say

LABEL_CELLS = 8
SEEN_LINES = 12
"""Of an answer that is not as it must be."""
SHORTEST_PHASE_MS = 0.05


class Telling:
    """`glyphs`: whether a tick and a cross can be printed."""

    def __init__(self, ink: Ink, width: int, *, full: bool = False, glyphs: bool = True) -> None:
        self._ink = ink
        self._width = width
        self._full = full
        self._good, self._bad = ("✓", "✗") if glyphs else (say("ok"), say("FAILED"))
        self._label = ""
        """Of the step that began last."""
        self._answer: told.Answered | None = None
        """Its own, when it has one."""

    def lines(self, traced: told.Traced) -> Iterator[str]:
        match traced:
            case told.StepBegan():
                self._label, self._answer = traced.label, None
                yield self._step(traced)
            case told.Sent():
                self._answer = None
                yield from self._sent(traced)
            case told.Answered():
                self._answer = traced
                yield from self._answered(traced)
            case told.Redirected():
                yield self._line(say("redirected to {url}", url=traced.url), faint=True)
            case told.Checked():
                yield self._line(f"{self._good} {traced.what}", faint=True)
            case told.Failed():
                yield from self._failed(traced)
            case told.Valued():
                yield self._line(f"{traced.name} = {traced.value}")
            case told.TransactionEnded():
                mark = self._good if traced.passed else self._bad
                took = milliseconds(traced.ms)
                text = say('transaction "{name}" {time}', name=traced.name, time=took)
                yield self._line(f"{mark} {text}", alarm=not traced.passed)
            case told.Told():
                for line in traced.text.splitlines():
                    yield self._line(line, alarm=True)
            case told.Over():
                yield from self._over(traced)

    # ------------------------------------------------------------ one kind each

    def _step(self, step: told.StepBegan) -> str:
        text = f"{step.label:<{LABEL_CELLS - 1}} {step.kind}: {step.what}"
        return self._ink.heading(self._cut(text))

    def _sent(self, sent: told.Sent) -> Iterator[str]:
        yield self._line(f"> {sent.method} {sent.url}")
        if self._full:
            yield from self._head(">", sent.headers)
            yield from (self._line(f"> {line}") for line in sent.body.splitlines())
            return
        for name, value in sent.headers:
            if MASK in value:  # what a login hangs on
                yield self._line(f"> {name}: {value}")
        if sent.body:
            yield self._line(f"> {' '.join(sent.body.split())}")

    def _answered(self, answer: told.Answered) -> Iterator[str]:
        phases = ", ".join(
            f"{phase} {three_digits(ms)}"
            for phase, ms in answer.phases_ms.items()
            if ms >= SHORTEST_PHASE_MS
        )
        text = f"< {answer.status} {answer.reason}  {milliseconds(answer.ms)}"
        text += f" ({phases})" if phases else ""
        yield self._line(f"{text}  {byte_size(answer.body_bytes)}")
        if self._full:
            yield from self._head("<", answer.headers)
            yield from (self._line(f"< {line}") for line in answer.body.splitlines())
        else:
            for name, mark in answer.cookies:
                yield self._line(say("cookie {name} = {mark}", name=name, mark=mark))

    def _failed(self, failed: told.Failed) -> Iterator[str]:
        is_own = failed.label == self._label
        answer = self._answer if is_own else None
        text = f"{self._bad} {failed.why if is_own else f'{failed.name}: {failed.why}'}"
        yield self._line(text, alarm=True, label="" if is_own else failed.label)
        first, *rest = failed.seen.splitlines() or [""]
        if first and not first.startswith("HTTP "):
            yield self._line(f"  {first}", alarm=True)
        yield from (self._line(f"  {line}", alarm=True) for line in failed.detail.splitlines())
        if self._full:
            return
        if answer is not None:
            yield from self._head("<", answer.headers)
            rest = [line for line in answer.body.splitlines() if line.strip()]
        yield from (self._line(f"< {line}") for line in rest[:SEEN_LINES])
        if len(rest) > SEEN_LINES:
            more = len(rest) - SEEN_LINES
            yield self._line(say("  {n} more lines; --full shows all", n=more), faint=True)

    def _head(self, mark: str, headers: tuple[tuple[str, str], ...]) -> Iterator[str]:
        for name, value in headers:
            yield self._line(f"{mark} {name}: {value}", faint=True)
        yield self._line(mark, faint=True)

    def _over(self, over: told.Over) -> Iterator[str]:
        if over.values:
            yield ""
            yield self._ink.heading(say("values at the end"))
        for name, value in over.values.items():
            yield self._cut(f"  {name} = {value}")
        yield ""
        if over.passed:
            yield self._ink.heading(f"{self._good} {say('passed')}")
        else:
            yield self._ink.alarm(f"{self._bad} {say('failed: {why}', why=self._safe(over.why))}")

    # ------------------------------------------------------------ a line

    def _line(self, text: str, *, faint: bool = False, alarm: bool = False, label: str = "") -> str:
        line = self._cut(f"{label:<{LABEL_CELLS - 1}} {text}")
        if alarm:
            return self._ink.alarm(line)
        return self._ink.faint(line) if faint else line

    def _cut(self, text: str) -> str:
        """As long as the terminal is wide; whole when all is to be seen."""
        safe = self._safe(text).rstrip()
        return safe if self._full else shortened(safe, self._width, self._ink)

    def _safe(self, text: str) -> str:
        return self._ink.words(text)
