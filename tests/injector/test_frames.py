"""Frames come whole however the bytes are cut; what is no frame is refused."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.injector.frames import MAX_FRAME, FrameError, frame, order_frames, report_frames
from perfconsole.model import wire
from perfconsole.model.states import StopMode

ORDERS = st.one_of(
    st.just(wire.Lease()),
    st.just(wire.Finish()),
    st.builds(wire.Pause, st.integers(0, 99), st.tuples(st.text(max_size=20))),
    st.builds(wire.Release, st.integers(0, 99), st.text(max_size=300), st.integers(1, 9),
              st.none() | st.integers(1, 9)),
    st.builds(wire.SetVus, st.integers(0, 99), st.text(max_size=20), st.integers(0, 9),
              st.sampled_from(StopMode), st.booleans()),
)  # fmt: skip


@given(st.lists(ORDERS, max_size=8), st.integers(1, 50))
def test_any_cut_gives_the_same_messages(orders: list[wire.Order], size: int) -> None:
    data = b"".join(frame(order) for order in orders)
    frames = order_frames()
    got = [o for i in range(0, len(data), size) for o in frames.feed(data[i : i + size])]
    assert got == orders


@given(st.binary(max_size=100))
def test_nothing_but_a_frame_error_comes_of_noise(noise: bytes) -> None:
    with contextlib.suppress(FrameError):
        report_frames().feed(noise)


def test_refused() -> None:
    with pytest.raises(FrameError):
        order_frames().feed((MAX_FRAME + 1).to_bytes(4, "big"))
    with pytest.raises(FrameError):
        order_frames().feed(frame(wire.Bye()))
    with pytest.raises(FrameError):
        frame(wire.Trouble("x" * MAX_FRAME))
