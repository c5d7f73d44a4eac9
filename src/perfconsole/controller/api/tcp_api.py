"""The API on a TCP port, when somebody asks for it: plain HTTP, behind a token."""

from __future__ import annotations

import errno
import socket
from dataclasses import dataclass

from perfconsole.controller.api.tokens import Tokens, new_tokens
from perfconsole.controller.preflight import CannotStart
from perfconsole.journal.folder import RunFolder
from perfconsole.model.listen import ListenAt
from perfconsole.texts import say

WAITING = 128


@dataclass(frozen=True, slots=True)
class TcpApi:
    listening: socket.socket
    tokens: Tokens
    at: ListenAt
    """With the address and the port that it came to."""


def listen(at: ListenAt, folder: RunFolder) -> TcpApi:
    """Bound, with fresh tokens and its address in the run's folder.

    Raises CannotStart when the port cannot be had.
    """
    listening = _bound(at)
    host, port = listening.getsockname()[:2]
    found = ListenAt(host, port)
    try:
        tokens = new_tokens(folder)
        folder.api_url.write_text(f"http://{found.text}\n", encoding="ascii")
    except OSError as error:
        listening.close()
        raise CannotStart(
            say("no token could be written: {why}", why=error.strerror or error)
        ) from None
    return TcpApi(listening, tokens, found)


def _bound(at: ListenAt) -> socket.socket:
    try:
        found = socket.getaddrinfo(at.host, at.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise CannotStart(
            say("--listen {at}: {host} does not resolve", at=at.text, host=at.host)
        ) from None
    family, kind, protocol, _, address = found[0]
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(WAITING)
    except OSError as error:
        listening.close()
        raise CannotStart(say("--listen {at}: {why}", at=at.text, why=_why(error))) from None
    listening.setblocking(False)
    return listening


def _why(error: OSError) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return say("the port is taken; name another, or 0 for any that is free")
        case errno.EADDRNOTAVAIL:
            return say("this machine has no such address")
        case errno.EACCES:
            return say("not allowed; take a port above 1023")
    return error.strerror or str(error)
