"""Everything needed to connect to a host: what was given for it, over the user's configuration."""

from __future__ import annotations

import getpass
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from perfconsole.servers.faults import Retry, ServerFault
from perfconsole.servers.ssh.address import Address, parse_address
from perfconsole.servers.ssh.asked_options import Options, asked_options, last
from perfconsole.servers.ssh.jump import through
from perfconsole.servers.ssh.known_hosts import lookup_name
from perfconsole.texts import say

MOST_JUMPS = 8


@dataclass(frozen=True, slots=True)
class HostConfig:
    written: str
    """Host, and port if any, as the person wrote them."""
    alias: str
    """What the configuration knows it as."""
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
    via: HostConfig | None = None
    """The jump host before it."""
    proxy_command: str | None = None
    """For a shell; its standard input and output are the connection."""
    control_path: Path | None = None
    """Where a master connection of the user's is, if one is open."""
    keywords: frozenset[str] = frozenset()
    """What this ssh knows of, or the configuration sets, in lower case."""
    own_known_hosts: bool = False
    """The known_hosts file was given for this server, it is not the user's."""
    pin: str | None = None
    """``SHA256:...`` of the only host key to accept."""
    password: str | None = field(default=None, repr=False)
    passphrases: Mapping[str, str] = field(default_factory=dict, repr=False)
    """By the path of the key file that each unlocks."""

    @property
    def where(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def login(self) -> str:
        return f"{self.user}@{self.where}"

    @property
    def key_files(self) -> tuple[Path, ...]:
        """All that may be offered, once each, in order."""
        named = (self.identity,) if self.identity else ()
        if self.password is not None:
            return named
        return tuple(dict.fromkeys((*named, *self.identity_files)))

    def proxy_of(self, *, unlocks: bool = False) -> tuple[str, ...]:
        """The command that is the connection, empty for none. `unlocks`: it can ask for the
        passphrases of keys."""
        if self.via is not None:
            jump = Address(self.via.alias, self.via.user, self.via.port)
            proxy = self.via.proxy_of(unlocks=unlocks)
            return through(jump, proxy, f"[{self.host}]:{self.port}", unlocks=unlocks)
        if self.proxy_command is not None:
            return ("/bin/sh", "-c", f"exec {self.proxy_command}")
        return ()

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

    Blocks for the time of one ``ssh -G``, and one for each jump host. Raises ServerFault when the
    configuration is broken.
    """
    return _Reading(config_file, environ_agent).of(address, identity, known_hosts)


@dataclass(slots=True)
class _Reading:
    config_file: Path | None
    environ_agent: str | None
    jumps: int = 0

    def of(
        self,
        address: Address,
        identity: str | None = None,
        known_hosts: str | None = None,
        jumps: str | None = None,
    ) -> HostConfig:
        """`jumps` are the jump hosts before it, when it is one itself and not the first."""
        options = asked_options(address, self.config_file)
        host = last(options, "hostname", address.host)
        port = address.port or int(last(options, "port", "22"))
        user = address.user or last(options, "user", "") or getpass.getuser()
        tokens = {
            "%": "%", "h": host, "n": address.host, "p": str(port), "r": user,
            "d": str(Path.home()), "u": getpass.getuser(),
        }  # fmt: skip
        command = None if jumps else last(options, "proxycommand", "none")
        files = known_hosts or " ".join(
            options.get("userknownhostsfile", []) + options.get("globalknownhostsfile", [])
        )
        return HostConfig(
            written=address.place,
            alias=address.host,
            host=host,
            port=port,
            user=user,
            name=last(options, "hostkeyalias", "").lower() or lookup_name(host, port),
            known_hosts=(_path(files),) if known_hosts else tuple(map(_path, _words(files))),
            identity=_path(identity) if identity else None,
            identity_files=tuple(
                _path(_expanded(file, tokens))
                for file in options.get("identityfile", [])
                if file != "none"
            ),
            only_identities=last(options, "identitiesonly", "no") == "yes",
            agent=_agent(last(options, "identityagent", "SSH_AUTH_SOCK"), self.environ_agent),
            via=self._via(jumps or last(options, "proxyjump", "none")),
            proxy_command=None if command in (None, "none") else _expanded(command, tokens),
            control_path=_control_path(options),
            keywords=frozenset(options),
            own_known_hosts=known_hosts is not None,
        )

    def _via(self, jumps: str) -> HostConfig | None:
        """The last of `jumps`, behind the others."""
        if jumps == "none":
            return None
        self.jumps += 1
        if self.jumps > MOST_JUMPS:
            raise ServerFault(
                say("ProxyJump: over {n} hosts, or in a circle", n=MOST_JUMPS), Retry.SLOWLY
            )
        before, _, jump = jumps.rpartition(",")
        try:
            address = parse_address(jump.removeprefix("ssh://"))
        except ValueError as error:
            raise ServerFault(say("ProxyJump: {why}", why=error), Retry.SLOWLY) from None
        return self.of(address, jumps=before or None)


def _words(text: str) -> list[str]:
    return [word for word in text.split() if word != "none"]


def _path(text: str) -> Path:
    return Path(text).expanduser()


def _expanded(text: str, tokens: Mapping[str, str]) -> str:
    """With ssh's own ``%h`` and the like put in; one that is not known here stays."""
    return re.sub(r"%(.)", lambda token: tokens.get(token[1], token[0]), text)


def _agent(setting: str, environ_agent: str | None) -> Path | None:
    if setting == "none":
        return None
    if setting == "SSH_AUTH_SOCK":
        return Path(environ_agent) if environ_agent else None
    return _path(setting)


def _control_path(options: Options) -> Path | None:
    path = last(options, "controlpath", "none")
    return None if path == "none" else _path(path)
