"""Probes in the samples of servers: over SSH, on this machine, and of pages alone."""

from __future__ import annotations

import asyncio
import functools
import os
import shutil
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import psutil
import pytest
import trustme

from perfconsole.model.sample import ServerSample
from perfconsole.model.server_news import ProbeTold
from perfconsole.model.server_spec import ServerSpec
from perfconsole.servers.own_jobs import Errands
from perfconsole.servers.probes.ask import Ask, Reading
from perfconsole.servers.probes.news_rate import EVERY_S, MOST_AT_ONCE, NewsRate
from perfconsole.servers.probes.page_asking import MOST_BYTES
from perfconsole.servers.probes.probe_desk import ProbeDesk
from perfconsole.servers.probes.said import Said
from perfconsole.servers.sampler import sample_server

FAST = {"every": 0.5, "timeout": 2}
NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
EXPORTER = shutil.which("prometheus-node-exporter", path=f"{os.environ['PATH']}:/usr/bin")


def has(metric):
    return lambda sample: metric in sample.metrics


@pytest.fixture
def told():
    return []


@pytest.fixture
async def sample(samples, told):
    """Start sampling `spec`, what it tells besides kept in `told`; ended with the test."""
    running = []

    def start(spec: ServerSpec) -> asyncio.Task[None]:
        errands = Errands(told.append)
        running.append(
            asyncio.create_task(sample_server("web1", spec, samples.emit, errands=errands))
        )
        return running[-1]

    yield start
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


async def until(wanted: Callable[[], object], within_s: float = 15.0) -> None:
    """Until `wanted()` is true."""
    deadline = asyncio.get_running_loop().time() + within_s
    while not wanted():
        assert asyncio.get_running_loop().time() < deadline, "it did not come to be in time"
        await asyncio.sleep(0.02)


# ---------------------------------------------------------------- commands


@pytest.mark.sshd
async def test_commands_over_ssh_are_in_the_samples(sshd, samples, sample, told):
    spec = sshd.spec(
        probes={
            "queue": {"argv": ["echo", "7"], **FAST},
            "up": {"argv": ["cut", "-d", " ", "-f1", "/proc/uptime"], "kind": "counter", **FAST},
            "secret": {
                "argv": ["sh", "-c", 'echo "$LEFT"'],
                "environment": {"LEFT": "3 %"},
                **FAST,
            },
            "absent": {"argv": ["no-such-command"], **FAST},
            "slow": {"argv": ["sleep", "60"], "every": 0.5, "timeout": 0.5},
        }
    )
    task = sample(spec)
    first = await samples.first(has("queue"))
    assert (first.ok, first.metrics["queue"], first.metrics["cpu_percent"] >= 0) == (True, 7, True)
    assert 0.2 < (await samples.first(has("up"))).metrics["up"] < 5
    assert (await samples.first(has("secret"))).metrics["secret"] == 3
    await until(lambda: len(told) >= 2)
    assert set(told) == {
        ProbeTold("web1", "absent", False, "command not found: no-such-command"),
        ProbeTold("web1", "slow", False, "no answer within 0.5 s, ended"),
    }
    assert not any("slow" in s.metrics or "absent" in s.metrics for s in samples.all)
    left = sshd.processes()
    assert left
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await until(lambda: not any(p.is_running() for p in left), 5)


@pytest.mark.sshd
async def test_readings_are_held_until_the_next_and_lost_with_the_server(sshd, samples, sample):
    sample(sshd.spec(probes={"queue": {"argv": ["echo", "7"], "every": 60}}))
    first = await samples.first(has("queue"))
    assert "queue" not in first.held
    later = await samples.first(lambda s: "queue" in s.held)
    assert later.metrics["queue"] == 7
    sshd.stop()
    lost = await samples.first(lambda s: not s.ok, after=len(samples.all))
    assert (lost.metrics, lost.held) == ({}, ())


@pytest.mark.sshd
async def test_probes_of_a_server_that_hangs_are_not_told_one_by_one(sshd, samples, sample, told):
    sample(sshd.spec(probes={"queue": {"argv": ["echo", "7"], "every": 0.5, "timeout": 2}}))
    await samples.first(has("queue"))
    sessions = sshd.sessions()
    for process in sessions:
        process.send_signal(signal.SIGSTOP)
    missed = await samples.first(lambda s: not s.ok, after=len(samples.all))
    await samples.first(lambda s: not s.ok, after=samples.all.index(missed) + 7)
    for process in sessions:
        process.send_signal(signal.SIGCONT)
    await samples.first(has("queue"), after=len(samples.all))
    assert told == []


