"""Logging in: with the server's own key, the agent's, the configured ones, or with a password.

Nobody is asked for passwords or passphrases here: what there is was asked for before the run.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import paramiko
from paramiko.ssh_exception import PartialAuthentication

from perfconsole.servers.ssh.agent import Agent
from perfconsole.servers.ssh.hostconfig import HostConfig
from perfconsole.servers.ssh.key_file import public_blob
from perfconsole.servers.ssh.login_words import asks_for, offered, refused, still_locked
from perfconsole.servers.ssh.password_login import broke_off, by_password
from perfconsole.servers.ssh.private_key import load_key
from perfconsole.texts import say

MOST_KEYS = 12
"""To offer; a server hangs up after a few (``MaxAuthTries``, 6 by default)."""


@dataclass(slots=True)
class _Offers:
    """What was tried, for the line that says why it did not do."""

    made: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    locked: list[Path] = field(default_factory=list)
    in_agent: set[bytes] = field(default_factory=set)

    def why(self) -> list[str]:
        locked = [
            still_locked(path) for path in self.locked if public_blob(path) not in self.in_agent
        ]
        return [offered(self.made), *(self.left_out + locked)[:3]]


def log_in(transport: paramiko.Transport, config: HostConfig, timeout_s: float) -> None:
    """Authenticate a connection whose host key was verified.

    Raises ServerFault; one that is never to be tried again when the server said no.
    """
    offers = _Offers()
    with contextlib.ExitStack() as cleanup:
        wanted = _by_keys(transport, config, timeout_s, offers, cleanup)
    if transport.is_authenticated():
        return
    if config.password is None:
        raise refused(config, *([asks_for(wanted)] if wanted else offers.why()))
    why = by_password(transport, config, config.password, timeout_s)
    if not transport.is_authenticated():
        raise refused(config, *(offers.why() if offers.made else ()), why)


def _by_keys(
    transport: paramiko.Transport,
    config: HostConfig,
    timeout_s: float,
    offers: _Offers,
    cleanup: contextlib.ExitStack,
) -> list[str]:
    """What the server asks for besides keys, or instead of them."""
    for label, key in _keys(config, offers, cleanup):
        offers.made.append(label)
        error = _offer(transport, config.user, key, timeout_s)
        if transport.is_authenticated():
            break
        match error:
            case paramiko.BadAuthenticationType() | PartialAuthentication():
                return error.allowed_types
            case None if transport.is_active():
                continue  # not this key
            case None:  # it took its leave properly: too many keys (MaxAuthTries)
                raise refused(config, *offers.why(), say("then it hung up"))
            case _:
                raise broke_off(config)
    return []


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
    passphrases = config.passphrases
    offers.left_out += [
        say("{path} is not there", path=path) for path in named if not os.path.exists(path)
    ]
    yield from _from_files(named, passphrases, offers)
    if config.password is None:
        yield from _from_agent(config, named, offers, cleanup)
        yield from _from_files(config.identity_files, passphrases, offers)


def _from_agent(
    config: HostConfig, named: list[Path], offers: _Offers, cleanup: contextlib.ExitStack
) -> Iterator[tuple[str, paramiko.PKey]]:
    """The agent's keys; one that is named for this server comes first, if it is locked on disk."""
    if config.agent is None:
        return
    try:
        agent = Agent(config.agent)
    except (OSError, paramiko.SSHException):
        offers.left_out.append(say("the agent at {path} does not answer", path=config.agent))
        return
    cleanup.callback(agent.close)
    first = {public_blob(path) for path in named}
    wanted = first | {public_blob(path) for path in config.identity_files}
    keys = sorted(agent.get_keys(), key=lambda key: key.asbytes() not in first)
    offers.in_agent = {key.asbytes() for key in keys}
    for key in keys:
        if key.asbytes() in wanted or not config.only_identities:
            yield say("agent key {name}", name=key.comment or key.name), key


def _from_files(
    paths: Iterable[Path], passphrases: Mapping[str, str], offers: _Offers
) -> Iterator[tuple[str, paramiko.PKey]]:
    for path in paths:
        passphrase = passphrases.get(str(path))
        if os.path.exists(path) and (key := _load(path, passphrase, offers)) is not None:
            yield str(path), key


def _load(path: Path, passphrase: str | None, offers: _Offers) -> paramiko.PKey | None:
    try:
        return load_key(path, passphrase)
    except (TypeError, paramiko.PasswordRequiredException):
        # TypeError is how the key loaders say that a passphrase is missing.
        offers.locked.append(path)
    except OSError as error:
        offers.left_out.append(say("{path}: {why}", path=path, why=error.strerror))
    except Exception:  # a key file may be broken or foreign in any way; its words stay unsaid
        offers.left_out.append(say("{path} is no key that can be used here", path=path))
    return None
