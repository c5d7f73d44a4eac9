"""Logging in with keys: the server's own identity, the agent's, the configured ones.

No passwords and no passphrases are asked here: a run must not stop to ask.
"""

from __future__ import annotations

import base64
import contextlib
import os
import socket
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import paramiko
from paramiko.agent import AgentSSH
from paramiko.ssh_exception import PartialAuthentication

from perfconsole.servers.faults import Retry, ServerFault
from perfconsole.servers.ssh.hostconfig import HostConfig
from perfconsole.texts import say

AGENT_S = 5.0
MOST_KEYS = 12
"""To offer; a server hangs up after a few (``MaxAuthTries``, 6 by default)."""


class _Agent(AgentSSH):
    """The agent at a socket. paramiko's own knows only SSH_AUTH_SOCK and waits for ever."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(AGENT_S)
        try:
            self._socket.connect(str(path))
            self._connect(self._socket)  # type: ignore[attr-defined]  # not in the stubs
        except BaseException:
            self._socket.close()
            raise

    def close(self) -> None:
        self._socket.close()


@dataclass(slots=True)
class _Offers:
    """What was tried, for the line that says why it did not do."""

    made: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    locked: list[Path] = field(default_factory=list)
    in_agent: set[bytes] = field(default_factory=set)

    def __str__(self) -> str:
        made = ", ".join(self.made[:4]) + (", ..." if len(self.made) > 4 else "")
        tried = say("offered {keys}", keys=made) if made else say("there was no key to offer")
        locked = [
            say("{path} is locked and not in the agent: ssh-add {path}", path=path)
            for path in self.locked
            if _public_blob(path) not in self.in_agent
        ]
        return "; ".join([tried, *(self.left_out + locked)[:3]])


def log_in(transport: paramiko.Transport, config: HostConfig, timeout_s: float) -> None:
    """Authenticate a connection whose host key was verified.

    Raises ServerFault; one that is never to be tried again when the server said no.
    """
    offers = _Offers()
    with contextlib.ExitStack() as cleanup:
        for label, key in _keys(config, offers, cleanup):
            offers.made.append(label)
            error = _offer(transport, config.user, key, timeout_s)
            if transport.is_authenticated():
                return
            match error:
                case paramiko.BadAuthenticationType() | PartialAuthentication():
                    raise _refused(config, _wants(error.allowed_types))
                case None if transport.is_active():
                    continue  # not this key
                case None:  # it took its leave properly: too many keys (MaxAuthTries)
                    raise _refused(config, f"{offers}; " + say("then it hung up"))
                case _:
                    raise ServerFault(say("{where} broke off at login", where=config.where))
    raise _refused(config, str(offers))


def _offer(
    transport: paramiko.Transport, user: str, key: paramiko.PKey, timeout_s: float
) -> Exception | None:
    """What went wrong with one key; EOFError or OSError when the connection ended meanwhile.

    None without a login is the server's no: with the connection open, or after a goodbye.
    """
    done = threading.Event()
    try:
        transport.auth_publickey(user, key, event=done)
    except (paramiko.SSHException, OSError, EOFError) as error:
        return EOFError() if not transport.is_active() else error
    done.wait(timeout_s)
    return transport.get_exception()


def _refused(config: HostConfig, why: str) -> ServerFault:
    return ServerFault(
        say("login refused for {login}: {why}", login=config.login, why=why), Retry.NEVER
    )


def _wants(methods: list[str]) -> str:
    return say(
        "it asks for {methods}; only keys are supported here", methods=" or ".join(methods) or "?"
    )


def _keys(
    config: HostConfig, offers: _Offers, cleanup: contextlib.ExitStack
) -> Iterator[tuple[str, paramiko.PKey]]:
    """Keys and what to call them, in the order to offer them, each once."""
    seen: set[bytes] = set()
    for label, key in _candidates(config, offers, cleanup):
        if key.asbytes() not in seen and len(seen) < MOST_KEYS:
            seen.add(key.asbytes())
            yield label, key


def _candidates(
    config: HostConfig, offers: _Offers, cleanup: contextlib.ExitStack
) -> Iterator[tuple[str, paramiko.PKey]]:
    """The key named for this server, then the agent's, then the configured files."""
    named = [config.identity] if config.identity else []
    offers.left_out += [
        say("{path} is not there", path=path) for path in named if not os.path.exists(path)
    ]
    yield from _from_files(named, offers)
    yield from _from_agent(config, named, offers, cleanup)
    yield from _from_files(config.identity_files, offers)


def _from_agent(
    config: HostConfig, named: list[Path], offers: _Offers, cleanup: contextlib.ExitStack
) -> Iterator[tuple[str, paramiko.PKey]]:
    """The agent's keys; one that is named for this server comes first, if it is locked on disk."""
    if config.agent is None:
        return
    try:
        agent = _Agent(config.agent)
    except (OSError, paramiko.SSHException):
        offers.left_out.append(say("the agent at {path} does not answer", path=config.agent))
        return
    cleanup.callback(agent.close)
    first = {_public_blob(path) for path in named}
    wanted = first | {_public_blob(path) for path in config.identity_files}
    keys = sorted(agent.get_keys(), key=lambda key: key.asbytes() not in first)
    offers.in_agent = {key.asbytes() for key in keys}
    for key in keys:
        if key.asbytes() in wanted or not config.only_identities:
            yield say("agent key {name}", name=key.comment or key.name), key


def _from_files(paths: Iterable[Path], offers: _Offers) -> Iterator[tuple[str, paramiko.PKey]]:
    for path in paths:
        if os.path.exists(path) and (key := _load(path, offers)) is not None:
            yield str(path), key


def _load(path: Path, offers: _Offers) -> paramiko.PKey | None:
    try:
        return paramiko.PKey.from_path(path)
    except (TypeError, paramiko.PasswordRequiredException):
        # TypeError is how the key loaders say that a passphrase is missing.
        offers.locked.append(path)
    except OSError as error:
        offers.left_out.append(say("{path}: {why}", path=path, why=error.strerror))
    except Exception:  # a key file may be broken or foreign in any way; its words stay unsaid
        offers.left_out.append(say("{path} is no key that can be used here", path=path))
    return None


def _public_blob(path: Path) -> bytes | None:
    """The public half beside a key file: a help to find it in the agent, not a need."""
    try:
        return base64.b64decode(Path(f"{path}.pub").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return None
