"""Who is paused one by one is known at once, and forgotten when the injectors tell of nobody."""

from __future__ import annotations

from perfconsole.controller.single_pauses import SinglePauses
from perfconsole.model import wire


def tick(injector: int, held: int, group: str = "a") -> wire.InjectorTick:
    counts = wire.GroupCounts(group, {}, 0, 0, held=held)
    return wire.InjectorTick(
        injector=injector, second=0, transactions=(), groups=(counts,), errors=(), requests=0,
        requests_failed=0, cut=0, bytes_in=0, connections_opened=0, lag_p99_ms=0.0, cpu_s=0.0,
        rss_mb=0.0,
    )  # fmt: skip


def test_they_are_paused_until_they_or_their_group_are_resumed() -> None:
    pauses = SinglePauses()
    assert not pauses.any_in("a")
    pauses.paused("a", {0: (1, 2), 1: (3,)}, order=5)
    assert pauses.any_in("a") and not pauses.any_in("b")
    assert pauses.includes("a", 0, 2) and not pauses.includes("a", 0, 3)
    pauses.resumed("a", {0: (1, 2)})
    assert pauses.any_in("a") and not pauses.includes("a", 0, 2)
    pauses.resumed("a", {1: (3,), 2: (9,)})
    assert not pauses.any_in("a")
    pauses.paused("a", {0: (1,)}, order=6)
    pauses.group_resumed("a")
    assert not pauses.any_in("a")


def test_those_that_left_are_forgotten_but_not_before_the_order_is_acted_on() -> None:
    pauses = SinglePauses()
    pauses.paused("a", {0: (1, 2)}, order=5)
    pauses.took(tick(0, held=0))
    assert pauses.any_in("a")
    pauses.acted(1, 5)
    pauses.took(tick(0, held=0))
    assert pauses.any_in("a")
    pauses.acted(0, 5)
    pauses.took(tick(0, held=1))
    pauses.took(tick(1, held=0))
    pauses.took(tick(0, held=0, group="b"))
    assert pauses.any_in("a")
    pauses.took(tick(0, held=0))
    assert not pauses.any_in("a")


def test_a_lost_injector_takes_them_along() -> None:
    pauses = SinglePauses()
    pauses.paused("a", {0: (1,), 1: (1,)}, order=5)
    pauses.lost(0)
    assert pauses.any_in("a")
    pauses.lost(1)
    assert not pauses.any_in("a")
