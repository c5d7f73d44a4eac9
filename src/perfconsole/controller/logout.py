"""Whether this machine will end the run when its user logs out."""

from __future__ import annotations

import asyncio
import getpass
import os
from pathlib import Path

from perfconsole.texts import say

ASKED_WITHIN_S = 2.0
_QUESTION = (
    "busctl", "get-property", "org.freedesktop.login1", "/org/freedesktop/login1",
    "org.freedesktop.login1.Manager", "KillUserProcesses",
)  # fmt: skip
_LINGER = Path("/var/lib/systemd/linger")


async def logout_warning() -> str | None:
    """What to tell the operator when logind kills what a login leaves behind; else None."""
    if "XDG_SESSION_ID" not in os.environ or (_LINGER / getpass.getuser()).exists():
        return None
    if await _answer() != "b true":
        return None
    return say(
        "this machine ends your processes when you log out (KillUserProcesses=yes), and so this "
        "run: loginctl enable-linger keeps it"
    )


async def _answer() -> str:
    try:
        asked = await asyncio.create_subprocess_exec(
            *_QUESTION, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
    except OSError:
        return ""
    try:
        async with asyncio.timeout(ASKED_WITHIN_S):
            out, _ = await asked.communicate()
    except TimeoutError:
        asked.kill()
        await asked.wait()
        return ""
    return out.decode(errors="replace").strip()
