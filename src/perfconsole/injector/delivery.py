"""What the kernel knows of the bytes sent on a connection: whether the target's side took them.

A server that has closed a connection takes nothing more on it, and each segment that it sends,
the one that closes included, says up to where it had taken what we sent. So when a connection is
closed, a request of which nothing is acknowledged was never read, and one of which a part is,
may have been. A reset does not tell: an acknowledgement that comes with it is not counted.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from dataclasses import dataclass

_TCP_INFO = struct.Struct("=120xQ16xII48xQQ")
"""Of Linux's ``struct tcp_info`` (4.19 and later): bytes_acked, notsent_bytes, min_rtt,
bytes_sent, bytes_retrans."""
_SYN = 1
"""It is counted as acknowledged, but not as sent."""


@dataclass(frozen=True, slots=True)
class Delivery:
    outstanding: int
    """Bytes written of which no acknowledgement came."""
    round_trip_s: float
    """The shortest seen on this connection."""
    taken: int
    """Bytes written, since the connection was opened, of which an acknowledgement came."""


def delivery(transport: asyncio.BaseTransport) -> Delivery | None:
    """How things stand on a TCP connection, open or just ended; None where that is not known.

    That is: anywhere but on Linux, and when TLS has let go of its socket (uvloop does at an end
    that no alert announced).
    """
    sock = transport.get_extra_info("socket")
    if sys.platform != "linux" or sock is None:
        return None
    try:
        info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO.size)
    except OSError:
        return None
    if len(info) < _TCP_INFO.size:
        return None
    acked, unsent, round_trip_us, sent, sent_again = _TCP_INFO.unpack(info)
    return Delivery(sent - sent_again + _SYN - acked + unsent, round_trip_us / 1e6, acked)
