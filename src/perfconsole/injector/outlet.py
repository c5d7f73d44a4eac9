"""By which a VU reaches the network: one of this machine's addresses, and a line of some speed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from perfconsole.injector.failure import Unusable
from perfconsole.injector.shaping import Line
from perfconsole.model.plan import GroupPlan
from perfconsole.scenario.own_addresses import not_of_here
from perfconsole.texts import say


@dataclass(frozen=True, slots=True)
class Outlet:
    address: str | None = None
    """Connections are bound to it; None: as the system chooses."""
    line: Line | None = None
    """None: as fast as it goes."""

    @property
    def local(self) -> tuple[str, int] | None:
        """What connections are bound to; the system chooses the port."""
        return None if self.address is None else (self.address, 0)

    def fitting(self, addresses: list[str]) -> list[str]:
        """Those of a target's addresses that can be reached from here, or all if none can."""
        if self.address is None:
            return addresses
        of_six = ":" in self.address
        return [each for each in addresses if (":" in each) == of_six] or addresses


ANY = Outlet()


def outlets(group: GroupPlan) -> Callable[[], Outlet]:
    """What makes the outlet of each new VU of a group; its addresses are taken in turn.

    Raises Unusable for an address that is not of this machine.
    """
    ips, bit_s = group.source_ips, group.bandwidth_bit_s
    if not ips and bit_s is None:
        return lambda: ANY
    if strangers := not_of_here(ips):
        raise Unusable(
            say(
                "{group}: source_ips: {ip} is no address of this machine",
                group=group.name,
                ip=strangers[0],
            )
        )
    numbers = count()

    def outlet() -> Outlet:
        address = ips[next(numbers) % len(ips)] if ips else None
        return Outlet(address, None if bit_s is None else Line(bit_s))

    return outlet
