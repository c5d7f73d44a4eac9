"""Service times beside response times through every sum; a load that was not offered."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.metrics.histogram import bucket_numbers, sparse
from perfconsole.metrics.merge import GroupLoad, SecondMerger, run_tick
from perfconsole.metrics.offering import Offering, unproven
from perfconsole.metrics.service_times import merged_with_service, service_by
from perfconsole.metrics.totals import Totals
from perfconsole.model.wire import GroupCounts, InjectorTick, TransactionCounts

TIMES = st.lists(st.floats(1, 1e7), min_size=1, max_size=30)


def row(name: str, service_us: list[float], late_us: float | None) -> TransactionCounts:
    """Of a closed model when `late_us` is None."""
    served = np.array(service_us)
    response = served + (late_us or 0.0)
    sums = (float(response.sum()), float((response**2).sum()))
    service = (float(served.sum()), float(served.max()), *sparse(bucket_numbers(served)))
    return TransactionCounts(
        "closed" if late_us is None else "open", name, len(served), 0, 0, *sums,
        float(response.min()), float(response.max()), 0.0, 0.0,
        *sparse(bucket_numbers(response)), *(() if late_us is None else service),
    )  # fmt: skip


ROWS = st.lists(
    st.builds(row, st.sampled_from("ab"), TIMES, st.one_of(st.none(), st.floats(0, 1e6))),
    max_size=8,
)


@given(ROWS)
def test_columns_totals_and_windows_agree(rows: list[TransactionCounts]) -> None:
    by_name = service_by(rows, [r.name for r in rows])
    totals = Totals.of(rows).by_name()
    windows = Totals.of(merged_with_service(rows)).by_name()
    back = Totals.of(Totals.of(rows).rows()).by_name()
    opened = {r.name for r in rows if r.group == "open"}
    assert set(by_name) == opened
    for name, sums in totals.items():
        assert (sums.service is not None) == (name in opened)
        for other in (windows[name], back[name]):
            assert (other.service is None) == (sums.service is None)
        if sums.service is None:
            continue
        passed = sum(r.passed for r in rows if r.name == name)
        for one in (sums, windows[name], back[name]):
            assert one.service.passed == one.service.histogram.total == passed
            assert one.service.times().p99_ms == pytest.approx(by_name[name].p99_ms, abs=0.0011)
            assert one.service.times().mean_ms == pytest.approx(by_name[name].mean_ms, abs=0.002)
            assert one.service.max_us <= one.max_us


def tick(injector: int, *groups: GroupCounts, rows=()) -> InjectorTick:
    return InjectorTick(injector, 0, rows, groups, (), 0, 0, 0, 0, 0, 0.0, 0.0, 0.0)


def test_arrivals_of_all_injectors_add_up() -> None:
    merger = SecondMerger()
    for injector in (0, 1):
        merger.expect(injector, injector)
        counts = GroupCounts(
            "open", {}, 0, 0, due=10 + injector, offered=7, waiting=3 + injector, dropped=1
        )
        merger.add(tick(injector, counts, rows=(row("a", [1000.0, 3000.0], 500.0),)))
    (merged,) = merger.close(1)
    made = run_tick(merged, {"open": GroupLoad(5, {}, 21.0, 30), "closed": GroupLoad(1, {})}, ())
    opened, closed = made.groups
    assert msgspec.structs.astuple(opened.arrivals) == (21.0, 21, 14, 7, 2, 30)
    assert opened.service.max_ms == made.transactions[0].service.max_ms == 3.0
    assert opened.times.max_ms == 3.5
    assert closed.arrivals is closed.service is None


def test_waiting_arrivals_of_a_lost_injector_wait_no_more() -> None:
    merger = SecondMerger()
    merger.expect(0, 0)
    merger.expect(1, 1)
    for injector in (0, 1):
        merger.add(tick(injector, GroupCounts("open", {}, 0, 0, due=5, waiting=5)))
    merger.lost(1)
    (merged,) = merger.close(1)
    assert merged.arrivals["open"] == {"due": 10, "offered": 0, "dropped": 0, "waiting": 5}


@pytest.mark.parametrize(
    ("offering", "said"),
    [
        (Offering(1000, 1000, 0), None),
        (Offering(1000, 995, 0), None),
        (Offering(0, 0, 0), None),
        (Offering(1000, 990, 3), "3 of 1,000 arrivals were dropped"),
        (Offering(1000, 600, 0), "only 60 % of 1,000 arrivals were begun"),
        (Offering(9_900, 9_900, 0, asked=10_000), None),
        (Offering(10_300, 10_300, 0, asked=10_000), None),
        (Offering(8_000, 8_000, 0, asked=10_000), "2,000 of 10,000 arrivals never fell due"),
    ],
)
def test_what_was_not_offered_proves_nothing(offering: Offering, said: str | None) -> None:
    reasons = list(unproven({"buy": offering}))
    assert bool(reasons) == (said is not None)
    if said:
        assert said in reasons[0]
        assert reasons[0].startswith("buy: ")
