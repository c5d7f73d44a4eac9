"""A console whose terminal is gone ends, whenever that was."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

from perfconsole.console.terminal import HUNG_UP

WATCHING = """\
import asyncio, os, sys
from perfconsole.console.terminal import watch

async def main():
    print("up", file=sys.stderr, flush=True)
    if sys.argv[1] == "before":
        os.read(int(sys.argv[2]), 1)
    watch(lambda: None)
    await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.mark.parametrize("gone", ["before", "while"])
def test_a_terminal_that_hangs_up_ends_the_process(gone):
    master, slave = pty.openpty()
    there, go = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-c", WATCHING, gone, str(there)],
        stdin=slave, stderr=subprocess.PIPE, pass_fds=[there],
    )  # fmt: skip
    os.close(slave)
    assert process.stderr is not None
    with process.stderr:
        assert process.stderr.readline() == b"up\n"
    os.close(master)
    os.write(go, b"x")
    assert process.wait(timeout=30) == HUNG_UP
    os.close(there)
    os.close(go)
