"""From YAML to the wire through the whole program: uploads, logins, and an unverified target."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import ssl
import threading
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import trustme

SCENARIO = """\
name: uploads
target: {url}
http:
  insecure: true
  auth: {{basic: "anna:hush-hush"}}
groups: {{up: {{vus: 2, iterations: 2}}}}
flows:
  up:
    - request: POST /photos
      multipart: {{title: Sea, password: hush-hush, photo: {{file: photo.jpg}}}}
    - request: PUT /raw
      body_file: photo.jpg
      auth: {{bearer: hush-token}}
    - {{request: GET /open, auth: none}}
    - {{request: GET /wrong, auth: none}}
"""


@pytest.fixture
def receiver():
    """An https server with a certificate that nobody trusts; keeps what it was sent."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        received: list[tuple[str, dict[str, str], bytes]] = []  # noqa: RUF012 - one server a test

        def do_GET(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.received.append((self.path, dict(self.headers), body))
            self.send_response(403 if self.path == "/wrong" else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_POST = do_PUT = do_GET

        def log_message(self, *_):
            pass

    class Server(ThreadingHTTPServer):
        received = Handler.received

        def handle_error(self, *_):
            pass  # who hangs up is no error here

        @property
        def url(self) -> str:
            return f"https://127.0.0.1:{self.server_address[1]}"

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("elsewhere.example").configure_cert(context)
    with Server(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_uploads_and_logins_arrive_and_leave_no_trace(
    program, receiver, scenario_file, tmp_path, home
):
    photo = b"\xff\xd8" + bytes(range(256)) * 1000
    (tmp_path / "photo.jpg").write_bytes(photo)
    path = scenario_file(SCENARIO.format(url=receiver.url))
    checked = program("check", path)
    assert "certificate NOT verified" in checked.stdout
    assert "multipart form of " in checked.stdout and "hush" not in checked.stdout

    done = program("run", path, "--headless", "--duration", "30s")
    assert done.returncode == 1, done.stderr
    assert "the target's certificate is NOT verified" in done.stderr
    assert "the target's certificate was NOT verified" in done.stdout
    summary = program.summary()
    assert summary["insecure"] is True
    assert [error["key"] for error in summary["errors"]] == ["GET /wrong: HTTP 403"]

    assert len(receiver.received) == 16
    for where, headers, body in receiver.received:
        match where:
            case "/photos":
                kind = f"Content-Type: {headers['Content-Type']}\r\n\r\n".encode()
                form = BytesParser(policy=HTTP).parsebytes(kind + body)
                parts = [part.get_payload(decode=True) for part in form.iter_parts()]
                assert parts == [b"Sea", b"hush-hush", photo]
                login = base64.b64encode(b"anna:hush-hush").decode()
                assert headers["Authorization"] == f"Basic {login}"
            case "/raw":
                assert hashlib.sha256(body).digest() == hashlib.sha256(photo).digest()
                assert headers["Content-Type"] == "image/jpeg"
                assert headers["Authorization"] == "Bearer hush-token"
            case _:
                assert "Authorization" not in headers

    secrets = (b"hush", base64.b64encode(b"anna:hush-hush"))
    for file in home.rglob("*"):
        with contextlib.suppress(OSError):  # a socket
            kept = file.read_bytes() if file.is_file() else b""
            assert not any(secret in kept for secret in secrets), file
    said = done.stdout + done.stderr + json.dumps(summary)
    assert not any(secret.decode() in said for secret in secrets)


def test_a_bare_url_with_a_login_and_a_file(program, receiver, tmp_path):
    (tmp_path / "up.bin").write_bytes(b"\x00\n" * 100_000)
    done = program(
        "run", f"{receiver.url}/up", "-k", "-u", "anna:pw", "--data-binary", "@up.bin",
        "-X", "PUT", "--headless", "--duration", "1s", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "the target's certificate is NOT verified" in done.stderr
    for where, headers, body in receiver.received:
        assert (where, body) == ("/up", b"\x00\n" * 100_000)
        assert headers["Authorization"] == "Basic " + base64.b64encode(b"anna:pw").decode()


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--data-binary", "@nope.bin"], "no file"),
        (["-u", "anna"], "user:password"),
        (["--cacert", "here.pem"], "here.pem holds no certificate"),
        (["--cert", "here.pem"], "here.pem holds no certificate"),
        (["--key", "here.pem"], "of no use without"),
    ],
)
def test_what_cannot_be_sent_is_one_line(program, tmp_path, home, flags, says):
    (tmp_path / "here.pem").write_text("no PEM")
    done = program("run", "https://127.0.0.1:1/", *flags, "--headless", "--duration", "1s",
                   cwd=tmp_path)  # fmt: skip
    assert done.returncode == 2, done.stderr
    (line,) = done.stderr.strip().splitlines()
    assert says in line
    assert not list(home.glob("runs/*"))
