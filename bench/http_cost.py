"""CPU for one request: perfconsole's injector through its real path, beside wrk, against nginx.

The ratio is what counts: machines differ, and a shared one differs from minute to minute.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

SECONDS = 6
ROUNDS = 3
VUS = 50
_NGINX = """\
worker_processes 1; daemon off; pid {dir}/pid; error_log /dev/null;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 1000000;
  server {{ listen 127.0.0.1:{port}; location / {{ return 200 "0123456789"; }} }}
}}
"""
_SCENARIO = """\
name: bench
target: http://127.0.0.1:{port}
duration: {seconds}s
groups: {{get: {{vus: {vus}}}}}
flows:
  get:
    - transaction: page
      steps:
        - request: GET /
          check: {{status: 200}}
"""


@contextlib.contextmanager
def nginx(core: int) -> Iterator[int]:
    """The port of an nginx that runs on one core."""
    binary = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
    if binary is None:
        sys.exit("the bench needs nginx (Debian: nginx-light)")
    with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        config = Path(folder) / "nginx.conf"
        config.write_text(_NGINX.format(dir=folder, port=port))
        process = subprocess.Popen(["taskset", "-c", str(core), binary, "-c", str(config)])
        try:
            _until_listening(port)
            yield port
        finally:
            process.terminate()
            process.wait()


def _until_listening(port: int) -> None:
    until = time.monotonic() + 5
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)
    sys.exit("nginx did not start")


def with_perfconsole(port: int) -> float:
    """CPU of the injector, microseconds a request."""
    with tempfile.TemporaryDirectory() as folder:
        scenario, summary = Path(folder) / "bench.yaml", Path(folder) / "summary.json"
        scenario.write_text(_SCENARIO.format(port=port, seconds=SECONDS, vus=VUS))
        subprocess.run(
            ["taskset", "-c", "1", sys.executable, "-m", "perfconsole", "run", scenario,
             "--headless", "--injectors", "1", "--summary", summary],
            check=True, capture_output=True, env={**os.environ, "PERFCONSOLE_HOME": folder},
        )  # fmt: skip
        cost: float = json.loads(summary.read_text())["injectors"][0]["cpu_us_per_request"]
        return cost


def with_wrk(port: int) -> float:
    """CPU of the whole wrk process, microseconds a request."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        ["taskset", "-c", "1", "wrk", "-t1", f"-c{VUS}", f"-d{SECONDS}s", f"http://127.0.0.1:{port}/"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    requests = int(
        next(line for line in done.stdout.splitlines() if "requests in" in line).split()[0]
    )
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return 1e6 * spent / requests


def measure() -> list[str]:
    """Lines of the report: medians of interleaved rounds."""
    ours: list[float] = []
    theirs: list[float] = []
    with nginx(core=0) as port:
        for _ in range(ROUNDS):
            ours.append(with_perfconsole(port))
            if shutil.which("wrk"):
                theirs.append(with_wrk(port))
    lines = [f"GET, keep-alive, {VUS} connections: perfconsole {median(ours):.1f} µs CPU a request"]
    if theirs:
        ratio = median(ours) / median(theirs)
        lines.append(f"the same with wrk: {median(theirs):.1f} µs; ratio {ratio:.2f}")
    else:
        lines.append("wrk is not on this machine: no ratio")
    return lines
