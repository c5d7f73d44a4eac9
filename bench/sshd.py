"""An sshd on loopback that lets hundreds in at once, with keys of its own."""

from __future__ import annotations

import contextlib
import getpass
import os
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from machine import program
from measuring import until
from nginx import free_ports
from processes import BenchError, child


@dataclass(frozen=True, slots=True)
class Sshd:
    folder: Path
    port: int
    pid: int

    def spec(self, every_s: float) -> dict[str, Any]:
        """A server of a scenario, as it reaches this one."""
        return {
            "ssh": f"{getpass.getuser()}@127.0.0.1:{self.port}",
            "identity": str(self.folder / "login"),
            "known_hosts": str(self.folder / "known_hosts"),
            "every": every_s,
            "judged": False,
        }

    def processes(self) -> list[psutil.Process]:
        """Its sessions, and what runs in them."""
        return psutil.Process(self.pid).children(recursive=True)

    def cpu_s(self) -> float:
        """Used so far by all that lives of it, and by what these have waited for."""
        used = 0.0
        for process in [psutil.Process(self.pid), *self.processes()]:
            with contextlib.suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                used += times.user + times.system + times.children_user + times.children_system
        return used

    def end_sessions(self) -> None:
        for process in self.processes():
            if process.name().startswith("sshd"):
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()


@contextlib.contextmanager
def sshd(on: set[int]) -> Iterator[Sshd]:
    """Serving until the end of the block. Raises BenchError where there is none."""
    binary = program("sshd")
    if binary is None:
        raise BenchError("no sshd on this machine (Debian: openssh-server)")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-sshd") as name:
        folder = Path(name)
        (port,) = free_ports(1)
        for key in ("host", "login"):
            made = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / key)]
            subprocess.run(made, check=True)
        host = " ".join((folder / "host.pub").read_text().split()[:2])
        (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {host}\n")
        config = folder / "sshd_config"
        config.write_text(
            f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\n"
            f"AuthorizedKeysFile {folder}/login.pub\nPidFile {folder}/pid\nSetEnv HOME={folder}\n"
            "UsePAM no\nStrictModes no\nUseDNS no\nPasswordAuthentication no\n"
            "PermitRootLogin yes\nMaxStartups 500\nMaxSessions 50\n"
        )
        with child([binary, "-D", "-e", "-f", config], on) as served:

            def listens() -> bool:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    return True
                return False

            until(listens, 10, "sshd did not start")
            yield Sshd(folder, port, served.pid)
