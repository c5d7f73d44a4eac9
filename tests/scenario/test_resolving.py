"""Variables put in where a scenario is loaded, and what stays as written for those who may know."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.model.plan import InjectorPlan
from perfconsole.model.scenario import Scenario
from perfconsole.scenario.interpolation import put_in_url, with_marks
from perfconsole.scenario.load import load, scenario_from
from perfconsole.scenario.masking import masked
from perfconsole.scenario.outline import outline
from perfconsole.scenario.planning import plan_for
from perfconsole.scenario.problems import ScenarioError
from perfconsole.scenario.resolving import start_values
from perfconsole.scenario.variables import known_values

HEAD = "name: x\ntarget: http://h\ngroups: {a: {vus: 2}}\nflows: {a: [{request: GET /}]}\n"
ENVIRON = {"PW": "hunter/2", "TOKEN": "t-0", "EMPTY": "", "STRANGE": "\udcff"}


def from_text(text: str, **given: str) -> Scenario:
    return scenario_from(text, "s.yaml", Path("/nowhere"), given, ENVIRON)


def faults(text: str, **given: str) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        from_text(text, **given)
    return [line.removeprefix("s.yaml:") for line in str(caught.value).splitlines()]


def planned(scenario: Scenario, **given: str) -> InjectorPlan:
    values = start_values(scenario, given, ENVIRON)
    return plan_for(
        scenario, "http://h", injector=0, started_at=0, seed=0, lease_s=5, values=values
    )


# -------------------------------------------------------------------- at load


FILLED = """\
name: "run of ${who}"
target: ${base}
duration: ${minutes}m
variables: {base: "http://${host}:8080", host: shop.example, vus: 20, who: me, minutes: 2, p: 75}
thresholds: {cpu_percent: "${p}"}
groups: {a: {vus: "${vus}", rate: "${vus}0/s", start_after: "${minutes}"}}
flows:
  a:
    - request: GET /
      timeout: "${minutes}s"
      check: {status: "${minutes}0${minutes}", max_time: "${minutes}s"}
    - think: "${minutes}s to ${p}s"
    - transaction: "by ${who}"
      steps: [{request: "GET /${who}"}]
