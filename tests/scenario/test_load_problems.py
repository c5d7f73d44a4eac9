"""Every problem of a file, in one go, each with its line, in words without jargon."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import trustme

from perfconsole.scenario.load import load
from perfconsole.scenario.problems import ScenarioError

HEAD = "name: x\ntarget: http://h:1\ngroups: {browse: {}}\n"
FLOW = "flows: {browse: [{request: GET /}]}\n"


def test_all_problems_come_at_once_sorted_by_line(refused):
    problems = refused("""\
name: 5
target: http://x/y
duration: [1]
groups:
  browse:
    vuss: 3
    vus: ten
    ramp: 5 evry 15s
  buy: {vus: 3, flow: by}
  c: {vus: true, start_after: }
  c: {vus: 5}
flows:
  browse:
    - request: GETX /
      foo: 1
      headers: {X: 5, "a b": c}
    - GET /home
    - requst: GET /
    - request: GET /
      think: 3s
      check: {status: [200, x], body_contains: 3, max_time: {}}
    - think: 3s to 1s
    - check: {status: 99}
  bye: []
rendezvous: {q: {wait_for: 0}}
thresholds: {cpu: 5, memory_percent: -1, cpu_percent: of}
objectives:
  - {metric: p95, max: 3}
  - {metric: p95_ms, of: z, max: 3}
  - {metric: tps}
