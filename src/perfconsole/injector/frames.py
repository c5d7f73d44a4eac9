"""Framing between controller and injector: a 4-byte big-endian length, then msgpack.

Both ends import it: the injector reads `Order`s, the pool reads `Report`s.
"""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

from perfconsole.model.wire import Order, Report

MAX_FRAME = 64 * 1024 * 1024
"""Bytes of one message; more is a broken peer."""

_LENGTH = 4
_encoder = msgspec.msgpack.Encoder()

T = TypeVar("T")


class FrameError(ValueError):
    """What came, or is to be sent, is no message of this protocol."""


def frame(message: Order | Report) -> bytes:
    """`message` as it goes over the socket. Raises FrameError when over `MAX_FRAME`."""
    body = _encoder.encode(message)
    if len(body) > MAX_FRAME:
        raise FrameError(f"a message of {len(body)} bytes; {MAX_FRAME} is the most")
    return len(body).to_bytes(_LENGTH, "big") + body


class Frames(Generic[T]):
    """Bytes as they arrive → whole messages; keeps what is incomplete until the rest comes."""

    __slots__ = ("_buffer", "_decoder")

    def __init__(self, decoder: msgspec.msgpack.Decoder[T]) -> None:
        self._decoder = decoder
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[T]:
        """Messages completed by `data`, in order. Raises FrameError."""
        self._buffer += data
        messages: list[T] = []
        start = 0
        while len(self._buffer) - start >= _LENGTH:
            length = int.from_bytes(self._buffer[start : start + _LENGTH], "big")
            if length > MAX_FRAME:
                raise FrameError(f"a message of {length} bytes; {MAX_FRAME} is the most")
            end = start + _LENGTH + length
            if len(self._buffer) < end:
                break
            messages.append(self._decode(start + _LENGTH, end))
            start = end
        del self._buffer[:start]
        return messages

    def _decode(self, start: int, end: int) -> T:
        try:
            return self._decoder.decode(bytes(self._buffer[start:end]))
        except msgspec.MsgspecError as error:
            raise FrameError(f"a message that cannot be read: {error}") from None


def order_frames() -> Frames[Order]:
    """Reader of what a controller sends."""
    decoder: msgspec.msgpack.Decoder[Order] = msgspec.msgpack.Decoder(Order)
    return Frames(decoder)


def report_frames() -> Frames[Report]:
    """Reader of what an injector sends."""
    decoder: msgspec.msgpack.Decoder[Report] = msgspec.msgpack.Decoder(Report)
    return Frames(decoder)
