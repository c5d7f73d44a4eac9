"""Which addresses are this machine's own: those that a socket can be bound to."""

from __future__ import annotations

import socket
from collections.abc import Iterable


def not_of_here(addresses: Iterable[str]) -> list[str]:
    """Those of `addresses` that nothing on this machine can connect from."""
    return [address for address in addresses if not _is_own(address)]


def _is_own(address: str) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return True
