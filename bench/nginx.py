"""The target: nginx with one worker on one core, and its own count of the requests it answered."""

from __future__ import annotations

import contextlib
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import trustme
from machine import program
from processes import BenchError, child

HERE = Path(__file__).resolve().parent
BIG_BODY = 20_000


@dataclass(frozen=True, slots=True)
class Target:
    port: int
    tls_port: int
    status_port: int
    ca: Path
    """Certificate that the TLS port's own is signed with."""

    def url(self, *, tls: bool = False) -> str:
        return f"https://127.0.0.1:{self.tls_port}" if tls else f"http://127.0.0.1:{self.port}"

    def requests(self) -> int:
        """Answered since its start; the questions themselves are not counted."""
        with socket.create_connection(("127.0.0.1", self.status_port), 5) as ask:
            ask.sendall(b"GET / HTTP/1.0\r\n\r\n")
            said = b"".join(iter(lambda: ask.recv(4096), b""))
        counts = said.split(b"handled requests")[1].split()
        # accepts, handled, requests: every question is a connection and a request of its own
        return int(counts[2])


@contextlib.contextmanager
def nginx(core: int) -> Iterator[Target]:
    """Serving until the end of the block."""
    binary = program("nginx")
    if binary is None:
        sys.exit("the bench needs nginx (Debian: nginx-light)")
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as held:
        folder = Path(name)
        folder.chmod(0o755)  # the worker may be another user
        ca = _certificate(folder)
        (folder / "big").write_bytes(b"x" * BIG_BODY)
        port, tls_port, status_port = free_ports(3)
        config = (HERE / "nginx.conf").read_text()
        filled = {"PORT": port, "TLS_PORT": tls_port, "STATUS_PORT": status_port, "DIR": folder}
        for key, value in filled.items():
            config = config.replace(f"@{key}@", str(value))
        (folder / "nginx.conf").write_text(config)
        held.enter_context(child([binary, "-c", folder / "nginx.conf"], {core}))
        target = Target(port, tls_port, status_port, ca)
        _until_listening(target)
        yield target


def _certificate(folder: Path) -> Path:
    ca = trustme.CA(key_type=trustme.KeyType.ECDSA)
    issued = ca.issue_cert("127.0.0.1", "localhost", key_type=trustme.KeyType.ECDSA)
    issued.private_key_and_cert_chain_pem.write_to_path(str(folder / "server.pem"))
    ca.cert_pem.write_to_path(str(folder / "ca.pem"))
    return folder / "ca.pem"


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def _until_listening(target: Target) -> None:
    until = time.monotonic() + 5
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            target.requests()
            return
        time.sleep(0.05)
    raise BenchError("nginx did not start")
