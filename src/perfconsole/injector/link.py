"""The socket to the controller: orders in, reports out. When it ends, so does the process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

from perfconsole.injector.frames import FrameError, frame, order_frames
from perfconsole.injector.lease import leave_at_once
from perfconsole.model.wire import Order, Report


class Link(asyncio.Protocol):
    def __init__(self, loop: asyncio.AbstractEventLoop, on_order: Callable[[Order], None]) -> None:
        self._on_order = on_order
        self._frames = order_frames()
        self._transport: asyncio.Transport | None = None
        self._closing = False
        self.closed = loop.create_future()
        """Done when everything sent before `close` has gone out."""

    def send(self, report: Report) -> None:
        """Never waits: what the controller has not read yet is kept."""
        if self._transport is not None:
            self._transport.write(frame(report))

    def close(self) -> None:
        """Send what is left, then end."""
        self._closing = True
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        try:
            orders = self._frames.feed(data)
        except FrameError:
            leave_at_once()
        for order in orders:
            self._on_order(order)

    def eof_received(self) -> None:
        if not self._closing:
            leave_at_once()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._closing:
            leave_at_once()
        self.closed.set_result(None)