"""


def test_values_come_in_as_if_they_had_been_typed():
    scenario = from_text(FILLED, host="other.example", vus="7")
    assert scenario.name == "run of me"
    assert scenario.target == "http://other.example:8080"
    assert (scenario.duration, scenario.groups["a"].start_after) == (120, 2)
    assert (scenario.groups["a"].vus, scenario.groups["a"].rate) == (7, 70)
    assert scenario.limits_of("s") if scenario.servers else scenario.thresholds["cpu_percent"] == 75
    request, think, transaction = scenario.flows["a"].steps
    assert (request.timeout, request.check.status, request.check.max_time) == (2, 202, 2)
    assert think.think == "2s to 75s"
    assert transaction.transaction == "by me"
    assert transaction.steps[0].request == "GET /${who}"


@given(st.integers(1, 10**6))
def test_a_number_is_a_number(number):
    text = HEAD.replace("vus: 2", "vus: '${n}'") + "variables: {n: 1}\n"
    assert from_text(text, n=str(number)).groups["a"].vus == number


def test_a_variable_given_is_text_and_nothing_more():
    scenario = from_text(HEAD + "variables: {a: 1, b: '<${a}>'}\nhttp: {headers: {X: '${b}'}}\n",
                         a="${b}${env:PW}")  # fmt: skip
    assert planned(scenario, a="${b}${env:PW}").variables["b"] == "<${b}${env:PW}>"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (HEAD.replace("vus: 2", "vus: '${n}'"),
         '3: groups.a.vus: there is no variable "n"; there are no variables'),
        (HEAD.replace("vus: 2", "vus: '${n}'") + "variables: {n: many}\n",
         '3: groups.a.vus: write a number of VUs, or a share such as "30%"'),
        (HEAD.replace("GET /", "GET /, timeout: '${d.n}'") + "data: {d: {generate: {n: uuid}}}\n",
         '4: flows.a step 1, timeout: "d.n" is another for each iteration; here only variables of '
         "the scenario can stand"),
        (HEAD.replace("//h", "//${h"), '2: target: a "${" without its "}"; '
         '"$${" stands for itself'),
        (HEAD.replace("//h", "//${env:PW}"),
         '2: target: "env:PW" is a secret, and everybody can see what stands here; for a value '
         'that is none, use a variable and --var PW="$PW"'),
        (HEAD.replace("//h", "//${host}") + "variables: {host: {value: a, secret: true}}\n",
         '2: target: "host" is a secret, and everybody can see what stands here; for a value '
         'that is none, use a variable and --var host="$host"'),
        (HEAD.replace("GET /", "GET '/${env:NOBODY}'").replace("GET '", "'GET "),
         '4: flows.a step 1, request: the environment has no "NOBODY"; set it where perfconsole '
         "is started"),
        (HEAD + "variables: {a: '${env:STRANGE}'}\n",
         '5: variables.a: "STRANGE" of the environment is no UTF-8 text'),
        (HEAD + "variables:\n  a: 1\n  host: {}\n",
         "7: variables.host has no value; give it one with --var host=..."),
        (HEAD + "variables:\n  a: ${b}\n  b: ${c}\n  c: ${b}\n",
         "7: variables.b: its value needs itself: b → c → b"),
        (HEAD + "variables: {ab: '${abc}', abcd: 1}\n",
         '5: variables.ab: there is no variable "abc"; did you mean "abcd"?'),
        (HEAD + "variables: {ab: '${'}\n",
         '5: variables.ab: a "${" without its "}"; "$${" stands for itself'),
        (HEAD.replace("vus: 2", "variables: {a: '${b}', b: 1}"),
         '3: groups.a.variables.a: there is no variable "b"; there are no variables'),
        (HEAD.replace("vus: 2", "variables: {a: {secret: true}}"),
         "3: groups.a.variables.a has no value; give it one with --var a=..."),
        (HEAD + "http: {auth: {basic: 'anna:${pw}'}}\n",
         '5: http.auth.basic: "pw" is none of the scenario\'s variables; only they and "env:NAME" '
         "can stand here"),
        (HEAD + "variables: {login: anna}\nhttp: {auth: {basic: '${login}'}}\n",
         "6: http.auth.basic: with its values put in: basic authentication is written "
         '"user:password"'),
        (HEAD + "http: {proxy: '${env:PW}'}\n",
         "5: http.proxy: with its values put in: a proxy is a URL such as http://host:3128, "
         "https://host:443, socks5://user:password@host:1080, or none"),
    ],
)  # fmt: skip
def test_one_clear_line(text, says):
    assert faults(text) == [says]


def test_a_value_for_nobody_is_told():
    said = '5: --var hots: the scenario has no variable "hots"; did you mean "host"?'
    assert faults(HEAD + "variables: {host: a}\n", hots="b") == [said]
    assert faults(HEAD, hots="b") == [
        '1: --var hots: the scenario has no variable "hots"; there are no variables'
    ]


def test_values_deep_in_values_are_no_traceback():
    chain = "".join(f"  v{n}: ${{v{n + 1}}}\n" for n in range(3000))
    told = faults(HEAD + "variables:\n" + chain + "  v3000: 1\n")
    assert all(line.endswith("values are made of values more than 50 deep") for line in told)


@given(
    st.dictionaries(
        st.sampled_from("abcd"),
        st.lists(
            st.sampled_from(["${a}", "${b}", "${c}", "${d}", "${env:PW}", "${", "$${", "x"]),
            max_size=3,
        ).map("".join),
    )
)
def test_any_variables_are_right_or_refused(entries):
    known = known_values(entries, {"env:PW": "p"})
    assert set(known.texts) == {*entries, "env:PW"}
    if not known.complaints:
        for name, text in entries.items():
            assert ("env:PW" in text) <= (name in known.secret)


# -------------------------------------------------------------------- secrets

SECRETS = """\
name: x
target: http://h
http:
  proxy: http://me:${env:PW}@proxy.example:3128
  auth: {basic: "anna:${env:PW}"}
  headers: {X-Token: "${env:TOKEN}", X-Key: "${made}", X-Plain: "${plain}"}
variables:
  plain: abc
  made: "<${env:TOKEN}>"
  again: "${made}!"
  marked: {value: s3cret-literal, secret: true}
  given: {secret: true}
  api_token: literal-token
groups:
  a: {variables: {plain: "${again}?"}, headers: {X-Group: "${marked}"}}
  b: {flow: a, http: {proxy: "${env:PROXY}"}}
