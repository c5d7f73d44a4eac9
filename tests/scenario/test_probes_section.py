"""The probes of a server: what may stand there, where secrets go, and what is shown of them."""

from __future__ import annotations

import json

import pytest

from perfconsole.model.any_probe import units_of
from perfconsole.scenario.masking import masked
from perfconsole.scenario.outline import outline
from perfconsole.scenario.probe_values import with_probe_values
from perfconsole.scenario.resolving import start_values

SERVER = "name: x\nservers:\n  db1:\n    ssh: u@db1\n    probes:\n"
SCENARIO = """\
name: x
variables: {team: shop}
thresholds: {orders.depth: 3, queue: 7}
servers:
  db1:
    ssh: u@db1
    thresholds: {web.requests_s: 100}
    probes:
      queue:
        argv: [sh, -c, "rabbitmqctl list_queues | wc -l", --token, hush1]
        environment: {APP_PASSWORD: "${env:APP_PASSWORD}", TEAM: "${team}", PIN_KEY: hush2}
        unit: jobs
        limit: 50
      handled: {argv: [cat, /run/handled], kind: counter, limit: {limit: 5, breach: 3 of 4}}
      pool:
        url: http://db1:8080/health?token=hush3
        headers: {X-Api-Key: "${env:APP_PASSWORD}", X-Team: "${team}"}
        auth: {basic: "anna:${env:APP_PASSWORD}"}
        parse: {json: pool.active}
        every: 1m
      web: {use: nginx, url: "http://db1/status", ask_from: server}
      orders:
        use: prometheus
        url: http://db1:9100/metrics
        metrics:
          depth: max(queue_depth{queue=~"a|b"})
          bytes_s: {select: sum(bytes_total), unit: kB/s}
  switch:
    probes: {up: {url: "http://switch/metrics", parse: {prometheus: up}}}
"""


@pytest.fixture
def scenario(loaded, monkeypatch):
    monkeypatch.setenv("APP_PASSWORD", "hush ${x} %s")
    return loaded(SCENARIO)


def test_limits_of_probes_are_those_of_any_metric(scenario):
    limits = {name: limit.value for name, limit in scenario.limits_of("db1").items()}
    assert limits | {"orders.depth": 3, "queue": 7, "web.requests_s": 100, "handled": 5} == limits
    assert scenario.limits_of("db1")["handled"].rule == (3, 4)
    other = scenario.limits_of("switch")
    assert other == {}, "it has neither such probes nor a kernel that could be asked"


def test_units_are_known_where_names_do_not_tell(scenario):
    assert units_of(scenario.servers["db1"].probes) == {
        "queue": "jobs", "handled": "/s", "orders.bytes_s": "kB/s",
    }  # fmt: skip


def test_values_are_put_in_at_the_start(scenario):
    values = start_values(scenario, {}, {"APP_PASSWORD": "hush ${x} %s"})
    probes = with_probe_values(scenario, values)["db1"].probes
    assert probes["queue"].environment == {
        "APP_PASSWORD": "hush ${x} %s", "TEAM": "shop", "PIN_KEY": "hush2",
    }  # fmt: skip
    assert probes["pool"].headers == {"X-Api-Key": "hush ${x} %s", "X-Team": "shop"}


def test_a_login_is_sent_as_it_is(scenario):
    from perfconsole.servers.probes.probe_plan import pages_of

    values = start_values(scenario, {}, {"APP_PASSWORD": "hush ${x} %s"})
    probes = with_probe_values(scenario, values)["db1"].probes
    (page,) = [planned.ask for planned in pages_of({"pool": probes["pool"]})]
    assert page.headers["Authorization"] == "Basic YW5uYTpodXNoICR7eH0gJXM="


def test_what_is_kept_has_no_secret_and_loads_again(scenario, tmp_path):
    kept = json.dumps(masked(scenario))
    assert "hush" not in kept
    assert "${env:APP_PASSWORD}" in kept
    assert '"TEAM": "shop"' in kept
    type(scenario).model_validate(json.loads(kept))


def test_a_check_shows_what_would_be_asked(scenario):
    text = outline(scenario)
    assert "hush" not in text
    assert (
        "    probe queue: sh -c 'rabbitmqctl list_queues | wc -l' --token '***', every 10s" in text
    )
    assert "    probe pool: http://db1:8080/health?token=***, every 1m" in text
    assert "    probe web: nginx at http://db1/status, asked for on the server, every 10s" in text
    assert "      measures orders.depth, orders.bytes_s" in text
    assert "    queue at most 7" in text
    assert "  switch: pages of switch, every 2s" in text


