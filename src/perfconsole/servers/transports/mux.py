"""Sessions on a master connection of OpenSSH, by its own protocol (PROTOCOL.mux, version 4).

As ``ssh -S path host command`` opens them, but without a process for each, and with the reason
when the server refuses one.
"""

from __future__ import annotations

import contextlib
import socket
import struct
from pathlib import Path

from perfconsole.servers.child import SocketStream
from perfconsole.servers.faults import Retry, ServerFault
from perfconsole.servers.few_words import few_words
from perfconsole.servers.lifeline import Lifeline
from perfconsole.texts import say

OPEN_S = 5.0
_VERSION = 4
_HELLO, _NEW_SESSION, _ALIVE_CHECK = 0x00000001, 0x10000002, 0x10000004
_DENIED, _FAILURE, _IS_ALIVE, _OPENED = 0x80000002, 0x80000003, 0x80000005, 0x80000006
_NO_ESCAPE = 0xFFFFFFFF
_MOST = 1 << 18
_REQUEST = 1


class _NoMux(Exception):
    """Whatever listens there does not speak as a master does."""


class MuxStream(SocketStream):
    """A command's two ends on a session of a master."""


def is_master(path: Path) -> bool:
    """Whether a master of the user's listens there."""
    try:
        with _connected(path) as control:
            _tell(control, struct.pack(">II", _ALIVE_CHECK, _REQUEST))
            return _heard(control)[0] == _IS_ALIVE
    except (OSError, _NoMux):
        return False


def open_session(path: Path, command: str, life: Lifeline) -> MuxStream:
    """Run `command` by the master at `path`, its errors in its output. Raises ServerFault."""
    with contextlib.ExitStack() as stack:
        try:
            control = stack.enter_context(_connected(path))
            with life.holding(control):
                near = stack.enter_context(_session(control, command))
        except TimeoutError:
            life.check()
            raise ServerFault(
                say("the server started no command within {s:g} s", s=OPEN_S)
            ) from None
        except (OSError, _NoMux):
            life.check()
            raise ServerFault(say("the connection was lost")) from None
        return MuxStream(near, stack.pop_all())


def _connected(path: Path) -> socket.socket:
    """Raises OSError, _NoMux."""
    control = socket.socket(socket.AF_UNIX)
    try:
        control.settimeout(OPEN_S)
        control.connect(str(path))
        _tell(control, struct.pack(">II", _HELLO, _VERSION))
        kind, body = _heard(control)
        if kind != _HELLO or body[:4] != struct.pack(">I", _VERSION):
            raise _NoMux
    except BaseException:
        control.close()
        raise
    return control


def _session(control: socket.socket, command: str) -> socket.socket:
    """The near end of the command's input and output. Raises OSError, ServerFault, _NoMux."""
    flags = struct.pack(">4I", 0, 0, 0, 0)  # neither terminal, X11, agent nor subsystem
    _tell(
        control,
        struct.pack(">II", _NEW_SESSION, _REQUEST) + _text("") + flags
        + struct.pack(">I", _NO_ESCAPE) + _text("") + _text(command),
    )  # fmt: skip
    near, far = socket.socketpair()
    with contextlib.ExitStack() as unless_opened, far:
        unless_opened.callback(near.close)
        for _ in ("input", "output", "errors"):
            socket.send_fds(control, [b"\0"], [far.fileno()])
        kind, body = _heard(control)
        if kind == _FAILURE:
            raise ServerFault(
                say("the server opens no further session (MaxSessions?)"), Retry.SLOWLY
            )
        if kind == _DENIED:
            raise ServerFault(
                say("the master connection was not let be used: {why}", why=few_words(body[8:])),
                Retry.SLOWLY,
            )
        if kind != _OPENED:
            raise _NoMux
        unless_opened.pop_all()
    return near


def _text(text: str) -> bytes:
    data = text.encode()
    return struct.pack(">I", len(data)) + data


def _tell(control: socket.socket, packet: bytes) -> None:
    control.sendall(struct.pack(">I", len(packet)) + packet)


def _heard(control: socket.socket) -> tuple[int, bytes]:
    """Kind and body of the next packet."""
    (length,) = struct.unpack(">I", _exactly(control, 4))
    if not 4 <= length <= _MOST:
        raise _NoMux
    packet = _exactly(control, length)
    return struct.unpack(">I", packet[:4])[0], packet[4:]


def _exactly(control: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        some = control.recv(count - len(data))
        if not some:
            raise _NoMux
        data += some
    return data
