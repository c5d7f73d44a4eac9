"""GOAWAY taken out of a server's frames, however they are cut into pieces."""

from __future__ import annotations

from itertools import pairwise

from hyperframe.frame import DataFrame, Frame, GoAwayFrame, PingFrame, SettingsFrame
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.injector.goaway import GoawaySieve, error_name

GOAWAY = GoAwayFrame(0, last_stream_id=7, error_code=11, additional_data=b"bye")
FRAMES: list[Frame] = [
    SettingsFrame(0),
    GOAWAY,
    DataFrame(1, b"x" * 100),
    PingFrame(0, b"12345678"),
    DataFrame(3, b""),
]


@given(st.lists(st.sampled_from(FRAMES), max_size=12), st.data())
def test_all_but_goaway_passes(frames, data):
    raw = b"".join(frame.serialize() for frame in frames)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=20)))
    sieve = GoawaySieve()
    edges = [0, *cuts, len(raw)]
    passed = b"".join(sieve.feed(raw[a:b]) for a, b in pairwise(edges))
    assert passed == b"".join(frame.serialize() for frame in frames if frame is not GOAWAY)
    assert sieve.last_stream == (7 if GOAWAY in frames else None)
    assert error_name(sieve.error) == ("ENHANCE_YOUR_CALM" if GOAWAY in frames else "NO_ERROR")


@given(st.binary(max_size=400), st.integers(1, 20))
def test_what_is_no_http2_is_passed_on(raw, step):
    sieve = GoawaySieve()
    passed = b"".join(sieve.feed(raw[n : n + step]) for n in range(0, len(raw), step))
    if sieve.last_stream is None:
        assert raw.startswith(passed)


def test_what_is_no_http2_is_noticed():
    sieve = GoawaySieve()
    sieve.feed(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    assert not sieve.is_http2


def test_error_codes_have_names():
    assert error_name(7) == "REFUSED_STREAM"
    assert error_name(0x99) == "0x99"
