from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.importers.curl import from_curl
from perfconsole.importers.draft import Draft, ImportFault, plain
from perfconsole.importers.writing import scenario_text
from perfconsole.scenario.document import Composer


def step(command: str, *, with_secrets: bool = True) -> dict:
    (only,) = plain(from_curl(command, with_secrets=with_secrets).tree)["flows"]["curl"]
    return only


@pytest.mark.parametrize(
    ("command", "wanted"),
    [
        ("curl http://h/a", {"request": "GET /a"}),
        ("curl h", {"request": "GET /"}),
        ("$ curl -sS -o /dev/null http://h/a?b=c", {"request": "GET /a?b=c"}),
        ("curl -I http://h/", {"request": "HEAD /"}),
        ("curl -X DELETE http://h/1", {"request": "DELETE /1"}),
        ("curl -XPUT http://h/1 -d a=b", {"request": "PUT /1", "form": {"a": "b"}}),
        ("curl http://h/ -d a=b -d c=d", {"request": "POST /", "form": {"a": "b", "c": "d"}}),
        ("curl -G http://h/ -d a=b -d c=d", {"request": "GET /?a=b&c=d"}),
        ("curl http://h/ --data-urlencode 'q=a b&c'",
         {"request": "POST /", "form": {"q": "a b&c"}}),
        ("""curl http://h/ --json '{"a": 1}'""", {"request": "POST /", "json": {"a": 1}}),
        ("""curl http://h/ -H 'content-type: application/json' --data-raw $'{"a":"it\\'s"}'""",
         {"request": "POST /", "json": {"a": "it's"}}),
        ("curl http://h/ -H 'Content-Type: text/xml' --data-binary '<a/>'",
         {"request": "POST /", "headers": {"Content-Type": "text/xml"}, "body": "<a/>"}),
        ("curl http://h/ -u anna:pw", {"request": "GET /", "auth": {"basic": "anna:pw"}}),
        ("curl http://h/ -H 'Authorization: Bearer abc'",
         {"request": "GET /", "auth": {"bearer": "abc"}}),
        ("curl http://h/ -b 'sid=1; a=b'",
         {"request": "GET /", "headers": {"Cookie": "sid=1; a=b"}}),
        ("curl http://h/ -H 'cookie: sid=1; a=b'",
         {"request": "GET /", "headers": {"Cookie": "sid=1; a=b"}}),
        ("""curl http://h/ --data-raw '{"a": "b=c&d"}'""",
         {"request": "POST /", "body": '{"a": "b=c&d"}',
          "headers": {"Content-Type": "application/x-www-form-urlencoded"}}),
        ("curl http://h/ -d t=YQ==&b=1", {"request": "POST /", "form": {"t": "YQ==", "b": "1"}}),
        ("curl http://h/ -A me -e http://r/ --compressed -m 3",
         {"request": "GET /", "timeout": "3s",
          "headers": {"User-Agent": "me", "Referer": "http://r/",
                      "Accept-Encoding": "gzip, deflate, br"}}),
        ("curl http://h/ -F a=b -F 'f=@/x/y.png;type=image/png'",
         {"request": "POST /",
          "multipart": {"a": "b", "f": {"file": "/x/y.png", "type": "image/png"}}}),
        ("""curl http://h/ --form 'a="b \\"c\\""' --form 'f=@"/x/y;z.png";type=image/png'""",
         {"request": "POST /",
          "multipart": {"a": 'b "c"', "f": {"file": "/x/y;z.png", "type": "image/png"}}}),
        ('curl ^"http://h/a?b=1^&c=2^%^20^" ^\r\n  -H ^"X-A: ^\\^"q^\\^"^" ^\r\n'
         '  --data-raw ^"d=1^\r\n\r\n2^"',
         {"request": "POST /a?b=1&c=2%20", "headers": {"X-A": '"q"'}, "form": {"d": "1\n2"}}),
        ("curl http://h/ -d @/x/body", {"request": "POST /", "body_file": "/x/body",
         "headers": {"Content-Type": "application/x-www-form-urlencoded"}}),
        ("curl 'http://h/${a}'", {"request": "GET /$%7Ba%7D"}),
        ("curl \\\n  -H 'X-A: ${b}' \\\n  'http://h/' | jq .",
         {"request": "GET /", "headers": {"X-A": "$${b}"}}),
    ],
)  # fmt: skip
def test_what_curl_would_ask(command, wanted):
    asked = step(command)
    assert asked.pop("follow_redirects", True) is False
    assert asked == wanted


