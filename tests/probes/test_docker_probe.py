"""The probe of Docker, against a real one with a daemon of the test's own."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.model.ready_probes import DockerProbe
from perfconsole.servers.probes.ask import Unreadable
from perfconsole.servers.probes.ready.docker_probe import asks, read_containers, size

DOCKERD = shutil.which("dockerd", path=f"{os.environ['PATH']}:/usr/sbin")
BUSYBOX = shutil.which("busybox")
MB = 2**20
BUSY = "x=$(busybox dd if=/dev/zero bs=1M count=20 | busybox tr '\\0' x); while :; do :; done"


@dataclass(frozen=True)
class Docker:
    """``docker`` of a daemon that touches no network, with an image ``tiny``."""

    host: str

    def __call__(self, *words: str, data: bytes = b"") -> str:
        command = ["docker", "--host", self.host, *words]
        return subprocess.run(command, input=data, check=True, capture_output=True).stdout.decode()

    def run(self, name: str, *options: str, does: str) -> None:
        self("run", "--detach", "--network", "none", "--name", name, *options, "tiny",
             "busybox", "sh", "-c", does)  # fmt: skip

    def end(self) -> None:
        if containers := self("ps", "--all", "--quiet").split():
            self("rm", "--force", *containers)


@pytest.fixture(scope="module")
def daemon(eventually) -> Iterator[Docker]:
    if DOCKERD is None or BUSYBOX is None:
        pytest.skip("there is no dockerd here (Debian: docker.io, busybox-static)")
    if os.geteuid() != 0:
        pytest.skip("dockerd has to be started by root")
    folder = Path(tempfile.mkdtemp(prefix="perfconsole-docker-"))  # a socket's path has to be short
    docker = Docker(f"unix://{folder}/socket")
    command = [DOCKERD, "--host", docker.host, "--data-root", folder / "data", "--exec-root",
               folder / "exec", "--pidfile", folder / "pid", "--bridge=none", "--iptables=false",
               "--ip6tables=false", "--ip-forward=false", "--storage-driver=vfs"]  # fmt: skip
    log = folder / "log"
    with log.open("wb") as written:
        process = subprocess.Popen(list(map(str, command)), stderr=written)
    try:
        eventually(lambda: "API listen on" in log.read_text() or process.poll() is not None, 60)
        assert process.poll() is None, log.read_text()
        docker("import", "-", "tiny", data=_image())
        yield docker
        docker.end()
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(folder)


def _image() -> bytes:
    """A tar of busybox, and of the libraries of one that is not static."""
    linked = subprocess.run(["ldd", BUSYBOX], capture_output=True, text=True, check=False).stdout
    found = io.BytesIO()
    with tarfile.open(fileobj=found, mode="w", dereference=True) as tar:
        tar.add(BUSYBOX, "bin/busybox")
        for library in re.findall(r"(?<=\s)/\S+", linked):
            tar.add(library)
    return found.getvalue()


@pytest.fixture
def docker(daemon) -> Iterator[Docker]:
    yield daemon
    daemon.end()


def asked(docker: Docker, **changes: object):
    (ask,) = asks(
        DockerProbe.model_validate(
            {"use": "docker", "environment": {"DOCKER_HOST": docker.host}, **changes}
        )
    )
    return ask


def test_what_containers_use(docker, answer, eventually):
    docker.run("busy", "--memory", "64m", does=BUSY)
    docker.run("idle", does="exec busybox sleep 1000")
    ask = asked(docker)
    gauges = eventually(lambda: _over(answer(ask).gauges, "memory_percent:busy", 30))
    assert gauges["running"] == 2
    assert gauges["cpu_percent:busy"] > 5 > gauges["cpu_percent:idle"]
    assert gauges["memory_percent:busy"] == pytest.approx(
        100 * gauges["memory_bytes:busy"] / (64 * MB), abs=0.2
    )
    assert 0 < gauges["memory_bytes:idle"] < 20 * MB


def test_restarts_and_who_is_missing(docker, answer, eventually):
    docker.run("broken", "--restart", "always", does="exit 1")
    docker.run("idle", does="exec busybox sleep 1000")
    ask = asked(docker, containers=["idle", "broken", "gone"])
    reading = eventually(lambda: _restarted(answer(ask)))
    assert reading.counters["restarts_s:idle"] == 0
    assert "cpu_percent:idle" in reading.gauges and "cpu_percent:broken" not in reading.gauges
    assert reading.lacks == "no container called broken runs"
    only_idle = answer(asked(docker, containers=["idle"]))
    assert only_idle.lacks == "" and set(only_idle.counters) == {"restarts_s:idle"}


async def test_in_the_samples_of_a_server(docker, sampled):
    docker.run("idle", does="exec busybox sleep 1000")
    probe = DockerProbe(use="docker", environment={"DOCKER_HOST": docker.host}, every=1)
    metrics = await sampled(
        probe, *(f"{kind}:idle" for kind in probe.measured() if kind != "running")
    )
    assert metrics["it.running"] == 1


def test_no_container_at_all(docker, answer):
    reading = answer(asked(docker))
    assert reading.gauges == {"running": 0} and reading.counters == {}


def test_no_daemon(answer):
    with pytest.raises(Unreadable, match=r"docker says: .*[Cc]annot connect to the Docker daemon"):
        answer(asked(Docker("unix:///nowhere")))


def test_what_runs_under_a_name_is_no_command():
    for name in ("x; rm -rf /", "--all", "$(x)", ""):
        with pytest.raises(ValueError, match="pattern"):
            DockerProbe(use="docker", containers=[name])


def test_as_docker_writes_it():
    """Of Docker 20.10: one that runs, and one that is about to start again."""
    text = (
        "running\t2\nstats\tbroken\t0.00%\t0.00%\t0B / 0B\t0\n"
        "stats\tshop-db\t151.23%\t31.90%\t20.42MiB / 64MiB\t1\n"
        "state\t/broken\t6\nstate\t/shop-db\t0\n"
    )
    reading = read_containers(text)
    assert reading.gauges == {
        "running": 2, "cpu_percent:shop-db": 151.23, "memory_percent:shop-db": 31.9,
        "memory_bytes:shop-db": 20.42 * MB,
    }  # fmt: skip
    assert reading.counters == {"restarts_s:broken": 6, "restarts_s:shop-db": 0}


@pytest.mark.parametrize(
    ("text", "bytes_"),
    [("0B", 0), ("304KiB", 304 * 1024), ("1.5kB", 1500), ("2MB", 2e6), ("23.5GiB", 23.5 * 2**30),
     ("1TiB", 2**40), ("--", None), ("5", None), ("5XiB", None)],
)  # fmt: skip
def test_sizes(text, bytes_):
    assert size(text) == bytes_


WHOLE = ("running\t1", "running\tx", "stats\ta\t1%\t2%\t3B / 4B\t5", "stats\ta\t--\t--\t--\t--",
         "state\t/a\t٣", "state\ta\t1", "Error: no", "")  # fmt: skip


@given(st.lists(st.sampled_from(WHOLE) | st.text()).map("\n".join))
def test_any_answer_is_read_or_refused(text):
    with suppress(Unreadable):
        assert all(value >= 0 for value in read_containers(text).gauges.values())


def _over(gauges, name, least):
    return gauges if gauges.get(name, 0) >= least else None


def _restarted(reading):
    stopped = "cpu_percent:broken" not in reading.gauges
    return reading if stopped and reading.counters.get("restarts_s:broken", 0) >= 1 else None
