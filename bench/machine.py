"""Which cores the bench uses, and what machine and programs the numbers belong to."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import perfconsole

BENCH_VENV = Path(__file__).resolve().parent.parent / ".venv-bench" / "bin"
"""Where `make bench` installs Locust and k9-load, away from our own pins."""


def cores() -> tuple[int, int, set[int]]:
    """The target's core, the measured client's core, and those for everything else.

    With two cores everything else shares the target's: the client is measured alone.
    """
    usable = sorted(os.sched_getaffinity(0))
    if len(usable) < 2:
        sys.exit("the bench needs two cores: one for the target, one for what is measured")
    target, client, *rest = usable
    return target, client, set(rest) or {target}


def program(name: str) -> str | None:
    """Path of a program: on PATH, in /usr/sbin or in the bench's own venv; None: not here."""
    given = os.environ.get(name.upper(), "") if name == "k6" else ""
    path = os.pathsep.join([str(BENCH_VENV), os.environ["PATH"], "/usr/sbin"])
    return shutil.which(given or name, path=path)


def described() -> list[str]:
    """The machine, and versions of ours and of every peer; a missing one is named as missing."""
    ours = (
        f"perfconsole {perfconsole.__version__}, Python {platform.python_version()}, "
        + ", ".join(f"{name} {version(name)}" for name in ("uvloop", "httptools", "numpy"))
    )
    peers = ", ".join(
        _version(name) for name in ("nginx", "wrk", "hey", "ab", "locust", "k9", "k6")
    )
    return [time.strftime("%Y-%m-%d %H:%M"), _hardware(), ours, peers]


def load_average() -> float:
    """Of the last minute; over about 1 before a bench starts, somebody else is at work here."""
    return os.getloadavg()[0]


def _hardware() -> str:
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{len(os.sched_getaffinity(0))} cores ({model[1] if model else platform.machine()}), "
        f"{memory:.0f} GB, {platform.system()} {platform.release()}; "
        f"load average at the start {load_average():.2f}"
    )


_ASK = {
    "nginx": ("-v",), "wrk": ("-v",), "ab": ("-V",), "locust": ("--version",),
    "k9": ("version",), "k6": ("version",),
}  # fmt: skip


def _version(name: str) -> str:
    path = program(name)
    if path is None:
        return f"{name} missing"
    if name not in _ASK:
        return f"{name} {_package_version(name)}"
    said = subprocess.run([path, *_ASK[name]], capture_output=True, text=True, check=False)
    found = re.search(r"\d+\.\d+(?:\.\d+)?", said.stdout + said.stderr)
    return f"{name} {found[0] if found else 'of unknown version'}"


def _package_version(name: str) -> str:
    """Of a program that cannot tell: what Debian's package manager says."""
    if shutil.which("dpkg-query") is None:
        return "of unknown version"
    said = subprocess.run(
        ["dpkg-query", "-W", "-f=${Version}", name], capture_output=True, text=True, check=False
    )
    return said.stdout.strip() or "of unknown version"
