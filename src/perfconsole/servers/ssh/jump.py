"""The way through jump hosts: this machine's own ssh, and each of them verified as the server is.

ssh itself would hand none of our options on to the jump hosts of its ``ProxyJump``: so each hop is
the proxy command of the next.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from perfconsole.servers.ssh.address import Address

KEYS_ONLY = "gssapi-with-mic,hostbased,publickey"
"""All that needs no typing, as ``BatchMode`` has it, but for the passphrases of keys."""
STRICT = {
    "StrictHostKeyChecking": "yes",
    "NoHostAuthenticationForLocalhost": "no",
    "UpdateHostKeys": "no",
    "ControlMaster": "no",
    "PermitLocalCommand": "no",
    "ForwardAgent": "no",
    "ConnectTimeout": "10",
    "ServerAliveInterval": "5",
    "ServerAliveCountMax": "3",
    "LogLevel": "ERROR",
}
"""Nothing asked, nothing written, nothing left behind, no wait without an end."""


def options(chosen: dict[str, str]) -> list[str]:
    """As arguments of ssh."""
    return [word for key, value in chosen.items() for word in ("-o", f"{key}={value}")]


def command_line(argv: Sequence[str]) -> str:
    """As an option of ssh that is a command for a shell."""
    return shlex.join(argv).replace("%", "%%")


def quoted(path: Path) -> str:
    """As an option of ssh that is a file."""
    return '"' + str(path).replace("%", "%%") + '"'


def through(
    jump: Address, proxy: Sequence[str], target: str, *, unlocks: bool = False
) -> tuple[str, ...]:
    """The command whose input and output lead by way of `jump` to `target`, a host and port.

    `proxy` is the command that leads to `jump`, if one does. `unlocks`: passphrases of keys can be
    asked for.
    """
    asking = {"PreferredAuthentications": KEYS_ONLY} if unlocks else {"BatchMode": "yes"}
    chosen = asking | STRICT
    if proxy:
        chosen["ProxyCommand"] = command_line(proxy)
    argv = ["ssh", *options(chosen), "-W", target]
    argv += ["-l", jump.user] if jump.user else []
    argv += ["-p", str(jump.port)] if jump.port else []
    return (*argv, "--", jump.host)
