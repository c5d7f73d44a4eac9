"""What the user's ssh configuration says of a host: asked of ``ssh -G``, the one that knows.

Without an ssh on this machine paramiko's own reader stands in; it ignores ``Include``.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from perfconsole.servers.faults import Retry, ServerFault
from perfconsole.servers.ssh.address import Address
from perfconsole.texts import say

ASK_S = 10.0
_DEFAULT_KEYS = ("~/.ssh/id_ed25519", "~/.ssh/id_ecdsa", "~/.ssh/id_rsa")
_DEFAULT_KNOWN_HOSTS = "~/.ssh/known_hosts /etc/ssh/ssh_known_hosts"

Options = dict[str, list[str]]
"""By lower-case keyword, the values in order."""


def asked_options(address: Address, config_file: Path | None = None) -> Options:
    """Blocks for the time of one ``ssh -G``. Raises ServerFault when the files are broken."""
    return _ask_ssh(address, config_file) if shutil.which("ssh") else _read_file(address)


def last(options: Options, key: str, default: str) -> str:
    return options.get(key, [default])[-1]


def _ask_ssh(address: Address, config_file: Path | None) -> Options:
    command = ["ssh", "-G"]
    command += ["-F", str(config_file)] if config_file else []
    command += ["-l", address.user] if address.user else []
    command += ["-p", str(address.port)] if address.port else []
    try:
        answer = subprocess.run(
            [*command, "--", address.host],
            stdin=subprocess.DEVNULL, capture_output=True, timeout=ASK_S,
            check=False, text=True, errors="replace",
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        raise ServerFault(
            say("ssh -G {host} gave no answer; look at your ssh configuration", host=address.host)
        ) from None
    if answer.returncode != 0:
        why = (answer.stderr.strip().splitlines() or ["?"])[0]
        raise ServerFault(
            say("ssh -G {host} failed: {why}", host=address.host, why=why), Retry.SLOWLY
        )
    options: Options = {}
    for line in answer.stdout.splitlines():
        key, _, value = line.partition(" ")
        options.setdefault(key.lower(), []).append(value)
    return options


def _read_file(address: Address) -> Options:
    import paramiko

    path = Path("~/.ssh/config").expanduser()
    try:
        config = paramiko.SSHConfig.from_path(str(path)) if path.exists() else paramiko.SSHConfig()
        found = config.lookup(address.host)
    except (OSError, paramiko.SSHException) as error:
        raise ServerFault(
            say("cannot use {path}: {why}", path=path, why=error), Retry.SLOWLY
        ) from None
    options = {
        key: [value] if isinstance(value, str) else list(value) for key, value in found.items()
    }
    options.setdefault("identityfile", list(_DEFAULT_KEYS))
    options.setdefault("userknownhostsfile", [_DEFAULT_KNOWN_HOSTS])
    return options
