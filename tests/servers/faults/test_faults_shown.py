"""Each fault of a server as the screen, the journal and the verdict tell it: unknown with its
reason, never 0 and never what it was before, and said once."""

from __future__ import annotations

import contextlib
import re
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from perfconsole.metrics.figures import UNKNOWN
from perfconsole.model.states import Verdict
from perfconsole.servers import puller
from perfconsole.servers.backoff import Backoff
from perfconsole.servers.ssh import dial, ssh_link
from perfconsole.servers.ssh.known_hosts import HostKey
from perfconsole.servers.ssh.trust import add_line

pytestmark = pytest.mark.sshd


@dataclass
class Stage:
    """What a fault is made with."""

    server: Any
    relay: Any
    full_port: int
    free_port: int
    keygen: Callable[..., Any]
    patch: pytest.MonkeyPatch
    later: contextlib.ExitStack
    changes: dict[str, object] = field(default_factory=dict)
    """Of the server's spec."""

    def key(self, name: str, **more: str) -> None:
        self.changes["identity"] = str(self.keygen(self.server.folder / name, **more))

    def occupied(self) -> None:
        """Somebody else is at the door, let in so far, and does not log in."""
        said = b""
        while not said.startswith(b"SSH-"):  # whoever looked whether it listens may be there still
            door = socket.create_connection(("127.0.0.1", self.server.port), 10)
            said = self.later.enter_context(door).recv(10)

    def greets_late(self) -> None:
        self.patch.setattr(ssh_link, "GREETING_S", 1.0)
        self.server.process.send_signal(signal.SIGSTOP)
        self.later.callback(self.server.process.send_signal, signal.SIGCONT)


def nothing(stage: Stage) -> None:
    pass


@dataclass(frozen=True)
class Fault:
    says: str
    """A pattern for the whole reason."""
    before: Callable[[Stage], object] = nothing
    """Done before the run begins."""
    strike: Callable[[Stage], object] | None = None
    """Done once a sample has come; else no sample ever does."""
    heal: Callable[[Stage], object] | None = None
    options: tuple[str, ...] = ()
    """Of the sshd."""


def spec(**changes: object) -> Callable[[Stage], object]:
    return lambda stage: stage.changes.update(changes)


def lasting(name: str, seconds: float) -> Callable[[Stage], object]:
    return lambda stage: stage.patch.setattr(puller, name, seconds)


def new_key(stage: Stage) -> None:
    stage.server.stop()
    stage.server.new_host_key()
    stage.server.start()


def revoke(stage: Stage) -> None:
    with stage.server.known_hosts.open("a") as file:
        file.write(f"@revoked * {stage.server.host_key}\n")


def trust(stage: Stage) -> None:
    name = f"[127.0.0.1]:{stage.server.port}"
    add_line(stage.server.known_hosts, name, HostKey(*stage.server.host_key.split()))


def hang_at_connect(stage: Stage) -> None:
    stage.patch.setattr(dial, "CONNECT_S", 1.0)
    stage.changes["ssh"] = f"nobody@127.0.0.1:{stage.full_port}"


KEY = r"SHA256:[\w+/]{43}"
FAULTS = {
    "unknown key": Fault(
        rf"unknown host key of .*: ssh-ed25519 {KEY}; compare it, then accept it with: perfconsole"
        r" hosts trust .*",
        before=lambda stage: stage.server.known_hosts.unlink(),
        heal=trust,
    ),
    "changed key": Fault(
        rf"HOST KEY OF .* HAS CHANGED, it may be an impostor: it shows {KEY}, known is {KEY}; if"
        r" .*, remove line .*:1 yourself, then: perfconsole hosts trust .*",
        before=new_key,
    ),
    "revoked key": Fault(rf"REVOKED HOST KEY of .*:2 forbids {KEY}; refused", before=revoke),
    "key changed while running": Fault(r"HOST KEY OF .*", strike=new_key),
    "wrong login key": Fault(
        r"login refused for .*: offered .*/wrong; not tried again",
        before=lambda stage: stage.key("wrong"),
    ),
    "locked login key": Fault(
        r"login refused for .*/locked is locked and not in the agent: ssh-add .*",
        before=lambda stage: stage.key("locked", passphrase="very secret words"),
    ),
    "refused": Fault(
        r".* refused the connection; is sshd running there\?",
        before=lambda stage: stage.server.stop(),
        heal=lambda stage: stage.server.start(),
    ),
    "name not found": Fault(
        r"the name no-such-host\.invalid does not resolve; is it spelled right\?",
        before=spec(ssh="deploy@no-such-host.invalid"),
    ),
    "hang at connect": Fault(
        r".* gave no answer within 1 s; is it up, and does a firewall let you in\?",
        before=hang_at_connect,
    ),
    "hang before the greeting": Fault(
        r".* sent no SSH greeting within 1 s",
        before=Stage.greets_late,
        heal=lambda stage: stage.server.process.send_signal(signal.SIGCONT),
    ),
    "too many at the door": Fault(
        r".* hung up before the login \(MaxStartups, a firewall\?\)",
        before=Stage.occupied,
        heal=lambda stage: stage.later.close(),
        options=("MaxStartups 1:100:1",),
    ),
    "no session at all": Fault(
        r"the server opens no further session \(MaxSessions\?\)", options=("MaxSessions 0",)
    ),
    "no shell": Fault(
        r"the server ran no shell for this login; use one that has a shell, or an exporter; it"
        r" said: This account is currently not available\.",
        options=("ForceCommand /usr/sbin/nologin",),
    ),
    "sftp only": Fault(
        r"the server ran no shell .*; it said: This service allows sftp connections only\.",
        options=("ForceCommand internal-sftp",),
    ),
    "forced command that waits": Fault(
        r"no shell answered within 1 s; does this login have one\?",
        before=lasting("SHELL_START_S", 1.0),
        options=("ForceCommand cat >/dev/null",),
    ),
    "forced command that talks": Fault(
        r"the server ran no shell .*; it said: Welcome to the menu",
        options=("ForceCommand echo Welcome to the menu",),
    ),
    "hung": Fault(
        r"no answer in time",
        strike=lambda stage: stage.server.signal_sessions(signal.SIGSTOP),
        heal=lambda stage: stage.server.signal_sessions(signal.SIGCONT),
    ),
    "hung for long": Fault(
        r"no answer within 1 s",
        before=lasting("LEAST_PATIENCE_S", 1.0),
        strike=lambda stage: stage.server.signal_sessions(signal.SIGSTOP),
        heal=nothing,
    ),
    "session killed": Fault(
        r"the connection was lost",
        strike=lambda stage: stage.server.signal_sessions(signal.SIGKILL),
        heal=nothing,
    ),
    "server away": Fault(
        r".* refused the connection; is sshd running there\?",
        strike=lambda stage: stage.server.stop(),
        heal=lambda stage: stage.server.start(),
    ),
    "reset": Fault(
        r"the connection was lost", strike=lambda stage: stage.relay.reset(), heal=nothing
    ),
    "silent line": Fault(
        r"no answer in time",
        strike=lambda stage: stage.relay.silence(),
        heal=lambda stage: stage.relay.speak(),
    ),
}
OVER_RELAY = {"reset", "silent line"}


