"""What the kernel is asked seldom for: speeds of interfaces, TCP connections by state."""

from __future__ import annotations

from perfconsole.servers.board import Board
from perfconsole.servers.linux.seldom import link_speeds, parse_interfaces, parse_tcp_states
from perfconsole.servers.pull import SELDOM
from perfconsole.servers.seldom_loop import STALE_S, SeldomLoop
from perfconsole.servers.stream import Open


class KernelLoop(SeldomLoop):
    """It puts connections by state on the board, and the speeds of links."""

    def __init__(self, start: Open, link_mbps: float | None, board: Board) -> None:
        """`link_mbps` is what a person says of the server's links."""
        super().__init__(start, SELDOM)
        self._link_mbps = link_mbps
        self._board = board

    def _question(self) -> tuple[str, ...]:
        return ("",)

    def _take(self, text: str, now: float) -> bool:
        lines = text.split("\n")
        self._board.put(parse_tcp_states(lines), now + STALE_S)
        self._board.links = link_speeds(parse_interfaces(lines), self._link_mbps)
        return True
