"""A group whose flow is in Python: a function of a user's file, played once an iteration."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from perfconsole.injector.actor import Leave
from perfconsole.injector.answer import keep_all_headers
from perfconsole.injector.dialer import tls_context
from perfconsole.injector.driving import Driven, Leaving
from perfconsole.injector.engine import Engine
from perfconsole.injector.failure import Failure
from perfconsole.injector.player import Player
from perfconsole.injector.printed import take_prints
from perfconsole.injector.python_module import functions_of
from perfconsole.injector.request import Origin
from perfconsole.injector.script_answer import StepFailed
from perfconsole.injector.script_api import ScriptVu
from perfconsole.injector.script_errors import failure_of, traceback_text
from perfconsole.injector.script_names import ScriptNames
from perfconsole.injector.script_requests import Requests
from perfconsole.injector.script_tasks import owner, watch_tasks
from perfconsole.injector.vu import Vu
from perfconsole.model.plan import GroupPlan, InjectorPlan, PythonFlow, TargetPlan
from perfconsole.model.scalars import OnError
from perfconsole.model.wait import Wait
from perfconsole.texts import say

Function = Callable[[ScriptVu], Coroutine[Any, Any, object]]


class Flow:
    """What the VUs of a group in this injector share.

    Raises Unusable when its file cannot be loaded.
    """

    def __init__(
        self, group: GroupPlan, python: PythonFlow, whole: InjectorPlan, engine: Engine
    ) -> None:
        self.engine = engine
        self.group = group
        self.injector = whole.injector
        self.target: TargetPlan = whole.target
        self.function = python.function
        self.folder = str(Path(python.path).parent)
        self.timeout_s = python.timeout_s
        self.on_error: OnError = group.on_error
        self.columns = {name: data.columns for name, data in whole.data.items()}
        self.names = ScriptNames(group.name, python.function, engine.recorder, engine.trouble)
        self.requests = Requests(group, python.timeout_s, Origin.of(whole.target), self.names)
        self.usual_waits: list[Wait] = []
        """Think times of an iteration, as the last one had that came to its end."""
        keep_all_headers()
        watch_tasks(engine.loop)
        if engine.printed is not None:
            take_prints(engine.printed)
        if engine.watchdog is not None:
            engine.watchdog.know(python.function, self.folder)
        functions = functions_of(python.path, python.function)
        self.steps = (PlayPython(self, functions.iteration, is_iteration=True),)
        self.init = _played(self, functions.init)
        self.end = _played(self, functions.end)

    @cached_property
    def tls(self) -> ssl.SSLContext:
        """Of all the VUs' httpx clients; it takes long to make."""
        return tls_context(self.target)

    def note(self, vu: ScriptVu, failure: Failure, told: Callable[[], str] | None = None) -> None:
        """An error that no request had."""
        vu.user.error(self.function, vu.user.values.hiding(failure), told)


@dataclass(frozen=True, slots=True)
class PlayPython:
    """The one step of such a group's script."""

    flow: Flow
    function: Function
    is_iteration: bool
    """Not what is played once, before the iterations or after them."""

    async def play(self, vu: Player) -> bool:
        user = cast(Vu, vu)
        script = user.script
        if not isinstance(script, ScriptVu):
            tracer = self.flow.engine.tracer
            made = ScriptVu if tracer is None else tracer.script_vu
            script = user.script = made(self.flow, user)
            owner.set(script)
        script.begin(self.flow)
        if self.is_iteration:
            script.iteration += 1
        came_to_end = await self._played_through(script)
        if script.tasks:
            await self._end_tasks(script)
        if user.task is not None and user.task.cancelling() and not script.must_go:
            await _forget_cancelling(user.task)
        if self.is_iteration and came_to_end:
            self.flow.usual_waits = script.waited
        return await self._settled(script, came_to_end)

    def thinks(self, vu: Player) -> Iterable[Wait]:
        """As the last whole iteration had them."""
        return self.flow.usual_waits if self.is_iteration else ()

    async def _settled(self, script: ScriptVu, came_to_end: bool) -> bool:
        """What follows when steps of it have failed, as the group has it."""
        user, on_error = script.user, self.flow.on_error
        if script.failures and on_error.startswith("stop"):
            why = say("{step} failed in {group}", step=self.flow.function, group=user.group)
            user.give_up(on_error == "stop_group", why)
        if came_to_end:
            user.tolerated += script.failures
            return True
        if script.did_nothing:
            user.browser.connect_failed = True  # a mistake is no busy loop
        user.skipped.append(iter(self.flow.usual_waits[len(script.waited) :]))
        await asyncio.sleep(0)
        return False

    async def _played_through(self, script: ScriptVu) -> bool:
        """Whether no exception ended it. Raises Leave, and CancelledError, to leave."""
        try:
            await Driven(_begun(self.function, script), script)
        except Leaving:
            script.tasks.cancel()
            if script.must_go:
                raise asyncio.CancelledError from None
            if script.ended is not None:
                raise script.ended from None
            raise Leave from None
        except StepFailed:
            script.failures += script.failures == 0
            return False
        except asyncio.CancelledError as error:
            if script.must_go:
                script.tasks.cancel()
                raise
            self._failed(script, error)
            return False
        except GeneratorExit:
            raise
        except BaseException as error:
            self._failed(script, error)
            return False
        finally:
            script.end_iteration()
        return True

    def _failed(self, script: ScriptVu, error: BaseException) -> None:
        script.failures += 1
        values, folder = script.user.values, self.flow.folder
        self.flow.note(
            script, failure_of(error), lambda: values.hidden(traceback_text(error, folder))
        )

    async def _end_tasks(self, script: ScriptVu) -> None:
        left = await script.tasks.end()
        if left:
            self.flow.engine.trouble(
                say("{flow} leaves tasks behind that do not end when they are cancelled",
                    flow=self.flow.function)
            )  # fmt: skip
        for error in script.tasks.unheard():
            self._failed(script, error)


def _played(flow: Flow, function: Function | None) -> tuple[PlayPython, ...]:
    return () if function is None else (PlayPython(flow, function, is_iteration=False),)


def _begun(function: Function, script: ScriptVu) -> Coroutine[Any, Any, object]:
    begun = function(script)
    return begun if asyncio.iscoroutine(begun) else _awaiting(begun)


async def _awaiting(something: Any) -> object:
    """What a decorator made of a flow."""
    return await something


async def _forget_cancelling(task: asyncio.Task[Any]) -> None:
    """The flow has cancelled the task that plays it: that was for the flow alone."""
    while task.uncancel():
        pass
    with suppress(asyncio.CancelledError):
        await asyncio.sleep(0)  # where it comes out if it was not delivered yet
