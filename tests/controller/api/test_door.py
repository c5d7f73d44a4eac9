"""The API on TCP: nobody without a token, nobody from a web page, and viewers only look on."""

from __future__ import annotations

import contextlib
import socket
import stat
from typing import Any

import httpx
import pytest

from perfconsole.controller.api.door import names_this_machine
from perfconsole.controller.api.tcp_api import listen
from perfconsole.controller.preflight import CannotStart
from perfconsole.journal.folder import RunFolder
from perfconsole.model.listen import ListenAt, parse_listen

NOTE = {"id": "d1", "by": "anna", "command": {"do": "note", "text": "by TCP"}}


@pytest.mark.parametrize(
    "authorization",
    [
        [],
        [""],
        ["Bearer"],
        ["Bearer nope"],
        ["Basic {token}"],
        ["{token}"],
        ["Bearer {token}x"],
        ["Bearer {token}", "Bearer {token}"],
        ["Bearer \xff\xfe"],
    ],
)
@pytest.mark.parametrize("path", ["/v1/status", "/v1/commands", "/nowhere"])
def test_without_the_token_nothing_is_told(served: Any, authorization, path) -> None:
    token = served.tcp.tokens.operator
    headers = [
        ("Authorization", line.replace("{token}", token).encode("latin-1"))
        for line in authorization
    ]
    answer = httpx.post(f"{served.url}{path}", headers=headers, json=NOTE, verify=False)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json() == {"error": 'a token is needed: "Authorization: Bearer TOKEN"'}
    assert "server" not in answer.headers


def test_it_is_refused_before_a_body_is_sent(served: Any) -> None:
    with socket.create_connection((served.tcp.at.host, served.tcp.at.port)) as line:
        line.sendall(b"POST /v1/commands HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
        line.settimeout(10)
        assert line.recv(65536).startswith(b"HTTP/1.1 401 ")


def test_with_the_token_all_is_as_on_the_socket(served: Any) -> None:
    with httpx.Client(base_url=served.url, headers=served.operator) as client:
        assert client.get("/v1/status").json()["name"] == "made up"
        assert client.post("/v1/commands", json=NOTE).json()["said"] == "note: by TCP"
        assert client.get("/v1/nowhere").status_code == 404


def test_the_viewers_token_looks_on_and_steers_nothing(served: Any) -> None:
    for client in ("", "console:1", "viewer:1"):
        headers = served.viewer | {"X-Perfconsole-Client": client}
        with httpx.Client(base_url=served.url, headers=headers) as viewer:
            assert viewer.get("/v1/snapshot").status_code == 200
            refused = viewer.post("/v1/commands", json=NOTE | {"id": "d2"})
            assert refused.status_code == 403
            assert refused.json()["said"] == "a viewer only looks on"


def test_a_viewer_keeps_no_run_alive(served: Any) -> None:
    def away_s() -> float:
        return served.run.attendance.away_s(served.run.attendance._seen_s + 100.0)

    headers = served.viewer | {"X-Perfconsole-Client": "console:1"}
    httpx.get(f"{served.url}/v1/events?after=0", headers=headers).raise_for_status()
    assert served.do(away_s) == 100.0


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 403),
        ({"Host": "evil.example:80"}, 403),
        ({"Host": "127.0.0.1.evil.example"}, 403),
        ({"Host": "localhost:9000"}, 200),
        ({"Host": "[::1]:9000"}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Host": "localhost:9000", "Origin": "http://localhost:9000"}, 200),
        ({"Host": "localhost:9000", "Origin": "http://localhost:9001"}, 403),
    ],
)
def test_a_web_page_has_no_business_here(served: Any, headers, status) -> None:
    everything = served.operator | headers
    answer = httpx.get(f"{served.url}/v1/status", headers=everything, verify=False)
    assert answer.status_code == status
    if status == 403:
        assert set(answer.json()) == {"error"}


@pytest.mark.parametrize("host", ["", "localhost.evil.example", "10.0.0.1", "[", "[::2]", "a b"])
def test_what_is_not_this_machine(host) -> None:
    assert not names_this_machine(host)


def test_the_tokens_are_their_owners_alone(served: Any) -> None:
    for path in (served.folder.token, served.folder.viewer_token):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert len(path.read_text().strip()) > 40
    assert served.folder.token.read_text() != served.folder.viewer_token.read_text()
    assert served.folder.api_url.read_text() == f"{served.url}\n"


def test_a_taken_port_is_refused_and_leaves_no_token(served: Any, tmp_path) -> None:
    folder = RunFolder(tmp_path)
    with pytest.raises(CannotStart, match=r"^--listen 127.0.0.1:\d+: the port is taken; name "):
        listen(served.tcp.at, folder)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("at", "says"),
    [
        (ListenAt("192.0.2.1", 0), "this machine has no such address"),
        (ListenAt("nowhere.invalid", 0), "nowhere.invalid does not resolve"),
    ],
)
def test_a_place_that_is_not_here(at, says, tmp_path) -> None:
    with pytest.raises(CannotStart, match=says):
        listen(at, RunFolder(tmp_path))


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "::1", "localhost"])
def test_only_what_others_can_reach_is_warned_of(host, tmp_path) -> None:
    try:
        tcp = listen(ListenAt(host, 0), RunFolder(tmp_path))
    except CannotStart:
        pytest.skip("no IPv6 here")
    with contextlib.closing(tcp.listening):
        assert tcp.at.port > 0
        warning = tcp.at.warning()
        assert (warning is not None) == (host == "0.0.0.0")
        assert warning is None or f"ssh -L {tcp.at.port}:127.0.0.1:{tcp.at.port}" in warning


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("127.0.0.1:8300", ListenAt("127.0.0.1", 8300)),
        ("[::1]:0", ListenAt("::1", 0)),
        ("load-1.example:80", ListenAt("load-1.example", 80)),
    ],
)
def test_a_place_to_listen_is_read_and_written(text, at) -> None:
    assert parse_listen(text) == at
    assert at.text == text


@pytest.mark.parametrize("text", ["", "8300", ":8300", "a:b", "a:99999", "::1:80", "http://a:80"])
def test_what_is_no_place_to_listen(text) -> None:
    with pytest.raises(ValueError, match=r"write 127\.0\.0\.1:8300"):
        parse_listen(text)
