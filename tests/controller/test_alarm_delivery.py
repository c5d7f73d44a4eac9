"""Alarms delivered to real commands and a real listener, whatever these do with them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from perfconsole.controller.alarms import alarm_command, alarm_delivery, alarm_webhook
from perfconsole.controller.alarms.alarm_command import AlarmCommand
from perfconsole.controller.alarms.alarm_delivery import AlarmDelivery
from perfconsole.controller.alarms.alarm_message import AlarmMessage, LoadThen, Receiver
from perfconsole.controller.alarms.alarm_receivers import receivers_of
from perfconsole.controller.alarms.alarm_webhook import AlarmWebhook
from perfconsole.model.scenario import Scenario
from perfconsole.model.start import StartSpec

TRY_S = 0.3


def message(text: str = "CPU over 75 %", level: str = "error", state: str = "raised") -> Any:
    return AlarmMessage(
        run="r1", name="shop", target="http://h", cause="breach web1/cpu_percent", level=level,
        state=state, text=text, at=1000.0, since=992.0, load=LoadThen(340, 412.0, 3.0, 640.0),
    )  # fmt: skip


@dataclass
class Listener:
    """A server of HTTP that answers as it is told, or never."""

    port: int = 0
    answer: bytes | None = b"HTTP/1.1 204 No Content\r\n\r\n"
    heads: list[str] = field(default_factory=list)
    bodies: list[Any] = field(default_factory=list)
    _talks: set[asyncio.Task[Any]] = field(default_factory=set)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._talks.add(task)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = int(head.lower().split("content-length: ")[1].split("\r\n")[0])
            self.bodies.append(json.loads(await reader.readexactly(length)))
            self.heads.append(head)
            if self.answer is None:
                await reader.read()  # until the other side has enough of it
            else:
                writer.write(self.answer)
                await writer.drain()
        finally:
            writer.close()

    def url(self, path: str = "/hook/t0ken") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    async def close(self) -> None:
        for task in self._talks:
            task.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    listener = Listener()
    server = await asyncio.start_server(listener.talk, "127.0.0.1", 0)
    listener.port = server.sockets[0].getsockname()[1]
    yield listener
    server.close()
    await listener.close()


@dataclass
class Notes:
    told: list[tuple[str, str, str, str]] = field(default_factory=list)

    def __call__(self, level: str, kind: str, text: str, detail: str = "") -> None:
        self.told.append((level, kind, text, detail))

    @property
    def texts(self) -> list[str]:
        assert {each[:2] for each in self.told} <= {("warning", "alarm")}
        return [each[2].removeprefix("an alarm could not be delivered to ") for each in self.told]


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture(autouse=True)
def _short_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alarm_webhook, "TIMEOUT_S", TRY_S)
    monkeypatch.setattr(alarm_webhook, "PAUSES_S", (0.01, 0.02))
    monkeypatch.setattr(alarm_delivery, "LAST_WITHIN_S", 60.0)


@pytest.fixture
def delivery(notes: Notes) -> Callable[..., AlarmDelivery]:
    def make(*receivers: Receiver) -> AlarmDelivery:
        return AlarmDelivery(receivers, notes)

    return make


def webhook(url: str, level: str = "info") -> AlarmWebhook:
    return AlarmWebhook(url, level, "http://127.0.0.1/***")


def command(text: str, folder: Path, level: str = "info") -> AlarmCommand:
    return AlarmCommand(text, level, str(folder), lambda said: said.replace("hush", "***"))


async def until(what: Callable[[], object], within_s: float = 20.0) -> None:
    async with asyncio.timeout(within_s):
        while not what():  # noqa: ASYNC110 - files and notes tell nobody
            await asyncio.sleep(0.01)


async def test_a_webhook_gets_json_in_order(listener, delivery, notes):
    line = delivery(webhook(listener.url()))
    line.send(message())
    line.send(message("CPU back under 75 %", state="recovered"))
    await line.close()
    assert [(each["state"], each["text"]) for each in listener.bodies] == [
        ("raised", "CPU over 75 %"), ("recovered", "CPU back under 75 %"),
    ]  # fmt: skip
    assert listener.bodies[0] == {
        "run": "r1", "name": "shop", "target": "http://h", "cause": "breach web1/cpu_percent",
        "level": "error", "state": "raised", "text": "CPU over 75 %", "at": 1000.0, "since": 992.0,
        "load": {"vus": 340, "tps": 412.0, "errors_per_s": 3.0, "p95_ms": 640.0},
    }  # fmt: skip
    assert listener.heads[0].startswith("POST /hook/t0ken HTTP/1.1\r\n")
    assert "content-type: application/json" in listener.heads[0].lower()
    assert notes.told == []


async def test_a_command_is_told_in_its_environment(tmp_path, delivery, notes):
    said = "$PERFCONSOLE_ALARM|$PERFCONSOLE_ALARM_LEVEL|$PERFCONSOLE_ALARM_CAUSE"
    line = delivery(
        command(f'echo "{said}|$PERFCONSOLE_ALARM_STATE|$PERFCONSOLE_RUN" >> said', tmp_path)
    )
    line.send(message("$(touch harm); `touch harm`"))
    line.send(message("well", state="recovered"))
    await line.close()
    assert (tmp_path / "said").read_text().splitlines() == [
        "$(touch harm); `touch harm`|error|breach web1/cpu_percent|raised|r1",
        "well|error|breach web1/cpu_percent|recovered|r1",
    ]
    assert not (tmp_path / "harm").exists() and notes.told == []


async def test_each_receiver_has_its_own_least_level(listener, tmp_path, delivery):
    line = delivery(webhook(listener.url(), "error"), command("echo >> said", tmp_path, "warning"))
    for level in ("info", "warning", "error"):
        line.send(message(level=level))
    await line.close()
    assert [each["level"] for each in listener.bodies] == ["error"]
    assert (tmp_path / "said").read_text() == "\n\n"


@pytest.mark.parametrize(
    ("answer", "why", "tries"),
    [
        (b"HTTP/1.1 500 Oh no\r\n\r\n", "answered with HTTP 500 (3 tries)", 3),
        (b"HTTP/1.1 429 Later\r\n\r\n", "answered with HTTP 429 (3 tries)", 3),
        (b"HTTP/1.1 404 None\r\n\r\n", "answered with HTTP 404", 1),
        (b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\n\r\n",
         "answered with HTTP 302; redirects are not followed", 1),
        (b"nonsense\r\n\r\n", "the connection was lost (3 tries)", 3),
        (b"", "the connection was lost (3 tries)", 3),
        (None, f"no answer within {TRY_S:g} s (3 tries)", 3),
    ],
)  # fmt: skip
async def test_what_a_webhook_may_do_is_noted_once(listener, delivery, notes, answer, why, tries):
    listener.answer = answer
    line = delivery(webhook(listener.url()))
    for text in ("one", "two", "three"):
        line.send(message(text))
    await line.close()
    assert notes.texts == [f"webhook http://127.0.0.1/***: {why}"]
    assert len(listener.bodies) == 3 * tries


async def test_a_webhook_that_comes_back_is_told_of_what_follows(listener, delivery, notes):
    listener.answer = b"HTTP/1.1 404 None\r\n\r\n"
    line = delivery(webhook(listener.url()))
    line.send(message("one"))
    await until(lambda: notes.told)
    listener.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\nmuch"
    line.send(message("two"))
    await until(lambda: len(listener.bodies) == 2)
    listener.answer = b"HTTP/1.1 404 None\r\n\r\n"
    line.send(message("three"))
    await line.close()
    assert [each["text"] for each in listener.bodies] == ["one", "two", "three"]
    assert len(notes.told) == 2


async def test_nobody_listens(delivery, notes, unused_tcp_port):
    line = delivery(webhook(f"http://127.0.0.1:{unused_tcp_port}/s3cret"))
    line.send(message())
    await line.close()
    assert notes.texts == ["webhook http://127.0.0.1/***: cannot be reached (3 tries)"]


async def test_one_that_hangs_holds_up_nobody_and_the_end_not_for_long(
    listener, tmp_path, delivery, notes, monkeypatch, eventually
):
    monkeypatch.setattr(alarm_webhook, "TIMEOUT_S", 600.0)
    monkeypatch.setattr(alarm_delivery, "LAST_WITHIN_S", 1.0)
    listener.answer = None
    line = delivery(
        webhook(listener.url()),
        command("echo $$ > pid; exec sleep 600", tmp_path),
        command("echo well >> said", tmp_path),
    )
    for _ in range(3):
        line.send(message())
    await until((tmp_path / "said").exists)
    await until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text().strip())
    await line.close()
    assert (tmp_path / "said").read_text() == "well\n" * 3
    assert notes.texts == [
        "webhook http://127.0.0.1/***: not within 1 s of the end of the run",
        "command echo $$ > pid; exec sleep 600: not within 1 s of the end of the run",
    ]
    pid = int((tmp_path / "pid").read_text())
    eventually(lambda: not psutil.pid_exists(pid))


async def test_a_line_is_bounded(listener, delivery, notes, monkeypatch):
    monkeypatch.setattr(alarm_webhook, "TIMEOUT_S", 600.0)
    monkeypatch.setattr(alarm_delivery, "LAST_WITHIN_S", 0.1)
    listener.answer = None
    line = delivery(webhook(listener.url()))
    for _ in range(1000):
        line.send(message())
    await line.close()
    assert notes.texts == ["webhook http://127.0.0.1/***: more than 100 alarms wait for it"]


async def test_a_command_that_fails_is_noted_with_its_last_words(tmp_path, delivery, notes):
    line = delivery(command("echo token hush; exit 3", tmp_path))
    line.send(message())
    line.send(message())
    await line.close()
    assert notes.told == [(
        "warning", "alarm",
        "an alarm could not be delivered to command echo token ***; exit 3: exit status 3",
        "token ***",
    )]  # fmt: skip


async def test_a_command_that_takes_too_long_is_ended(tmp_path, delivery, notes, monkeypatch):
    monkeypatch.setattr(alarm_command, "TIMEOUT_S", 0.5)
    line = delivery(command("exec sleep 600", tmp_path))
    line.send(message())
    await until(lambda: notes.told)
    await line.close()
    assert notes.texts == ["command exec sleep 600: not over within 0.5 s"]


async def test_receivers_of_a_scenario_get_the_values_of_its_variables(
    listener, tmp_path, delivery, notes
):
    scenario = Scenario.model_validate({
        "name": "x", "servers": {"me": {"local": True}}, "variables": {"place": "hook"},
        "alarms": {"receivers": [
            {"webhook": f"http://127.0.0.1:{listener.port}/${{place}}/${{env:TOKEN}}"},
            {"command": "echo ${TOKEN:-none} > said", "level": "warning"},
        ]},
    })  # fmt: skip
    spec = StartSpec(
        folder="", scenario={}, target="", injectors=1, seed=0, orphan_s=None,
        base=str(tmp_path), variables={"env:TOKEN": "t-0 k"},
    )  # fmt: skip
    receivers = list(receivers_of(scenario, spec))
    assert [each.level for each in receivers] == ["info", "warning"]
    assert receivers[0].label == f"webhook http://127.0.0.1:{listener.port}/***"
    line = delivery(*receivers)
    line.send(message())
    await line.close()
    assert listener.heads[0].split()[1] == "/hook/t-0%20k"
    assert (tmp_path / "said").read_text() == "none\n" and notes.told == []
