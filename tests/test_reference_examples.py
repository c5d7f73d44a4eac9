"""Every example of the reference loads, is right by the schema, and runs as it is."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import trustme
from jsonschema import Draft202012Validator

from perfconsole.scenario.document import Composer
from perfconsole.scenario.json_schema import json_schema
from perfconsole.scenario.load import load

EXAMPLES = Path(__file__).parents[1] / "docs/examples"
FILES = sorted(EXAMPLES.glob("*.yaml"))
NOT_RUN = ("servers", "ways")
"""Their targets and servers are not on this machine."""
SECRETS = ("JOBS_TOKEN", "TOMCAT_PASSWORD", "ORDERS_PASSWORD", "CACHE_PASSWORD", "GATEWAY_PASSWORD")


@pytest.mark.parametrize("path", sorted(EXAMPLES.rglob("*.yaml")), ids=lambda path: path.stem)
def test_it_is_right_by_the_schema(path: Path) -> None:
    root = Composer().read(path.read_text(encoding="utf-8"))
    assert root is not None
    assert [
        each.message for each in Draft202012Validator(json_schema()).iter_errors(root.plain())
    ] == []


def test_they_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SECRETS:
        monkeypatch.setenv(name, "hush")
    here = shutil.copytree(EXAMPLES, tmp_path / "examples")
    authority, tls = trustme.CA(), here / "tls"
    tls.mkdir()
    authority.cert_pem.write_to_path(tls / "ca.pem")
    own = authority.issue_cert("client.example")
    own.cert_chain_pems[0].write_to_path(tls / "client.pem")
    own.private_key_pem.write_to_path(tls / "client.key")
    for name in ("load_test", "known_hosts"):
        (tls / name).touch()
    assert [load(here / path.name).name for path in FILES]


def test_they_run(program: Any, tmp_path: Path) -> None:
    def played(path: Path) -> str:
        """What is wrong with a run of it."""
        summary = tmp_path / f"{path.stem}.json"
        done = program("run", path, "--headless", "--duration", "2s", "--vus", "6",
                       "--out", tmp_path / path.stem, "--summary", summary)  # fmt: skip
        if not summary.exists():
            return f"{path.stem}: exit {done.returncode}: {done.stderr}"
        told = json.loads(summary.read_text())
        if not told["requests"]["count"] or told["requests"]["failed"]:
            return f"{path.stem}: {told['requests']} {told['errors']}"
        return ""

    with ThreadPoolExecutor(3) as pool:
        wrong = [*pool.map(played, (path for path in FILES if path.stem not in NOT_RUN))]
    assert not any(wrong), "\n".join(filter(None, wrong))
