"""Following logs with the loop itself, in the shells and with the tools that servers have."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import psutil
import pytest

from perfconsole.model.log_spec import LogSpec
from perfconsole.model.server_news import LogMatched, LogTold
from perfconsole.servers.board import Board
from perfconsole.servers.child import ChildStream, shell
from perfconsole.servers.faults import Retry, ServerFault
from perfconsole.servers.logs.followed import followed
from perfconsole.servers.logs.log_script import MOST_BYTES
from perfconsole.servers.logs.log_watch import LogWatch

TOOLS = ("ls", "dd", "head", "tail", "wc", "grep", "tr", "sed")


@pytest.fixture(params=["dash", "bash", "busybox"])
def start(request, tmp_path):
    """Commands under this shell; the last has nothing but busybox's own tools."""
    path = shutil.which(request.param)
    if path is None:
        pytest.skip(f"no {request.param} here")
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "sh").symlink_to(path)
    everything = str(tools)
    if request.param == "busybox":
        for name in TOOLS:
            (tools / name).symlink_to(path)
    else:
        everything += ":/usr/bin:/bin"

    def run(command: str) -> ChildStream:
        return ChildStream(("/usr/bin/env", f"PATH={everything}", "/bin/sh", "-c", command))

    return run


class Follower:
    def __init__(self, start, file, pattern="ERROR|Exception", **more):
        spec = LogSpec(file=str(file), pattern=pattern, **more)
        self.board, self.news, self._start = Board(), [], start
        self._logs = followed({"app": spec}, 1.0)
        self.connect()

    def connect(self):
        """Or connect again, which begins a new watch of the same logs."""
        self.watch = LogWatch("web1", self._logs, 1.0, self._start, self.board, self.news.append)

    def look(self, most_s=10.0):
        """One whole look, and what is told of it."""
        before = len(self.news)
        self.watch._next_at = 0.0
        deadline = time.monotonic() + most_s
        self.watch.turn(time.monotonic())
        while self.watch._waiting:
            assert time.monotonic() < deadline, "no answer"
            time.sleep(0.01)
            self.watch._next_at = time.monotonic() + 100
            self.watch.turn(time.monotonic())
        return self.news[before:]

    @property
    def rate(self):
        return self.board.take(time.monotonic())[0].get("log_matches_s:app")

    def lines(self):
        return [line for told in self.news if isinstance(told, LogMatched) for line in told.lines]

    def count(self):
        return sum(told.count for told in self.news if isinstance(told, LogMatched))

    def words(self):
        return [told.text for told in self.news if isinstance(told, LogTold)]


@pytest.fixture
def follow(start):
    made = []

    def follow(*given, **more):
        made.append(Follower(start, *given, **more))
        return made[-1]

    yield follow
    for each in made:
        each.watch.close()


def add(file, text):
    with file.open("ab") as log:
        log.write(text if isinstance(text, bytes) else text.encode())


def test_what_is_there_already_is_none_of_the_run(follow, tmp_path):
    file = tmp_path / "app.log"
    add(file, "ERROR before\n")
    log = follow(file)
    assert log.look() == []
    assert log.rate is None, "nothing was measured yet"
    assert log.look() == []
    assert log.rate == 0
    add(file, "fine\nERROR one\nfine\njava.lang.Exception: two\n")
    assert log.look() == [LogMatched("web1", "app", 2, ("ERROR one", "java.lang.Exception: two"))]
    assert log.rate > 0
    assert log.look() == []


def test_an_unfinished_line_waits_for_its_rest(follow, tmp_path):
    file = tmp_path / "app.log"
    file.touch()
    log = follow(file)
    log.look()
    add(file, "ERROR a\nand an ERR")
    assert log.look()[0].lines == ("ERROR a",)
    assert log.look() == []
    add(file, "OR comes in two\nERR")
    assert log.look()[0].lines == ("and an ERROR comes in two",)


def test_a_rotated_file_is_read_to_its_end_and_the_new_one_from_its_beginning(follow, tmp_path):
    file = tmp_path / "app.log"
    file.touch()
    log = follow(file)
    log.look()
    add(file, "ERROR 1\n")
    file.rename(tmp_path / "app.log.1")
    add(tmp_path / "app.log.1", "ERROR 2\nERROR without an end")
    add(file, "ERROR 3\n")
    log.look()
    add(tmp_path / "app.log.1", "\nERROR 4\n")  # by whoever has not opened the new one yet
    log.look()
    add(file, "ERROR 5\n")
    log.look()
    log.look()
    assert log.lines() == [
        "ERROR 1", "ERROR 2", "ERROR without an end", "ERROR 4", "ERROR 3", "ERROR 5",
    ]  # fmt: skip
    assert log.words() == []


