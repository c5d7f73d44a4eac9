"""A connected socket to a server: by TCP, or through the command of a ProxyCommand or ProxyJump."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from perfconsole.servers.child import child
from perfconsole.servers.faults import ServerFault
from perfconsole.servers.few_words import few_words
from perfconsole.servers.lifeline import Lifeline
from perfconsole.servers.private_folder import private_folder
from perfconsole.servers.ssh.askpass import NOBODY, answering
from perfconsole.servers.ssh.hostconfig import HostConfig
from perfconsole.servers.ssh.openssh_words import on_the_way
from perfconsole.servers.ssh.overheard import overhearing
from perfconsole.texts import say

CONNECT_S = 10.0


@dataclass(frozen=True, slots=True)
class Dialled:
    socket: socket.socket
    why_ended: Callable[[], ServerFault | None] = lambda: None
    """What the command on the way said, if it is why there was no greeting."""


@contextlib.contextmanager
def dialled(config: HostConfig, life: Lifeline) -> Iterator[Dialled]:
    """The connection, closed (and its proxy command ended) on leaving. Raises ServerFault."""
    if config.via is not None or config.proxy_command is not None:
        with _by_proxy(config) as line, life.holding(line.socket):
            yield line
    else:
        with _over_tcp(config, life) as sock, life.holding(sock):
            yield Dialled(sock)


@contextlib.contextmanager
def _by_proxy(config: HostConfig) -> Iterator[Dialled]:
    """Only jump hosts are told passphrases: another command may be anybody's."""
    with contextlib.ExitStack() as stack:
        overheard = stack.enter_context(overhearing())
        environment: Mapping[str, str] = NOBODY
        folder = None
        unlocks = config.via is not None and bool(config.passphrases)
        if unlocks:
            folder = stack.enter_context(private_folder())
            environment, _ = stack.enter_context(answering(folder, config))
        proxy = config.proxy_of(unlocks=unlocks)
        try:
            sock = stack.enter_context(child(proxy, overheard.theirs, environment, folder))
        except OSError as error:
            raise ServerFault(
                say("cannot run the proxy command: {why}", why=error.strerror)
            ) from None
        yield Dialled(sock, lambda: _of_proxy(config, overheard.text()))


def _of_proxy(config: HostConfig, said: str) -> ServerFault | None:
    if not said.strip():
        return None
    if config.via is not None:
        return on_the_way(config.via, said)
    return ServerFault(say("the proxy command said: {said}", said=few_words(said.encode())))


def _over_tcp(config: HostConfig, life: Lifeline) -> socket.socket:
    try:
        places = socket.getaddrinfo(config.host, config.port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        raise ServerFault(
            say("the name {host} does not resolve; is it spelled right?", host=config.host)
        ) from None
    deadline = time.monotonic() + CONNECT_S
    problem: OSError = TimeoutError()
    for left, (family, kind, protocol, _, place) in zip(
        range(len(places), 0, -1), places, strict=True
    ):
        life.check()
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(max(0.1, (deadline - time.monotonic()) / left))
            with life.holding(sock):
                sock.connect(place)
        except OSError as error:
            sock.close()
            life.check()
            problem = error
        except BaseException:
            sock.close()
            raise
        else:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return sock
    raise ServerFault(_why(config, problem))


def _why(config: HostConfig, error: OSError) -> str:
    if isinstance(error, ConnectionRefusedError):
        return say("{where} refused the connection; is sshd running there?", where=config.where)
    if isinstance(error, TimeoutError) or error.errno == errno.ETIMEDOUT:
        return say(
            "{where} gave no answer within {s:g} s; is it up, and does a firewall let you in?",
            where=config.where, s=CONNECT_S,
        )  # fmt: skip
    why = os.strerror(error.errno) if error.errno else str(error)
    return say("{where} cannot be reached: {why}", where=config.where, why=why)
