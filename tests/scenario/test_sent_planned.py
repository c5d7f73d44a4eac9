"""From what a person writes to what is planned to be sent: bodies, logins, connections."""

from __future__ import annotations

import base64
import json
from email.parser import BytesParser
from email.policy import HTTP
from pathlib import Path

import pytest

from perfconsole.model import plan as plan_types
from perfconsole.model.plan import FilePart
from perfconsole.model.scenario import Scenario
from perfconsole.scenario.masking import masked
from perfconsole.scenario.outline import outline
from perfconsole.scenario.planning import plan_for

HEAD = "name: x\ntarget: https://h\ngroups: {a: {}}\n"


def steps_of(whole: plan_types.InjectorPlan, group: str) -> tuple[plan_types.Step, ...]:
    return next(each.script.steps for each in whole.groups if each.name == group)


def planned(scenario):
    plan = plan_for(scenario, "https://h", injector=0, started_at=0.0, seed=1, lease_s=4.0)
    return plan.target, steps_of(plan, "a")


def headers(step) -> dict[str, str]:
    return dict(step.headers)


def body_of(step) -> bytes:
    """As the injector joins it."""
    return b"".join(
        Path(piece.path).read_bytes() if isinstance(piece, FilePart) else piece
        for piece in step.pieces
    )


def test_a_multipart_form_is_read_back_by_a_parser_of_mail(loaded, tmp_path):
    png = b"\x89PNG\r\n--perfconsole\r\n\x00"
    (tmp_path / "photo.png").write_bytes(png)
    (tmp_path / "résumé.bin").write_bytes(b"")
    scenario = loaded(
        HEAD + "flows:\n  a:\n    - request: POST /up\n      multipart:\n"
        "        title: Grüße\n        count: 3\n        'od\"d': x\n"
        "        photo: {file: photo.png, name: 'my \"best\".png'}\n"
        "        paper: {file: résumé.bin, type: application/x-paper}\n"
        "        after: end\n"
    )
    (step,) = planned(scenario)[1]
    assert step.body == b""
    assert [type(piece) for piece in step.pieces] == [bytes, FilePart, bytes, FilePart, bytes]
    raw = f"Content-Type: {headers(step)['Content-Type']}\r\n\r\n".encode() + body_of(step)
    mail = BytesParser(policy=HTTP).parsebytes(raw)
    parts = {
        part.get_param("name", header="content-disposition"): part for part in mail.iter_parts()
    }
    assert list(parts) == ["title", "count", "od%22d", "photo", "paper", "after"]
    assert parts["title"].get_payload(decode=True) == "Grüße".encode()
    assert parts["count"].get_payload(decode=True) == b"3"
    assert parts["photo"].get_payload(decode=True) == png
    assert parts["photo"].get_content_type() == "image/png"
    assert parts["photo"].get_filename() == "my %22best%22.png"
    assert parts["paper"].get_content_type() == "application/x-paper"
    assert parts["paper"].get_payload(decode=True) == b""
    assert parts["after"].get_payload(decode=True) == b"end"
    assert 'filename="résumé.bin"'.encode() in body_of(step)


@pytest.mark.parametrize(
    ("file", "more", "kind"),
    [
        ("a.json", "", "application/json"),
        ("a.unheard-of", "", "application/octet-stream"),
        ("a.tar.gz", "", "application/octet-stream"),
        ("a.json", "headers: {content-type: text/x}", "text/x"),
    ],
)
def test_a_raw_file(loaded, tmp_path, file, more, kind):
    (tmp_path / file).write_bytes(b"\x00")
    (step,) = planned(
        loaded(
            HEAD + f"flows:\n  a:\n    - request: PUT /up\n      body_file: {file}\n      {more}\n"
        )
    )[1]
    assert step.pieces == (FilePart(str(tmp_path / file)),)
    assert [value for name, value in step.headers if name.lower() == "content-type"] == [kind]


def test_files_within_transactions_are_beside_the_scenario_too(loaded, refused, tmp_path):
    text = HEAD + (
        "flows:\n  a:\n    - transaction: t\n      steps:\n"
        "        - {request: POST /, body_file: data/x}\n"
    )
    where = "flows.a step 1.1, body_file"
    assert refused(text) == [f"8: {where}: there is no file {tmp_path}/data/x"]
    (tmp_path / "data").mkdir()
    (tmp_path / "data/x").mkdir()
    assert refused(text) == [f"8: {where}: {tmp_path}/data/x is a folder"]
    (tmp_path / "data/x").rmdir()
    (tmp_path / "data/x").touch()
    assert loaded(text).flows["a"].steps[0].steps[0].body_file == f"{tmp_path}/data/x"


