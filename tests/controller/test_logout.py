"""Machines whose logind kills what a login leaves behind are told of; others are not."""

import pytest

from perfconsole.controller.logout import logout_warning


@pytest.fixture
def logind_says(tmp_path, monkeypatch):
    def say(answer: str) -> None:
        asked = tmp_path / "busctl"
        asked.write_text(f"#!/bin/sh\necho {answer}\n")
        asked.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    monkeypatch.setenv("XDG_SESSION_ID", "3")
    monkeypatch.setenv("USER", "somebody-without-linger")
    monkeypatch.setenv("LOGNAME", "somebody-without-linger")
    return say


async def test_a_machine_that_kills_at_logout(logind_says):
    logind_says("b true")
    assert "loginctl enable-linger" in (await logout_warning() or "")


async def test_a_machine_that_does_not(logind_says):
    logind_says("b false")
    assert await logout_warning() is None


async def test_no_logind_at_all(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_SESSION_ID", "3")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert await logout_warning() is None
