"""Where the API listens besides its socket: ``127.0.0.1:8300``."""

from __future__ import annotations

import re
from ipaddress import ip_address

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

    @property
    def loopback(self) -> bool:
        """Whether only this machine reaches it; of a name other than localhost nobody knows."""
        try:
            return self.host == "localhost" or ip_address(self.host.partition("%")[0]).is_loopback
        except ValueError:
            return False

    def warning(self) -> str | None:
        """What whoever reaches further than this machine should know."""
        if self.loopback:
            return None
        return say(
            "the API on {at} is plain HTTP: whoever is on the way reads its token and can steer "
            "this run; safer is --listen 127.0.0.1:{port} and ssh -L {port}:127.0.0.1:{port}",
            at=self.text,
            port=self.port or say("PORT"),
        )


def hint(url: str, run: str) -> str:
    """Tells that the API is to be had on TCP, and where to read how."""
    return say(
        "the API listens on {url}; perfconsole ctl {run} api tells how to use it", url=url, run=run
    )


def parse_listen(text: str) -> ListenAt:
    """Raises ValueError with what is right."""
    match = _FORM.fullmatch(text)
    if match is None or int(match["port"]) > 65535:
        raise ValueError(
            say("{text!r} is no place to listen; write 127.0.0.1:8300", text=text[:80])
        )
    return ListenAt(match["v6"] or match["host"], int(match["port"]))