@pytest.mark.sshd
async def test_one_session_for_all_is_none_for_probes(make_sshd, samples, sample, told):
    sample(make_sshd("MaxSessions 1").spec(probes={"queue": {"argv": ["echo", "7"], **FAST}}))
    await samples.first(lambda s: s.ok)
    await until(lambda: told)
    detail = "the server opens no further session (MaxSessions?)"
    assert told == [ProbeTold("web1", "queue", False, detail)]
    assert all(s.ok for s in samples.all)


async def test_commands_on_this_machine(samples, sample, told, tmp_path):
    switch = tmp_path / "number"
    token = f"90.{os.getpid()}"
    task = sample(
        ServerSpec(
            local=True, every=0.5,
            probes={
                "number": {"argv": ["cat", str(switch)], **FAST},
                "hangs": {"argv": ["sleep", token], "timeout": 60},
            },
        )
    )  # fmt: skip
    await until(lambda: told)
    (first,) = told
    assert (first.probe, first.ok) == ("number", False)
    assert "No such file" in first.detail
    switch.write_text("12\n")
    assert (await samples.first(has("number"))).metrics["number"] == 12
    assert told[1:] == [ProbeTold("web1", "number", True)]

    def hanging():
        return [p for p in psutil.process_iter(["cmdline"]) if token in (p.info["cmdline"] or ())]

    await until(hanging)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await until(lambda: not hanging(), 5)


# ---------------------------------------------------------------- pages


