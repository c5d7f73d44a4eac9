"""One SSH connection to a server: dialled, its host key verified, logged in, with bounded waits."""

from __future__ import annotations

import contextlib
import logging
import socket
from collections.abc import Iterator, Sequence

import paramiko
from paramiko.ssh_exception import IncompatiblePeer

from perfconsole.servers.faults import Retry, ServerFault
from perfconsole.servers.lifeline import Lifeline
from perfconsole.servers.ssh.dial import dialled
from perfconsole.servers.ssh.host_trust import require_trust
from perfconsole.servers.ssh.hostconfig import HostConfig
from perfconsole.servers.ssh.known_hosts import HostKey, Line, known_types, read_known_hosts
from perfconsole.servers.ssh.login import log_in
from perfconsole.servers.stream import Open
from perfconsole.texts import say

GREETING_S = 10.0
LOGIN_S = 15.0
CHANNEL_S = 5.0
QUIET_S = 10.0
"""How often paramiko's thread of a connection looks up when nothing comes. It would ten times a
second, which makes fifty idle connections dearer than all that is asked over them; whatever ends
one shuts its socket, and that wakes the thread."""
WEAK = {
    "ciphers": ["aes128-cbc", "aes192-cbc", "aes256-cbc", "3des-cbc"],
    "macs": ["hmac-sha1", "hmac-md5", "hmac-sha1-96", "hmac-md5-96"],
}
"""Offered by paramiko to this day."""
_NO_GREETING = "Error reading SSH protocol banner"
"""How paramiko says that the connection ended before a greeting."""
_RSA = ("rsa-sha2-512", "rsa-sha2-256")

# Its threads log what becomes a ServerFault here; without a handler that lands on the terminal.
logging.getLogger("paramiko").addHandler(logging.NullHandler())


class Link:
    """A logged-in connection."""

    def __init__(self, transport: paramiko.Transport, life: Lifeline) -> None:
        self._transport = transport
        self._life = life

    def open(self, command: str) -> ChannelStream:
        """Run `command`, its errors in its output. Raises ServerFault."""
        said = say("the server started no command within {s:g} s", s=CHANNEL_S)
        with self._life.within(CHANNEL_S, said):
            try:
                channel = self._transport.open_session(timeout=CHANNEL_S)
                channel.set_combine_stderr(True)
                channel.exec_command(command)
            except paramiko.ChannelException:
                raise ServerFault(
                    say("the server opens no further session (MaxSessions?)"), Retry.SLOWLY
                ) from None
            except Exception:  # whatever ended paramiko's own thread is raised here
                self._life.check()
                if not self._transport.is_active():
                    raise ServerFault(say("the connection was lost")) from None
                raise ServerFault(say("the server runs no commands"), Retry.SLOWLY) from None
        return ChannelStream(channel)


class ChannelStream:
    """A command's two ends on a paramiko channel."""

    def __init__(self, channel: paramiko.Channel) -> None:
        self._channel = channel

    def send(self, data: bytes) -> None:
        self._channel.settimeout(CHANNEL_S)
        with _lost_is_os_error():
            self._channel.sendall(data)

    def receive(self, timeout_s: float) -> bytes:
        self._channel.settimeout(timeout_s)
        with _lost_is_os_error():
            return self._channel.recv(65536)

    def close(self) -> None:
        with contextlib.suppress(OSError), _lost_is_os_error():
            self._channel.close()


@contextlib.contextmanager
def _lost_is_os_error() -> Iterator[None]:
    """paramiko has three ways to say that a connection is gone; a `Stream` has one."""
    try:
        yield
    except (EOFError, paramiko.SSHException) as error:
        raise ConnectionResetError from error


@contextlib.contextmanager
def linked(config: HostConfig, life: Lifeline) -> Iterator[Open]:
    """A connection whose host key is known and whose login was accepted; closed on leaving."""
    lines = read_known_hosts(config.known_hosts)
    with negotiated(config, life, lines) as transport:
        require_trust(config, lines, host_key_of(transport))
        with life.within(LOGIN_S, say("{where} hung at login", where=config.where)):
            log_in(transport, config, LOGIN_S + 5)
        transport.sock.settimeout(QUIET_S)
        yield Link(transport, life).open


@contextlib.contextmanager
def negotiated(
    config: HostConfig, life: Lifeline, lines: list[Line]
) -> Iterator[paramiko.Transport]:
    """Encrypted, but with nothing verified yet. Key types known of the host are asked first."""
    with dialled(config, life) as line:
        transport = paramiko.Transport(line.socket, disabled_algorithms=WEAK)
        transport.banner_timeout = transport.handshake_timeout = GREETING_S + 5
        transport.auth_timeout = LOGIN_S + 5
        transport.channel_timeout = CHANNEL_S
        options = transport.get_security_options()
        options.key_types = _preferred(known_types(lines, config.name), options.key_types)
        try:
            try:
                with life.within(GREETING_S, _no_greeting(config)):
                    _shake_hands(transport, config)
            except ServerFault as fault:
                raise line.why_ended() or fault from None
            yield transport
        finally:
            transport.packetizer.complete_handshake()  # its timer outlives a failed one
            with contextlib.suppress(OSError):
                line.socket.shutdown(socket.SHUT_RDWR)
            transport.close()
            if transport.ident is not None:
                transport.join(1.0)


def _no_greeting(config: HostConfig) -> str:
    where, s = config.where, GREETING_S
    if config.via is not None:
        return say(
            "{where} sent no SSH greeting within {s:g} s, by way of {jump}: which of them hangs?",
            where=where, s=s, jump=config.via.where,
        )  # fmt: skip
    return say("{where} sent no SSH greeting within {s:g} s", where=where, s=s)


def _shake_hands(transport: paramiko.Transport, config: HostConfig) -> None:
    where = config.where
    try:
        transport.start_client()
    except IncompatiblePeer:
        raise ServerFault(
            say("{where} offers no safe encryption in common", where=where), Retry.SLOWLY
        ) from None
    except Exception as error:  # what a stranger sends can break paramiko in any way
        if isinstance(error, EOFError | ConnectionError) or str(error).startswith(_NO_GREETING):
            said = say("{where} hung up before the login (MaxStartups, a firewall?)", where=where)
        else:
            said = say("{where} does not answer as an SSH server does", where=where)
        raise ServerFault(said) from None


def host_key_of(transport: paramiko.Transport) -> HostKey:
    """The key that the server has just proved to hold."""
    key = transport.get_remote_server_key()
    return HostKey(key.get_name(), key.get_base64())


def _preferred(known: list[str], offered: Sequence[str]) -> tuple[str, ...]:
    first: list[str] = []
    for kind in known:
        first += _RSA if kind == "ssh-rsa" else (kind,)
    known_first = [kind for kind in first if kind in offered]
    return tuple(dict.fromkeys([*known_first, *offered]))
