"""A run that was never run: ten scripted minutes, served the way a client would serve them."""

from __future__ import annotations

import asyncio
import math
import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest
from textual import events
from textual.keys import _character_to_key

from perfconsole.client.api import ControllerGone, NoSuchThing
from perfconsole.console.app import ConsoleApp
from perfconsole.console.feed import Patience
from perfconsole.metrics.view import RunView, ServerView
from perfconsole.model import event as ev
from perfconsole.model.command import Command, CommandAnswer
from perfconsole.model.phase import Phase
from perfconsole.model.plateau import Plateau
from perfconsole.model.sample import ServerSample
from perfconsole.model.states import GroupState, RunState, Verdict, VuState
from perfconsole.model.tick import (
    GroupTick,
    InjectorHealth,
    PhaseTick,
    PointTick,
    RunTick,
    Times,
    TransactionTick,
)
from perfconsole.model.vu_page import VuLine, VuPage

START = 1_767_254_400.0  # 2026-01-01 08:00:00 UTC
PAUSE = range(300, 361)
BREACH_AT = 480
GROUPS = (("browse", 204, 281), ("publish", 102, 88), ("quote", 34, 30))
POINTS = ("top-up", "comment")


@pytest.fixture(autouse=True)
def _same_everywhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Times of day in UTC, colours and glyphs as on a modern terminal."""
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("PERFCONSOLE_ASCII", "0")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


EXCHANGE = """\
> POST /publish?page=2&token=*** HTTP/1.1
> Host: 127.0.0.1:8080
> Authorization: Bearer ***
> Cookie: sid=***
> Content-Type: application/json
> Content-Length: 61
>
> {"title": "Flat 2 [north]", "price": 120, "password": "***"}
< HTTP/1.1 503 Service Unavailable
< Content-Type: text/html
< Retry-After: 2
<
< <h1>upstream busy</h1>
* HTTP 503"""


def phases(slow: float, opened: int) -> tuple[PhaseTick, ...]:
    opening = (
        PhaseTick(Phase.CONNECT, opened, 0.41, 0.9, 1.2),
        PhaseTick(Phase.TLS, opened, 3.1, 5.2, 6.0),
    )
    return (
        *(opening if opened else ()),
        PhaseTick(Phase.WAIT, 1200, 226 * slow, 390 * slow, 1880.0),
        PhaseTick(Phase.RECEIVE, 1200, 4.2, 9.1, 40.0),
    )


def planned_stages(vus: int) -> tuple[ev.StageInfo, ...]:
    return (
        ev.StageInfo("to", 120.0, vus, vus),
        ev.StageInfo("hold", 240.0, vus, vus),
        ev.StageInfo("spike", 255.0, vus, 2.0 * vus),
        ev.StageInfo("to", 360.0, vus // 2, vus),
        ev.StageInfo("to", 540.0, 0.0, vus // 2),
    )


class Script:
    """Events of a run, numbered as they are written."""

    def __init__(self, names: dict[str, str] | None = None) -> None:
        self.events: list[ev.RunEvent] = []
        self.names = names or {}
        self.stages = False

    def add(self, kind: type[Any], at_s: float, /, **fields: Any) -> Script:
        self.events.append(kind(seq=len(self.events) + 1, at=START + at_s, **fields))
        return self

    def name(self, group: str) -> str:
        return self.names.get(group, group)

    def started(
        self,
        *,
        groups: bool = True,
        servers: bool = True,
        points: int = 1,
        stages: bool = False,
        dead_man_s: float | None = None,
    ) -> Script:
        """With `stages`: up, hold until 4 m, a spike, down to half at 6 m, to 0 at 9 m."""
        self.stages = stages
        return self.add(
            ev.Started,
            0,
            run="20260101-080000-shop",
            name="shop · marketplace peak",
            target="http://127.0.0.1:8080",
            groups=tuple(
                ev.GroupInfo(
                    self.name(n), n, vus, planned_stages(vus) if stages else (),
                    points=POINTS[:points],
                )
                for n, vus, _ in GROUPS
            ) if groups else (),
            servers=tuple(
                ev.ServerInfo(
                    name,
                    where,
                    {"cpu_percent": 75, "memory_percent": 75, "disk_percent": 80},
                    judged=True,
                )
                for name, where in (("web1", "deploy@web1:22"), ("db1", "this machine"))
            ) if servers else (),
            rendezvous=tuple(
                ev.PointInfo(n, "80 VUs") for n in POINTS[:points]
            ) if groups else (),
            duration_s=1800.0,
            response_limit_ms=1000.0 if groups else None,
            pass_rate_limit=99.0 if groups else None,
            scenario={},
            dead_man_s=dead_man_s,
        ).add(ev.StateChanged, 0, state=RunState.RUNNING)  # fmt: skip

    def watch(self, *names: str, asks: bool = False) -> Script:
        """A watch of the servers `names`; with `asks` one VU asks a URL beside it."""
        limits = {"cpu_percent": 75, "memory_percent": 75, "disk_percent": 80}
        return self.add(
            ev.Started, 0, run="20260101-080000-watch", name="watch", target="https://shop.example",
            groups=(ev.GroupInfo("url", "url", 1, ()),) if asks else (),
            servers=tuple(ev.ServerInfo(name, f"{name}:22", limits, judged=True) for name in names),
            rendezvous=(), duration_s=None, response_limit_ms=None, pass_rate_limit=None,
            scenario={"watch": True} if asks else {},
        ).add(ev.StateChanged, 0, state=RunState.RUNNING)  # fmt: skip

    def told(self, server: str, second: float, **metrics: float) -> Script:
        """A sample; ``disk`` is ``disk_percent:/``."""
        if "disk" in metrics:
            metrics["disk_percent:/"] = metrics.pop("disk")
        sample = ServerSample(server, True, metrics)
        return self.add(ev.Sampled, second, second=float(second), sample=sample)

    def silent(self, server: str, second: float, why: str) -> Script:
        sample = ServerSample(server, False, {}, why)
        return self.add(ev.Sampled, second, second=float(second), sample=sample)

    def asked(self, second: int, ms: float | None = None, failed: int = 0) -> Script:
        """A second of the request of a watch: answered after `ms`, failed, or still waited for."""
        passed = int(ms is not None)
        times = Times() if ms is None else Times(ms, ms, ms, ms, ms, ms)
        name = "GET /health"
        tick = RunTick(
            second=second,
            transactions=(TransactionTick(name, passed, failed, times),) if passed + failed else (),
            groups=(GroupTick("url", {VuState.RUNNING: 1}, 1, passed, passed, failed, times),),
            injectors=(), rendezvous=(), errors={f"{name}: HTTP 503": failed} if failed else {},
            samples={}, times=times, requests=passed + failed, requests_failed=failed, cut=0,
            bytes_in=100, connections_opened=0, connections_reused=1,
        )  # fmt: skip
        return self.add(ev.Second, second + 1.0, tick=tick)

    def group(self, name: str, at_s: float, state: GroupState, **more: Any) -> Script:
        target = next(vus for n, vus, _ in GROUPS if n == name)
        fields = {"target": target, "held": False, "by_hand": False} | more
        if self.stages:
            fields.setdefault("course_s", at_s)
        return self.add(ev.GroupChanged, at_s, name=self.name(name), state=state, **fields)

    def commanded(self, at_s: float, said: str, by: str = "anna", **command: Any) -> Script:
        return self.add(ev.Commanded, at_s, id=f"c{at_s}", by=by, command=command, said=said)

    def noted(self, at_s: float, text: str, level: str = "info", kind: str = "note") -> Script:
        return self.add(ev.Noted, at_s, level=level, kind=kind, text=text)

    def sample(self, second: int, **over: Any) -> Script:
        for name, base in (("web1", 52.0), ("db1", 31.0)):
            hot = 27.0 if second >= BREACH_AT and name == "web1" else 0.0
            metrics = {
                "cpu_percent": base + hot + 4 * math.sin(second / 9),
                "memory_percent": 47.0 + second / 200,
                "disk_percent:/": 64.0 if name == "web1" else 58.0,
                "load_1m": 2.4,
                "net_rx_bytes_s": 3.2e6,
                "net_tx_bytes_s": 8.1e6,
            }
            self.add(
                ev.Sampled,
                second + 0.5,
                second=float(second),
                sample=ServerSample(name, True, metrics),
            )
        return self

    def second(self, second: int, quiet: bool = False) -> Script:
        share = min(1.0, (second + 1) / 120)
        wobble = 1 + 0.06 * math.sin(second / 7)
        slow = 2.2 if second >= BREACH_AT else 1.0
        groups, transactions, passed_all = [], [], 0
        for name, vus, tps in GROUPS:
            passed = 0 if quiet else int(tps * share * wobble)
            failed = 0 if quiet else int(passed * (0.03 if second >= BREACH_AT else 0.002))
            times = Times() if quiet else Times(240, 210 * slow, 380, 402 * slow, 700 * slow, 1900)
            live = int(vus * share)
            waiting = 7 if name == "publish" and second > 500 else 0
            state = VuState.PAUSED if quiet else VuState.RUNNING
            states = {state: live - waiting, VuState.DOWN: vus - live}
            if waiting:
                states[VuState.RENDEZVOUS] = waiting
            groups.append(
                GroupTick(self.name(name), states, vus, passed // 4, passed, failed, times)
            )
            transactions += [
                TransactionTick(f"{self.name(name)}: open", passed - passed // 3, failed, times),
                TransactionTick(f"{self.name(name)}: send", passed // 3, 0, times),
            ]
            passed_all += passed
        errors = {} if quiet or second < BREACH_AT else {"POST /publish: HTTP 503": 12}
        tick = RunTick(
            second=second,
            transactions=tuple(transactions),
            groups=tuple(groups),
            injectors=(
                InjectorHealth(
                    0,
                    4711,
                    31.0,
                    second * 0.3,
                    passed_all,
                    1.4,
                    88.0,
                    sockets_left=19_640,
                    memory_mb=81.5,
                    gc_pause_ms=0.6,
                ),
            ),
            rendezvous=(
                PointTick("top-up", {self.name("publish"): 7} if second > 500 else {}, 80, True),
            ),
            errors=errors,
            samples={"POST /publish: HTTP 503": "POST /publish → 503\nupstream busy"},
            times=Times() if quiet else Times(240, 231 * slow, 380, 402 * slow, 700 * slow, 1900),
            requests=passed_all * 3,
            requests_failed=sum(errors.values()),
            cut=0,
            bytes_in=passed_all * 9000,
            connections_opened=340 if second == 1 else 0 if quiet else 2,
            connections_reused=passed_all * 3,
            phases=() if quiet else phases(slow, 3 if second % 5 == 1 else 0),
            exchanges={"POST /publish: HTTP 503": EXCHANGE} if second == BREACH_AT else {},
            machine_cpu_percent=24.0,
        )
        return self.add(ev.Second, second + 1.0, tick=tick)

    def play(self, seconds: range) -> Script:
        """Whole seconds, with the pause, the rendezvous and the breach where they belong."""
        for second in seconds:
            if second == 0:
                for name, _, _ in GROUPS:
                    self.group(name, 0.1, GroupState.RAMPING)
            if second == 120:
                for name, _, _ in GROUPS:
                    self.group(name, 120.1, GroupState.RUNNING)
            if second == PAUSE.start:
                self.commanded(PAUSE.start, "paused all by hand", do="pause", groups=["all"])
                for name, _, _ in GROUPS:
                    self.group(name, PAUSE.start + 0.01, GroupState.PAUSED)
            if second == PAUSE.stop:
                said = "resumed all after 61 s"
                self.commanded(PAUSE.stop, said, do="resume", groups=["all"])
                for name, _, _ in GROUPS:
                    self.group(name, PAUSE.stop + 0.01, GroupState.RUNNING)
            if second == BREACH_AT + 20:
                self.add(
                    ev.Breached, second, server="web1", metric="cpu_percent", limit=75.0,
                    over=True, since=START + BREACH_AT,
                    text="web1 CPU over 75 % at 340 VUs, 402 TPS",
                )  # fmt: skip
            self.second(second, quiet=second in PAUSE)
            if second % 2 == 0:
                self.sample(second)
        return self

    def saturated(self, at_s: float, on: bool = True) -> Script:
        why = "injector 0 uses 98 % of its core, limit 85 %" if on else "injector 0 keeps up again"
        return self.add(
            ev.Saturated, at_s, injector=0, on=on, text=why, since=START + at_s - 3,
            advice="use more injectors (--injectors 2), more think time or fewer VUs" if on else "",
        )  # fmt: skip

    def plateau(
        self, number: int, stretch: tuple[float, float], vus: dict[str, int], **more: Any
    ) -> Script:
        total = sum(vus.values())
        slow = 1 + number / 4
        times = Times(214 * slow, 201 * slow, 340, 402 * slow, 690 * slow, 1900)
        fields: dict[str, Any] = {
            "over": True, "rate": None, "tps": 1.18 * total, "failed_per_s": 0.4 * number,
            "hits_per_s": 3.6 * total, "error_percent": 0.2 * number, "times": times,
            "servers": {
                "web1/cpu_percent": (20.0 * number, 24.0 * number),
                "web1/memory_percent": (47.0 + number, 48.5 + number),
                "db1/cpu_percent": (31.0, 36.5), "db1/memory_percent": (41.0, 41.5),
            },
            "ended_by": "",
        }  # fmt: skip
        plateau = Plateau(number, *stretch, vus=vus, **(fields | more))
        return self.add(ev.PlateauMeasured, stretch[1], plateau=plateau)

    def ended(self, at_s: float, verdict: Verdict, *reasons: str) -> Script:
        return self.add(ev.Ended, at_s, verdict=verdict, reasons=reasons)


@dataclass
class ScriptedRun:
    """A RunSource that serves a script as far as it has been published."""

    script: Script
    published: int = 0
    by: str = "anna"
    sent: list[Command] = field(default_factory=list)
    ids: list[str | None] = field(default_factory=list)
    revisions: list[int | None] = field(default_factory=list)
    sures: list[bool] = field(default_factory=list)
    refusal: str = ""
    asks: str = ""
    """The question that is put to whoever is not sure."""
    vu_pages: list[tuple[str, int, int]] = field(default_factory=list)
    """What was asked of lists of VUs."""
    vus_of_groups: dict[str, int] = field(default_factory=dict)
    recalled: list[str] = field(default_factory=list)
    """Servers whose whole history was asked for."""
    gone: bool = False
    silent: asyncio.Event = field(default_factory=asyncio.Event)
    """While not set no command is answered."""
    snapshots: int = 0
    closed: bool = False
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.published = len(self.script.events)
        self.silent.set()

    def publish(self) -> None:
        """Everything the script holds now."""
        self.published = len(self.script.events)
        self._news.set()

    def lose(self, gone: bool = True) -> None:
        self.gone = gone
        self._news.set()

    async def snapshot(self) -> RunView:
        self._reachable()
        self.snapshots += 1
        view = RunView()
        for event in self.script.events[: self.published]:
            view.fold(event)
        return msgspec.json.decode(msgspec.json.encode(view), type=RunView)

    async def events(self, after: int, wait_s: float) -> list[ev.RunEvent]:
        self._reachable()
        if after >= self.published:
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), wait_s)
            except TimeoutError:
                return []
        self._reachable()
        return self.script.events[after : self.published]

    async def vus(self, group: str, first: int, count: int) -> VuPage:
        self._reachable()
        self.vu_pages.append((group, first, count))
        total = self.vus_of_groups.get(group, 0)
        rounds = len(self.vu_pages)
        return VuPage(
            total, tuple(self.vu(slot, rounds) for slot in range(first, min(total, first + count)))
        )

    async def server_snapshot(self, number: int) -> ev.SnapshotTaken:
        self._reachable()
        for event in self.script.events[: self.published]:
            if isinstance(event, ev.SnapshotTaken) and event.number == number:
                return event
        raise NoSuchThing(f"there is no snapshot {number}")

    async def server(self, name: str) -> ServerView:
        self.recalled.append(name)
        return (await self.snapshot()).servers[name]

    def vu(self, slot: int, rounds: int) -> VuLine:
        """One line of a list, in its `rounds`-th answer."""
        failed = slot % 50 == 7
        return VuLine(
            f"{slot % 2}.{slot // 2}",
            VuState.RENDEZVOUS if slot % 9 == 4 else VuState.RUNNING,
            "top-up" if slot % 9 == 4 else "POST /publish" if slot % 3 else "GET /search",
            100 + slot % 7 + rounds // 5,
            3 if failed else 0,
            "POST /publish: HTTP 503" if failed else "",
        )

    async def send(
        self,
        command: Command,
        id: str | None = None,
        *,
        revision: int | None = None,
        sure: bool = False,
    ) -> CommandAnswer:
        self._reachable()
        self.sent.append(command)
        self.ids.append(id)
        self.revisions.append(revision)
        self.sures.append(sure)
        await self.silent.wait()
        if self.asks and not sure:
            return CommandAnswer(id=id or "", ok=False, said=self.asks, asks=True)
        return CommandAnswer(
            id=id or "", ok=not self.refusal, said=self.refusal or "done", seq=self.published
        )

    async def close(self) -> None:
        self.closed = True

    def _reachable(self) -> None:
        if self.gone:
            raise ControllerGone("nobody there")


QUICK = Patience(poll_s=5.0, retry_s=0.01, lost_after_s=0.05, dead_after_s=0.15)


@pytest.fixture
def script() -> type[Script]:
    return Script


@pytest.fixture
def scripted_run() -> Callable[[Script], ScriptedRun]:
    return ScriptedRun


@pytest.fixture
def ten_minutes() -> ScriptedRun:
    """At 10:00 of 30:00: after the pause, in the breach."""
    written, vus = Script().started().play(range(600)), {"browse": 204, "publish": 102, "quote": 34}
    written.plateau(1, (130.0, 295.0), vus, ended_by="paused all by hand")
    written.plateau(2, (370.0, 470.0), vus, ended_by="VUs of quote 34 → 40")
    written.plateau(3, (490.0, 600.0), vus, over=False, error_percent=2.56)
    return ScriptedRun(written, vus_of_groups=vus)


@pytest.fixture
def one_minute() -> ScriptedRun:
    """Short, for tests that look at keys and not at charts."""
    return ScriptedRun(Script().started().play(range(60)))


@pytest.fixture
def console() -> Callable[..., ConsoleApp]:
    """An app on a scripted run."""

    def build(run: ScriptedRun, patience: Patience = QUICK, **more: Any) -> ConsoleApp:
        async def connect() -> ScriptedRun:
            return run

        return ConsoleApp(
            connect,
            run="shop-0800",
            leave_hint="perfconsole attach shop-0800",
            patience=patience,
            **more,
        )

    return build


NAMES = {"⏎": "enter", "⎋": "escape", "↓": "down", "↑": "up", "⌫": "ctrl+u", "⊗": "ctrl+x",
         "⊖": "ctrl+z", "↹": "tab"}  # fmt: skip


@pytest.fixture
def typed() -> Callable[[ConsoleApp, str], None]:
    """Send all of a text to an app at once, as in one packet; nothing runs in between."""

    def send(app: ConsoleApp, text: str) -> None:
        for character in text:
            key = NAMES.get(character)
            shown = None if key else character
            app.post_message(events.Key(key or _character_to_key(character), shown))

    return send


@pytest.fixture
def until() -> Callable[..., Any]:
    """Wait for a condition, letting the app work; fails after some seconds."""

    async def wait(condition: Callable[[], object], pilot: Any, within_s: float = 30.0) -> None:
        deadline = time.monotonic() + within_s
        while not condition():
            assert time.monotonic() < deadline, "it did not happen in time"
            await pilot.pause(0.02)

    return wait


ON_A_TERMINAL = """
import asyncio, sys
from perfconsole.console.app import run_console
from perfconsole.metrics.view import RunView
from perfconsole.model.command import CommandAnswer

