"""The structure that ARCHITECTURE.md promises, held by tests."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "src").rglob("*.py"))


def test_imports_go_the_way_the_data_flows() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_file_name_stands_twice() -> None:
    names = Counter(path.name for path in SOURCES if not path.name.startswith("__"))
    assert [name for name, count in names.items() if count > 1] == []


def test_every_lint_exception_gives_its_reason() -> None:
    bare = re.compile(r"#\s*(?:noqa: [A-Z0-9, ]+|type: ignore\[[\w, -]+\])\s*$|#\s*noqa\s*$")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in SOURCES
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if bare.search(line)
    ]
    assert found == []


def test_what_the_console_imports_before_its_first_frame_is_light() -> None:
    heavy = ["numpy", "httpx", "paramiko", "plotext", "sqlite3", "uvicorn", "starlette"]
    code = (
        "import sys, perfconsole.console.app\n"
        f"print(' '.join(m for m in {heavy!r} if m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
