"""Where the API listens besides its socket: ``127.0.0.1:8300``."""

from __future__ import annotations

import re

import msgspec

from perfconsole.texts import say

_FORM = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<host>[^\s:\[\]/@]+)):(?P<port>[0-9]{1,5})")


class ListenAt(msgspec.Struct, frozen=True):
    host: str
    """A name or an address; of IPv6 without brackets."""
    port: int
    """0: any that is free."""

    @property
    def text(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_listen(text: str) -> ListenAt:
    """Raises ValueError with what is right."""
    match = _FORM.fullmatch(text)
    if match is None or int(match["port"]) > 65535:
        raise ValueError(
            say("{text!r} is no place to listen; write 127.0.0.1:8300", text=text[:80])
        )
    return ListenAt(match["v6"] or match["host"], int(match["port"]))