def test_secrets_stand_only_where_nobody_sees_them(refused, monkeypatch):
    monkeypatch.setenv("APP_PASSWORD", "hush")
    problems = refused(SERVER + '      p: {argv: [mysql, "-p${env:APP_PASSWORD}"]}\n')
    assert len(problems) == 1
    assert '"env:APP_PASSWORD" is a secret, and everybody can see what stands here' in problems[0]


@pytest.mark.parametrize(
    ("probe", "said"),
    [
        ("{}", 'give either "argv", a command, or "url", a page, or "use" for a ready probe'),
        ("{argv: [x], url: http://h/}", 'give either "argv"'),
        ("{argv: []}", "argv must not be empty"),
        ('{argv: [" "]}', "the first word is the command's name"),
        ("{argv: x}", "argv must be a list"),
        ("{url: ftp://h/}", "a page is a URL such as http://host:9100/metrics"),
        ("{url: 'http://u:hush@h/'}", 'a login does not stand in the URL; give it as "auth"'),
        ("{url: http://h/, stdin: x}", "stdin goes with argv"),
        ("{argv: [x], headers: {A: b}}", "headers goes with url"),
        ("{argv: [x], environment: {a-b: c}}", "'a-b' is no name of an environment variable"),
        ("{argv: [x], parse: {}}", "say where the number is: one of regex, json, column"),
        ("{argv: [x], parse: {regex: a, column: 2}}", "say where the number is"),
        ("{argv: [x], parse: {json: a, row: last}}", "row goes with column"),
        ("{argv: [x], parse: {json: 'a['}}", "'a[' is no JMESPath"),
        ("{argv: [x], parse: {regex: '('}}", "'(' is no regular expression"),
        ("{argv: [x], parse: {prometheus: 'rate(a)'}}", "'rate(a)' selects nothing; write"),
        ("{argv: [x], parse: lines}", "parse must be number, or a set of keys with one of regex"),
        ("{argv: [x], limit: 0}", "limit must be above 0"),
        ("{argv: [x], every: 100ms}", "every must be at least 0.5"),
        ("{use: oracle}", 'there is no ready probe "oracle"'),
        ("{use: ngin, url: http://h/}", 'there is no ready probe "ngin"; did you mean "nginx"?'),
        ("{use: nginx}", 'needs a "url"'),
        ("{use: nginx, url: http://h/, argv: [x]}", 'unknown key "argv"'),
        ("{use: prometheus, url: http://h/, metrics: {}}", "metrics must not be empty"),
        ("{use: prometheus, url: http://h/, metrics: {a: 'b c'}}", "'b c' selects nothing"),
        ("{use: nginx, url: http://h/, ask_from: server, headers: {A: b}}", "headers and auth go"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_with_what_would_be_right(refused, probe, said):
    (problem,) = refused(f"{SERVER}      p: {probe}\n")
    assert problem.startswith("6: ")
    assert said in problem
    assert "hush" not in problem


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SERVER + "      cpu_percent: {argv: [x]}\n", "a metric of every server has this name"),
        (SERVER + "      'a:b': {argv: [x]}\n", "has characters that no name can have"),
        (SERVER + "      w: {use: nginx, url: http://h/}\n    thresholds: {w.request_s: 3}\n",
         'the probe does not measure "w.request_s"; did you mean "w.requests_s"?'),
        (SERVER + "      q: {argv: [x]}\n    thresholds: {qq: 3}\n", "'qq' is no metric"),
        ("name: x\nservers: {s: {probes: {p: {argv: [x]}}}}\n",
         "without any it has probes, all of them pages asked from here"),
        ("name: x\nservers: {s: {logs: {a: {file: /a, pattern: x}}, probes: {p: {url: http://h/}}}}\n",
         '"logs" needs a way to log in'),
        ("name: x\nservers: {s: {}}\n", 'a server is one of "local: true", "ssh: user@host"'),
    ],
)  # fmt: skip
def test_names_and_places_of_probes(refused, text, said):
    (problem,) = refused(text)
    assert said in problem
