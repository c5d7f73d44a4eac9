"""The phases of a request, in their order."""

from __future__ import annotations

from enum import StrEnum


class Phase(StrEnum):
    """A request on a connection that is open has neither of the first three."""

    DNS = "dns"
    """Finding the target's address, where that was not known."""
    CONNECT = "connect"
    """The TCP handshake."""
    TLS = "tls"
    """The TLS handshake."""
    SEND = "send"
    """Until the last byte of a streamed body was handed to the kernel; 0 for prepared requests."""
    WAIT = "wait"
    """From there to the first byte of the answer."""
    RECEIVE = "receive"
    """From the first byte of the answer to the last."""
