"""HTTP/2 servers that end a connection politely: GOAWAY taken out of what they send.

A server says GOAWAY when a connection has carried enough requests (nginx: 1,000) and still answers
the one under way (RFC 9113, 6.8). h2 takes the frame for the end of everything and refuses the
answer that follows, so it never gets to see one.
"""

from __future__ import annotations

_HEAD_BYTES = 9
_KIND = 7
_SHORTEST = 8
"""Of its payload; a shorter one is for h2 to complain about."""
_LONGEST_FRAME = 16384
"""Nobody may send a longer one, for we never allowed it. h2 would wait for all of it."""
NO_ERROR = 0
_ERRORS = (
    "NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT",
    "STREAM_CLOSED", "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR",
    "CONNECT_ERROR", "ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED",
)  # fmt: skip


def error_name(code: int) -> str:
    """An HTTP/2 error code as RFC 9113, 7 calls it."""
    return _ERRORS[code] if code < len(_ERRORS) else f"0x{code:x}"


class GoawaySieve:
    """The frames of one server on one connection, without GOAWAY."""

    __slots__ = ("_kept", "_passing", "error", "is_http2", "last_stream")

    def __init__(self) -> None:
        self._kept = b""
        """The beginning of a frame that is not known yet, or of a GOAWAY not whole yet."""
        self._passing = 0
        """Bytes left of a frame that passes."""
        self.last_stream: int | None = None
        """The last stream that the server has taken or may take; None before any GOAWAY."""
        self.error = NO_ERROR
        self.is_http2 = True
        """False once something came that can be no frame."""

    def feed(self, data: bytes) -> bytes:
        """What of `data` (and of what was kept) is no GOAWAY."""
        data, self._kept = self._kept + data, b""
        passed: list[bytes] = []
        at = 0
        while at < len(data):
            if self._passing:
                part = data[at : at + self._passing]
                passed.append(part)
                at += len(part)
                self._passing -= len(part)
                continue
            end = self._end_of_frame(data, at)
            if end > len(data):
                break
            at = end
        self._kept = data[at:]
        return b"".join(passed)

    def _end_of_frame(self, data: bytes, at: int) -> int:
        """Where to go on: at the frame's beginning when it passes, behind it when it was GOAWAY.

        Past the end of `data` when more of it is needed.
        """
        body = at + _HEAD_BYTES
        if body > len(data):
            return body
        length, kind = int.from_bytes(data[at : at + 3]), data[at + 3]
        if length > _LONGEST_FRAME:
            self.is_http2 = False
        if kind != _KIND or length < _SHORTEST or not self.is_http2:
            self._passing = _HEAD_BYTES + length
            return at
        if body + length <= len(data):
            self.last_stream = int.from_bytes(data[body : body + 4]) & 0x7FFFFFFF
            self.error = int.from_bytes(data[body + 4 : body + 8])
        return body + length
