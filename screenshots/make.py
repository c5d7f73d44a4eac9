"""Make the pictures in this folder from the real program: runs steered as a person would.

``make screenshots`` runs it; it takes three minutes.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
PROGRAM = [sys.executable, "-m", "perfconsole"]
WIDE, NARROW = (160, 45), (80, 24)


@dataclass(frozen=True, slots=True)
class Sitting:
    """One run, and the pictures taken of it."""

    command: tuple[str, ...]
    hands: tuple[tuple[int, tuple[str, ...]], ...]
    """Seconds to wait, then what `perfconsole ctl last` is asked to do."""
    scenes: dict[str, tuple[tuple[int, int], tuple[str, ...]]]
    """Picture → size of the terminal, keys pressed before it is taken."""


SITTINGS = (
    Sitting(
        ("demo",),
        (
            (25, ("vus", "browse", "60", "--over", "10s")),
            (18, ("note", "twice the visitors from here")),
            (8, ("pause", "all")),
            (8, ("resume", "all")),
            (12, ("vus", "browse", "170", "--over", "10s")),
            (20, ("hold", "browse")),
        ),
        {
            "dashboard": (WIDE, ()),
            "dashboard-80x24": (NARROW, ("2",)),
            "stop-dialog": (WIDE, ("x",)),
            "transactions": (WIDE, ("f2",)),
            "plateaus": (WIDE, ("f7",)),
            "server": (WIDE, ("f3", "enter")),
            "help": (WIDE, ("question_mark",)),
        },
    ),
    Sitting(
        ("run", str(HERE.parent / "scenarios/open-model.yaml")),
        (
            (48, ("rate", "search", "300/s", "--over", "5s")),
            (15, ("note", "more than the target serves")),
        ),
        {"open-model": (WIDE, ())},
    ),
)


async def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        os.environ["PERFCONSOLE_HOME"] = home
        for sitting in SITTINGS:
            await sit(sitting)


async def sit(sitting: Sitting) -> None:
    front_end = await asyncio.create_subprocess_exec(
        *PROGRAM, *sitting.command, "--headless", "--duration", "10m",
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        for wait_s, words in sitting.hands:
            await asyncio.sleep(wait_s)
            await _ctl(*words)
        for name, (size, keys) in sitting.scenes.items():
            await picture(name, size, keys)
    finally:
        await _ctl("stop-run", "--now", "--yes")
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
