"""The feed folds what comes, and outlives a controller that does not answer."""

from __future__ import annotations

import asyncio

import pytest

from perfconsole.console.feed import Feed, Link, Patience
from perfconsole.model.states import Verdict

QUICK = Patience(poll_s=5.0, retry_s=0.01, lost_after_s=0.1, dead_after_s=0.3)


@pytest.fixture
def follow():
    """A feed on a run, followed in the background; every change of link is noted."""
    tasks = []

    def start(run):
        async def connect():
            return run

        feed = Feed(connect, lambda: None, QUICK)
        tasks.append(asyncio.create_task(feed.follow()))
        return feed, tasks[-1]

    yield start
    for task in tasks:
        task.cancel()


async def reached(condition, within_s=5.0):
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110 - the feed tells nobody of every change
            await asyncio.sleep(0.005)


async def test_snapshot_and_events_make_the_same_view(script, scripted_run, follow):
    written = script().started().play(range(20))
    run = scripted_run(written)
    feed, _ = follow(run)
    await reached(lambda: feed.view)
    written.play(range(20, 200))
    run.publish()
    await reached(lambda: feed.view.seq == len(written.events))
    assert feed.view == await scripted_run(written).snapshot()
    assert run.snapshots == 1


async def test_the_end_ends_the_following(script, scripted_run, follow):
    written = script().started().play(range(5))
    run = scripted_run(written)
    feed, task = follow(run)
    await reached(lambda: feed.link is Link.LIVE)
    written.ended(5, Verdict.PASSED)
    run.publish()
    await asyncio.wait_for(task, 5)
    assert feed.link is Link.OVER
    assert feed.view.verdict is Verdict.PASSED


async def test_lost_then_dead_then_back(script, scripted_run, follow):
    written = script().started().play(range(5))
    run = scripted_run(written)
    feed, _ = follow(run)
    await reached(lambda: feed.link is Link.LIVE)
    run.lose()
    await reached(lambda: feed.link is Link.LOST)
    await reached(lambda: feed.link is Link.DEAD)
    assert feed.view.second == 4
    written.play(range(5, 8))
    run.published = len(written.events)
    run.lose(gone=False)
    await reached(lambda: feed.link is Link.LIVE)
    assert feed.view.second == 7


async def test_a_short_silence_is_not_mentioned(script, scripted_run, follow):
    run = scripted_run(script().started().play(range(5)))
    feed, _ = follow(run)
    await reached(lambda: feed.link is Link.LIVE)
    run.lose()
    await asyncio.sleep(0.03)
    assert feed.link is Link.LIVE


async def test_a_hole_in_the_numbers_is_mended_by_a_snapshot(script, scripted_run, follow):
    written = script().started().play(range(5))
    run = scripted_run(written)
    whole = run.events

    async def with_a_hole(after, wait_s):
        return (await whole(after, wait_s))[2:]

    run.events = with_a_hole
    feed, _ = follow(run)
    await reached(lambda: feed.view)
    written.play(range(5, 10))
    run.publish()
    await reached(lambda: feed.view.second == 9)
    assert run.snapshots == 2
    assert feed.view.passed == (await scripted_run(written).snapshot()).passed


async def test_what_connecting_raises_is_raised():
    async def connect():
        raise RuntimeError("no such run")

    with pytest.raises(RuntimeError, match="no such run"):
        await Feed(connect, lambda: None).follow()


async def test_a_whole_history_that_is_ahead_tells_nothing_twice(script, scripted_run, follow):
    """It is asked for while samples that it holds already are still on their way as events."""
    written = script().watch("web1")
    for second in range(0, 20, 2):
        written.told("web1", second, cpu_percent=20)
    run = scripted_run(written)
    feed, _ = follow(run)
    await reached(lambda: feed.view)
    for second in range(20, 30, 2):
        written.told("web1", second, cpu_percent=30)
    run.published = len(written.events)  # the feed has not heard of them
    await feed.recall("web1")
    run.publish()
    await reached(lambda: feed.view.seq == len(written.events))
    series = feed.view.servers["web1"].metrics["cpu_percent"].series
    assert [point.t for point in series.points()] == [float(t) for t in range(0, 30, 2)]
