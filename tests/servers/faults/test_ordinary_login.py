"""The same of an sshd and a login that are an ordinary user's."""

from __future__ import annotations

import asyncio
import signal

import pytest

pytestmark = pytest.mark.sshd


async def test_all_of_it_without_root(ordinary, watched, samples, eventually):
    server = ordinary()
    run = watched(web1=server.spec())
    known = await samples.first(lambda s: "disk_percent:/" in s.metrics)
    assert {"cpu_percent", "memory_percent", "net_rx_bytes_s", "load_1m"} <= known.metrics.keys()
    assert run.row()["state"] != "unknown"
    assert all(process.uids().real != 0 for process in server.loops())
    server.signal_sessions(signal.SIGSTOP)
    hung = await samples.first(lambda s: not s.ok)
    assert (hung.detail, run.row()["state"]) == ("no answer in time", "unknown")
    server.signal_sessions(signal.SIGCONT)
    await samples.first(lambda s: s.ok, after=samples.all.index(hung))
    at = len(samples.all)
    server.signal_sessions(signal.SIGKILL)
    lost = await samples.first(lambda s: s.detail == "the connection was lost", after=at)
    await samples.first(lambda s: s.ok, after=samples.all.index(lost))
    left = server.processes()
    await run.servers.stop()
    await asyncio.to_thread(eventually, lambda: not any(p.is_running() for p in left), 5)


async def test_a_refused_key_without_root(ordinary, watched, samples, keygen, tmp_path):
    server = ordinary()
    run = watched(web1=server.spec(identity=str(keygen(tmp_path / "wrong"))))
    missed = await samples.first(lambda s: not s.ok)
    assert missed.detail.startswith(f"login refused for {server.where}: offered ")
    assert run.judged().reasons == (f"web1 was never reached: {missed.detail}",)