def test_a_login_is_the_scenarios_the_steps_or_none(loaded):
    scenario = loaded(
        HEAD + 'http: {auth: {basic: "anna:p:w é"}, headers: {X: "1"}}\n'
        "flows:\n  a:\n    - request: GET /1\n    - {request: GET /2, auth: {bearer: tok-en}}\n"
        "    - {request: GET /3, auth: none}\n"
        "    - {request: GET /4, headers: {authorization: Own 1}}\n"
    )
    one, two, three, four = planned(scenario)[1]
    basic = base64.b64encode("anna:p:w é".encode()).decode()
    assert headers(one)["Authorization"] == f"Basic {basic}"
    assert headers(two)["Authorization"] == "Bearer tok-en"
    assert "Authorization" not in headers(three) and headers(three)["X"] == "1"
    assert [v for n, v in four.headers if n.lower() == "authorization"] == ["Own 1"]


def test_none_is_for_a_login_in_the_scenarios_headers_too(loaded):
    scenario = loaded(
        HEAD + "http: {headers: {AUTHORIZATION: Bearer x}}\n"
        "flows:\n  a:\n    - request: GET /1\n    - {request: GET /2, auth: none}\n"
    )
    assert [len(step.headers) for step in planned(scenario)[1]] == [3, 2]


def test_no_login_is_kept_shown_or_repeated(loaded, refused):
    text = (
        HEAD + 'http: {auth: {basic: "anna:hush"}}\nflows:\n  a:\n'
        "    - {request: GET /, auth: {bearer: t0ken}}\n"
        "    - {request: POST /, multipart: {password: hush, user: anna}}\n"
    )
    scenario = loaded(text)
    kept = masked(scenario)
    for said in (json.dumps(kept), outline(scenario)):
        assert "hush" not in said and "t0ken" not in said
    assert "anna" not in outline(scenario)
    assert kept["http"]["auth"] == {"basic": "***:***"}
    assert kept["flows"]["a"]["steps"][1]["multipart"] == {"password": "***", "user": "anna"}
    again = Scenario.model_validate(kept)
    assert again.flows["a"].steps[0].auth.bearer == "***"
    for wrong in ("hush", "[hush]", "{basic: 7777}", "{basic: hush}", "{bearer: a hush}"):
        said = " ".join(refused(text.replace('{basic: "anna:hush"}', wrong)))
        assert "http.auth" in said
        assert "hush" not in said and "7777" not in said


def test_keys_of_the_connection(loaded):
    scenario = loaded(
        HEAD + "http:\n  allowed_hosts: [Static.Example.com, '*.example.com', '10.0.0.5:8443']\n"
        "  max_redirects: 3\n  resolve: vu\n  ip: 6\n  server_name: Shop.Example\n"
        "  resume_tls: true\n  insecure: true\nflows: {a: [{request: GET /}]}\n"
    )
    target, _ = planned(scenario)
    assert target.allowed_hosts == ("static.example.com", "*.example.com", "10.0.0.5:8443")
    assert (target.max_redirects, target.resolve_per_vu, target.family) == (3, True, 6)
    assert (target.server_name, target.resume_tls, target.verify) == ("shop.example", True, False)
    said = outline(scenario)
    assert "redirects  also to Static.Example.com, *.example.com, 10.0.0.5:8443" in said
    assert "addresses  looked up by each VU, IPv6 only" in said
    assert "certificate NOT verified; asks for shop.example; sessions resumed" in said
    assert said.count("NOT verified") == 2


def test_usual_connections_are_not_spoken_of(loaded):
    scenario = loaded(HEAD + "flows: {a: [{request: GET /}]}\n")
    target, _ = planned(scenario)
    assert (target.allowed_hosts, target.max_redirects, target.family) == ((), 10, 0)
    assert (target.resolve_per_vu, target.server_name, target.resume_tls) == (False, None, False)
    assert outline(scenario).splitlines()[2].startswith("  ends")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("allowed_hosts: ['http://h']", "'http://h' is no host"),
        ("allowed_hosts: ['*']", "'*' is no host"),
        ("allowed_hosts: ['a.*.b']", "'a.*.b' is no host"),
        (f"allowed_hosts: [{'a' * 64}.b]", "is no host"),
        (f"allowed_hosts: [{'a.' * 130}b]", "is no host"),
        (f"server_name: {'a' * 64}.b", "a server name is a host's name alone"),
        (f"server_name: {'a.' * 130}b", "a server name is a host's name alone"),
        ("allowed_hosts: ['h:0']", "'h:0' is no host"),
        ("allowed_hosts: h", "http.allowed_hosts must be a list"),
        ("ip: 5", "http.ip cannot be 5; the choices are 4, 6"),
        ("resolve: always", 'http.resolve cannot be "always"; the choices are run, vu'),
        ("server_name: 'h:443'", "a server name is a host's name alone"),
        ("max_redirects: 101", "http.max_redirects must be at most 100, not 101"),
        ("auth: none", "http.auth must be"),
    ],
)
def test_wrong_keys_of_the_connection(refused, line, said):
    (problem,) = refused(HEAD + f"http: {{{line}}}\nflows: {{a: [{{request: GET /}}]}}\n")
    assert said in problem