def test_an_emptied_file_is_read_from_its_beginning(follow, tmp_path):
    file = tmp_path / "app.log"
    file.touch()
    log = follow(file)
    log.look()
    add(file, 5 * "ERROR long ago\n")
    log.look()
    file.write_text("ERROR new\n")
    assert log.look()[0].lines == ("ERROR new",)


def test_what_was_logged_without_a_connection_is_counted_with_the_next(follow, tmp_path):
    file = tmp_path / "app.log"
    add(file, "ERROR before\n")
    log = follow(file, keep=3)
    log.look()
    add(file, "ERROR 1\n")
    log.look()
    log.watch.close()
    add(file, "ERROR 2\nfine\nERROR 3\n")
    log.connect()
    assert log.look() == [LogMatched("web1", "app", 2, ("ERROR 2", "ERROR 3"))]
    assert log.rate > 0
    add(file, "ERROR 4\n")
    assert log.look() == [LogMatched("web1", "app", 1, ())]
    assert log.words() == []


def test_another_file_after_a_lost_connection_is_followed_from_its_end(follow, tmp_path):
    file = tmp_path / "app.log"
    add(file, "fine\n")
    log = follow(file)
    log.look()
    log.watch.close()
    file.rename(tmp_path / "app.log.1")
    add(file, "ERROR maybe of last year\nfine\n")
    log.connect()
    assert [told.text for told in log.look()] == [
        f"another file is at {file} now; it is followed from its end"
    ]
    add(file, "ERROR now\n")
    assert log.look()[0].lines == ("ERROR now",)
    assert len(log.words()) == 1


def test_a_removed_file_is_let_go_and_one_that_comes_later_is_found(follow, tmp_path):
    file = tmp_path / "app.log"
    log = follow(file)
    assert log.look() == [
        LogTold("web1", "app", "warning",
                f"there is no {file} yet, or this login may not see it")
    ]  # fmt: skip
    assert log.look() == [], "told once"
    assert log.rate is None
    add(file, "ERROR at once\n")
    told, matched = log.look()
    assert told.text == f"{file} is there now"
    assert matched.lines == ("ERROR at once",)
    file.unlink()
    assert "there is no" in log.look()[0].text
    held = [Path(f"/proc/{pid}/fd").glob("*") for pid in _children()]
    assert not any(str(file) in os.readlink(fd) for fds in held for fd in fds if fd.is_symlink())


def _children():
    return [child.pid for child in psutil.Process().children(recursive=True)]


def test_a_folder_is_no_log(follow, tmp_path):
    assert "no regular file" in follow(tmp_path).look()[0].text


def test_a_flood_is_skipped_and_said(follow, tmp_path):
    file = tmp_path / "app.log"
    file.touch()
    log = follow(file, keep=2)
    log.look()
    lines = b"".join(b"%07d ERROR in a flood of lines\n" % n for n in range(400_000))
    add(file, lines)
    took = time.monotonic()
    log.look(most_s=30)
    took = time.monotonic() - took
    looked_at = lines[-MOST_BYTES:].partition(b"\n")[2]
    assert log.count() == looked_at.count(b"\n")
    assert log.lines()[0].encode() == looked_at.split(b"\n")[0]
    assert len(log.lines()) == 2
    megabytes = (len(lines) - len(looked_at)) / 1e6
    assert log.words() == [
        f"too much at once: {megabytes:.1f} MB were not looked at, the count is too low"
    ]
    assert took < 20


def test_garbage_is_made_harmless_and_long_lines_are_cut(follow, tmp_path):
    file = tmp_path / "app.log"
    file.touch()
    log = follow(file)
    log.look()
    add(file, b"\x00\xff\xfe ERROR \x1b[31mred\x1b[0m\x07 \x9b2J \xc3\xa9t\xc3\xa9\r\n")
    add(file, b"ERROR " + 5000 * b"x" + b"\n")
    add(file, b"+ERROR\n#3 followed 0 0 ERROR\n=7 ERROR\n")
    log.look()
    first, long, *odd = log.lines()
    assert first.isprintable()
    assert "ERROR red" in first
    assert "été" in first
    assert "[31m" not in first
    assert len(long) == 300
    assert long.endswith("x…")
    assert odd == ["+ERROR", "#3 followed 0 0 ERROR", "=7 ERROR"]
    assert log.count() == 5


def test_bytes_without_any_line_harm_nothing(follow, tmp_path):
    file = tmp_path / "app.log"
    file.touch()
    log = follow(file)
    log.look()
    add(file, 3000 * bytes(range(256)).replace(b"\n", b"") + b"\0")
    log.look()
    add(file, b"\nERROR after it\n")
    log.look()
    log.look()
    assert log.lines() == ["ERROR after it"]


