"""HTTP/2 and SOCKS where their packages are not installed: one line that says what to do."""

from __future__ import annotations

import pytest

from perfconsole.cli.complaint import Complaint
from perfconsole.cli.scenarios import read
from perfconsole.scenario import extras


def test_one_line_says_what_to_install(scenario_file, monkeypatch):
    path = scenario_file(
        "name: x\ntarget: https://h\ngroups: {a: {http: {version: 2}}}\n"
        "flows: {a: [{request: GET /}]}\n"
    )
    assert read(path).http_version_of("a") == "2"
    monkeypatch.setattr(extras, "find_spec", lambda name: None)
    with pytest.raises(Complaint) as caught:
        read(path)
    assert str(caught.value).splitlines() == [
        f'{path}: HTTP/2 and SOCKS need more packages: pip install "perfconsole[http2]"'
    ]
