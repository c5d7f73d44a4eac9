"""The first error of each kind, and its exchange, told once in a run."""

from __future__ import annotations

from perfconsole.metrics.firsts import EXCHANGES_A_SECOND, FirstErrors
from perfconsole.metrics.merge import SecondMerger, run_tick
from perfconsole.metrics.parts import ERROR_KEYS, OTHER_ERRORS
from perfconsole.metrics.view import RunView
from perfconsole.model.event import Second
from perfconsole.model.wire import ErrorCount


def test_the_first_exchange_of_a_kind_is_told_once(tick) -> None:
    merger, view = SecondMerger(), RunView(started_at=1.0)
    for injector in (0, 1):
        merger.expect(injector, injector)
        error = ErrorCount("GET /: reset", 2, f"sample {injector}", f"exchange {injector}")
        merger.add(tick(injector, 0, errors=(error,)))
        merger.add(tick(injector, 1, errors=(ErrorCount("GET /: reset", 3, "later"),)))
    first, second = (run_tick(merged, {}, ()) for merged in merger.flush())
    assert first.exchanges == {"GET /: reset": "exchange 0"}
    assert first.samples == {"GET /: reset": "sample 0"}
    assert second.exchanges == second.samples == {}
    for seq, one in enumerate((first, second), 1):
        view.fold(Second(seq=seq, at=1.0 + seq, tick=one))
    error = view.errors["GET /: reset"]
    assert (error.count, error.sample, error.exchange) == (10, "sample 0", "exchange 0")


def test_no_second_carries_more_exchanges_than_can_be_sent() -> None:
    firsts = FirstErrors()
    firsts.take(ErrorCount(f"e{n}", 1, "", f"x{n}") for n in range(EXCHANGES_A_SECOND + 5))
    assert len(firsts.exchanges()) == EXCHANGES_A_SECOND
    assert firsts.exchanges() == {f"e{n}": f"x{n}" for n in range(100, 105)}
    assert firsts.exchanges() == {}


def test_kinds_past_the_cap_are_counted_as_other() -> None:
    firsts = FirstErrors()
    counts, samples = firsts.take(
        ErrorCount(f"e{n}", 1, f"s{n}", f"x{n}") for n in range(ERROR_KEYS + 20)
    )
    assert counts[OTHER_ERRORS] == 20
    assert samples[OTHER_ERRORS] == f"s{ERROR_KEYS}"
    assert len(counts) == ERROR_KEYS + 1
