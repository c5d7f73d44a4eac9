"""The agent at a socket. paramiko's own knows only SSH_AUTH_SOCK and waits for ever."""

from __future__ import annotations

import socket
from pathlib import Path

from paramiko.agent import AgentSSH

AGENT_S = 5.0


class Agent(AgentSSH):
    def __init__(self, path: Path) -> None:
        """Raises OSError and SSHException when it does not answer."""
        super().__init__()
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(AGENT_S)
        try:
            self._socket.connect(str(path))
            self._connect(self._socket)  # type: ignore[attr-defined]  # not in the stubs
        except BaseException:
            self._socket.close()
            raise

    def close(self) -> None:
        self._socket.close()
