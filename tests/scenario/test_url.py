"""A URL with curl's flags becomes a scenario."""

from __future__ import annotations

import pytest
import trustme

from perfconsole.model import plan as plan_types
from perfconsole.scenario.masking import masked
from perfconsole.scenario.planning import plan_for
from perfconsole.scenario.problems import ScenarioError
from perfconsole.scenario.url import from_url

FORM = "application/x-www-form-urlencoded"


def steps_of(whole: plan_types.InjectorPlan, group: str) -> tuple[plan_types.Step, ...]:
    return next(each.script.steps for each in whole.groups if each.name == group)


def request_of(url: str, **flags):
    scenario = from_url(url, **flags)
    plan = plan_for(scenario, scenario.target, injector=0, started_at=0, seed=0, lease_s=5)
    (step,) = steps_of(plan, "url")
    return step


def test_a_plain_url():
    scenario = from_url("http://127.0.0.1:8080/path?a=b", vus=20, duration_s=10.0)
    assert (scenario.target, scenario.duration) == ("http://127.0.0.1:8080", 10.0)
    assert list(scenario.groups) == ["url"]
    assert scenario.curve_of("url").target == 20
    assert scenario.flows["url"].steps[0].name == "GET /path"
    step = request_of("http://127.0.0.1:8080/path?a=b")
    assert (step.method, step.path, step.body) == ("GET", "/path?a=b", b"")


@pytest.mark.parametrize(
    ("flags", "method", "content_type", "body"),
    [
        ({"body": "a=b"}, "POST", FORM, b"a=b"),
        ({"body": ("a=b", "c=d")}, "POST", FORM, b"a=b&c=d"),
        ({"body": ()}, "GET", None, b""),
        ({"body": "", "method": "PUT"}, "PUT", FORM, b""),
        ({"body": "{}", "headers": ["content-type: application/json"]}, "POST",
         "application/json", b"{}"),
        ({"method": "delete"}, "DELETE", None, b""),
        ({"body": "a", "method": "GET"}, "GET", FORM, b"a"),
    ],
)  # fmt: skip
def test_curl_habits(flags, method, content_type, body):
    step = request_of("http://h/", **flags)
    headers = {name.lower(): value for name, value in step.headers}
    assert (step.method, step.body, headers.get("content-type")) == (method, body, content_type)


def test_a_body_from_a_file(tmp_path):
    (tmp_path / "body").write_text("a=1&\r\nb=2\n")
    assert request_of("http://h/", body=f"@{tmp_path}/body").body == b"a=1&b=2"
    with pytest.raises(ScenarioError, match=r"cannot read .*/none: no such file or directory"):
        from_url("http://h/", body=f"@{tmp_path}/none")
    (tmp_path / "binary").write_bytes(b"\xff")
    with pytest.raises(ScenarioError, match="binary is not UTF-8 text"):
        from_url("http://h/", body=f"@{tmp_path}/binary")
    with pytest.raises(ScenarioError, match='"@" needs the name of a file'):
        from_url("http://h/", body="@")
    with pytest.raises(ScenarioError, match="/dev/zero is over 10 MB"):
        from_url("http://h/", body="@/dev/zero")


def test_other_spellings_of_urls():
    assert from_url("localhost:8080/x").target == "http://localhost:8080"
    assert from_url("https://[::1]/").target == "https://[::1]"
    assert from_url("http://bücher.example/").target == "http://xn--bcher-kva.example"
    assert request_of("http://h").path == "/"
    assert request_of("http://h?a=b").path == "/?a=b"
    assert request_of("http://h/a b/ü?q=1 2#end").path == "/a%20b/%C3%BC?q=1%202"
    assert len(request_of("http://h/" + "x" * 500).name) == 80


def test_user_and_password_become_basic_authentication():
    step = request_of("http://anna:h%40sh@h/")
    assert ("Authorization", "Basic YW5uYTpoQHNo") in step.headers
    assert "YW5" not in str(masked(from_url("http://anna:h%40sh@h/")))


def test_tls_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    trustme.CA().cert_pem.write_to_path(tmp_path / "ca.pem")
    scenario = from_url("https://h/", ca="ca.pem", insecure=True)
    assert (scenario.http.ca, scenario.http.insecure) == (f"{tmp_path}/ca.pem", True)
    with pytest.raises(ScenarioError, match=r"command line: http.cert: there is no file .*/no.pem"):
        from_url("https://h/", cert="no.pem")


@pytest.mark.parametrize(
    ("url", "flags", "said"),
    [
        ("ftp://h/", {}, "ftp cannot be loaded, only http and https; "
                         "write one such as http://127.0.0.1:8080/path"),
        ("http://", {}, "'http://' names no host and port; "
                        "write one such as http://127.0.0.1:8080/path"),
        ("http://[", {}, "'http://[' is no URL; write one such as http://127.0.0.1:8080/path"),
        ("http://h:99999/", {}, "'http://h:99999/' is no URL; "
                                "write one such as http://127.0.0.1:8080/path"),
        ("http://a b/", {}, "target: there is no host name in 'http://a b'"),
        ("http://h/", {"vus": 0}, "groups.url.vus must be at least 1, not 0"),
        ("http://h/", {"method": "BREW"}, "'BREW' is no method; use one of GET, HEAD, POST, PUT, "
                                          "PATCH, DELETE, OPTIONS, TRACE"),
        ("http://h/", {"headers": ["Cookie=secret"]},
         "'Cookie' is no header; write \"Name: value\""),
    ],
)  # fmt: skip
def test_what_is_refused(url, flags, said):
    with pytest.raises(ScenarioError) as caught:
        from_url(url, **flags)
    assert str(caught.value) == f"command line: {said}"


def test_a_refusal_shows_no_password():
    with pytest.raises(ScenarioError) as caught:
        from_url("http://anna:hush@h:99999/?token=abc")
    assert "hush" not in str(caught.value)
    assert "abc" not in str(caught.value)


def test_a_login_for_curl_users():
    scenario = from_url("http://u:p@h/", user="anna:pw")
    assert scenario.flows["url"].steps[0].auth.basic == "anna:pw"
    assert scenario.flows["url"].steps[0].headers == {}
    with pytest.raises(ScenarioError, match='written "user:password"'):
        from_url("http://h/", user="anna")


def test_raw_bodies(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "raw.bin").write_bytes(b"\xff\n")
    (tmp_path / "lines.txt").write_text("a\nb\n")
    step = from_url("http://h/", raw_body=["@raw.bin"]).flows["url"].steps[0]
    assert (step.method, step.body, step.body_file) == ("POST", None, f"{tmp_path}/raw.bin")
    assert step.headers == {"Content-Type": "application/x-www-form-urlencoded"}
    both = from_url("http://h/", body=["@lines.txt"], raw_body=["@lines.txt", "c"])
    assert both.flows["url"].steps[0].body == "ab&a\nb\n&c"
    with pytest.raises(ScenarioError, match=r"no file .*nope"):
        from_url("http://h/", raw_body=["@nope"])


def test_the_way_there():
    usual = from_url("http://h/").http
    assert (usual.version, usual.proxy) == ("1.1", "none")
    other = from_url("https://h/", http2=True, proxy="squid:3128").http
    assert (other.version, other.proxy) == ("2", "http://squid:3128")
    with pytest.raises(ScenarioError, match="a proxy is a URL"):
        from_url("http://h/", proxy="ftp://u:hush@h:1")
