"""The second's sums are those one would make by hand, for any mix of transactions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.injector.failure import Failure
from perfconsole.injector.recorder import MOST_ERROR_KEYS, Recorder
from perfconsole.metrics.histogram import bucket_numbers, sparse
from perfconsole.metrics.parts import OTHER_ERRORS

ENDS = st.lists(
    st.tuples(st.integers(0, 4), st.sampled_from("pfc"), st.floats(0, 1e9)), max_size=80
)


@given(ENDS)
def test_transactions(ends: list[tuple[int, str, float]]) -> None:
    recorder = Recorder()
    numbers = [recorder.number("g", f"t{n}") for n in range(5)]
    for n, how, us in ends:
        match how:
            case "p":
                recorder.transaction_passed(numbers[n], us)
            case "f":
                recorder.transaction_failed(numbers[n], us)
            case "c":
                recorder.transaction_cut(numbers[n])
    rows = {row.name: row for row in recorder.transactions()}
    assert set(rows) == {f"t{n}" for n, _, _ in ends}
    for name, row in rows.items():
        mine = {how: [us for n, h, us in ends if f"t{n}" == name and h == how] for how in "pfc"}
        passed, failed = mine["p"], mine["f"]
        assert (row.passed, row.failed, row.cut) == tuple(len(mine[how]) for how in "pfc")
        assert row.sum_us == pytest.approx(sum(passed))
        assert row.sum_sq_us == pytest.approx(sum(us * us for us in passed))
        assert (row.min_us, row.max_us) == (min(passed, default=0), max(passed, default=0))
        assert row.failed_sum_us == pytest.approx(sum(failed))
        assert row.failed_max_us == max(failed, default=0)
        assert (row.buckets, row.counts) == sparse(bucket_numbers(np.array(passed)))
    recorder.reset()
    assert recorder.transactions() == ()


def test_one_number_for_one_name() -> None:
    recorder = Recorder()
    assert recorder.number("g", "t") == recorder.number("g", "t") != recorder.number("h", "t")


@dataclass
class Named:
    name: str
    number: int = 0


def test_error_keys_stay_few_over_the_whole_run() -> None:
    recorder = Recorder()
    for n in range(MOST_ERROR_KEYS + 30):
        recorder.request_failed(
            Named(f"GET /{n}"), Failure("timeout", f"sample {n}"), answered=False
        )
        if n == 100:
            recorder.reset()
    recorder.request_failed(Named("GET /5"), Failure("timeout"), answered=False)
    errors = {error.key: error for error in recorder.errors()}
    assert errors[OTHER_ERRORS].count == 30
    assert errors["GET /5: timeout"].count == 1
    assert errors["GET /150: timeout"].sample == "sample 150"


def test_one_sample_a_second_is_made_for_each_key() -> None:
    made: list[str] = []

    def seen() -> str:
        made.append("x")
        return "HTTP 500\n  token=abc&page=1\n"

    recorder = Recorder()
    for _ in range(2):
        for _ in range(50):
            recorder.request_failed(Named("GET /"), Failure("HTTP 500", seen), answered=True)
        (error,) = recorder.errors()
        assert (error.count, error.sample) == (50, "HTTP 500\ntoken=***&page=1")
        recorder.reset()
    assert len(made) == 2


def test_a_sample_that_cannot_be_made_is_none() -> None:
    recorder = Recorder()
    nonsense = Failure("HTTP 500", lambda: "a".encode("nonsense").decode())
    recorder.request_failed(Named("GET /"), nonsense, answered=True)
    assert recorder.errors()[0].sample == ""
