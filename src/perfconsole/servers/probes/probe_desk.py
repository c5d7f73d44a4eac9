"""The probes of one server where their answers are read: in the loop, whatever has asked.

It outlives connections: what a probe counted before and what is wrong with it stays known.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping

from perfconsole.injector.searching import MOST_ENDED, TooLong, watch
from perfconsole.model.any_probe import Probe
from perfconsole.model.sample import ServerSample, told
from perfconsole.model.server_news import ProbeTold, ServerNews
from perfconsole.servers.board import Board
from perfconsole.servers.probes.ask import Ask, Reading, Unreadable
from perfconsole.servers.probes.counter_rates import CounterRates
from perfconsole.servers.probes.exit_words import why_failed
from perfconsole.servers.probes.news_rate import NewsRate
from perfconsole.servers.probes.page_ask import PageAsk
from perfconsole.servers.probes.probe_plan import Planned, asks_of, pages_of
from perfconsole.servers.probes.said import Said
from perfconsole.texts import say

_log = logging.getLogger(__name__)
_DIGITS = re.compile(r"\d+")


class ProbeDesk:
    """`tell` hears of a probe that begins to fail, fails in another way, or works again."""

    def __init__(
        self, server: str, probes: Mapping[str, Probe], tell: Callable[[ServerNews], None]
    ) -> None:
        self._server = server
        self._tell = tell
        asks, pages = asks_of(probes), pages_of(probes)
        self._planned: tuple[Planned[Ask] | Planned[PageAsk], ...] = (*asks, *pages)
        self.asks = {number: planned.ask for number, planned in enumerate(asks)}
        """Commands by the numbers that they are told under."""
        self.pages = {number: planned.ask for number, planned in enumerate(pages, len(asks))}
        """Pages likewise."""
        self._rates = CounterRates()
        self._of_asks, self._of_pages = Board(), Board()
        self._wrong: dict[int, str] = {}
        """What is wrong now, by number."""
        self._ended: Counter[int] = Counter()
        """How often reading an answer took too long, by number."""
        self._told: dict[str, str] = {}
        """What was told of each probe last."""
        self._news = {planned.probe: NewsRate() for planned in self._planned}
        self._answers = True
        """The server did, in the last sample."""
        self.heard = asyncio.Event()
        """Something was, of any of them."""

    def hear(self, said: Said) -> None:
        self.heard.set()
        planned = self._planned[said.number]
        if said.fault and said.number in self.asks and not self._answers:
            return  # what is wrong with the server itself is told with its samples
        try:
            reading = self._read(planned, said)
        except Unreadable as error:
            wrong = str(error)
        else:
            self._put(planned, said, reading)
            wrong = reading.lacks
        self._judge(planned.probe, said.number, wrong)

    def into(self, sample: ServerSample) -> ServerSample:
        """With what is known of the probes. Commands told nothing when the server did not."""
        self._answers = sample.ok
        if not self._planned:
            return sample
        now = time.monotonic()
        metrics, held = dict(sample.metrics), sample.held
        for board in (self._of_asks, self._of_pages) if sample.ok else (self._of_pages,):
            found, old = board.take(now)
            metrics |= found
            held += old
        return ServerSample(
            sample.server, sample.ok, metrics, sample.detail, sample.interval_s, held
        )

    def _read(self, planned: Planned[Ask] | Planned[PageAsk], said: Said) -> Reading:
        """Raises Unreadable."""
        ask, text = planned.ask, said.text
        failed = why_failed(ask, said) if isinstance(ask, Ask) else said.fault
        if failed and (said.fault or planned.strict or not said.errors + text):
            raise Unreadable(failed)
        if self._ended[said.number] >= MOST_ENDED:
            raise Unreadable(say("its answers take too long to read; given up"))
        watch.begin()  # some regular expressions take for ever on some texts
        try:
            return ask.parse(f"{text}\n{said.errors}" if failed or not text.strip() else text)
        except Unreadable:
            raise
        except TooLong:
            self._ended[said.number] += 1
            raise Unreadable(say("its answer takes too long to read")) from None
        except Exception as bug:  # in what reads whatever some program wrote
            _log.exception("an answer to the probe %s", planned.probe)
            kind = type(bug).__name__
            raise Unreadable(say("its answer could not be read ({kind})", kind=kind)) from None
        finally:
            watch.end()

    def _put(self, planned: Planned[Ask] | Planned[PageAsk], said: Said, reading: Reading) -> None:
        gauges = {planned.metric(name): value for name, value in reading.gauges.items()}
        counters = {planned.metric(name): value for name, value in reading.counters.items()}
        board = self._of_asks if said.number in self.asks else self._of_pages
        until = said.at + 2 * planned.ask.every_s + planned.ask.timeout_s
        board.put(told(gauges | self._rates.rates(said.at, counters)), until)

    def _judge(self, probe: str, number: int, wrong: str) -> None:
        """Tell it once; a text that differs in its numbers only is the same. What is not told for
        there was too much of it is told with one of the next answers, if it is still so."""
        self._wrong.pop(number, None)
        if wrong:
            self._wrong[number] = wrong
        now = next((w for n, w in self._wrong.items() if self._planned[n].probe == probe), "")
        is_new = _DIGITS.sub("#", now) != self._told.get(probe, "")
        if is_new and self._news[probe].may_tell(time.monotonic()):
            self._told[probe] = _DIGITS.sub("#", now)
            self._tell(ProbeTold(self._server, probe, not now, now))
