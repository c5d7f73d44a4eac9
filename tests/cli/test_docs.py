"""What the README says is so: its commands exist, its scenario is valid, its links lead on."""

from __future__ import annotations

import importlib.util
import re
import shlex
from pathlib import Path
from typing import Any

import click
import pytest
import trustme

from perfconsole.cli.main import COMMANDS, program
from perfconsole.scenario.load import load

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.S)
LINES = [
    line.split(" #")[0].partition(" > ")[0].strip().removesuffix(" &")
    for language, block in BLOCKS
    if language == "sh"
    for line in block.splitlines()
]
PERFCONSOLE = [line for line in LINES if "perfconsole" in line]


@pytest.mark.parametrize("line", PERFCONSOLE)
def test_every_command_line_is_understood(line: str) -> None:
    words = shlex.split(line)[1:]
    command: click.Command = program
    context = click.Context(program)
    while isinstance(command, click.Group):
        _, rest = command.parse_args(context, words), [*context._protected_args, *context.args]
        found = command.get_command(context, rest[0])
        assert found is not None, line
        context = click.Context(found, parent=context)
        command, words = found, rest[1:]
    command.parse_args(context, words)


def test_every_command_of_the_program_is_in_it() -> None:
    missing = [name for name in COMMANDS if not re.search(rf"perfconsole {name}\b|make {name}\b",
                                                          README)]  # fmt: skip
    assert missing == []


def test_its_page_of_yaml_is_the_shipped_one() -> None:
    assert ("yaml", (ROOT / "scenarios/shop.yaml").read_text()) in BLOCKS


def test_every_shipped_scenario_is_in_it() -> None:
    shipped = {path.name for path in (ROOT / "scenarios").glob("*.yaml")}
    assert {name for name in shipped if f"](scenarios/{name})" not in README} == set()


def test_its_flow_in_python_plays(program: Any, target: Any, tmp_path: Path) -> None:
    (flow,) = [block for language, block in BLOCKS if language == "python"]
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows/compare.py").write_text(flow)
    (tmp_path / "shop.yaml").write_text(
        f"name: x\ntarget: {target.url}\n{flow.splitlines()[0].partition('played by: ')[2]}\n"
    )
    done = program("try", tmp_path / "shop.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("> GET") == 3


YAML = [
    block
    for language, block in BLOCKS
    if language == "yaml" and not block.startswith("# A shop before")
]
REST = {
    "groups": "groups: {order: {}}\n",
    "flows": "flows: {order: &it [{request: GET /}], search: *it, buy: *it, partner: *it}\n",
}
"""What a piece of a scenario needs to be whole."""


@pytest.mark.parametrize("block", YAML, ids=lambda block: block.split()[0])
def test_its_scenarios_load(block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in re.findall(r"\$\{env:(\w+)\}", block):
        monkeypatch.setenv(name, "https://h/hook")
    for name in ("backup.tar", "sea.jpg", "load_test"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "users.csv").write_text("name,password\nanna,demo\n")
    (tmp_path / "tls").mkdir()
    trustme.CA().cert_pem.write_to_path(tmp_path / "tls/ca.pem")
    text = block.replace("~/.ssh/load_test", str(tmp_path / "load_test"))
    if block.startswith(" "):
        text = f"flows:\n  order:\n{text}"
    if "\nname:" not in text:
        text += "name: x\ntarget: https://h\n"
        text += "".join(rest for key, rest in REST.items() if f"{key}:" not in text)
    path = tmp_path / "shop.yaml"
    path.write_text(text)
    assert load(path).groups


@pytest.mark.parametrize("script", ["make.py", "make_api.py"])
def test_the_references_are_as_the_models_are_now(script: str) -> None:
    spec = importlib.util.spec_from_file_location("reference", ROOT / "docs" / script)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    assert made.PAGE.read_text() == made.page(), "make docs writes it anew"


def test_its_links_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_make_target_it_names_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    named = set(re.findall(r"make (\w+)", README))
    assert {name for name in named if f"\n{name}:" not in makefile} == set()
