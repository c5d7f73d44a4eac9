"""A connected socket to a server: by TCP, or through the command of a ProxyCommand or ProxyJump."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import time
from collections.abc import Iterator

from perfconsole.servers.child import child
from perfconsole.servers.faults import ServerFault
from perfconsole.servers.lifeline import Lifeline
from perfconsole.servers.ssh.hostconfig import HostConfig
from perfconsole.texts import say

CONNECT_S = 10.0


@contextlib.contextmanager
def dialled(config: HostConfig, life: Lifeline) -> Iterator[socket.socket]:
    """The connection, closed (and its proxy command ended) on leaving. Raises ServerFault."""
    if config.proxy:
        with contextlib.ExitStack() as stack:
            try:
                sock = stack.enter_context(child(config.proxy))
            except OSError as error:
                raise ServerFault(
                    say("cannot run the proxy command: {why}", why=error.strerror)
                ) from None
            stack.enter_context(life.holding(sock))
            yield sock
    else:
        with _over_tcp(config, life) as sock, life.holding(sock):
            yield sock


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