class Page(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        status, body, headers = self.server.pages[self.path](self.headers)
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def site():
    """A server of pages by path: what makes status, body and headers of the request's headers."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    server.daemon_threads = True
    server.pages = {}
    Thread(target=server.serve_forever, name="site", daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def page(body, status=200, **headers):
    return lambda _: (status, body.encode(), headers)


def url(site, path):
    return f"http://127.0.0.1:{site.server_port}{path}"


def asking(site, path, **more):
    return {"url": url(site, path), **FAST, **more}


async def test_a_server_of_pages_alone(site, samples, sample, told):
    site.pages["/q"] = page('{"n": 4}')
    sample(ServerSpec(every=0.5, probes={"queue": asking(site, "/q", parse={"json": "n"})}))
    first = await samples.first(lambda s: True)
    assert first == ServerSample("web1", True, {"queue": 4}, "", 0.5)
    site.pages["/q"] = page("", 503)
    await until(lambda: told)
    assert told == [ProbeTold("web1", "queue", False, "answers with HTTP 503")]
    lost = await samples.first(lambda s: not s.ok)
    assert (lost.metrics, lost.detail) == ({}, "none of its pages can be read")
    site.pages["/q"] = page('{"n": 5}')
    back = await samples.first(has("queue"), after=samples.all.index(lost))
    assert back.metrics["queue"] == 5
    assert told[1:] == [ProbeTold("web1", "queue", True)]


@pytest.mark.sshd
async def test_pages_stay_known_when_the_server_does_not_answer(sshd, site, samples, sample):
    site.pages["/q"] = page("4")
    sample(sshd.spec(probes={"queue": asking(site, "/q"), "own": {"argv": ["echo", "1"], **FAST}}))
    await samples.first(lambda s: {"queue", "own"} <= set(s.metrics))
    sshd.stop()
    lost = await samples.first(lambda s: not s.ok, after=len(samples.all))
    assert set(lost.metrics) == {"queue"}


async def test_headers_and_logins_are_sent(site, samples, sample):
    site.pages["/q"] = lambda headers: (200, headers["X-Left"].encode(), {})
    site.pages["/a"] = lambda headers: (
        (200, b"6", {}) if headers["Authorization"] == "Basic YTpiOmM=" else (401, b"", {})
    )
    probes = {
        "left": asking(site, "/q", headers={"X-Left": "9"}),
        "login": asking(site, "/a", auth={"basic": "a:b:c"}),
    }
    sample(ServerSpec(every=0.5, probes=probes))
    found = await samples.first(lambda s: len(s.metrics) == 2)
    assert found.metrics == {"left": 9, "login": 6}


@pytest.mark.parametrize(
    ("answer", "detail"),
    [
        (page("", 302, Location="/q"), "answers with HTTP 302"),
        (page("x" * (MOST_BYTES + 1)), "the page has over 8 MB"),
        (
            page("7", **{"Content-Encoding": "gzip"}),
            "answers in an encoding that was not asked for",
        ),
        (page("login please 1"), 'no number: "login please 1"'),
        (lambda _: (200, b"", {"Content-Length": "9"}), "no answer within 0.5 s"),
    ],
)
async def test_why_a_page_cannot_be_read(site, sample, told, answer, detail):
    site.pages["/q"] = answer
    probe = {"url": url(site, "/q"), "timeout": 0.5 if "no answer" in detail else 5}
    sample(ServerSpec(probes={"q": probe}))
    await until(lambda: told)
    assert told == [ProbeTold("web1", "q", False, detail)]


async def test_pages_that_cannot_be_reached(unused_tcp_port, sample, told, tmp_path):
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    probes = {
        "refused": {"url": f"http://127.0.0.1:{unused_tcp_port}/"},
        "name": {"url": "http://no-such-host.invalid/"},
        "tls": {"url": f"https://127.0.0.1:{port}/"},
    }
    sample(ServerSpec(probes=probes))
    await until(lambda: len(told) == 3)
    details = {news.probe: news.detail for news in told}
    assert details["refused"] == "cannot be reached: connection refused"
    assert details["name"] == "its name does not resolve"
    assert details["tls"].startswith("its TLS certificate is not trusted: ")
    server.close()


async def test_brackets_in_an_address_are_no_range_for_curl(site, samples, sample):
    """Prometheus' own federation has them."""
    site.pages["/federate?match[]={job}"] = page("up 1\n")
    probe = asking(site, "/federate?match[]={job}", use="prometheus", metrics={"up": "up"})
    sample(ServerSpec(local=True, every=0.5, probes={"q": {**probe, "ask_from": "server"}}))
    assert (await samples.first(has("q.up"))).metrics["q.up"] == 1


async def test_authorities_that_cannot_be_read_are_told(monkeypatch, sample, told, tmp_path):
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    sample(ServerSpec(probes={"q": {"url": "https://127.0.0.1:1/"}}))
    await until(lambda: told)
    detail = "SSL_CERT_FILE or SSL_CERT_DIR cannot be used: No such file or directory"
    assert told == [ProbeTold("web1", "q", False, detail)]


async def test_asking_for_pages_does_not_end_without_a_word(monkeypatch, sample):
    async def stumble(*_):
        raise ZeroDivisionError

    monkeypatch.setattr("perfconsole.servers.probes.page_asking._asked", stumble)
    task = sample(ServerSpec(probes={"q": {"url": "http://127.0.0.1:1/"}}))
    await asyncio.wait([task], timeout=10)
    assert task.done()
    assert task.exception() is not None


@pytest.mark.clock
async def test_a_page_that_hangs_delays_no_other(site, samples, sample):
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        site.pages["/q"] = page("1")
        hanging = {"url": f"http://127.0.0.1:{deaf.getsockname()[1]}/", "timeout": 60}
        sample(ServerSpec(every=0.5, probes={"h": hanging, "q": asking(site, "/q")}))
        await samples.first(lambda s: len(samples.all) >= 6)
        fresh = [s for s in samples.all if "q" not in s.held]
        assert len(fresh) >= 4
        assert all(s.metrics == {"q": 1} for s in samples.all)


# ---------------------------------------------------------------- the real things


def _needed(path, name):
    if path is None:
        assert "CI" not in os.environ, f"CI must have {name}"
        pytest.skip(f"no {name} on this machine")


@pytest.fixture
def nginx(tmp_path, unused_tcp_port, eventually):
    """The URL of its stub_status."""
    _needed(NGINX, "nginx")
    config = tmp_path / "nginx.conf"
    temporary = " ".join(
        f"{kind}_temp_path {tmp_path}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config.write_text(
        f"daemon off; pid {tmp_path}/pid; events {{ worker_connections 64; }}\n"
        f"http {{ access_log off; {temporary}\n server {{ listen 127.0.0.1:{unused_tcp_port};\n"
        "  location /status { stub_status; } } }\n"
    )
    process = subprocess.Popen([NGINX, "-c", config, "-e", tmp_path / "error.log"])
    eventually(functools.partial(_listens, unused_tcp_port))
    yield f"http://127.0.0.1:{unused_tcp_port}/status"
    process.terminate()
    process.wait()


def _listens(port):
    with socket.socket() as knock:
        return knock.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("ask_from", ["here", "server"])
async def test_nginx(nginx, samples, sample, ask_from):
    probe = {"use": "nginx", "url": nginx, "ask_from": ask_from, **FAST}
    sample(ServerSpec(local=True, every=0.5, probes={"web": probe}))
    found = (await samples.first(has("web.requests_s"))).metrics
    assert {name for name in found if name.startswith("web.")} == {
        "web.active", "web.reading", "web.writing", "web.waiting",
        "web.requests_s", "web.accepted_s", "web.dropped_s",
    }  # fmt: skip
    assert found["web.active"] >= 1
    assert found["web.writing"] >= 1
    assert 0 < found["web.requests_s"] < 20
    assert found["web.dropped_s"] == 0


@pytest.fixture
def exporter(unused_tcp_port, eventually):
    """The URL of a node exporter's page."""
    _needed(EXPORTER, "prometheus-node-exporter")
    process = subprocess.Popen(
        [EXPORTER, f"--web.listen-address=127.0.0.1:{unused_tcp_port}"], stderr=subprocess.DEVNULL
    )
    eventually(functools.partial(_listens, unused_tcp_port))
    yield f"http://127.0.0.1:{unused_tcp_port}/metrics"
    process.terminate()
    process.wait()


@pytest.mark.parametrize("ask_from", ["here", "server"])
async def test_a_node_exporter_agrees_with_the_machine(exporter, samples, sample, told, ask_from):
    metrics = {
        "load": "node_load1",
        "memory": "node_memory_MemTotal_bytes",
        "cpu_seconds_s": 'sum(node_cpu_seconds_total{mode="idle"})',
        "cores": 'count(node_cpu_seconds_total{mode="idle"})',
        "scraped_s": 'promhttp_metric_handler_requests_total{code="200"}',
        "absent": "node_no_such_thing",
    }
    probe = {"use": "prometheus", "url": exporter, "metrics": metrics, "ask_from": ask_from,
             "every": 1, "timeout": 4}  # fmt: skip
    sample(ServerSpec(local=True, every=0.5, probes={"node": probe}))
    found = (await samples.first(has("node.cpu_seconds_s"))).metrics
    cores = psutil.cpu_count()
    assert found["node.memory"] == psutil.virtual_memory().total
    assert found["node.cores"] == cores
    assert 0 <= found["node.cpu_seconds_s"] <= 3 * cores
    assert found["node.load"] == pytest.approx(psutil.getloadavg()[0], abs=2)
    assert 0 < found["node.scraped_s"] < 10
    assert "node.absent" not in found
    assert told == [ProbeTold("web1", "node", False, "no series fits node_no_such_thing")]


# ---------------------------------------------------------------- the desk


def desk(told, **probe):
    spec = ServerSpec(local=True, probes={"p": probe})
    return ProbeDesk("web1", spec.probes, told.append)


def test_what_is_wrong_is_told_once_whatever_its_numbers(told):
    at = desk(told, argv=["x"])
    for text in ("pid 12: refused", "pid 13: refused", "gone", "gone", "7", "8", "gone"):
        at.hear(Said(0, 0.0, text))
    assert [news.detail for news in told] == [
        'no number: "pid 12: refused"', 'no number: "gone"', "", 'no number: "gone"',
    ]  # fmt: skip


@pytest.mark.clock
def test_an_expression_that_would_never_end_is_ended_and_given_up(told):
    at = desk(told, argv=["x"], parse={"regex": "(a+)+b"})
    for _ in range(4):
        at.hear(Said(0, 0.0, "a" * 60))
    assert [news.detail for news in told] == [
        "its answer takes too long to read", "its answers take too long to read; given up",
    ]  # fmt: skip


def test_what_is_no_number_is_unknown(told, monkeypatch):
    at = desk(told, argv=["x"])
    reading = Reading({"a": float("nan"), "b": float("inf"), "c": 1.0})
    monkeypatch.setattr(Ask, "parse", property(lambda _: lambda _: reading), raising=False)
    at.hear(Said(0, time.monotonic(), "7"))
    assert at.into(ServerSample("web1", True, {})).metrics == {"p.c": 1}


def test_a_command_that_fails_told_nothing_even_if_it_printed_a_number(told):
    at = desk(told, argv=["grep", "-c", "x", "f"])
    at.hear(Said(0, 0.0, "0\n", status=1))
    assert [news.detail for news in told] == ["grep failed with status 1: 0"]
    assert at.into(ServerSample("web1", True, {})).metrics == {}


def test_a_reader_that_stumbles_is_told_and_harms_nobody(told, monkeypatch):
    at = desk(told, argv=["x"])

    def stumble(_):
        raise KeyError("s3cret")

    monkeypatch.setattr(Ask, "parse", property(lambda _: stumble), raising=False)
    at.hear(Said(0, 0.0, "7"))
    assert [news.detail for news in told] == ["its answer could not be read (KeyError)"]


def test_an_error_that_reads_differently_each_time_does_not_fill_the_run(told):
    at = desk(told, argv=["x"])
    for letter in "abcdefghijklmnopqrst":
        at.hear(Said(0, 0.0, f"request {letter} failed"))
    assert 2 <= len(told) <= MOST_AT_ONCE
    rate, told_at = NewsRate(), []
    for second in range(3600):
        if rate.may_tell(float(second)):
            told_at.append(second)
    assert told_at[:MOST_AT_ONCE] == list(range(MOST_AT_ONCE))
    assert len(told_at) <= MOST_AT_ONCE + 3600 / EVERY_S
    assert rate.may_tell(3600 + EVERY_S), "what comes after is told again"