def test_curl_follows_redirects_only_when_told():
    assert "follow_redirects" not in step("curl -L http://h/")


def test_how_the_target_is_reached():
    draft = from_curl("curl -k --http2 -x proxy:3128 --connect-timeout 2 https://h:8443/")
    assert draft.tree["target"] == "https://h:8443"
    assert draft.tree["http"] == {
        "insecure": True, "version": "2", "proxy": "http://proxy:3128", "connect_timeout": "2s",
    }  # fmt: skip


def test_several_commands_make_one_flow_with_common_headers():
    draft = from_curl("curl http://h/a -H 'X-A: 1'\n# a remark\ncurl http://h/b -H 'X-A: 1'\n")
    assert [s["request"] for s in draft.tree["flows"]["curl"]] == ["GET /a", "GET /b"]
    assert draft.tree["http"] == {"headers": {"X-A": "1"}}


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("wget http://h/", "this is no curl command: it begins with 'wget'"),
        ("curl", "this curl command has no URL"),
        ("curl 'http://h/", "the quotes of this command do not match: No closing quotation"),
        ("curl http://h/ -H", "-H needs a value behind it"),
        ("curl ftp://h/a", "this is no URL of http or https: ftp://h/a"),
        ("curl http://a/ http://b/",
         "a scenario has one target, but these commands ask http://a and http://b"),
        ("", "there is no curl command here"),
    ],
)  # fmt: skip
def test_one_clear_line(command, why):
    with pytest.raises(ImportFault) as fault:
        from_curl(command)
    assert str(fault.value) == why


SECRET = (
    "curl 'http://h/a?token=s3cr3t-a' -H 'Authorization: Bearer s3cr3t-b' -b 'sid=s3cr3t-c' "
    "-H 'X-Api-Key: s3cr3t-d' -d 'user=anna&password=s3cr3t-e'"
)


def test_no_secret_is_written_and_each_has_its_name():
    draft = from_curl(SECRET)
    text = scenario_text(draft)
    assert "s3cr3t" not in text
    names = ("TOKEN", "TOKEN_2", "X_API_KEY", "PASSWORD", "COOKIE")
    assert set(names) == set(draft.environment)
    for name in names:
        assert f"${{env:{name}}}" in text


def test_secrets_are_sent_when_it_is_run():
    asked = step(SECRET)
    assert asked["auth"] == {"bearer": "s3cr3t-b"}
    assert asked["form"]["password"] == "s3cr3t-e"


texts = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=30) | st.sampled_from(
    [
        "1e5",
        "0o17",
        "012",
        "null",
        "~",
        "yes",
        "1:30",
        "0x1f",
        "- a",
        "# b",
        "a: b",
        "${x",
        "9" * 40,
    ]
)


@given(st.dictionaries(st.text("abcdefgh", min_size=1), texts, min_size=1), texts)
def test_what_is_written_is_read_back(form, name):
    tree = {
        "name": name or "x",
        "target": "http://h",
        "flows": {"a": [{"request": "POST /", "form": form}]},
    }
    read = Composer().read(scenario_text(Draft(tree, "a test")))
    assert read is not None
    assert read.plain() == tree


@given(st.text(max_size=80))
def test_nonsense_is_refused_or_understood(text):
    with contextlib.suppress(ImportFault):
        from_curl("curl " + text)
