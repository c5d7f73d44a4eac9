"""The system's own ssh: one master connection a server, and sessions on it.

The master is ours and ends with us, unless the user has one open already where the configuration
says (``ControlPath``): then that one is used, and stays.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from perfconsole.servers.child import child
from perfconsole.servers.faults import Retry, ServerFault
from perfconsole.servers.lifeline import Lifeline
from perfconsole.servers.private_folder import private_folder
from perfconsole.servers.ssh.askpass import NOBODY, Answers, answering
from perfconsole.servers.ssh.hostconfig import HostConfig
from perfconsole.servers.ssh.jump import KEYS_ONLY, STRICT, command_line, options, quoted
from perfconsole.servers.ssh.known_hosts import read_known_hosts
from perfconsole.servers.ssh.openssh_words import stalled, why_ended
from perfconsole.servers.ssh.overheard import Overheard, overhearing
from perfconsole.servers.stream import Open
from perfconsole.servers.transports.held_streams import HeldStreams
from perfconsole.servers.transports.mux import MuxStream, is_master, open_session
from perfconsole.texts import say

CONNECT_S = 35.0
"""From the first packet to the login."""
LOOK_S = 0.05


@contextlib.contextmanager
def by_openssh(config: HostConfig, life: Lifeline) -> Iterator[Open]:
    """Raises ServerFault, in the words that the other transport has for the same."""
    if shutil.which("ssh") is None:
        raise ServerFault(say("there is no ssh on this machine"), Retry.SLOWLY)
    streams = HeldStreams(life)

    def start(command: str) -> MuxStream:
        life.check()
        return streams.hold(open_session(path, command, life))

    with _master(config, life) as path:
        try:
            yield start
        finally:
            streams.close()


@contextlib.contextmanager
def _master(config: HostConfig, life: Lifeline) -> Iterator[Path]:
    """Where it listens."""
    theirs = config.control_path
    if theirs is not None and config.pin is None and is_master(theirs):
        yield theirs
        return
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(private_folder())
        overheard = stack.enter_context(overhearing())
        chosen = _choices(config)
        if config.pin is not None:
            chosen |= _pinned(config, folder, life)
        environment: Mapping[str, str] = NOBODY
        answers = None
        if config.password is not None or config.passphrases:
            environment, answers = stack.enter_context(answering(folder, config))
        master = folder / "master"
        argv = [
            "ssh", "-v", "-M", "-S", str(master), "-N", "-T", *options(chosen), "-l", config.user,
            "-p", str(config.port), "--", config.alias,
        ]  # fmt: skip
        sock = stack.enter_context(
            child(argv, overheard.theirs, {"LC_ALL": "C", **environment}, folder)
        )
        with life.holding(sock):
            _await(config, master, sock, overheard, answers)
        life.check()
        yield master


def _choices(config: HostConfig) -> dict[str, str]:
    chosen = {
        **STRICT, "LogLevel": "DEBUG1", "ControlMaster": "yes", "ControlPersist": "no",
        "ClearAllForwardings": "yes", "ForwardX11": "no", "Tunnel": "no",
        "NumberOfPasswordPrompts": "1",
    }  # fmt: skip
    if "forkafterauthentication" in config.keywords:
        chosen["ForkAfterAuthentication"] = "no"
    if config.password is not None:
        methods = "password,keyboard-interactive"
        chosen["PreferredAuthentications"] = f"publickey,{methods}" if config.identity else methods
    elif config.passphrases:
        chosen["PreferredAuthentications"] = KEYS_ONLY
    else:
        chosen["BatchMode"] = "yes"
    if config.identity is not None:
        chosen |= {"IdentityFile": quoted(config.identity), "IdentitiesOnly": "yes"}
    if config.own_known_hosts:
        chosen |= _only_known_hosts(config.known_hosts[0])
    if config.via is not None:
        proxy = config.proxy_of(unlocks=bool(config.passphrases))
        chosen["ProxyCommand"] = command_line(proxy)
    return chosen


def _only_known_hosts(path: Path) -> dict[str, str]:
    return {"UserKnownHostsFile": quoted(path), "GlobalKnownHostsFile": "/dev/null"}


def _pinned(config: HostConfig, folder: Path, life: Lifeline) -> dict[str, str]:
    """What makes ssh take the pinned key and no other. Raises ServerFault when the server does
    not show it."""
    from perfconsole.servers.ssh.host_trust import require_trust
    from perfconsole.servers.ssh.ssh_link import host_key_of, negotiated

    lines = read_known_hosts(config.known_hosts)
    with negotiated(config, life, lines) as transport:
        key = host_key_of(transport)
    require_trust(config, lines, key)
    path = folder / "known_hosts"
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f"pinned {key.type} {key.base64}\n")
    chosen = _only_known_hosts(path) | {"HostKeyAlias": "pinned", "VerifyHostKeyDNS": "no"}
    if "knownhostscommand" in config.keywords:
        chosen["KnownHostsCommand"] = "none"
    return chosen


def _await(
    config: HostConfig,
    master: Path,
    sock: socket.socket,
    overheard: Overheard,
    answers: Answers | None,
) -> None:
    """Until it listens. Raises ServerFault when it ends before, or takes too long."""
    deadline = time.monotonic() + CONNECT_S
    sock.settimeout(LOOK_S)
    while not master.exists():
        try:
            over = not sock.recv(4096)
        except TimeoutError:
            over = False
        except OSError:
            over = True
        said = overheard.text()
        if over or (answers is not None and answers.asked_again):
            gave = answers is not None and answers.gave_password
            raise why_ended(config, said, gave_password=gave)
        if time.monotonic() > deadline:
            raise stalled(config, said)
