"""What only a person knows and a login to a server needs: found before the run starts."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from perfconsole.model.server_spec import ASK, ServerSpec
from perfconsole.servers.faults import ServerFault
from perfconsole.servers.ssh.address import parse_address
from perfconsole.servers.ssh.hostconfig import HostConfig, host_config
from perfconsole.servers.ssh.key_file import KeyFile, key_file
from perfconsole.servers.transports.mux import is_master

AT_ONCE = 8
_USUAL_KEYS = frozenset(
    f"id_{kind}" for kind in ("dsa", "ecdsa", "ecdsa_sk", "ed25519", "ed25519_sk", "rsa", "xmss")
)
"""Names that ssh looks for by itself, in ``~/.ssh``."""


@dataclass(slots=True)
class Wanted:
    """Each with the names of the servers that it is for."""

    passphrases: dict[Path, list[str]] = field(default_factory=dict)
    """By locked key file."""
    passwords: dict[str, list[str]] = field(default_factory=dict)
    """By login, ``user@host:22``: those that are to be asked for."""


def wanted(servers: Mapping[str, ServerSpec]) -> Wanted:
    """Blocks for as long as ``ssh -G`` takes. A server whose configuration is broken is left out:
    the run says it."""
    over_ssh = {name: spec for name, spec in servers.items() if spec.ssh is not None}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        configs = dict(zip(over_ssh, pool.map(_config, over_ssh.values()), strict=True))
    found = Wanted()
    agents = _Agents()
    for name, config in configs.items():
        if config is None:
            continue
        spec = over_ssh[name]
        if spec.password == ASK:
            found.passwords.setdefault(config.login, []).append(name)
        for path in _locked(spec, config, agents):
            found.passphrases.setdefault(path, []).append(name)
    return found


def _config(spec: ServerSpec) -> HostConfig | None:
    agent = os.environ.get("SSH_AUTH_SOCK")
    try:
        address = parse_address(spec.ssh or "")
        return host_config(address, spec.identity, spec.known_hosts, environ_agent=agent)
    except (ServerFault, ValueError):
        return None


def _locked(spec: ServerSpec, config: HostConfig, agents: _Agents) -> list[Path]:
    """Key files without which the server, or a jump host before it, cannot be logged in to."""
    theirs = config.control_path if spec.transport == "openssh" and spec.pin is None else None
    if theirs is not None and is_master(theirs):
        return []
    found = [] if spec.password and not spec.identity else _locked_of(config, agents)
    hop = config.via
    while hop is not None:
        found += _locked_of(hop, agents)
        hop = hop.via
    return found


def _locked_of(config: HostConfig, agents: _Agents) -> list[Path]:
    """Of one host. None when one of its keys can be used as it is."""
    paths: Iterable[Path]
    if config.identity is not None:
        paths = (config.identity,)
    else:
        own = [path for path in config.identity_files if not _is_usual(path) and path.exists()]
        if not own and agents.keys(config.agent):
            return []
        paths = own or config.identity_files
    files = {path: file for path in paths if (file := key_file(path)) is not None}
    if any(_usable(file, agents.keys(config.agent)) for file in files.values()):
        return []
    return list(files)


def _is_usual(path: Path) -> bool:
    return path.name in _USUAL_KEYS and path.parent == Path.home() / ".ssh"


def _usable(file: KeyFile, in_agent: frozenset[bytes]) -> bool:
    return not file.locked or file.public in in_agent


class _Agents:
    """What each holds, asked once."""

    def __init__(self) -> None:
        self._known: dict[Path, frozenset[bytes]] = {}

    def keys(self, agent: Path | None) -> frozenset[bytes]:
        if agent is None:
            return frozenset()
        if agent not in self._known:
            self._known[agent] = _keys_in(agent)
        return self._known[agent]


def _keys_in(path: Path) -> frozenset[bytes]:
    import paramiko  # takes 0.2 s: only where there is an agent to ask

    from perfconsole.servers.ssh.agent import Agent

    try:
        agent = Agent(path)
    except (OSError, paramiko.SSHException):
        return frozenset()
    try:
        return frozenset(key.asbytes() for key in agent.get_keys())
    finally:
        agent.close()