class Quiet:
    by = "anna"
    async def snapshot(self):
        return RunView(seq=1, name="quiet", started_at=1.0, now_at=2.0)
    async def events(self, after, wait_s):
        await asyncio.sleep(wait_s)
        return []
    async def send(self, command, id=None, *, revision=None, sure=False):
        with open(sys.argv[1] + ".sent", "a") as sent:
            print(command.model_dump_json(), file=sent)
        return CommandAnswer(id=id or "", ok=True, said="done", seq=1)
    async def close(self): ...

async def connect():
    return Quiet()

departure = run_console(connect, run="quiet", leave_hint="perfconsole attach quiet")
open(sys.argv[1], "w").write(departure.how)
"""


@pytest.fixture
def on_a_terminal(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], int, Path]]:
    """A console on a pseudo-terminal of its own: process, terminal, file with how it left.

    What it sent is in a file beside, with ``.sent`` behind its name.
    """
    said = tmp_path / "departure"
    parent, child = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", ON_A_TERMINAL, str(said)],
        stdin=child, stdout=child, stderr=child, start_new_session=True,
        env=os.environ | {"TERM": "xterm-256color"},
    )  # fmt: skip
    os.close(child)
    seen, deadline = b"", time.monotonic() + 20
    while b"00:00:01" not in seen:  # the run's time: it is reached
        assert time.monotonic() < deadline, seen
        if select.select([parent], [], [], 0.1)[0]:
            seen += os.read(parent, 65536)
    try:
        yield process, parent, said
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def read_all() -> Callable[[int, float], bytes]:
    """Everything written to a terminal until its last writer is gone."""

    def read(terminal: int, within_s: float) -> bytes:
        seen, deadline = b"", time.monotonic() + within_s
        while time.monotonic() < deadline:
            if select.select([terminal], [], [], 0.1)[0]:
                try:
                    seen += os.read(terminal, 65536)
                except OSError:
                    break
        return seen

    return read
