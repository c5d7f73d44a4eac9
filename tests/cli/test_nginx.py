"""Against a real nginx, plain and over TLS: its access log is the truth about the counts."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time

import pytest
import trustme

NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
CONFIG = """\
daemon off; pid {dir}/pid; error_log {dir}/error.log; worker_processes 1;
events {{ worker_connections 512; }}
http {{
  access_log {dir}/access.log; keepalive_requests 50; default_type text/plain;
  client_body_temp_path {dir}/a; proxy_temp_path {dir}/b; fastcgi_temp_path {dir}/c;
  uwsgi_temp_path {dir}/d; scgi_temp_path {dir}/e;
  server {{
    listen 127.0.0.1:{plain};
    listen 127.0.0.1:{tls} ssl http2;
    ssl_certificate {dir}/cert.pem; ssl_certificate_key {dir}/key.pem;
    location / {{ return 200 "hello from nginx"; }}
    location /moved {{ return 302 /; }}
    location /broken {{ return 503; }}
  }}
}}
"""
SCENARIO = """\
name: nginx
target: {url}
http: {{ca: {ca}, version: {version}}}
groups: {{a: {{vus: 8}}}}
flows:
  a:
    - request: GET /
      check: {{body_contains: hello from nginx}}
    - request: GET /moved
    - request: HEAD /
    - request: GET /broken
      check: {{status: 503}}
    - think: 5ms
"""


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


@pytest.fixture
def nginx(tmp_path, eventually):
    """URLs by scheme, and its folder."""
    if NGINX is None:
        assert "CI" not in os.environ, "CI must have nginx"
        pytest.skip("no nginx on this machine")
    folder = tmp_path / "nginx"
    folder.mkdir()
    plain, tls = _free_ports(2)
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    certificate = authority.issue_cert("127.0.0.1")
    certificate.private_key_pem.write_to_path(folder / "key.pem")
    certificate.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    config = folder / "nginx.conf"
    config.write_text(CONFIG.format(dir=folder, plain=plain, tls=tls))
    process = subprocess.Popen(
        [NGINX, "-c", config, "-e", folder / "error.log"], stderr=subprocess.PIPE
    )

    def listening() -> bool:
        assert process.poll() is None, process.stderr.read()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", plain)) == 0

    eventually(listening)
    yield {"http": f"http://127.0.0.1:{plain}", "https": f"https://127.0.0.1:{tls}"}, folder
    process.terminate()
    process.communicate()


@pytest.mark.parametrize(("scheme", "version"), [("http", "1.1"), ("https", "1.1"), ("https", "2")])
def test_its_log_has_as_many_lines_as_the_summary_counts(
    scheme, version, nginx, program, scenario_file
):
    urls, folder = nginx
    text = SCENARIO.format(url=urls[scheme], ca=folder / "ca.pem", version=version)
    scenario = scenario_file(text)
    done = program("run", scenario, "--headless", "--duration", "2s")
    assert done.returncode == 0, done.stderr + done.stdout
    summary = program.summary()
    logged = _settled(folder / "access.log")
    assert summary["requests"] == {
        **summary["requests"], "count": len(logged), "failed": 0, "cut": 0,
    }  # fmt: skip
    assert set(summary["transactions"]) == {"GET /", "GET /moved", "HEAD /", "GET /broken"}
    by_path = [line.split('"')[1] for line in logged]
    moved = summary["transactions"]["GET /moved"]["passed"]
    spoken = "HTTP/2.0" if version == "2" else "HTTP/1.1"
    assert by_path.count(f"GET /moved {spoken}") == moved > 10
    assert by_path.count(f"HEAD / {spoken}") == summary["transactions"]["HEAD /"]["passed"]


def _settled(log) -> list[str]:
    """The log's lines once no more come."""
    lines, until = [], time.monotonic() + 5
    while time.monotonic() < until:
        before, lines = lines, log.read_text().splitlines()
        if lines and lines == before:
            break
        time.sleep(0.1)
    return lines
