"""This machine, by the same names and formulas as any server."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import subprocess
import sys
import threading
import time

import psutil
import pytest

from perfconsole.model.server_spec import ServerSpec
from perfconsole.servers.linux.seldom import tcp_metrics
from perfconsole.servers.local_seldom import disk_fullness, local_mounts, tcp_states
from perfconsole.servers.sampler import sample_server
from perfconsole.servers.watch_all import Servers


async def test_the_first_sample_is_complete(samples, watch):
    watch(ServerSpec(local=True, every=0.5), name="me")
    sample = await samples.first(lambda s: "disk_percent:/" in s.metrics)
    assert sample.ok
    assert sample.server == "me"
    assert set(sample.metrics) >= {
        "cpu_percent", "memory_percent", "load_1m", "net_rx_bytes_s", "net_tx_bytes_s",
    }  # fmt: skip
    assert sample.metrics["memory_percent"] == pytest.approx(psutil.virtual_memory().percent, abs=3)


@pytest.mark.clock
async def test_samples_keep_their_interval(samples, watch):
    watch(ServerSpec(local=True, every=0.5))
    begun = time.monotonic()
    await samples.first(lambda s: True, after=4)
    assert time.monotonic() - begun == pytest.approx(2.5, abs=0.7)


@pytest.mark.clock
async def test_it_ends_at_once(samples):
    task = asyncio.create_task(sample_server("me", ServerSpec(local=True), samples.emit))
    await asyncio.sleep(0.05)
    begun = time.monotonic()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert time.monotonic() - begun < 0.5


def test_there_is_always_a_disk(monkeypatch):
    monkeypatch.setattr(psutil, "disk_partitions", lambda all: [])
    assert local_mounts() == ("/",)


def test_disks_that_cannot_be_asked_are_left_out():
    assert list(disk_fullness(("/", "/no/such/place"))) == ["/"]


def test_connections_are_counted_by_state():
    with socket.create_server(("127.0.0.1", 0)):
        assert tcp_states()["0A"] >= 1


def test_too_many_connections_are_not_counted(monkeypatch):
    monkeypatch.setattr("perfconsole.servers.local_seldom.MOST_CONNECTIONS", -1)
    assert tcp_metrics(tcp_states()) == {}


def test_paramiko_is_only_loaded_for_ssh():
    code = "import sys, perfconsole.servers.watch_all; sys.exit('paramiko' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


async def test_none_to_watch(samples):
    servers = Servers({}, samples.emit)
    servers.start()
    await servers.stop()
    await servers.stop()


class Asked:
    """A side job that asks one command once."""

    def __init__(self, start, board):
        self._board = board
        self._stream = start("echo $((6 * 7)); cat")
        self.turned_in: set[str] = set()
        self.closed = False

    def turn(self, now):
        self.turned_in.add(threading.current_thread().name)
        with contextlib.suppress(TimeoutError):
            self._board.put({"answer": float(self._stream.receive(0.0))}, now + 60)
        return now + 0.05

    def close(self):
        self.closed = True
        self._stream.close()


async def test_what_is_asked_beside_has_its_own_thread(samples, watch, monkeypatch, eventually):
    jobs = []

    def side_jobs(name, spec, start, board, *_):
        jobs.append(Asked(start, board))
        return jobs

    monkeypatch.setattr("perfconsole.servers.sampler.side_jobs", side_jobs)
    task = watch(ServerSpec(local=True, every=0.5), "here")
    sample = await samples.first(lambda s: "answer" in s.metrics)
    assert sample.metrics["answer"] == 42
    assert jobs[0].turned_in == {"local jobs"}
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await asyncio.to_thread(eventually, lambda: jobs[0].closed, 3)


class Stumbles(Asked):
    def turn(self, now):
        raise ZeroDivisionError


async def test_a_job_that_stumbles_is_no_silent_end(samples, monkeypatch):
    jobs = []

    def side_jobs(name, spec, start, board, *_):
        jobs.append(Stumbles(start, board))
        return jobs

    monkeypatch.setattr("perfconsole.servers.sampler.side_jobs", side_jobs)
    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(sample_server("me", ServerSpec(local=True), samples.emit), 10)
    assert jobs[0].closed


async def test_a_look_that_stumbles_is_no_silent_end(samples, monkeypatch):
    def look(*_):
        raise ZeroDivisionError

    monkeypatch.setattr("perfconsole.servers.this_machine.look_at_disks", look)
    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(sample_server("me", ServerSpec(local=True), samples.emit), 10)