data:
  d: {sql: "select ${env:TOKEN} as n", database: "postgresql://me:${env:PW}@h/d"}
flows:
  a:
    - request: GET /${env:TOKEN}?g=${given}&n=${d.n}
    - set: {copy: "${marked}", plain: "b"}
"""


@pytest.fixture
def secrets(monkeypatch) -> Scenario:
    monkeypatch.setitem(ENVIRON, "PROXY", "socks5://u:p@1.2.3.4:1080")
    return from_text(SECRETS, given="from-the-hand")


def test_secrets_stay_as_written_until_a_run_starts(secrets):
    texts = [
        str(secrets),
        json.dumps(masked(secrets)),
        outline(secrets, given={"given": "from-the-hand"}),
    ]
    for text in texts:
        assert not any(secret in text for secret in ("hunter", "t-0", "1.2.3.4", "from-the-hand"))
    for text in texts[1:]:
        assert "s3cret-literal" not in text and "literal-token" not in text
    kept = masked(secrets)
    assert Scenario.model_validate(kept)
    assert kept["http"]["headers"]["X-Plain"] == "${plain}"
    assert kept["variables"]["marked"] == {"value": "***", "secret": True}
    assert kept["variables"]["again"] == "${made}!"
    assert kept["data"]["d"]["database"] == "postgresql://***@h/d"
    assert kept["flows"]["a"]["steps"][0]["request"] == "GET /${env:TOKEN}?g=${given}&n=${d.n}"


def test_a_plan_has_them_and_their_names(secrets):
    plan = planned(secrets, given="from-the-hand")
    assert plan.variables == {
        "env:PW": "hunter/2", "env:TOKEN": "t-0", "env:PROXY": "socks5://u:p@1.2.3.4:1080",
        "plain": "abc", "made": "<t-0>", "again": "<t-0>!", "marked": "s3cret-literal",
        "given": "from-the-hand", "api_token": "literal-token",
    }  # fmt: skip
    assert set(plan.secret) == set(plan.variables)  # plain is one in group a
    first, second = plan.groups
    assert first.variables == {"plain": "<t-0>!?"}
    assert second.variables == {}
    assert first.proxy == "http://me:hunter%2F2@proxy.example:3128"
    assert second.proxy == "socks5://u:p@1.2.3.4:1080"
    headers = dict(first.script.steps[0].headers)
    login = base64.b64encode(b"anna:hunter/2").decode()
    assert headers["Authorization"] == f"Basic {login}"


def test_a_groups_variable_may_wait_for_a_value():
    text = HEAD.replace("vus: 2", "variables: {a: {secret: true}, b: 1}") + "variables: {c: 3}\n"
    plan = planned(from_text(text, a="x", c="4"), a="x", c="4")
    assert plan.groups[0].variables == {"a": "x", "b": "1"}
    assert plan.variables == {"c": "4"}
    assert plan.secret == ("a",)


def test_the_environment_is_that_of_who_asks(tmp_path, monkeypatch):
    path = tmp_path / "s.yaml"
    path.write_text(HEAD + "http: {headers: {X: '${env:VALUES_TEST}'}}\n")
    with pytest.raises(ScenarioError, match="VALUES_TEST"):
        load(path)
    monkeypatch.setenv("VALUES_TEST", "x")
    assert start_values(load(path), {}, os.environ) == {"env:VALUES_TEST": "x"}


def test_shells_have_variables_of_their_own():
    scenario = from_text(HEAD + "before: [{command: 'echo ${HOME} ${x'}]\n")
    assert scenario.before[0].command == "echo ${HOME} ${x"


# -------------------------------------------------------------------- texts of other people


@given(st.text(max_size=12))
def test_a_login_in_a_url_is_one_whatever_is_in_it(password):
    from urllib.parse import unquote, urlsplit

    url = put_in_url("http://me:${pw}@${host}:3128", {"pw": password, "host": "h.example"})
    parts = urlsplit(url)
    assert (parts.username, parts.hostname, parts.port) == ("me", "h.example", 3128)
    assert unquote(parts.password or "") == password
    assert put_in_url("${url}", {"url": password}) == password


def test_placeholders():
    assert with_marks("a ${b} %s ${c.d}", "%s") == ("a %s %%s %s", ["b", "c.d"])
    assert with_marks("a %s", "%s") == ("a %s", [])
    assert with_marks("a % ${b}", "?") == ("a % ?", ["b"])
