"""What the user's ssh configuration says of a host: asked of ``ssh -G``, the one that knows.

Without an ssh on this machine paramiko's own reader stands in; it ignores ``Include``.
"""

from __future__ import annotations

import getpass
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from perfconsole.servers.faults import Retry, ServerFault
from perfconsole.servers.ssh.address import Address, parse_address
from perfconsole.servers.ssh.known_hosts import lookup_name
from perfconsole.texts import say

ASK_S = 10.0
_DEFAULT_KEYS = ("~/.ssh/id_ed25519", "~/.ssh/id_ecdsa", "~/.ssh/id_rsa")
_DEFAULT_KNOWN_HOSTS = "~/.ssh/known_hosts /etc/ssh/ssh_known_hosts"


@dataclass(frozen=True, slots=True)
class HostConfig:
    """Everything needed to connect."""

    written: str
    """Host, and port if any, as the person wrote them."""
    host: str
    port: int
    user: str
    name: str
    """What the host is called in known_hosts."""
    known_hosts: tuple[Path, ...]
    """The first is the one to add to."""
    identity: Path | None
    """Key file given for this server."""
    identity_files: tuple[Path, ...]
    """Key files of the configuration."""
    only_identities: bool
    agent: Path | None
    """The agent's socket."""
    proxy: tuple[str, ...] = ()
    """Command whose standard input and output are the connection; empty for none."""
    own_known_hosts: bool = False
    """The known_hosts file was given for this server, it is not the user's."""

    @property
    def where(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def login(self) -> str:
        return f"{self.user}@{self.where}"

    @property
    def trust_command(self) -> str:
        """What to type to accept the host's key."""
        words = ["perfconsole", "hosts", "trust", self.written]
        words += ["--known-hosts", str(self.known_hosts[0])] if self.own_known_hosts else []
        return shlex.join(words)


def host_config(
    address: Address,
    identity: str | None = None,
    known_hosts: str | None = None,
    *,
    config_file: Path | None = None,
    environ_agent: str | None = None,
) -> HostConfig:
    """The configuration of a host; `identity` and `known_hosts` override what the files say.

    Blocks for the time of one ``ssh -G``. Raises ServerFault when the configuration is broken.
    """
    options = _ask_ssh(address, config_file) if shutil.which("ssh") else _read_file(address)
    host = _last(options, "hostname", address.host)
    port = address.port or int(_last(options, "port", "22"))
    user = address.user or _last(options, "user", "") or getpass.getuser()
    alias = _last(options, "hostkeyalias", "")
    files = known_hosts or " ".join(
        options.get("userknownhostsfile", []) + options.get("globalknownhostsfile", [])
    )
    return HostConfig(
        written=address.place,
        host=host,
        port=port,
        user=user,
        name=alias.lower() or lookup_name(host, port),
        known_hosts=(_path(files),) if known_hosts else tuple(map(_path, _words(files))),
        identity=_path(identity) if identity else None,
        identity_files=tuple(_path(f) for f in options.get("identityfile", []) if f != "none"),
        only_identities=_last(options, "identitiesonly", "no") == "yes",
        agent=_agent(_last(options, "identityagent", "SSH_AUTH_SOCK"), environ_agent),
        proxy=_proxy(options, address.host, host, port, user),
        own_known_hosts=known_hosts is not None,
    )


def _ask_ssh(address: Address, config_file: Path | None) -> dict[str, list[str]]:
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
    options: dict[str, list[str]] = {}
    for line in answer.stdout.splitlines():
        key, _, value = line.partition(" ")
        options.setdefault(key.lower(), []).append(value)
    return options


def _read_file(address: Address) -> dict[str, list[str]]:
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


def _last(options: dict[str, list[str]], key: str, default: str) -> str:
    return options.get(key, [default])[-1]


def _words(text: str) -> list[str]:
    return [word for word in text.split() if word != "none"]


def _path(text: str) -> Path:
    return Path(text).expanduser()


def _agent(setting: str, environ_agent: str | None) -> Path | None:
    if setting == "none":
        return None
    if setting == "SSH_AUTH_SOCK":
        return Path(environ_agent) if environ_agent else None
    return _path(setting)


def _proxy(
    options: dict[str, list[str]], alias: str, host: str, port: int, user: str
) -> tuple[str, ...]:
    command = _last(options, "proxycommand", "none")
    if command != "none":
        values = {"%": "%", "h": host, "n": alias, "p": str(port), "r": user}
        expanded = re.sub(r"%([%hnpr])", lambda token: values[token[1]], command)
        return ("/bin/sh", "-c", f"exec {expanded}")
    jumps = _last(options, "proxyjump", "none")
    if jumps == "none":
        return ()
    before, _, last = jumps.rpartition(",")
    try:
        jump = parse_address(last.removeprefix("ssh://"))
    except ValueError as error:
        raise ServerFault(say("ProxyJump: {why}", why=error), Retry.SLOWLY) from None
    target = f"[{host}]:{port}"
    argv = ["ssh", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-W", target]
    argv += ["-J", before] if before else []
    argv += ["-l", jump.user] if jump.user else []
    argv += ["-p", str(jump.port)] if jump.port else []
    return (*argv, "--", jump.host)
