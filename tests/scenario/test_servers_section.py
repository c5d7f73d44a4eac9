"""Servers as a person writes them: one way to each, and no password in the file."""

from __future__ import annotations

import pytest

from perfconsole.scenario.load import load
from perfconsole.scenario.masking import masked
from perfconsole.scenario.outline import outline
from perfconsole.scenario.problems import ScenarioError
from perfconsole.scenario.server_place import describe

HEAD = "name: x\nservers:\n"
PIN = "SHA256:uNiVztksCsDhcc0u9e8BrXgN5Hyl3LmO1yVGkqT1nEw"


@pytest.fixture
def refused(tmp_path):
    def refuse(text, **environ):
        (tmp_path / "s.yaml").write_text(HEAD + text)
        with pytest.raises(ScenarioError) as error:
            load(tmp_path / "s.yaml", environ=environ)
        return str(error.value).replace(f"{tmp_path}/s.yaml:", "")

    return refuse


@pytest.fixture
def loaded(tmp_path):
    def read(text, **environ):
        (tmp_path / "s.yaml").write_text(HEAD + text)
        return load(tmp_path / "s.yaml", environ=environ)

    return read


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("  a: {}\n", 'a server is one of "local: true", "ssh: user@host" and "command: [...]"'),
        ("  a: {local: true, ssh: h}\n", "a server is one of"),
        ("  a: {ssh: h, command: [sh]}\n", "a server is one of"),
        ("  a: {command: []}\n", "a command is a list such as [docker, exec, -i, web, sh]"),
        ("  a: {command: [sh], identity: k}\n", '"identity" goes with "ssh: user@host"'),
        ("  a: {local: true, transport: openssh}\n", '"transport" goes with "ssh: user@host"'),
        ("  a: {local: true, disks: [data]}\n", "'data' is no mount point; it begins with /"),
        ("  a: {ssh: h, disks: [/, --help]}\n", "'--help' is no mount point"),
        ('  a: {ssh: h, disks: ["/a\\n/b"]}\n', "is no mount point"),
        ("  a: {ssh: h, transport: telnet}\n", "transport"),
        ("  a: {ssh: h, disks: [data]}\n", "'data' is no mount point; it begins with /"),
        ("  a: {ssh: h, pin: MD5:00}\n", "a pin is SHA256: and 43 characters"),
        ("  a: {ssh: h, password: '${env:NONE}'}\n", 'the environment has no "NONE"'),
    ],
)
def test_what_is_no_server(refused, text, said):
    assert said in refused(text)


@pytest.mark.parametrize("limit", ["inf", "1e999", "nan", "{limit: inf}", "{min: inf}"])
def test_a_limit_that_nothing_can_pass_is_none(refused, limit):
    said = refused(f"  a: {{local: true, thresholds: {{cpu_percent: {limit}}}}}\n")
    assert "a.thresholds.cpu_percent" in said
    assert " must be a number, such as 2.5, not " in said


@pytest.mark.parametrize("password", ["hunter2", "'${env:PW}x'", "'${pw}'", "Ask"])
def test_a_password_does_not_stand_in_a_file(refused, password):
    said = refused(f"  a: {{ssh: h, password: {password}}}\nvariables: {{pw: hunter2}}\n", PW="x1")
    assert 'a password does not stand here; write "ask", or ${env:NAME}' in said
    assert "hunter2" not in said
    assert "x1" not in said


def test_a_password_of_the_environment_is_named_and_never_kept(loaded):
    scenario = loaded(
        "  a: {ssh: h, password: '${env:PW}'}\n  b: {ssh: h, password: ask}\n", PW="x1"
    )
    assert scenario.servers["a"].password_variable == "PW"
    assert scenario.servers["b"].password_variable is None
    assert "x1" not in repr(scenario)
    assert masked(scenario)["servers"]["a"]["password"] == "${env:PW}"


def test_a_pin_is_as_ssh_prints_it(loaded):
    assert loaded(f"  a: {{ssh: h, pin: '{PIN}='}}\n").servers["a"].pin == PIN


def test_secrets_in_a_command_are_shown_to_nobody(loaded):
    scenario = loaded("  a: {command: [reach, --token, hunter2, 'password=hunter3', --, sh]}\n")
    shown = [describe(scenario.servers["a"]), outline(scenario), str(masked(scenario))]
    assert all("reach" in text and "hunter" not in text for text in shown)
    assert scenario.servers["a"].command[2] == "hunter2"


def test_variables_stand_in_commands(loaded):
    scenario = loaded(
        "  a: {command: [kubectl, exec, -i, '${pod}', --, sh]}\nvariables: {pod: web-0}\n"
    )
    assert describe(scenario.servers["a"]) == "kubectl exec -i web-0 -- sh"
    assert "kubectl exec -i web-0 -- sh, every 2s" in outline(scenario)


def test_a_command_s_own_file_is_found_beside_the_scenario(loaded, tmp_path):
    scenario = loaded("  a: {command: [./reach, ./x]}\n  b: {command: [sh, ./x]}\n")
    assert scenario.servers["a"].command == (f"{tmp_path}/reach", "./x")
    assert scenario.servers["b"].command == ("sh", "./x")