@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault_on_screen_and_in_the_journal(
    name, make_sshd, relay, over, full_port, unused_tcp_port, keygen, watched, samples, monkeypatch
):
    fault = FAULTS[name]
    monkeypatch.setattr(puller, "Backoff", lambda: Backoff(first_s=0.2))
    server = make_sshd(*fault.options)
    line = await relay(server.port)
    with contextlib.ExitStack() as later:
        stage = Stage(server, line, full_port, unused_tcp_port, keygen, monkeypatch, later)
        fault.before(stage)
        make = server.spec if name not in OVER_RELAY else lambda **more: over(line, server, **more)
        run = watched(web1=make(**stage.changes))
        if fault.strike:
            known = await samples.first(lambda s: "disk_percent:/" in s.metrics)
            assert_known(run, known)
            fault.strike(stage)
        missed = await samples.first(lambda s: re.fullmatch(fault.says, s.detail))
        assert_unknown(run, missed)
        assert_not_proven(run, missed.detail, reached=fault.strike is not None)
        if fault.heal:
            fault.heal(stage)
            at = samples.all.index(missed)
            back = await samples.first(lambda s: s.ok, after=at, within_s=30)
            assert_known(run, back)
            while "web1 answers" not in (await run.kept())[1]:
                await samples.first(lambda s: True, after=len(samples.all))
        await assert_kept(run, samples.all, missed.detail, healed=fault.heal is not None)


def assert_known(run: Any, sample: Any) -> None:
    assert {"cpu_percent", "memory_percent"} <= sample.metrics.keys()
    row = run.row()
    assert all(0 <= float(row[column].partition("/")[0]) <= 100 for column in ("cpu", "memory"))
    assert row["state"] != "unknown"
    assert "no answer" not in run.headline()
    assert all(line.points[-1].last is not None for line in run.chart().lines)


def assert_unknown(run: Any, sample: Any) -> None:
    """`sample` is the last one, and did not come."""
    assert (sample.ok, sample.metrics) == (False, {})
    assert "\n" not in sample.detail
    assert "secret" not in sample.detail
    row = run.row()
    since, _, why = row.pop("why").partition(": ")
    assert re.fullmatch(r"not reached yet|no answer( for \d+s)?", since)
    assert why == sample.detail
    assert row == {"server": "web1", "state": "unknown"}, "and no figures"
    assert "no answer: web1" in run.headline()
    assert "%" not in run.headline(), "no figure of a metric that is unknown now"
    assert run.own_head().endswith(f": {sample.detail}")
    assert all(text.strip() == UNKNOWN for text in run.own_page().values())
    chart = run.chart()
    assert all(line.points[-1].last is None for line in chart.lines)
    assert chart.lines or sample.detail in chart.empty
    assert not chart.over


def assert_not_proven(run: Any, detail: str, *, reached: bool) -> None:
    judged = run.judged()
    assert judged.verdict is Verdict.NOT_PROVEN
    if reached:
        assert any(reason.startswith("web1 CPU: only ") for reason in judged.reasons)
    else:
        assert judged.reasons == (f"web1 was never reached: {detail}",)


async def assert_kept(run: Any, emitted: list[Any], detail: str, *, healed: bool) -> None:
    samples, lines = await run.kept()
    assert samples == emitted[: len(samples)]
    assert lines.count(f"web1: {detail}") == 1
    assert lines.count("web1 answers") == healed
    assert len(lines) == len(set(lines)) <= 4
