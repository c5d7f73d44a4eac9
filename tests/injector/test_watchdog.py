"""What holds the event loop is found and named, whatever it is, and even when it never ends."""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
import textwrap
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from perfconsole.injector.watchdog import last_words

BLOCKS = """
    import asyncio, faulthandler, os, re, sys, time
    from perfconsole.injector import process
    from perfconsole.injector.watchdog import Watchdog

    def block():
        %s

    def main():
        loop = process.new_loop()
        words = int(sys.argv[1])
        dog = Watchdog(loop, lambda text: print(text, flush=True), words)
        dog.know("checkout", os.path.dirname(__file__))
        dog.start()
        loop.call_later(0.3, block)
        loop.call_later(0.35, lambda: loop.call_later(0.5, loop.stop))
        loop.run_forever()
        dog.stop()
        loop.close()

    main()
"""


Run = Callable[..., Awaitable[tuple[str, bytes]]]


@pytest.fixture
def run(tmp_path: Path, until) -> Run:
    """A process that blocks: what it told, and the file that it left; with `killed` when it was
    written to."""

    async def start(statement: str, *, killed: bool = False) -> tuple[str, bytes]:
        return await _run(tmp_path, statement, until if killed else None)

    return start


async def _run(tmp_path: Path, statement: str, until_holds) -> tuple[str, bytes]:
    file = tmp_path / "flows" / "blocks.py"
    file.parent.mkdir()
    file.write_text(textwrap.dedent(BLOCKS) % statement)
    with tempfile.TemporaryFile() as words:
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(file), str(words.fileno()), pass_fds=(words.fileno(),),
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        if until_holds is not None:
            await until_holds(lambda: words.seek(0, 2) > 0)
            process.kill()
        told, _ = await asyncio.wait_for(process.communicate(), 30)
        words.seek(0)
        return told.decode(), words.read()


@pytest.mark.parametrize(
    "statement",
    [
        "time.sleep(1.2)",
        "until = time.monotonic() + 1.2; any(iter(lambda: time.monotonic() > until, True))",
        "sum(range(100_000_000))",
        "re.match('(a+)+b', 'a' * 25)",
    ],
)
async def test_what_comes_to_an_end_is_told_once_with_its_line(run, statement) -> None:
    told, left = await run(statement)
    (line,) = told.splitlines()
    shown = re.escape(statement)
    assert re.fullmatch(
        rf"flow checkout blocks the load generator: {shown} at flows/blocks.py:7, for \d+\.\d s",
        line,
    )
    assert left == b""


@pytest.mark.parametrize(
    "statement", ["time.sleep(60)", "re.match('(a+)+b', 'a' * 60)", "while True: pass"]
)
async def test_what_never_ends_is_in_the_file(run, statement) -> None:
    told, left = await run(statement, killed=True)
    assert told == ""
    assert last_words(left) == (
        f"flow checkout blocks the load generator: {statement} at flows/blocks.py:7"
    )


async def test_c_code_that_lets_nobody_in_is_found_by_its_stack(run) -> None:
    told, left = await run("sum(range(10**12))", killed=True)
    assert told == ""
    assert last_words(left) == (
        "the load generator is blocked: sum(range(10**12)) at flows/blocks.py:7"
    )


async def test_a_loop_that_is_free_is_no_news(run) -> None:
    told, left = await run("time.sleep(0.3)")
    assert (told, left) == ("", b"")


def test_nothing_is_nothing() -> None:
    assert last_words(b"") == ""
