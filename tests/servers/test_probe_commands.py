"""Commands for probes in the shells that servers have, without any SSH between."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import time

import psutil
import pytest

from perfconsole.servers.child import ChildStream, shell
from perfconsole.servers.faults import ServerFault
from perfconsole.servers.probes.ask import Ask, Reading
from perfconsole.servers.probes.asked_by_turns import MOST_SESSIONS, AskedByTurns
from perfconsole.servers.probes.exit_words import why_failed
from perfconsole.servers.probes.streamed import Streamed


def no_reading(text):
    return Reading()


def asking(*argv, **fields):
    return Ask(argv, no_reading, **fields)


@pytest.fixture(params=["dash", "bash", "busybox"])
def start(request, tmp_path):
    """Opens commands whose `sh` is this one."""
    path = shutil.which(request.param)
    if path is None:
        pytest.skip(f"no {request.param} here")
    (tmp_path / "sh").symlink_to(path)
    return lambda command: shell(f"PATH={tmp_path}:$PATH; export PATH; {command}")


class Asked:
    """A job, turned until what is wanted has come."""

    def __init__(self, job, said):
        self.job, self.said = job, said

    def until(self, wanted, within_s=15.0):
        deadline = time.monotonic() + within_s
        while not wanted():
            assert time.monotonic() < deadline, self.said
            self.job.turn(time.monotonic())
            time.sleep(0.01)

    def first(self, number):
        self.until(lambda: any(said.number == number for said in self.said))
        return next(said for said in self.said if said.number == number)


@pytest.fixture
def ask_all():
    """Ask by turns, in sessions that are opened with `start`."""
    made = []

    def ask(start, *asks):
        said = []
        made.append(AskedByTurns(start, dict(enumerate(asks)), said.append))
        return Asked(made[-1], said)

    yield ask
    for job in made:
        job.close()


def every_process():
    return psutil.process_iter(["name", "cmdline"])


def running(token):
    """Processes with the word on their command line."""
    return [each for each in every_process() if token in (each.info["cmdline"] or ())]


def test_words_input_and_variables_come_as_they_are(start, ask_all, tmp_path):
    trap = tmp_path / "trap"
    words = ["a b", f"$(touch {trap})", f"`touch {trap}`", "it's", '"', "two\nlines\\n", "-n", "",
             "e", "k", "*", "ä\udce4"]  # fmt: skip
    variables = {"A": f"$(touch {trap}) 'x'", "B": "two\nlines\\n", "C": ""}
    stdin = "SELECT '%s\\n';\n\n\\d\n"
    asked = ask_all(
        start,
        asking("printf", "%s\\0", *words),
        asking("sh", "-c", 'printf "%s\\0" "$A" "$B" "$C"', environment=variables),
        asking("cat", stdin=stdin),
        asking("sh", "-c", 'echo "[${A-none}]"; cat'),
    )
    assert asked.first(0).text.split("\0") == [*words, ""]
    assert asked.first(1).text.split("\0") == [*variables.values(), ""]
    assert asked.first(2).text == stdin
    assert asked.first(3).text == "[none]\n"
    assert not trap.exists()


@pytest.mark.parametrize("login", ["sh", "bash", "zsh", "fish", "tcsh"])
def test_under_any_login_shell(login, ask_all):
    if shutil.which(login) is None:
        pytest.skip(f"no {login} here")
    asked = ask_all(lambda line: ChildStream((login, "-c", line)), asking("echo", "it's\n$HOME"))
    assert asked.first(0).text == "it's\n$HOME\n"


def test_variables_are_on_no_command_line(start, ask_all, tmp_path):
    secret = f"s3cret-{os.getpid()}"
    hold = tmp_path / "hold"
    os.mkfifo(hold)
    asked = ask_all(start, asking("cat", str(hold), environment={"PGPASSWORD": secret}))
    asked.until(lambda: any(p.info["name"] == "cat" for p in running(str(hold))))
    lines = [" ".join(process.info["cmdline"] or ()) for process in every_process()]
    assert any(str(hold) in line for line in lines)
    assert not any(secret in line for line in lines)
    (cat,) = [process for process in running(str(hold)) if process.name() == "cat"]
    assert cat.environ()["PGPASSWORD"] == secret


def test_status_and_errors_are_told_apart_from_the_output(start, ask_all):
    asked = ask_all(
        start,
        asking("sh", "-c", "echo 7; echo careful >&2"),
        asking("sh", "-c", "echo 7; echo first >&2; echo 'login refused' >&2; exit 3"),
        asking("no-such-command", "x"),
        asking("/etc/passwd"),
        asking("sh", "-c", "kill -9 $$"),
        asking(
            "sh", "-c", "i=0; while [ $i -lt 500 ]; do echo $i-xxxxx >&2; i=$((i+1)); done; exit 1"
        ),
    )
    fine = asked.first(0)
    assert (fine.text, fine.status, fine.fault) == ("7\n", 0, "")
    assert asked.first(1).text == "7\n"
    commands = ("sh", "no-such-command", "/etc/passwd", "sh", "sh")
    told = [why_failed(asking(name), asked.first(n)) for n, name in enumerate(commands, 1)]
    assert told[3].startswith("sh was ended by signal 9")
    assert [*told[:3], told[4]] == [
        "sh failed with status 3: login refused",
        "command not found: no-such-command",
        "/etc/passwd may not be run by this login",
        "sh failed with status 1: 499-xxxxx",
    ]


@pytest.mark.clock
def test_one_that_hangs_is_ended_with_all_it_started_and_delays_nobody(start, ask_all):
    token = f"60.{os.getpid()}"
    hanging = asking("sh", "-c", 'trap "" TERM; sleep "$1" & sleep "$1"', "sh", token, timeout_s=1)
    asked = ask_all(start, hanging, *[asking("echo", str(n)) for n in range(6)])
    begun = time.monotonic()
    asked.until(lambda: len(asked.said) >= 6)
    assert time.monotonic() - begun < 0.9
    assert [p.info["name"] for p in running(token)].count("sleep") == 2
    assert asked.first(0).fault == "no answer within 1 s, ended"
    asked.until(lambda: not running(token))


def test_there_are_never_more_than_a_few_sessions(start, ask_all):
    opened = []

    def counted(command):
        opened.append(start(command))
        return opened[-1]

    slow = [asking("sleep", "0.3") for _ in range(5)]
    asked = ask_all(counted, *slow)
    asked.until(lambda: len(asked.said) == 5)
    assert len(opened) == MOST_SESSIONS
    assert all(said.status == 0 for said in asked.said)


def test_where_no_second_session_is_to_be_had_one_does(start, ask_all):
    opened = []

    def only_one(command):
        if opened:
            raise ServerFault("the server opens no further session (MaxSessions?)")
        opened.append(start(command))
        return opened[-1]

    asked = ask_all(only_one, asking("sleep", "0.2"), asking("echo", "1"), asking("echo", "2"))
    asked.until(lambda: len(asked.said) == 3)
    assert not any(said.fault for said in asked.said)


def test_no_session_at_all_is_told_when_it_stays_so(ask_all):
    def none(command):
        raise ServerFault("the server opens no further session (MaxSessions?)")

    asked = ask_all(none, asking("echo", every_s=0.05))
    asked.job.turn(time.monotonic())
    assert asked.said == []
    assert asked.first(0).fault == "the server opens no further session (MaxSessions?)"


def test_an_endless_answer_is_cut_off_and_the_others_go_on(start, ask_all):
    asked = ask_all(start, asking("yes", every_s=0.1), asking("echo", "1", every_s=0.1))
    assert "over 1024 KB" in asked.first(0).fault
    count = len(asked.said)
    asked.until(lambda: any(said.text == "1\n" for said in asked.said[count:]))


def test_nothing_is_left_when_the_session_ends(start, ask_all, eventually):
    token = f"70.{os.getpid()}"
    asked = ask_all(start, asking("sh", "-c", "sleep $0; exit 3", token, timeout_s=600))
    asked.until(lambda: running(token))
    asked.job.close()
    eventually(lambda: not running(token), 5)


def test_nothing_is_left_when_this_machine_is_killed_over_it(start, ask_all, eventually):
    """Its guard ends the shell that runs the command, which is in a session of its own."""
    token = f"71.{os.getpid()}"
    others = psutil.Process().children()
    asked = ask_all(start, asking("sh", "-c", "sleep $0 & sleep $0", token, timeout_s=600))
    asked.until(lambda: len(running(token)) >= 2)
    for loop in set(psutil.Process().children()).difference(others):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(loop.pid, signal.SIGTERM)
    asked.job.close()
    eventually(lambda: not running(token), 5)


@pytest.fixture
def stream(start):
    made = []

    def begin(ask):
        said = []
        made.append(Streamed(start, 4, ask, said.append))
        return Asked(made[-1], said)

    yield begin
    for job in made:
        job.close()


def test_each_line_of_what_streams_is_told(stream, eventually):
    token = f"80.{os.getpid()}"
    script = 'echo head; echo "1 $A"; sleep 0.1; echo; printf "2 x"; echo; exec sleep $0'
    asked = stream(asking("sh", "-c", script, token, environment={"A": "a"}, streams=True))
    asked.until(lambda: len(asked.said) == 3)
    assert [said.text for said in asked.said] == ["head", "1 a", "2 x"]
    assert {said.number for said in asked.said} == {4}
    assert running(token)
    asked.job.close()
    eventually(lambda: not running(token), 5)


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (("echo", "1"), "it has ended"),
        (("sh", "-c", "echo 'no such process' >&2; exit 1"), "sh failed with status 1: no such"),
        (("no-such-command",), "command not found: no-such-command"),
    ],
)
def test_a_stream_that_ends_is_told_and_begun_anew(stream, argv, told):
    asked = stream(asking(*argv, streams=True))
    asked.until(lambda: any(said.fault for said in asked.said))
    (fault,) = [said.fault for said in asked.said if said.fault]
    assert fault.startswith(told)
    assert asked.job.turn(time.monotonic()) > time.monotonic() + 5
    asked.job.turn(time.monotonic() + 11)
    asked.until(lambda: sum(bool(said.fault) for said in asked.said) == 2)


def test_a_silent_stream_is_begun_anew(stream):
    asked = stream(asking("sleep", "60", streams=True, every_s=1, timeout_s=1))
    asked.job.turn(now := time.monotonic())
    asked.job.turn(now + 2.9)
    assert asked.said == []
    asked.job.turn(now + 3.1)
    assert asked.said[0].fault == "nothing for 3 s, started again"
