"""TLS of one connection, without any I/O: bytes of the network in, bytes for the network out.

It stands between a plain TCP transport and HTTP, for the sake of three things that the event
loop's own TLS does not give: connecting and the handshake are timed apart, a session can be taken
up again, and no read buffer is kept for each connection. OpenSSL gets one record at a time; so
what it holds is never more than one, however large the answers are.
"""

from __future__ import annotations

import contextlib
import ssl

_HEAD = 5
"""Bytes of a record's header: type, version, length (RFC 8446, 5.1)."""
_LONGEST = _HEAD + 2**14 + 2048
_ROOM = 2**14
"""Most plain bytes of a record."""


class Tls:
    __slots__ = ("_bio_in", "_bio_out", "_object", "_rest", "closed", "established")

    def __init__(
        self, context: ssl.SSLContext, server_name: str, session: ssl.SSLSession | None
    ) -> None:
        self._bio_in = ssl.MemoryBIO()
        self._bio_out = ssl.MemoryBIO()
        self._object = context.wrap_bio(
            self._bio_in, self._bio_out, server_hostname=server_name, session=session
        )
        self._rest = b""
        """The beginning of a record whose end has not come."""
        self.established = False
        """The handshake is over."""
        self.closed = False
        """The other side has said that nothing more comes."""

    def hello(self) -> bytes:
        """What opens the handshake."""
        self._shake()
        return self._bio_out.read()

    def take(self, data: bytes) -> bytes:
        """What `data` from the network says, decrypted; `answer` may have something to send.

        Raises ssl.SSLError.
        """
        if self._rest:
            data = self._rest + data
        end = _end_of_record(data, 0)
        if end == len(data):
            self._rest = b""
            return self._record(data)
        pieces, start = [], 0
        while end and end <= len(data) and not self.closed:
            pieces.append(self._record(data[start:end]))
            start, end = end, _end_of_record(data, end)
        self._rest = data[start:]
        return b"".join(pieces)

    def _record(self, record: bytes) -> bytes:
        self._bio_in.write(record)
        if not self.established:
            self._shake()
            return b""
        try:
            plain = self._object.read(_ROOM)
        except ssl.SSLWantReadError:  # a record that carries no data, such as a session ticket
            return b""
        except ssl.SSLZeroReturnError:
            self.closed = True
            return b""
        self.closed = not plain
        return plain

    def _shake(self) -> None:
        try:
            self._object.do_handshake()
        except ssl.SSLWantReadError:
            return
        self.established = True

    def encrypt(self, data: bytes) -> bytes:
        """`data` as it goes over the network."""
        self._object.write(data)
        return self._bio_out.read()

    def answer(self) -> bytes:
        """What the protocol itself has to send: of the handshake, a key update, an alert."""
        return self._bio_out.read() if self._bio_out.pending else b""

    def farewell(self) -> bytes:
        """What says that nothing more is sent; empty when it is too early or too late for that."""
        if self.established:
            with contextlib.suppress(ssl.SSLError):  # as long as the other side has not said so
                self._object.unwrap()
        return self._bio_out.read()

    @property
    def session(self) -> ssl.SSLSession | None:
        """For a later connection to take up; known once the server has sent it."""
        return self._object.session


def _end_of_record(data: bytes, start: int) -> int:
    """Where the record at `start` ends, 0 when its header is not whole.

    What can be none is cut off after its header, for OpenSSL to say what is wrong with it.
    """
    if len(data) < start + _HEAD:
        return 0
    length = _HEAD + (data[start + 3] << 8 | data[start + 4])
    is_tls = 20 <= data[start] <= 24
    return start + (length if is_tls and length <= _LONGEST else _HEAD)