""")
    numbers = [int(problem.split(":", 1)[0]) for problem in problems]
    assert numbers == sorted(numbers)
    expected = [
        "1: name must be text; put 5 in quotes",
        "2: target: a target ends after host and port; paths belong in requests",
        '3: duration: [1] is no time; write one such as "30s" or "2m"',
        '6: unknown key "vuss" in groups.browse; did you mean "vus"?',
        '7: groups.browse.vus: write a number of VUs, or a share such as "30%"',
        "8: groups.browse.ramp: '5 evry 15s' is no ramp; "
        'write "5 every 15s", "over 2m" or "to 200 over 2m"',
        '9: groups.buy: there is no flow "by"; did you mean "bye"?',
        '11: groups.c: there is no flow "c"; the flows are browse, bye',
        '11: the key "c" is here twice, first in line 10; keep one of them',
        '14: flows.browse step 1, request: a request is a method and a path, such as "GET /home"',
        '15: unknown key "foo" in flows.browse step 1; the keys are request, name, query, headers, '
        "body, json, form, multipart, body_file, auth, check, extract, timeout, "
        "follow_redirects, on_error",
        "16: flows.browse step 1, headers.X must be text; put 5 in quotes",
        "16: flows.browse step 1, headers.a b: 'a b' is no header name",
        '17: flows.browse step 2: write "request: GET /home"',
        "18: flows.browse step 3: a step is one of request, transaction, think, pacing, "
        "rendezvous, check, extract, set, if, repeat, while, choose, one_of and flow; "
        'did you mean "request"?',
        '20: "think" is a step of its own; begin a new line with "- think: ..."',
        "21: flows.browse step 4, check.body_contains must be a text, or a list of texts, not 3",
        '21: flows.browse step 4, check.max_time: {} is no time; write one such as "30s" or "2m"',
        "21: flows.browse step 4, check.status must be a status code such as 200, or a list such "
        'as [200, 302], not [200, "x"]',
        "22: flows.browse step 5, think: the first time is above the second",
        "23: flows.browse step 6: a check stands right after a request",
        "24: flows.bye must not be empty",
        "25: rendezvous.q: no flow comes by it; there are no rendezvous points of the flows",
        '25: rendezvous.q: write "100% of all", "50% of running", a number, or manual',
        "26: thresholds.cpu: 'cpu' is no metric of a server; did you mean cpu_percent?",
        '26: thresholds.cpu_percent must be a number such as 75, "off", or limit and breach, '
        'not "of"',
        "26: thresholds.memory_percent: the limit of memory_percent must be above 0",
        '28: objectives 1, metric cannot be "p95"; did you mean "p95_ms"?',
        '29: objectives 2: there is no transaction "z"; the transactions are GET /, GETX /',
        '30: objectives 3: an objective has either "min" or "max"',
    ]
    assert problems == expected


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "the file is empty; a scenario has a name, a target and groups"),
        ("# nothing\n", "1: nothing but comments in this file"),
        ("- a\n", "1: a scenario is a set of keys: name, target, groups, flows, ..."),
        ("\n\nx\n", "3: a scenario is a set of keys: name, target, groups, flows, ..."),
        (b"name: a\n\0\1\2", "2: an unprintable character (U+0000); a scenario is plain text"),
        (b"name: a\n# \xfcber\n", "2: byte 0xfc is not UTF-8; a scenario is UTF-8 text"),
        ("name: ü".encode("utf-16"), "1: the file is UTF-16; save it as UTF-8"),
        ("name: x\ngroups:\n\tb: {}\n", "3: a tab in the indentation; YAML takes spaces only"),
        ('name: "x\ngroups: {}\n', "1: a quoted text that begins here has no end"),
        ("name: x: y\n", '1: a ":" that does not fit here; look at the indentation, and quote '
         'text with ": " in it'),
        ("name: [x\ngroups: {}\n", "2: a list or set that begins with a bracket has no end"),
        ("a:\n    b: 1\n  c: 2\n", "3: the indentation does not fit the lines above"),
        ("name: *x\n", "1: *x names nothing; there is no &x above"),
        ("name: &x [*x]\n", "1: *x stands inside of what it names"),
        ("name: a\n---\nname: b\n", "2: a second document begins here; a scenario is one"),
        ("name: {{a}}\n", "1: a key is plain text; quote a value that begins with {"),
        ("name: @a\n", "1: a value that begins with one of % @ ` and tab needs quotes"),
        ("a: " + "[" * 200_000, "1: nested more than 100 deep"),
        ("".join(" " * n + "a:\n" for n in range(300)), "101: nested more than 100 deep"),
        (f"name: {'9' * 5000}\n", "1: a number of 5000 digits; quote it if it is text"),
    ],
)  # fmt: skip
def test_a_text_that_is_no_scenario(refused, text, problem):
    assert refused(text) == [problem]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("name: x\n", "1: the scenario is empty: give it groups, or servers to watch"),
        ("name: x\ngroups: {b: {}}\n" + FLOW.replace("browse", "b"),
         '1: groups need a "target", such as http://127.0.0.1:8080'),
        (HEAD.replace("name: x\n", "") + FLOW,
         '1: the scenario needs a "name", such as name: checkout'),
        (HEAD + FLOW + "rendezvous:\n",
         "5: rendezvous has no value; it must be a set of keys, each with its value"),
        (HEAD + FLOW + "http: {timeout: 0}\n", "5: http.timeout must be above 0, not 0"),
        (HEAD + FLOW + "http: {ca: /}\n", "5: http.ca: / is a folder"),
        (HEAD + FLOW + "servers: {a: {ssh: -oProxy}}\n",
         "5: servers.a.ssh: '-oProxy' is no address; write user@host or user@host:22"),
        (HEAD + FLOW + "servers: {a: {ssh: h, every: 0.1s}}\n",
         '5: servers.a.every must be at least 0.5, not "0.1s"'),
        (HEAD + FLOW
         + "servers: {a: {local: true, thresholds: {cpu_percent: {limit: 5, breech: 1}}}}\n",
         '5: unknown key "breech" in servers.a.thresholds.cpu_percent; did you mean "breach"?'),
        (HEAD + FLOW + "thresholds: {cpu_percent: {}}\n",
         '5: thresholds.cpu_percent: give either "limit", such as limit: 75, or "min"'),
        (HEAD + FLOW + "thresholds: {cpu_percent: {limit: 5, breach: 9 in 12}}\n",
         '5: thresholds.cpu_percent.breach must be like "9 of 12", not "9 in 12"'),
        (HEAD + FLOW + "objectives: [{metric: server, of: web/cpu_percent, max: 1}]\n",
         '5: objectives 1: there is no server "web"; there are no servers'),
        (HEAD + FLOW + "servers: {a: {local: true}}\n"
         "objectives: [{metric: server, of: a/cpu, max: 1}]\n",
         "6: objectives 1: 'cpu' is no metric of a server; did you mean cpu_percent?"),
        (HEAD + FLOW + "limits: paek\n",
         "5: limits: there are no limits 'paek'; there are: default, daily, peak"),
        (HEAD + FLOW + "limit_sets: {strict: {cpu_percent: 50}}\n"
         "servers: {a: {local: true, limits: lax}}\n",
         "6: servers.a.limits: there are no limits 'lax'; there are: default, daily, peak, strict"),
        (HEAD + FLOW + "servers: {a: {local: true}}\nthresholds: {'disk_percent:/a': off}\n",
         '6: thresholds.disk_percent:/a: one place cannot be "off", the limit of disk_percent '
         "would hold there; give it a limit that it cannot pass"),
        (HEAD + FLOW + "servers: {a: {local: true}}\nthresholds: {orders_db.locks: 5}\n",
         '6: thresholds.orders_db.locks: there is no probe "orders_db"; there are no probes'),
        (HEAD + FLOW + "limit_sets: {strict: {cpu_percents: 5}}\n",
         "5: limit_sets.strict.cpu_percents: 'cpu_percents' is no metric of a server; did you mean "
         "cpu_percent?"),
        ("name: x\ntarget: http://h:1\ngroups:\n  all: {}\nflows: {all: [{think: 1s}]}\n",
         '4: no group can be called "all": that stands for all groups'),
        (HEAD.replace("{}", "{ramp: to 2000000 over 1s}") + FLOW,
         "3: groups.browse: at most 1,000,000 VUs"),
        (HEAD.replace("{}", "{vus: 5, ramp: to 6 over 1s}") + FLOW,
         "3: groups.browse.vus: the ramp goes to 6, but vus is 5; make them equal"),
        (HEAD
         + "flows: {browse: [{request: GET /, check: {status: 200}}, {check: {status: 302}}]}\n",
         "4: flows.browse step 2: no answer has all the status codes asked for"),
        (HEAD + "flows: {browse: [{request: GET /}, {think: 1s}, {check: {status: 302}}]}\n",
         "4: flows.browse step 3: a check stands right after a request"),
        (HEAD + "flows: {browse: [{request: GET /, form: {a: true}}]}\n",
         "4: flows.browse step 1, form.a cannot be true; "
         "write a number, or quote it if it is text"),
         (HEAD + "flows: {browse: [{request: GET /}, {check: {status: 99}}]}\n",
         "4: flows.browse step 2, check: a status code is between 100 and 599, not 99"),
        (HEAD + "flows:\n  browse: [{request: GET /}]\n  other: [{rendezvous: p}]\n"
         "rendezvous:\n  p: {}\n",
         '8: rendezvous.p: only the flow "other" comes by it, and no group runs that flow'),
        (HEAD + "flows:\n  browse: [{rendezvous: pay}]\nrendezvous: {pai: {}}\n",
         '6: rendezvous.pai: no flow comes by it; did you mean "pay"?'),
        (HEAD + "flows: {browse: [{request: GET /, timeout: 0s}]}\n",
         "4: flows.browse step 1, timeout must be above 0"),
        (HEAD.replace("h:1", "[h:1") + FLOW,
         "2: target: a target is a URL such as http://127.0.0.1:8080, or demo"),
        (HEAD.replace("h:1", "h h:1") + FLOW, "2: target: there is no host name in 'http://h h:1'"),
        (HEAD + FLOW + 'servers: {"a\\tb": {local: true}}\n',
         '5: "a b" is no name: 1 to 80 characters, all printable'),
        (HEAD + FLOW + "flows: {browse: [{request: GET /}]}\n",
         '5: the key "flows" is here twice, first in line 4; keep one of them'),
        (HEAD + FLOW + "duration: !!python/object:os.system 1\n",
         "5: tags are not understood here; leave tag:yaml.org,2002:python/object:os.system out"),
    ],
)  # fmt: skip
def test_one_thing_wrong(refused, text, problem):
    assert refused(text) == [problem]


def test_steps_nest_up_to_ten_deep(refused, loaded):
    def nested(depth: int) -> str:
        step = "{think: 1s}"
        for _ in range(depth):
            step = f"{{transaction: t, steps: [{step}]}}"
        return f"{HEAD}flows: {{browse: [{step}]}}\n"

    assert loaded(nested(10)).name == "x"
    assert refused(nested(11)) == [
        "4: flows.browse step 1.1.1.1.1.1.1.1.1.1.1: steps are nested more than 10 deep"
    ]


def test_a_key_needs_its_certificate(refused):
    assert refused(HEAD + FLOW + "http: {key: /}\n") == [
        "5: http.key is of no use without http.cert",
        "5: http.key: / is a folder",
    ]


def test_files_are_looked_for_beside_the_scenario(loaded, refused, tmp_path):
    named = "http: {ca: tls/ca.pem}\nservers: {a: {ssh: h, identity: id}}\n"
    assert refused(HEAD + FLOW + named) == [
        f"5: http.ca: there is no file {tmp_path}/tls/ca.pem",
        f"6: servers.a.identity: there is no file {tmp_path}/id",
    ]
    (tmp_path / "tls").mkdir()
    trustme.CA().cert_pem.write_to_path(tmp_path / "tls/ca.pem")
    (tmp_path / "id").touch()
    scenario = loaded(HEAD + FLOW + named)
    assert scenario.http.ca == f"{tmp_path}/tls/ca.pem"
    assert scenario.servers["a"].identity == f"{tmp_path}/id"


def test_what_is_no_readable_file(tmp_path):
    big = tmp_path / "big.yaml"
    with big.open("wb") as file:
        file.truncate(10_000_000)
    long = tmp_path / ("n" * 300)
    cases = {
        big: "the file is 10 MB; a scenario is at most 5 MB",
        tmp_path / "none.yaml": "there is no such file",
        tmp_path: "this is no file; a scenario is a YAML file",
        long: "cannot be read: File name too long",
        Path("a\0b"): "cannot be read: its name is no file name",
    }
    locked = tmp_path / "locked.yaml"
    locked.touch(mode=0o000)
    if os.geteuid() != 0:
        cases[locked] = "you may not read this file"
    for path, text in cases.items():
        with pytest.raises(ScenarioError) as caught:
            load(path)
        assert str(caught.value) == f"{path}: {text}"


def test_a_choice_left_empty(refused):
    assert refused(HEAD + "http: {resolve: }\n" + FLOW) == [
        "4: http.resolve cannot be nothing; the choices are run, vu"
    ]
    assert refused(HEAD.replace("{}", "{rate: 5, arrivals: }") + FLOW) == [
        "3: groups.browse.arrivals cannot be nothing; the choices are constant, poisson"
    ]


def test_aliases_that_blow_up_are_refused_at_once(refused):
    laugh = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 20)
    )
    assert refused(laugh) == ["6: more than 250,000 values with all aliases written out"]


def test_secrets_are_not_repeated(refused):
    text = HEAD + "flows: {browse: [{request: GET /, headers: {Authorization: 12345678}}]}\n"
    assert refused(text) == [
        "4: flows.browse step 1, headers.Authorization must be text; put *** in quotes"
    ]
    listed = refused(text.replace("12345678", "[12345678]"))
    assert listed == ["4: flows.browse step 1, headers.Authorization must be text, not ***"]
    user = refused(text.replace("http://h:1", "http://anna:hush@h:1"))
    assert "hush" not in "".join(user)
