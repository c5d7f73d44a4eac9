"""Where a server is, as people write it: ``user@host:22``, ``[::1]:22``, an alias of ssh's."""

from __future__ import annotations

import re
from dataclasses import dataclass

from perfconsole.texts import say

_HOST = re.compile(r"[A-Za-z0-9_.:%][A-Za-z0-9_.:%-]*")
_USER = re.compile(r"[A-Za-z0-9_.\\][A-Za-z0-9_.\\@+-]*")


@dataclass(frozen=True, slots=True)
class Address:
    """Host and user hold no character that a shell or a known_hosts line could take amiss."""

    host: str
    user: str | None = None
    port: int | None = None

    @property
    def place(self) -> str:
        """Without the user."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"


def parse_address(text: str) -> Address:
    """The address that `text` names. Raises ValueError with what would be right."""
    user, at, place = text.strip().rpartition("@")
    host, port = _split_port(place)
    if not _HOST.fullmatch(host) or (at and not _USER.fullmatch(user)):
        raise ValueError(
            say("{text!r} is no server; write user@host, user@host:22 or [::1]:22", text=text)
        )
    if port is None:
        return Address(host, user or None)
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError(say("{port!r} is no port; one from 1 to 65535 is", port=port))
    return Address(host, user or None, int(port))


def _split_port(place: str) -> tuple[str, str | None]:
    if match := re.fullmatch(r"\[([^\]]*)\](?::(.*))?", place):
        return match[1], match[2]
    if place.count(":") == 1:
        host, _, port = place.partition(":")
        return host, port
    return place, None
