"""A disk that is full: the run does not go on unrecorded, and says why in one line."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", place], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("needs the right to mount a file system")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def fill(place: Path, leave: int) -> None:
    """Until `leave` bytes are free."""
    with (place / "ballast").open("wb", buffering=0) as ballast:
        try:
            while True:
                ballast.write(bytes(4096))
        except OSError:
            pass
        ballast.truncate(max(0, ballast.tell() - leave))


def test_full_from_the_beginning(small_disk, program, target):
    fill(small_disk, leave=0)
    done = program("run", target.url, "--headless", "--duration", "5s", "--out", small_disk / "run")
    assert done.returncode in (2, 3)
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert "full" in done.stderr or "No space" in done.stderr
    assert target.received() == 0


def test_full_while_running(small_disk, program, target):
    fill(small_disk, leave=150_000)
    done = program(
        "run", target.url, "--headless", "--duration", "60s", "--out", small_disk / "run",
        timeout_s=50,
    )  # fmt: skip
    assert done.returncode == 3
    assert "full" in done.stderr
    assert "Traceback" not in done.stderr
    assert "ABORTED" in done.stdout
