"""What prepares a test and cleans up after it: a scenario's commands and flows, one by one.

They run with the rights of whoever started the run. What they print and do is told as events of
the run, secrets masked; nothing of it is in its figures.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from perfconsole.controller.secret_values import mask_for
from perfconsole.controller.shell_command import shell
from perfconsole.injector.failure import one_line
from perfconsole.journal.folder import RunFolder
from perfconsole.metrics.figures import milliseconds
from perfconsole.model.rehearsing import Traced
from perfconsole.model.scenario import PreparationSpec, Scenario
from perfconsole.model.start import StartSpec
from perfconsole.pool.rehearsal_child import rehearse
from perfconsole.scenario.rehearsals import NoSuchFlow, rehearsal_of
from perfconsole.scenario.variables import known_values
from perfconsole.texts import say

KIND = "prepare"
"""Of its events."""

Note = Callable[[str, str, str, str], None]
"""Level, kind, text and detail of an event."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    why: str
    """Empty: it is none."""
    output: str = ""

    @property
    def last(self) -> str:
        """The last line of its output."""
        return one_line(self.output.rpartition("\n")[2])


class Preparations:
    def __init__(self, spec: StartSpec, scenario: Scenario, note: Note) -> None:
        self._spec = spec
        self._scenario = scenario
        self._note = note
        known = known_values(scenario.variables, spec.variables)
        self._variables = {name: known.texts[name] for name in scenario.variables}
        self._masked = mask_for(scenario, spec.variables)

    async def before(self) -> str:
        """Up to the first that fails; why it did, or an empty text."""
        return await self._play(say("before"), self._scenario.before, level="error")

    async def after(self) -> str:
        """All of them; why the first that failed did, or an empty text."""
        after = self._scenario.after
        failed = [await self._play(say("after"), (each,), level="warning") for each in after]
        return next(filter(None, failed), "")

    async def _play(self, when: str, steps: Iterable[PreparationSpec], *, level: str) -> str:
        for step in steps:
            what = f"{when}: {self._shown(step)}"
            self._note("info", KIND, say("{what}: begun", what=what), "")
            began = time.monotonic()
            outcome = await self._outcome(step)
            took = milliseconds(1000 * (time.monotonic() - began))
            if outcome.why:
                text = say("{what}: {why}, after {time}", what=what, why=outcome.why, time=took)
                text += f": {outcome.last}" if outcome.last else ""
                self._note(level, KIND, text, outcome.output)
                return text
            self._note("info", KIND, say("{what}: done in {time}", what=what, time=took),
                       outcome.output)  # fmt: skip
        return ""

    async def _outcome(self, step: PreparationSpec) -> _Outcome:
        try:
            return await (self._command(step) if step.command else self._flow(step))
        except OSError as error:
            return _Outcome(say("cannot be started: {why}", why=error.strerror or error))
        except Exception as error:  # whatever it is, the run must hear that it is not prepared
            return _Outcome(f"{type(error).__name__}: {one_line(self._masked(str(error)))}")

    async def _command(self, step: PreparationSpec) -> _Outcome:
        ended = await shell(
            step.command or "", self._spec.base or "/", self._environment(), step.timeout
        )
        output = self._masked(ended.output).rstrip()
        if ended.status == 0:
            return _Outcome("", output)
        if ended.status is None:
            why = say("not over within {s:g} s", s=step.timeout)
        else:
            why = say("exit status {n}", n=ended.status)
        return _Outcome(why, output)

    async def _flow(self, step: PreparationSpec) -> _Outcome:
        try:
            rehearsal = rehearsal_of(
                self._scenario, self._spec.target, step.flow or "", seed=self._spec.seed,
                timeout_s=step.timeout, think=True, tables=self._spec.data,
                values=self._spec.variables, base=self._spec.base,
            )  # fmt: skip
            over = await rehearse(rehearsal, _ignored, step.timeout)
        except NoSuchFlow as error:
            return _Outcome(str(error))
        return _Outcome("" if over.passed else one_line(self._masked(over.why)))

    def _environment(self) -> dict[str, str]:
        """Values as variables of the shell, never as a part of its text: nothing to inject."""
        own = {
            "PERFCONSOLE_RUN": RunFolder(Path(self._spec.folder)).run,
            "PERFCONSOLE_TARGET": self._spec.target,
        }
        values = {
            f"PERFCONSOLE_VAR_{name.replace('-', '_')}": value.replace("\0", "")
            for name, value in self._variables.items()
        }
        return own | values

    def _shown(self, step: PreparationSpec) -> str:
        if step.command is None:
            return say('flow "{name}"', name=step.flow)
        return one_line(self._masked(step.command), 100)


def _ignored(_: Traced) -> None:
    """Only how it ends is of interest."""
