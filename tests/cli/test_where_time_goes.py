"""A whole run over TLS against a server with known delays: phases, connections, exchanges."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Iterator

import pytest
import trustme

BEFORE_S, BETWEEN_S = 0.06, 0.03
SECRET = "hunter2secret"
SCENARIO = """\
name: timed
target: https://localhost:{port}
http: {{insecure: true, headers: {{Authorization: Bearer hunter2secret}}}}
groups:
  read: {{vus: 3, iterations: 4}}
  fail: {{vus: 2, iterations: 2}}
  hang: {{vus: 1, iterations: 1}}
flows:
  read: [{{request: GET /slow}}]
  fail:
    - request: POST /fail?api_key=hunter2secret
      form: {{user: anna, password: hunter2secret}}
  hang: [{{request: GET /hang, timeout: 300ms}}]
"""


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            if b"ength: " in head:
                await reader.readexactly(int(head.partition(b"ength: ")[2].split(b"\r\n")[0]))
            path = head.split()[1]
            if path == b"/slow":
                await asyncio.sleep(BEFORE_S)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no")
                await asyncio.sleep(BETWEEN_S)
                writer.write(b"k")
            elif path.startswith(b"/fail"):
                text = b"Bearer hunter2secret is not good enough"
                writer.write(
                    b"HTTP/1.1 503 Busy\r\nSet-Cookie: sid=hunter2secret; Path=/\r\n"
                    b"Content-Length: %d\r\n\r\n%b" % (len(text), text)
                )
    writer.close()


@pytest.fixture
def slow_server() -> Iterator[int]:
    """The port of a TLS server in a thread of its own."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(context)
    loop = asyncio.new_event_loop()
    serving = asyncio.start_server(_serve, "localhost", 0, ssl=context)
    server = loop.run_until_complete(serving)
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield server.sockets[0].getsockname()[1]

    async def end() -> None:
        server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    asyncio.run_coroutine_threadsafe(end(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


def test_from_the_wire_to_the_report(program, scenario_file, slow_server, tmp_path):
    scenario = scenario_file(SCENARIO.format(port=slow_server))
    done = program("run", scenario, "--headless", "--yes", "--out", tmp_path / "run")
    assert done.returncode == 1, done.stderr
    summary = program.summary(str(tmp_path / "run"))

    phases = summary["phases"]
    assert {"connect", "tls", "wait", "receive"} <= set(phases)
    assert phases["wait"]["count"] == phases["receive"]["count"] == 16
    assert phases["wait"]["p50_ms"] == pytest.approx(1000 * BEFORE_S, rel=0.5)
    assert phases["receive"]["p50_ms"] == pytest.approx(1000 * BETWEEN_S, rel=0.6)
    for phase in phases.values():
        assert phase["p50_ms"] <= phase["p95_ms"] <= phase["p99_ms"] <= phase["max_ms"]
    read = summary["requests_by_name"]["GET /slow"]
    assert (read["count"], read["failed"], read["opened"]) == (12, 0, 3)
    assert read["phases_ms"]["wait"] >= 1000 * BEFORE_S * 0.95
    assert summary["connections"] == {"opened": 6, "reused": 11}

    errors = {error["key"]: error["exchange"] for error in summary["errors"]}
    refused = next(told for key, told in errors.items() if key.endswith(": HTTP 503"))
    assert refused.splitlines()[0].endswith("/fail?api_key=*** HTTP/1.1")
    for line in (
        "> Authorization: Bearer ***", "> user=anna&password=***", "< HTTP/1.1 503 Busy",
        "< Set-Cookie: sid=***; Path=/", "< Bearer *** is not good enough", "* HTTP 503",
    ):  # fmt: skip
        assert line in refused.splitlines()
    assert errors["GET /hang: timeout: waiting for the first byte"].startswith("> GET /hang ")

    text = program("report", tmp_path / "run").stdout
    for words in ("Where the time goes", "waiting for the first byte", "6 connections opened"):
        assert words in text
    kept = [path for path in (tmp_path / "run").iterdir() if path.is_file()]
    assert SECRET not in text + str(summary)
    assert all(SECRET.encode() not in path.read_bytes() for path in kept)
