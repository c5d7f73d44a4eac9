"""Make the pictures in this folder from the real program: a demo run, steered as a person would.

``make screenshots`` runs it; it takes two minutes.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
PROGRAM = [sys.executable, "-m", "perfconsole"]
SCENES: dict[str, tuple[tuple[int, int], tuple[str, ...]]] = {
    "dashboard": ((160, 45), ()),
    "dashboard-80x24": ((80, 24), ("2",)),
    "stop-dialog": ((160, 45), ("x",)),
    "transactions": ((160, 45), ("f2",)),
    "help": ((160, 45), ("question_mark",)),
}
"""Picture → size of the terminal, keys pressed before it is taken."""
HANDS = (
    (25, ("vus", "browse", "60", "--over", "10s")),
    (18, ("note", "twice the visitors from here")),
    (8, ("pause", "all")),
    (8, ("resume", "all")),
    (12, ("vus", "browse", "170", "--over", "10s")),
    (20, ("hold", "browse")),
)
"""Seconds to wait, then what `perfconsole ctl last` is asked to do."""


async def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        os.environ["PERFCONSOLE_HOME"] = home
        front_end = await asyncio.create_subprocess_exec(
            *PROGRAM, "demo", "--headless", "--duration", "10m",
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            for wait_s, words in HANDS:
                await asyncio.sleep(wait_s)
                await _ctl(*words)
            for name, (size, keys) in SCENES.items():
                await picture(name, size, keys)
        finally:
            await _ctl("stop-run", "--now")
            await front_end.wait()


async def _ctl(*words: str) -> None:
    asked = await asyncio.create_subprocess_exec(*PROGRAM, "ctl", "last", *words)
    await asked.wait()


async def picture(name: str, size: tuple[int, int], keys: tuple[str, ...]) -> None:
    """Open a console on the run, press `keys`, and keep what it shows as NAME.svg."""
    from perfconsole.client.api import RunClient
    from perfconsole.console.app import ConsoleApp
    from perfconsole.journal.folder import find_folder

    folder = find_folder("last")

    async def connect() -> RunClient:
        return RunClient(folder.socket, kind="ctl", by="pictures")

    app = ConsoleApp(connect, run=folder.run, leave_hint=f"perfconsole attach {folder.run}")
    async with app.run_test(size=size) as pilot:
        await pilot.pause(3.0)
        await pilot.press(*keys)
        await pilot.pause(1.5)
        (HERE / f"{name}.svg").write_text(app.export_screenshot(title="perfconsole"))


if __name__ == "__main__":
    asyncio.run(main())