def test_a_line_without_an_end_is_taken_in_pieces(follow, tmp_path):
    file = tmp_path / "app.log"
    file.touch()
    log = follow(file)
    log.look()
    add(file, 100_000 * b"x" + b"ERROR")
    log.look()
    assert log.count() == 1
    add(file, b"\nERROR next\n")
    log.look()
    assert log.lines()[-1] == "ERROR next"


def test_paths_and_patterns_are_data_and_never_run(follow, tmp_path):
    trap = tmp_path / "trap"
    for name in (f"$(touch {trap})", f"'; touch {trap}; '", f"`touch {trap}`", "-n", "a b\\n\\0$1"):
        file = tmp_path / name.replace("/", "_")
        file.touch()
        log = follow(file, pattern=f"$(touch {trap})|`touch {trap}`|'; touch {trap} #|hit|-e")
        log.look()
        add(file, "a hit\n")
        assert log.look()[0].lines == ("a hit",)
    assert not trap.exists()


@pytest.mark.parametrize("pattern", ["[[:digit:]]{3}", "^5[0-9]+$", r"\$\{x\}|50?3", "-v|503"])
def test_patterns_are_greps(pattern, follow, tmp_path):
    file = tmp_path / "app.log"
    file.touch()
    log = follow(file, pattern=pattern)
    log.look()
    add(file, "fine\n503\n")
    assert log.look()[0].lines == ("503",)


def test_a_pattern_that_eats_the_server_is_ended_and_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr("perfconsole.servers.logs.log_watch.MOST_ENDED", 1)
    file = tmp_path / "app.log"
    file.touch()
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "grep").write_text("#!/bin/sh\nwhile :; do :; done\n")
    (tools / "grep").chmod(0o755)

    def start(command):
        return ChildStream(("/usr/bin/env", f"PATH={tools}:/usr/bin:/bin", "sh", "-c", command))

    log = Follower(start, file)
    log.look()
    add(file, "ERROR\n")
    log.look(most_s=20)
    assert log.words() == ["given up: its pattern took more than 1 s of CPU again and again"]
    assert log.rate is None or log.rate == 0
    assert not log.watch.logs
    log.watch.close()


def test_a_look_that_was_ended_is_told_and_no_part_of_the_rate(tmp_path):
    file = tmp_path / "app.log"
    file.touch()
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "grep").write_text(
        f'#!/bin/sh\n[ -e {tools}/once ] && exec /usr/bin/grep "$@"\n'
        f": >{tools}/once; while :; do :; done\n"
    )
    (tools / "grep").chmod(0o755)

    def start(command):
        return ChildStream(("/usr/bin/env", f"PATH={tools}:/usr/bin:/bin", "sh", "-c", command))

    log = Follower(start, file)
    log.look()
    begun = time.monotonic()
    add(file, "ERROR\n")
    log.look(most_s=20)
    assert log.words() == ["its pattern took more than 1 s of CPU, the count is too low"]
    add(file, "ERROR\n")
    log.look()
    assert log.count() == 1
    # The look that was ended took a second of CPU.
    assert log.rate >= 1 / (time.monotonic() - begun - 0.9)
    log.watch.close()


def test_what_grep_does_not_take_is_said_once(follow, tmp_path):
    file = tmp_path / "app.log"
    file.touch()
    log = follow(file, pattern=r"a{70000}")
    log.look()
    add(file, "a\n")
    log.look()
    assert log.words() == ["not followed: the server's grep takes no such pattern"]
    assert log.rate is None


def test_a_server_without_a_further_session_says_so():
    def start(_):
        raise ServerFault("the server opens no further session (MaxSessions?)", Retry.SLOWLY)

    log = Follower(start, "/var/log/app.log")
    log.watch.turn(time.monotonic())
    assert log.words() == ["not followed: the server opens no further session (MaxSessions?)"]


def test_several_logs_share_a_session(tmp_path):
    opened, news = [], []

    def start(command):
        opened.append(shell(command))
        return opened[-1]

    names = [f"log{n}" for n in range(6)]
    logs = {name: LogSpec(file=str(tmp_path / name), pattern=name) for name in names}
    watch = LogWatch("web1", followed(logs, 1.0), 1.0, start, Board(), news.append)
    deadline = time.monotonic() + 20
    while len([told for told in news if isinstance(told, LogTold)]) < 6:
        watch.turn(time.monotonic())
        assert time.monotonic() < deadline
    for name in names:
        add(tmp_path / name, "".join(f"{each}\n" for each in names))
    while len(matched := [told for told in news if isinstance(told, LogMatched)]) < 6:
        watch.turn(time.monotonic())
        assert time.monotonic() < deadline
    watch.close()
    assert {told.log: told.lines for told in matched} == {name: (name,) for name in names}
    assert len(opened) == 1
