"""Whole runs that watch servers over a real sshd: verdicts, refusals, coming back."""

from __future__ import annotations

import json
import signal

import pytest

pytestmark = pytest.mark.sshd


def watched(program, sshd, *more: object, duration: str = "8s", timeout_s: float = 60):
    return program(
        "watch", sshd.where, "--identity", sshd.identity, "--known-hosts", sshd.known_hosts,
        "--duration", duration, "--headless", *more, timeout_s=timeout_s,
    )  # fmt: skip


def test_a_server_inside_its_limits_passes(program, sshd, tmp_path):
    done = watched(program, sshd, "--summary", tmp_path / "out.json")
    summary = json.loads((tmp_path / "out.json").read_text())
    metrics = summary["servers"][sshd.where]
    assert {"cpu_percent", "memory_percent", "disk_percent:/", "load_1m"} <= set(metrics)
    assert metrics["memory_percent"]["limit"] == 75
    assert metrics["memory_percent"]["coverage"] > 0.5
    # the test machine itself may be over a limit: then the verdict says so
    assert done.returncode in (0, 1, 4), done.stderr
    assert summary["verdict"] in ("passed", "failed", "not_proven")


def test_an_unknown_key_is_refused_with_the_way_to_accept_it(program, sshd):
    sshd.known_hosts.write_text("")
    done = watched(program, sshd, duration="3s")
    assert done.returncode == 4
    assert "SHA256:" in done.stderr
    assert "perfconsole hosts trust" in done.stderr
    assert "NOT PROVEN" in done.stdout
    assert "never reached" in done.stdout

    refused = program("hosts", "trust", sshd.where.split("@")[-1], "--known-hosts",
                      sshd.known_hosts)  # fmt: skip
    assert refused.returncode == 2
    assert "no terminal to ask on, nothing was added" in refused.stderr
    assert "--fingerprint SHA256:" in refused.stderr
    assert sshd.known_hosts.read_text() == ""
    accepted = program("hosts", "trust", sshd.where.split("@")[-1], "--known-hosts",
                       sshd.known_hosts, "--yes")  # fmt: skip
    assert accepted.returncode == 0, accepted.stderr
    assert len(sshd.known_hosts.read_text().splitlines()) == 1
    assert watched(program, sshd).returncode in (0, 1, 4)


def test_a_refused_server_does_not_stop_the_load(program, sshd, target, scenario_file):
    sshd.stop()
    text = f"""\
name: alone
target: {target.url}
groups: {{a: {{vus: 2}}}}
flows: {{a: [{{request: GET /}}, {{think: 50ms}}]}}
servers:
  web1: {{ssh: "{sshd.where}", identity: {sshd.identity}, known_hosts: {sshd.known_hosts}}}
"""
    done = program("run", scenario_file(text), "--headless", "--duration", "4s")
    assert done.returncode == 4, done.stderr
    summary = program.summary()
    assert summary["requests"]["count"] == target.received() > 20
    assert summary["requests"]["failed"] == 0
    assert any("web1" in reason for reason in summary["reasons"])


def test_a_server_that_hangs_is_unknown_and_comes_back(program, sshd, target, scenario_file,
                                                       start_run, eventually):  # fmt: skip
    text = f"""\
name: hang
target: {target.url}
groups: {{a: {{vus: 1}}}}
flows: {{a: [{{request: GET /}}, {{think: 100ms}}]}}
servers:
  web1: {{ssh: "{sshd.where}", identity: {sshd.identity}, known_hosts: {sshd.known_hosts},
          every: 500ms}}
"""
    run = start_run(scenario_file(text), "--duration", "100s")

    def cpu():
        return program.status().get("servers", {}).get("web1", {}).get("cpu_percent")

    eventually(lambda: cpu() is not None, within_s=30)
    frozen = sshd.processes()
    for process in frozen:
        process.send_signal(signal.SIGSTOP)
    eventually(lambda: cpu() is None, within_s=30)
    for process in frozen:
        process.send_signal(signal.SIGCONT)
    eventually(lambda: cpu() is not None, within_s=40)
    eventually(lambda: "web1 answers" in _lines())
    program("ctl", "last", "stop-run", "--yes")
    run.wait()


def _lines() -> list[str]:
    from perfconsole.journal.folder import find_folder
    from perfconsole.journal.reader import JournalReader

    with JournalReader(find_folder("last").journal) as journal:
        return [line.text for line in journal.view().lines]
