"""``perfconsole try``: a flow played once, as a person sees it, and what the shell hears."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys

import pytest

SHOP = """\
name: shop
target: {url}
variables: {{who: maker}}
groups: {{buy: {{}}, look: {{vus: 3, headers: {{X-Group: looking}}}}}}
flows:
  buy:
    - transaction: log in
      steps:
        - request: POST /login
          form: {{user: "${{who}}", password: demo}}
          check: {{body_contains: Welcome back}}
    - think: 100s
    - request: GET /supply
  look:
    - request: GET /nowhere
"""


@pytest.fixture
def shop(scenario_file, target):
    return scenario_file(SHOP.format(url=target.url), "shop.yaml")


def test_a_flow_that_passes(program, shop, target):
    done = program("try", shop, "buy")
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == f'{shop}: "buy" against {target.url}'
    for expected in (
        "1       transaction: log in",
        "1.1     request: POST /login",
        f"        > POST {target.url}/login",
        '        ✓ body contains "Welcome back"',
        "2       think: 1m40s, not waited",
        "3       request: GET /supply",
        "  who = maker",
        "✓ passed",
    ):
        assert expected in lines, done.stdout
    assert "password=demo" not in done.stdout
    assert "\x1b" not in done.stdout
    assert target.received() == 2


def test_a_flow_that_fails_shows_what_was_there_instead(program, shop):
    done = program("try", shop, "look")
    assert done.returncode == 1
    assert "✗ HTTP 404" in done.stdout
    assert "< there is no page /nowhere" in done.stdout
    assert done.stdout.splitlines()[-1] == "✗ failed: step 1: GET /nowhere: HTTP 404"


def test_full_shows_heads_and_bodies(program, shop):
    done = program("try", shop, "buy", "--full")
    assert "> User-Agent: perfconsole/" in done.stdout
    assert "< content-type: text/html" in done.stdout
    assert "</html>" in done.stdout


def test_json_is_a_line_for_each_thing(program, shop):
    done = program("try", shop, "buy", "--json", "--var", "who=somebody else")
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert told[-1]["type"] == "over" and told[-1]["passed"] is True
    sent = [each for each in told if each["type"] == "sent"]
    assert sent[0]["body"].startswith("user=somebody+else&password=***#")
    assert {"step", "answered", "checked", "valued", "transaction"} <= {t["type"] for t in told}


PYTHON = """\
async def buy(vu):
    with vu.transaction("look"):
        page = await vu.get("/supply")
        vu.check("Supply offers" in page.text, "offers")
    await vu.think("1s to 3s")
    await vu.rendezvous("top-up")
    with vu.transaction("lose"):
        page = await vu.get("/demand")
        vu.check("Supply offers" in page.text, "still offers")
"""


def test_a_flow_in_python_tells_its_transactions_checks_and_waits(program, scenario_file, target):
    scenario_file(PYTHON, "buy.py")
    file = scenario_file(
        f"name: p\ntarget: {target.url}\ngroups: {{buy: {{flow: 'buy.py:buy'}}}}\n"
    )
    done = program("try", file)
    assert done.returncode == 1, done.stdout + done.stderr
    told = [re.sub(r" [\d.]+ ms.*", " MS", line.strip()) for line in done.stdout.splitlines()]
    expected = (
        "transaction: look",
        f"> GET {target.url}/supply",
        "< 200 OK  MS",
        "✓ offers",
        '✓ transaction "look" MS',
        "think: 1s to 3s, not waited",
        "rendezvous: top-up, walked past",
        "transaction: lose",
        f"> GET {target.url}/demand",
        "< 200 OK  MS",
        "✗ check failed: still offers",
        '✗ transaction "lose" MS',
        "✗ failed: buy: check failed: still offers",
    )
    assert tuple(line for line in told if line in expected) == expected, done.stdout


def test_a_url_will_do(program, target):
    done = program("try", f"{target.url}/supply?item=3")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"> GET {target.url}/supply?item=3" in done.stdout


def test_a_pasted_curl_command_will_do_and_its_password_stays_secret(program, target):
    url = target.url.replace("http://", "http://me:geheimnis@")
    done = program("try", "curl", f"{url}/login", "-d", "user=maker&password=geheimnis")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"> POST {target.url}/login" in done.stdout
    assert "geheimnis" not in done.stdout + done.stderr


def test_the_demo_target_is_started_for_it(program, scenario_file):
    file = scenario_file("name: d\ntarget: demo\ngroups: {a: {}}\nflows: {a: [{request: GET /}]}\n")
    done = program("try", file)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "200 OK" in done.stdout


def test_no_target_is_exit_3(program, shop, target):
    target.process.kill()
    target.process.wait()
    done = program("try", shop, "buy")
    assert done.returncode == 3
    assert "✗ failed: step 1.1: POST /login: connect refused" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "say which flow to try, one of: buy, look"),
        (("sell",), "there is no flow 'sell'; there are: buy, look"),
        (("buy", "--var", "whom=x"), "whom"),
        (("buy", "--var", "who"), "--var"),
        (("buy", "--timeout", "soon"), "--timeout: "),
        (("buy", "-H", "A: b"), "only for a URL"),
    ],
)
def test_bad_input_is_one_line(program, scenario_file, arguments, said):
    done = program("try", scenario_file(SHOP.format(url="http://127.0.0.1:9")), *arguments)
    assert done.returncode == 2
    assert said in done.stderr and done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_a_scenario_without_flows_has_nothing_to_try(program, scenario_file):
    file = scenario_file("name: w\nservers: {here: {local: true}}\n")
    done = program("try", file)
    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no flow in it to try" in done.stderr


def test_ctrl_c_ends_it_and_its_process(program, shop, target, eventually):
    target.knobs(delay_ms=60_000)
    process = subprocess.Popen(
        [sys.executable, "-m", "perfconsole", "try", str(shop), "buy"], env=program.env,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    while "> POST" not in process.stdout.readline():
        pass
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in out + err


@pytest.mark.parametrize("is_coloured", [True, False])
def test_on_a_terminal_it_is_coloured_and_no_wider(terminal, program, shop, is_coloured):
    if not is_coloured:
        program.env["NO_COLOR"] = "1"
    shown = terminal("try", shop, "look", columns=80, rows=60)
    status, output = shown.end()
    assert status == 1
    assert ("\x1b[1m" in output) is is_coloured
    assert "failed: step 1: GET /nowhere: HTTP 404" in output
    plain = re.sub(r"\x1b\[[0-9;]*m", "", output)
    assert max(map(len, plain.splitlines()[1:])) <= 80


def test_where_no_tick_can_be_printed_words_stand(program, shop):
    program.env |= {"PYTHONIOENCODING": "ascii"}
    done = program("try", shop, "look")
    assert done.returncode == 1
    assert "FAILED HTTP 404" in done.stdout


def test_a_reader_that_goes_away_is_no_error(program, shop):
    command = f"{sys.executable} -m perfconsole try {shop} buy --full | head -n 3"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, env=program.env,
                          timeout=60, check=False)  # fmt: skip
    assert done.stderr == "" and len(done.stdout.splitlines()) == 3
