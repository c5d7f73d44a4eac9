"""What the README says is so: its commands exist, its scenario is valid, its links lead on."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest
import trustme

from perfconsole.cli.main import COMMANDS, program
from perfconsole.scenario.load import load

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.S)
LINES = [
    line.split(" #")[0].strip()
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


def test_its_scenario_loads(tmp_path: Path) -> None:
    text, uploads, http = [block for language, block in BLOCKS if language == "yaml"]
    path = tmp_path / "shop.yaml"
    key = tmp_path / "load_test"
    key.write_text("")
    path.write_text(text.replace("~/.ssh/load_test", str(key)))
    assert set(load(path).groups) == {"browse", "order"}

    for name in ("backup.tar", "sea.jpg"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "tls").mkdir()
    trustme.CA().cert_pem.write_to_path(tmp_path / "tls/ca.pem")
    path.write_text(
        f"name: x\ntarget: https://h\ngroups: {{up: {{}}}}\n{http}flows:\n  up:\n{uploads}"
    )
    scenario = load(path)
    assert scenario.flows["up"][1].multipart.keys() == {"title", "photo"}
    assert set(scenario.http.model_fields_set) > {"auth", "allowed_hosts", "server_name"}


def test_its_links_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_make_target_it_names_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    named = set(re.findall(r"make (\w+)", README))
    assert {name for name in named if f"\n{name}:" not in makefile} == set()
