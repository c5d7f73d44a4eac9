"""Connecting again: how often, how soon, and nothing left behind of it."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import threading

import paramiko
import pytest

from perfconsole.servers import puller
from perfconsole.servers.backoff import Backoff

pytestmark = pytest.mark.sshd

RECONNECTS = 15


def held() -> tuple[int, int, int]:
    """Threads, descriptors, and connections that somebody still holds."""
    gc.collect()
    objects = sum(type(each) is paramiko.Transport for each in gc.get_objects())
    return threading.active_count(), len(os.listdir("/proc/self/fd")), objects


async def test_many_reconnects_leave_nothing_behind(sshd, watch, samples, monkeypatch, eventually):
    monkeypatch.setattr(puller, "Backoff", lambda: Backoff(first_s=0.01, most_s=0.02))
    monkeypatch.setattr(puller, "FIRST_GAP_S", 0.02)
    watch(sshd.spec())
    await samples.first(lambda s: s.ok)
    before = await asyncio.to_thread(held)
    for _ in range(RECONNECTS):
        at = len(samples.all)
        sshd.signal_sessions(signal.SIGKILL)
        lost = await samples.first(lambda s: not s.ok, after=at)
        await samples.first(lambda s: s.ok, after=samples.all.index(lost, at))
    assert sshd.logged("Accepted publickey") == RECONNECTS + 1

    def nothing_more() -> bool:
        return all(now <= then for now, then in zip(held(), before, strict=True))

    await asyncio.to_thread(eventually, nothing_more)


async def test_a_login_that_worked_is_refused_for_good_after_some_refusals(
    sshd, watch, samples, monkeypatch
):
    """A server that is starting up refuses some; more of them would lock the account."""
    monkeypatch.setattr(puller, "SLOWLY_S", 0.1)
    monkeypatch.setattr(puller, "Backoff", lambda: Backoff(first_s=0.01, most_s=0.02))
    watch(sshd.spec())
    await samples.first(lambda s: s.ok)
    (sshd.folder / "authorized_keys").write_text("")
    sshd.signal_sessions(signal.SIGKILL)
    given_up = await samples.first(lambda s: s.detail.endswith("; not tried again"))
    assert given_up.detail.startswith(f"login refused for {sshd.where}: ")
    await samples.first(lambda s: True, after=samples.all.index(given_up) + 4)
    assert sshd.logged("Connection closed by authenticating user") == 1 + puller.REFUSALS


async def test_a_server_that_was_starting_up_is_taken_again(sshd, watch, samples, monkeypatch):
    monkeypatch.setattr(puller, "SLOWLY_S", 2.0)
    monkeypatch.setattr(puller, "Backoff", lambda: Backoff(first_s=0.01, most_s=0.02))
    watch(sshd.spec())
    await samples.first(lambda s: s.ok)
    keys = (sshd.folder / "authorized_keys").read_bytes()
    (sshd.folder / "authorized_keys").write_text("")
    sshd.signal_sessions(signal.SIGKILL)
    refused = await samples.first(lambda s: s.detail.startswith("login refused"))
    assert "not tried again" not in refused.detail
    (sshd.folder / "authorized_keys").write_bytes(keys)
    await samples.first(lambda s: s.ok, after=samples.all.index(refused))
