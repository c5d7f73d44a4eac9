"""``make bench``: measure on this machine and write ``bench/results.md``."""

from __future__ import annotations

import platform
import time
from pathlib import Path

import first_frame
import http_cost

import perfconsole


def main() -> None:
    head = (
        f"perfconsole {perfconsole.__version__}, Python {platform.python_version()}, "
        f"{platform.system()} {platform.machine()}, {time.strftime('%Y-%m-%d')}"
    )
    lines = [*http_cost.measure(), *first_frame.measure()]
    print("\n".join([head, *lines]))
    text = "\n".join(f"- {line}" for line in lines)
    Path(__file__).with_name("results.md").write_text(f"# Measured\n\n{head}\n\n{text}\n")


if __name__ == "__main__":
    main()
