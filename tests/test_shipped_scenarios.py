"""Every file in scenarios/ runs against the demo target, as it is but for where that target is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

SCENARIOS = sorted((Path(__file__).parents[1] / "scenarios").glob("*.yaml"))
NEED_SERVERS = {"servers-over-ssh", "servers-probes"}


@pytest.mark.parametrize(
    "few", [SCENARIOS[n::3] for n in range(3)], ids=["first", "second", "third"]
)
def test_they_run(few: list[Path], program: Any, target: Any, tmp_path: Path) -> None:
    secrets = {name for path in few for name in re.findall(r"\$\{env:(\w+)\}", path.read_text())}
    program.env |= dict.fromkeys(secrets, "s3cr3t")
    run: Callable[[Path], str] = lambda path: played(path, program, target.url, tmp_path)  # noqa: E731
    with ThreadPoolExecutor(4) as pool:
        wrong = [said for said in pool.map(run, few) if said]
    assert not wrong, "\n".join(wrong)


def played(path: Path, program: Any, url: str, tmp_path: Path) -> str:
    """What is wrong with it; "" when it runs as it should."""
    if path.stem in NEED_SERVERS:
        done = program("check", path)
        return "" if done.returncode == 0 else f"{path.stem}: check refuses it: {done.stderr}"
    here = tmp_path / path.stem
    here.mkdir()
    scenario, summary = here / "scenario.yaml", here / "summary.json"
    scenario.write_text(f"extends: {path}\nname: {path.stem}\ntarget: {url}\nwarmup: 0s\n")
    done = program(
        "run", scenario, "--headless", "--duration", "3s", "--out", here / "run",
        "--summary", summary, timeout_s=120,
    )  # fmt: skip
    if done.returncode not in (0, 1, 4) or not summary.exists():
        return f"{path.stem}: exit {done.returncode}: {done.stderr}"
    told = json.loads(summary.read_text())
    if not told["requests"]["count"] or told["requests"]["failed"]:
        return f"{path.stem}: {told['requests']} {told['errors']}"
    return ""
