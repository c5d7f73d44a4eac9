"""One injector at work: takes orders, plays the plan, reports."""

from __future__ import annotations

import asyncio
import os
import socket
from random import Random
from typing import Literal

from perfconsole.injector.begun import Begun
from perfconsole.injector.dialer import Dialer
from perfconsole.injector.engine import Engine
from perfconsole.injector.failure import Unusable, one_line
from perfconsole.injector.gathering import Point
from perfconsole.injector.lease import Lease
from perfconsole.injector.link import Link
from perfconsole.injector.recorder import Recorder
from perfconsole.injector.redirect import Reach
from perfconsole.injector.request import Origin
from perfconsole.injector.second import SecondHand
from perfconsole.injector.watchdog import Watchdog
from perfconsole.injector.workload import Load, without_steps
from perfconsole.model import wire
from perfconsole.model.plan import InjectorPlan
from perfconsole.scenario.secret_text import masked_text
from perfconsole.texts import say

MOST_TROUBLES = 50
"""Distinct texts told in a run."""


class Service:
    """Its life: `Begin`, then orders as they come, then `Finish`."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, counter_fd: int, words_fd: int | None = None
    ) -> None:
        """`words_fd` is a file for what this process may not live to tell."""
        self._loop = loop
        self._counter_fd = counter_fd
        self._link = Link(loop, self._take)
        self._told: set[str] = set()
        self._engine: Engine | None = None
        self._load: Load
        self._second_hand: SecondHand
        self._finishing: asyncio.Task[None] | None = None
        self._listings: set[asyncio.Task[None]] = set()
        self._exit_status = 0
        self._watchdog = Watchdog(loop, self._trouble, words_fd)

    async def run(self, controller: socket.socket) -> int:
        """Serve until `Finish`; the exit status."""
        self._loop.set_exception_handler(self._unexpected)
        await self._loop.create_unix_connection(lambda: self._link, sock=controller)
        await self._link.closed
        return self._exit_status

    # ------------------------------------------------------------ orders

    def _take(self, order: wire.Order) -> None:
        if self._engine is None:
            if isinstance(order, wire.Begin):
                self._begin(order.plan)
            return
        self._engine.lease.renew()
        if self._finishing is None:
            try:
                self._act(order, self._engine)
            except Exception as error:  # an order must never end the injector
                self._unexpected(self._loop, {"exception": error})

    def _act(self, order: wire.Order, engine: Engine) -> None:
        match order:
            case wire.SetVus():
                self._load.set_vus(order, lambda: self._acted(order.order))
            case wire.SetRate():
                self._load.set_rate(order, lambda: self._acted(order.order))
            case wire.LoadScripts():
                self._load_scripts(order)
                self._acted(order.order)
            case wire.AddGroup():
                self._add_group(order)
                self._acted(order.order)
            case wire.SetThink():
                self._load.set_think(order.group, order.think)
                self._acted(order.order)
            case wire.Pause():
                self._load.pause(order.groups)
                self._acted(order.order)
            case wire.Resume():
                self._load.resume(order.groups, order.over_s, all=order.all)
                self._acted(order.order)
            case wire.Release():
                engine.points[order.point].release(order.release, order.count)
                self._acted(order.order)
            case wire.SwitchRendezvous():
                engine.points[order.point].switch(order.on, order.groups)
                self._acted(order.order)
            case wire.StopVus() | wire.PauseVus() | wire.ListVus() | wire.Trace() | wire.Mute():
                self._see_to(order)
            case wire.Finish():
                self._finishing = self._loop.create_task(self._finish())
            case wire.Begin() | wire.Lease():
                pass

    def _see_to(
        self, order: wire.StopVus | wire.PauseVus | wire.ListVus | wire.Trace | wire.Mute
    ) -> None:
        """Single VUs, and what is kept of groups."""
        match order:
            case wire.ListVus():
                listing = self._loop.create_task(self._list(order))
                self._listings.add(listing)
                listing.add_done_callback(self._listings.discard)
                return
            case wire.StopVus():
                self._load.stop_vus(order)
            case wire.PauseVus():
                self._load.pause_vus(order)
            case wire.Trace():
                self._load.trace(order)
            case wire.Mute():
                self._load.mute(order.group, on=order.on)
        self._acted(order.order)

    async def _list(self, order: wire.ListVus) -> None:
        try:
            self._link.send(await self._load.vus(order))
        except Exception as error:  # who asked hears nothing, and says so
            self._unexpected(self._loop, {"exception": error})

    def _load_scripts(self, order: wire.LoadScripts) -> None:
        try:
            self._load.load_scripts(order)
        except Unusable as error:
            self._trouble(say("the flows stay as they were: {why}", why=error))

    def _add_group(self, order: wire.AddGroup) -> None:
        try:
            self._load.add_group(order)
        except Unusable as error:
            self._load.add_group(without_steps(order))
            self._link.send(wire.StopWanted(order.group.name, masked_text(str(error))))

    def _acted(self, order: int) -> None:
        self._link.send(wire.Acted(order))

    # ------------------------------------------------------------ beginning and end

    def _begin(self, plan: InjectorPlan) -> None:
        try:
            engine = self._engine_for(plan)
            self._load = Load(plan, engine)
        except Unusable as error:
            self._link.send(wire.Trouble(str(error)))
            self._exit_status = 1
            self._link.close()
            return
        self._engine = engine
        self._second_hand = SecondHand(
            plan, self._loop, engine.recorder, self._load, self._link.send
        )
        self._watchdog.start()
        self._link.send(wire.Ready(os.getpid()))

    def _engine_for(self, plan: InjectorPlan) -> Engine:
        recorder = Recorder()
        points = {
            name: Point(name, name not in plan.rendezvous_off, self._link.send, self._loop)
            for name in plan.rendezvous
        }
        return Engine(
            loop=self._loop,
            recorder=recorder,
            begun=Begun(self._counter_fd, plan.injector),
            lease=Lease(plan.lease_s, self._loop),
            dialer=Dialer(plan.target, self._loop, recorder, self._trouble),
            origin=Origin.of(plan.target),
            reach=Reach.of(plan.target),
            max_redirects=plan.target.max_redirects,
            points=points,
            random=Random(f"{plan.seed}/{plan.injector}"),
            trouble=self._trouble,
            send=self._link.send,
            seed=f"{plan.seed}/{plan.injector}",
            printed=self._printed,
            watchdog=self._watchdog,
        )

    async def _finish(self) -> None:
        await self._load.cut()
        self._watchdog.stop()
        self._second_hand.finish()
        self._link.send(wire.Bye())
        self._link.close()

    # ------------------------------------------------------------ what went wrong

    def _trouble(self, text: str, level: Literal["warning", "error"] = "error") -> None:
        if text not in self._told and len(self._told) < MOST_TROUBLES:
            self._told.add(text)
            self._link.send(wire.Trouble(masked_text(text), level))

    def _printed(self, text: str) -> None:
        self._loop.call_soon_threadsafe(self._link.send, wire.Printed(text))

    def _unexpected(self, _loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        error = context.get("exception")
        what = f"{type(error).__name__}: {error}" if error else str(context.get("message", ""))
        self._trouble(say("an error inside the injector: {what}", what=one_line(what)))
